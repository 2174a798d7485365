"""Forums: a message is a post, and everything that belongs to it goes into that post."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from services.domain.battle import BattleState
from services.outbox.policy import Block, decide
from services.outbox.sender import Limited, Lost, Refused, Searched
from services.rendering.heatmap import HeatmapData
from tests.bot import samples
from tests.bot.desk import Desk, at_desk, new_channel, sent_id
from tests.bot.test_delivery_threads import DOUBLED, OVER, is_ended, thread_of
from tests.fakes.discord import faults, permissions
from tests.fakes.discord.state import FORUM, Channel
from tests.stage import Stage

REPLY = replace(DOUBLED, in_thread=False)
ONGOING = samples.battle_message(replace(samples.battle_message().battle, state=BattleState.OPEN))
ENDED = samples.battle_message(replace(samples.battle_message().battle, state=BattleState.ENDED))


async def _picture(_data: HeatmapData) -> bytes:
    return b"\x89PNG"


pytestmark = pytest.mark.asyncio(loop_scope="module")


class ForumDesk(Desk):
    """Sends to a forum of the stage."""

    forum: Channel

    def posts(self) -> list[Channel]:
        channels = self.stage.discord.world.channels.values()
        return [c for c in channels if c.parent_id == self.forum.id]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with at_desk(tmp_path_factory.mktemp("desk")) as made:
        yield made.stage


@pytest_asyncio.fixture(loop_scope="module")
async def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ForumDesk]:
    """One stage for all tests here, a forum for each."""
    monkeypatch.setattr(stage.services.pictures._heatmaps, "heatmap", _picture)
    async with new_channel(stage, kind=FORUM) as forum:
        desk = ForumDesk(stage)
        desk.forum = forum
        yield desk


async def test_every_message_becomes_a_post_and_is_edited_in_it(desk: ForumDesk) -> None:
    for number, message in enumerate(samples.EVERY_MESSAGE.values()):
        posted = sent_id(await desk.send(message, nonce=number))
        again = await desk.send(message, nonce=number, message_id=posted)
        assert sent_id(again) == posted
        (first,) = desk.stage.discord.messages(posted)
        assert (first.id, first.edits) == (posted, 1)
    posts = desk.posts()
    assert len(posts) == len(samples.EVERY_MESSAGE)
    assert all(0 < len(post.name) <= 100 and "\\" not in post.name for post in posts)
    assert {post.auto_archive_minutes for post in posts} == {60}


async def test_a_post_has_its_picture_its_mark_and_calls_once(desk: ForumDesk) -> None:
    role = await desk.stage.discord.add_role(desk.stage.guild.id, "FC", mentionable=True)
    message = samples.kill_message(replace(samples.TITAN_KILL, time=samples.NOW), ping=role.id)
    posted = sent_id(await desk.send(message, nonce=0xABC))
    (first,) = desk.stage.discord.messages(posted)
    assert first.pings.roles == [role.id]
    assert first.embeds[0]["url"].endswith("/#wr-abc")
    assert thread_of(desk, posted).name == "Avatar destroyed in X47L-Q"
    digest = sent_id(await desk.send(samples.DIGEST, nonce=2))
    (pictured,) = desk.stage.discord.messages(digest)
    assert [file.filename for file in pictured.attachments] == ["digest.png"]


async def test_answers_calls_and_milestones_go_into_the_post(desk: ForumDesk) -> None:
    post = sent_id(await desk.send(ONGOING, nonce=1))
    call = sent_id(await desk.send(samples.EVERY_MESSAGE["call"], nonce=2, reply_to=post))
    reply = sent_id(await desk.send(REPLY, nonce=3, reply_to=post))
    inside = sent_id(await desk.send(DOUBLED, nonce=4, reply_to=post))
    messages = desk.stage.discord.messages(post)
    assert [(m.id, m.reference_id) for m in messages] == [
        (post, None),
        (call, post),
        (reply, post),
        (inside, None),
    ]
    await desk.send(REPLY, nonce=3, reply_to=post, message_id=reply)
    assert messages[2].edits == 1
    await desk.send(OVER, nonce=5, reply_to=post)
    assert thread_of(desk, post).archived
    await desk.send(ENDED, nonce=1, message_id=post)
    assert messages[0].edits == 1
    assert thread_of(desk, post).archived, "the last edit closes what it had to open"


async def test_a_card_grows_in_a_post_that_went_to_rest(desk: ForumDesk) -> None:
    post = sent_id(await desk.send(ONGOING, nonce=1))
    desk.stage.clock.advance(minutes=61)
    await desk.send(ONGOING, nonce=1, message_id=post)
    assert not thread_of(desk, post).archived, "more is to come"
    desk.stage.clock.advance(minutes=61)
    await desk.send(ENDED, nonce=1, message_id=post)
    assert desk.stage.discord.messages(post)[0].edits == 2
    assert thread_of(desk, post).archived
    await desk.send(replace(ONGOING, merged_into="BR-X"), nonce=1, message_id=post)
    assert thread_of(desk, post).archived, "it goes on in another post"


async def test_what_somebody_deleted_or_locked_ends_and_the_forum_goes_on(desk: ForumDesk) -> None:
    discord = desk.stage.discord
    post = sent_id(await desk.send(ONGOING, nonce=1))
    await discord.set_archived(post, locked=True)
    assert is_ended(await desk.send(REPLY, nonce=2, reply_to=post))
    assert is_ended(await desk.send(ONGOING, nonce=1, message_id=post))
    await discord.remove_channel(post)
    assert is_ended(await desk.send(REPLY, nonce=2, reply_to=post))
    assert is_ended(await desk.send(ONGOING, nonce=1, message_id=post))
    other = sent_id(await desk.send(ONGOING, nonce=3))
    discord.remove_message(other)
    assert is_ended(await desk.send(ONGOING, nonce=3, message_id=other))
    await discord.remove_channel(desk.forum.id)
    refused = await desk.send(ONGOING, nonce=4)
    assert isinstance(refused, Refused)
    assert refused.code == 10003


async def test_a_forum_that_asks_for_tags_rights_and_limits(desk: ForumDesk) -> None:
    await desk.stage.discord.set_forum(desk.forum.id, requires_tag=True)
    refused = await desk.send(ONGOING)
    assert isinstance(refused, Refused)
    assert refused.code == 40067
    decision = decide(refused, 1, max_attempts=5)
    assert isinstance(decision, Block)
    assert "tag" in decision.reason
    assert desk.posts() == []
    discord = desk.stage.discord
    await discord.set_forum(desk.forum.id, requires_tag=False)
    await discord.set_permissions(desk.forum.id, deny=permissions.SEND_MESSAGES)
    refused = await desk.send(ONGOING)
    assert isinstance(refused, Refused)
    assert refused.code == 50013
    await discord.set_permissions(desk.forum.id)
    discord.world.thread_limit = 0
    assert await desk.send(ONGOING) == Limited(seconds=600.0, code=160006)
    discord.world.thread_limit = 1
    sent_id(await desk.send(ONGOING))
    assert len(desk.posts()) == 1


# -- lost answers


async def test_a_post_whose_answer_was_lost_is_looked_for_before_it_is_made_again(
    desk: ForumDesk,
) -> None:
    await desk.send(samples.NOTICE, nonce=1)
    desk.fail(faults.lost_answer(), path="/channels/*/threads")
    assert isinstance(await desk.send(ONGOING, nonce=2), Lost)
    await desk.stage.discord.add_post(desk.forum.id, desk.stage.member.id, "mine \n wr-2")
    await desk.restart()
    again = sent_id(await desk.send(ONGOING, nonce=2, unsure=True))
    assert len(desk.posts()) == 3
    assert "UW9B-F" in thread_of(desk, again).name
    assert sent_id(await desk.send(ONGOING, nonce=3, unsure=True)) != again, "that one never was"


async def test_it_is_found_in_a_post_that_went_to_rest(desk: ForumDesk) -> None:
    posted = sent_id(await desk.send(ONGOING, nonce=1))
    desk.stage.clock.advance(minutes=90)
    await desk.send(samples.NOTICE, nonce=2)
    lost = desk.delivery(ONGOING, nonce=1)
    assert await desk.sender.find(lost) == Searched(readable=True, message_id=posted)
    inside = sent_id(await desk.send(DOUBLED, nonce=3, reply_to=posted))
    lost = desk.delivery(DOUBLED, nonce=3, reply_to=posted)
    assert await desk.sender.find(lost) == Searched(readable=True, message_id=inside)
    assert await desk.sender.find(desk.delivery(nonce=9)) == Searched(readable=True)


async def test_discord_py_does_not_repeat_a_post(
    desk: ForumDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("discord.http.asyncio.sleep", _at_once)
    desk.fail(faults.http(502, after=True), path="/channels/*/threads")
    assert isinstance(await desk.send(ONGOING, nonce=1), Lost)
    assert len(desk.posts()) == 1


async def _at_once(_seconds: float) -> None:
    """No time passes."""


async def test_where_nobody_may_look_nothing_is_posted_twice(desk: ForumDesk) -> None:
    await desk.stage.discord.set_permissions(desk.forum.id, deny=permissions.READ_MESSAGE_HISTORY)
    assert isinstance(await desk.send(ONGOING, nonce=1, unsure=True), Lost)
    assert await desk.sender.find(desk.delivery(ONGOING)) == Searched(readable=False)
    assert desk.posts() == []


async def test_a_forum_that_the_gateway_did_not_tell_of(desk: ForumDesk) -> None:
    desk.stage.bot._connection._remove_guild(desk.stage.bot.guilds[0])
    for nonce in (1, 2):
        sent_id(await desk.send(ONGOING, nonce=nonce))
    assert len(desk.posts()) == 2
    asked = desk.stage.discord.request_log(method="GET", path=f"/channels/{desk.forum.id}")
    assert len(asked) == 1, "asked once"
    await desk.restart()
