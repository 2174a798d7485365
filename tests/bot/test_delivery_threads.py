"""Milestones in the thread of their battle, whatever becomes of the thread, the message and the rights."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.presentation.battle_words import kind_name
from services.domain.message import BattleMilestoneMessage, MilestoneKind
from services.outbox.sender import Lost, Outcome, Refused, Searched
from tests.bot import samples
from tests.bot.desk import Desk, at_desk, new_channel, sent_id
from tests.fakes.discord import faults, permissions
from tests.fakes.discord.state import Channel
from tests.stage import Stage

DOUBLED = BattleMilestoneMessage(
    battle=samples.battle_message().battle,
    milestone=MilestoneKind.DOUBLED,
    reasons=samples.battle_message().reasons,
    count=40,
    in_thread=True,
)
OVER = replace(DOUBLED, milestone=MilestoneKind.OVER)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with at_desk(tmp_path_factory.mktemp("desk")) as made:
        yield made.stage


@pytest_asyncio.fixture(loop_scope="module")
async def desk(stage: Stage) -> AsyncIterator[Desk]:
    """One stage for all tests here, a channel for each."""
    async with new_channel(stage):
        yield Desk(stage)


async def battle(desk: Desk) -> Any:
    """The id of a battle's message in the channel."""
    return sent_id(await desk.send(samples.battle_message(), nonce=1))


def thread_of(desk: Desk, message_id: int) -> Channel:
    return desk.stage.discord.world.channels[message_id]


def said(desk: Desk, place: int) -> list[str]:
    return [m.embeds[0]["title"] for m in desk.stage.discord.messages(place)]


def is_ended(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.code == 10008


def requests(desk: Desk, since: int) -> list[str]:
    """Method and last word of each request after the first `since`."""
    log = desk.stage.discord.request_log()[since:]
    return [f"{r.method} {r.path.rpartition('/')[2].strip('0123456789') or 'one'}" for r in log]


async def test_the_first_milestone_makes_the_thread_and_the_last_closes_it(desk: Desk) -> None:
    standing = await battle(desk)
    first = sent_id(await desk.send(DOUBLED, nonce=2, reply_to=standing))
    thread = thread_of(desk, standing)
    assert (thread.parent_id, thread.auto_archive_minutes, thread.archived) == (
        desk.stage.channel.id,
        60,
        False,
    )
    assert thread.name == f"{kind_name(DOUBLED.battle.kind)} in UW9B-F"
    await desk.restart()
    before = len(desk.stage.discord.requests)
    second = sent_id(await desk.send(DOUBLED, nonce=3, reply_to=standing))
    assert requests(desk, before) == ["POST messages"], "what is there is not made or asked for"
    await desk.send(OVER, nonce=4, reply_to=standing)
    inside = desk.stage.discord.messages(standing)
    assert [m.id for m in inside[:2]] == [first, second]
    assert [m.reference_id for m in inside] == [None] * 3
    assert thread.archived
    assert len(desk.standing()) == 1
    sent_id(await desk.send(DOUBLED, nonce=5, reply_to=standing))
    assert not thread.archived, "a late one opens it again"


async def test_a_milestone_that_is_edited_stands_where_it_was_said(desk: Desk) -> None:
    standing = await battle(desk)
    inside = sent_id(await desk.send(DOUBLED, nonce=2, reply_to=standing))
    await desk.stage.discord.set_permissions(
        desk.stage.channel.id, deny=permissions.SEND_MESSAGES_IN_THREADS
    )
    beside = sent_id(await desk.send(DOUBLED, nonce=3, reply_to=standing))
    await desk.stage.discord.set_permissions(desk.stage.channel.id)
    await desk.stage.discord.set_archived(standing)
    for message_id, nonce in ((inside, 2), (beside, 3)):
        again = await desk.send(DOUBLED, nonce=nonce, reply_to=standing, message_id=message_id)
        assert sent_id(again) == message_id
        assert desk.stage.discord.world.messages[message_id].edits == 1
    assert thread_of(desk, standing).archived, "an edit leaves it as it was"
    assert desk.standing()[-1].id == beside


async def test_without_the_right_to_make_threads_it_is_a_reply(desk: Desk) -> None:
    standing = await battle(desk)
    channel = desk.stage.channel.id
    assert is_ended(await desk.send(OVER, nonce=9, reply_to=standing)), "none is made to say that"
    assert standing not in desk.stage.discord.world.channels
    await desk.stage.discord.set_permissions(channel, deny=permissions.CREATE_PUBLIC_THREADS)
    sent_id(await desk.send(DOUBLED, nonce=2, reply_to=standing))
    assert desk.standing()[-1].reference_id == standing
    assert is_ended(await desk.send(OVER, nonce=3, reply_to=standing)), "the message says so"
    assert standing not in desk.stage.discord.world.channels
    await desk.stage.discord.set_permissions(channel)
    sent_id(await desk.send(DOUBLED, nonce=4, reply_to=standing))
    assert len(said(desk, standing)) == 1
    await desk.stage.discord.set_permissions(channel, deny=permissions.SEND_MESSAGES_IN_THREADS)
    assert is_ended(await desk.send(OVER, nonce=5, reply_to=standing))
    assert len(desk.standing()) == 2


async def test_in_a_thread_there_are_no_threads(desk: Desk) -> None:
    parent: Any = desk.stage.bot.get_channel(desk.stage.channel.id)
    thread = await (await parent.send("start")).create_thread(name="Talk")
    standing = sent_id(await desk.send(samples.battle_message(), nonce=1, to=thread.id))
    before = len(desk.stage.discord.requests)
    sent_id(await desk.send(DOUBLED, nonce=2, to=thread.id, reply_to=standing))
    assert desk.stage.discord.messages(thread.id)[-1].reference_id == standing
    assert requests(desk, before) == ["POST messages"], "nobody asks Discord for one"


async def test_what_somebody_deleted_or_locked_ends_the_milestone_and_nothing_else(
    desk: Desk,
) -> None:
    discord, gone = desk.stage.discord, await battle(desk)
    discord.remove_message(gone)
    assert is_ended(await desk.send(DOUBLED, nonce=2, reply_to=gone)), "before it had a thread"
    standing = sent_id(await desk.send(samples.battle_message(), nonce=3))
    inside = sent_id(await desk.send(DOUBLED, nonce=4, reply_to=standing))
    for archived in (False, True):
        await discord.set_archived(standing, archived=archived, locked=True)
        assert is_ended(await desk.send(DOUBLED, nonce=5, reply_to=standing))
    assert is_ended(await desk.send(DOUBLED, nonce=4, reply_to=standing, message_id=inside))
    await discord.remove_channel(standing)
    assert is_ended(await desk.send(DOUBLED, nonce=6, reply_to=standing))
    assert is_ended(await desk.send(DOUBLED, nonce=4, reply_to=standing, message_id=inside))
    assert len(desk.standing()) == 1


async def test_lost_answers_make_one_thread_and_one_message(desk: Desk) -> None:
    standing = await battle(desk)
    desk.fail(faults.lost_answer(), path="/channels/*/messages/*/threads")
    assert isinstance(await desk.send(DOUBLED, nonce=2, reply_to=standing), Lost)
    assert thread_of(desk, standing).name
    desk.fail(faults.lost_answer(), path=f"/channels/{standing}/messages")
    assert isinstance(await desk.send(DOUBLED, nonce=2, reply_to=standing), Lost)
    (message,) = desk.stage.discord.messages(standing)
    await desk.restart()
    assert sent_id(await desk.send(DOUBLED, nonce=2, reply_to=standing)) == message.id
    desk.stage.clock.advance(minutes=30)
    found = await desk.sender.find(desk.delivery(DOUBLED, nonce=2, reply_to=standing))
    assert found == Searched(readable=True, message_id=message.id)
    assert len(desk.stage.discord.messages(standing)) == 1


async def test_a_thread_made_by_another_at_the_same_time_is_as_good(desk: Desk) -> None:
    standing = await battle(desk)
    held = desk.fail(faults.code(10003), method="POST", path=f"/channels/{standing}/messages")
    parent: Any = desk.stage.bot.get_channel(desk.stage.channel.id)
    await parent.get_partial_message(standing).create_thread(name="Ours")
    sent_id(await desk.send(DOUBLED, nonce=2, reply_to=standing))
    assert desk.stage.discord.hits(held.id) == 1
    assert thread_of(desk, standing).name == "Ours"
    assert len(said(desk, standing)) == 1


async def test_where_the_server_holds_no_more_threads_it_is_a_reply_and_found_there(
    desk: Desk,
) -> None:
    standing = await battle(desk)
    lost = desk.delivery(DOUBLED, nonce=2, reply_to=standing)
    assert await desk.sender.find(lost) == Searched(readable=True)
    desk.stage.discord.world.thread_limit = 0
    beside = sent_id(await desk.sender.send(lost))
    assert [m.reference_id for m in desk.standing()] == [None, standing]
    assert await desk.sender.find(lost) == Searched(readable=True, message_id=beside)


async def test_a_thread_that_cannot_be_closed_is_no_reason_to_say_it_again(desk: Desk) -> None:
    standing = await battle(desk)
    await desk.send(DOUBLED, nonce=2, reply_to=standing)
    desk.fail(faults.http(503), method="PATCH", path=f"/channels/{standing}")
    sent_id(await desk.send(OVER, nonce=3, reply_to=standing))
    thread = thread_of(desk, standing)
    assert not thread.archived
    desk.stage.clock.advance(minutes=61)
    thread.tend(desk.stage.clock())
    assert thread.archived, "Discord does it"
