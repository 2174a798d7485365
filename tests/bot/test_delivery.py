"""The Sender for Discord: what stands in the channel, and what every trouble becomes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from discord.http import Route

from bot.delivery import DiscordSender
from bot.discord_settings import DiscordSettings
from bot.marker import marked
from bot.outcomes import outcome_of
from bot.presentation.card import Card
from services.domain.ids import GuildId, SystemId
from services.domain.message import Handling, Verdict
from services.outbox.sender import Limited, Lost, NotSent, Outcome, Refused, Searched
from services.rendering.errors import RenderBusy
from services.rendering.heatmap import HeatmapData
from tests.bot import samples
from tests.bot.desk import Desk, at_desk, sent_id
from tests.fakes.discord import faults, permissions
from tests.stage import StageBot


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with at_desk(tmp_path) as made:
        yield made


# -- posting and editing


async def test_every_message_can_be_posted_and_edited(desk: Desk) -> None:
    for number, message in enumerate(samples.EVERY_MESSAGE.values()):
        posted = await desk.send(message, nonce=number)
        edited = await desk.send(message, nonce=number, message_id=sent_id(posted))
        assert edited == posted
    assert len(desk.standing()) == len(samples.EVERY_MESSAGE)
    assert {m.edits for m in desk.standing()} == {1}


async def test_a_post_has_its_nonce_and_marker_and_an_edit_keeps_them(desk: Desk) -> None:
    message_id = sent_id(await desk.send(samples.battle_message(), nonce=0xABC))
    await desk.send(samples.battle_message(samples.SKIRMISH), nonce=0xABC, message_id=message_id)
    (message,) = desk.standing()
    assert message.nonce == str(0xABC)
    assert "Amamake" in message.embeds[0]["title"]
    assert all(v.embeds[0]["url"].endswith("/#wr-abc") for v in message.versions)
    notice = sent_id(await desk.send(samples.NOTICE, nonce=0xDEF))
    (found,) = [m for m in desk.standing() if m.id == notice]
    assert found.embeds[0]["footer"]["text"].endswith(" · wr-def")


async def test_a_bare_link_has_its_marker_in_the_fragment(desk: Desk) -> None:
    message = samples.EVERY_MESSAGE["link, our loss"]
    message_id = sent_id(await desk.send(message, nonce=0xABC))
    (posted,) = desk.standing()
    assert posted.embeds == []
    assert posted.content.split("\n")[1] == "https://zkillboard.com/kill/97000005/#wr-abc"
    assert posted.content.split("\n")[2].startswith("-# Our loss · Alert “Home")
    unfolded = [{"url": "https://zkillboard.com/kill/97000005/", "title": "Hyperion"}]
    posted.versions[-1].embeds.extend(unfolded)
    found = await desk.sender.find(desk.delivery(message, nonce=0xABC))
    assert found == Searched(readable=True, message_id=message_id)
    assert await desk.sender.find(desk.delivery(nonce=0xBC)) == Searched(readable=True)
    await desk.send(message, nonce=0xABC, message_id=message_id)
    (log,) = desk.stage.discord.request_log(path="/messages", method="PATCH")
    assert "embeds" not in log.body, "what Discord unfolded stays"


async def test_a_compact_card_and_watch_buttons_arrive(desk: Desk) -> None:
    await desk.send(samples.EVERY_MESSAGE["compact"], nonce=1)
    await desk.send(samples.EVERY_MESSAGE["watch"], nonce=2)
    compact, watch = desk.standing()
    assert compact.embeds[0]["url"].endswith("#wr-1")
    labels = [part["label"] for row in watch.components for part in row["components"]]
    assert labels == ["Acknowledge", "Resolve", "False alarm", "Mute 1 h", "Related kills"]
    assert len(watch.components) == 1


async def test_people_are_called_once_and_only_while_it_is_news(desk: Desk) -> None:
    who = desk.stage.member.id
    message = samples.kill_message(replace(samples.TITAN_KILL, time=samples.NOW), call=(who,))
    message = replace(message, ping_until=samples.NOW + timedelta(minutes=15))
    handled = replace(
        message, handling=(Handling(verdict=Verdict.RESOLVED, by=who, at=samples.NOW),)
    )
    message_id = sent_id(await desk.send(message, nonce=1))
    await desk.send(handled, nonce=1, message_id=message_id)
    await desk.send(replace(handled, call=()), nonce=2)
    desk.stage.clock.advance(minutes=16)
    await desk.send(message, nonce=3)
    called, unnamed, late = desk.standing()
    assert called.pings.users == [who]
    assert f"<@{who}>" in called.embeds[0]["description"]
    assert (unnamed.content, bool(unnamed.pings)) == ("", False)
    assert late.content == f"<@{who}>"
    assert not late.pings


async def test_a_digest_brings_its_picture_or_goes_without(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    async def draw(data: HeatmapData) -> bytes:
        asked.append(data)
        if len(asked) > 1:
            raise RenderBusy
        return b"\x89PNG"

    monkeypatch.setattr(desk.stage.services.pictures._heatmaps, "heatmap", draw)
    await desk.send(samples.DIGEST, nonce=1)
    await desk.send(samples.DIGEST, nonce=2)
    await desk.send(samples.CAPPED, nonce=3)
    pictured, without, capped = desk.standing()
    assert [file.filename for file in pictured.attachments] == ["digest.png"]
    assert pictured.embeds[0]["image"]["url"].endswith("digest.png")
    assert dict(asked[0].heat) == dict(samples.DIGEST.systems)
    assert (asked[0].start, asked[0].end) == samples.DIGEST.window
    assert "image" not in without.embeds[0]
    told = pictured.embeds[0]["description"]
    assert told.startswith(without.embeds[0]["description"])
    on_map = sum(count for _, count in samples.DIGEST.systems) - 1
    assert told.split("\n")[-1].startswith(f"-# {on_map} of the 42 kills are on this map")
    assert without.embeds[0]["url"].endswith("#wr-2")
    assert "wr-" not in without.embeds[0]["footer"]["text"], "the mark stands where nobody reads it"
    assert capped.attachments == []
    wormholes = replace(samples.DIGEST, systems=((SystemId(31_000_005), 42),))
    await desk.send(wormholes, nonce=4)
    assert desk.standing()[-1].attachments == [], "no picture where it would be empty"
    assert len(asked) == 2


async def test_a_call_answers_the_battles_message_even_when_that_was_deleted(desk: Desk) -> None:
    call = samples.EVERY_MESSAGE["call"]
    battle = sent_id(await desk.send(samples.battle_message(), nonce=1))
    await desk.send(call, nonce=2, reply_to=battle)
    _, answer = desk.standing()
    assert answer.reference_id == battle
    assert answer.content == "<@&900000000000000001>"
    sent_id(await desk.send(call, nonce=3, reply_to=12345))
    assert desk.standing()[-1].reference_id is None


async def test_names_and_the_servers_zone_are_those_of_the_moment(desk: Desk) -> None:
    guild_id = GuildId(desk.stage.guild.id)
    await desk.stage.services.names.seed([(386292982, "alliance", "Pandemic Legion", "-10.0")])
    await desk.send(samples.kill_message(), nonce=1)
    await desk.stage.services.guilds.set_time_zone(guild_id, "Asia/Tokyo")
    await desk.send(samples.kill_message(), nonce=2)
    first, second = desk.standing()
    assert "Pandemic Legion" in first.text
    assert "02:17 EVE" in first.text
    assert "JST" not in first.text
    assert "(11:17 JST)" in second.text


async def test_roles_are_called_once_and_only_while_it_is_news(desk: Desk) -> None:
    discord_ = desk.stage.discord
    role = await discord_.add_role(desk.stage.guild.id, "FC", mentionable=True)
    other = await discord_.add_role(desk.stage.guild.id, "Other", mentionable=True)
    evil = replace(samples.EVIL_KILL, time=samples.NOW)
    message = samples.kill_message(evil, ping=role.id)
    message_id = sent_id(await desk.send(message, nonce=1))
    await desk.send(message, nonce=1, message_id=message_id)
    desk.stage.clock.advance(minutes=16)
    await desk.send(message, nonce=2)
    first, late = desk.standing()
    assert first.pings.roles == [role.id]
    assert (first.pings.everyone, first.pings.users) == (False, [])
    assert other.id not in first.pings.roles
    assert not late.pings
    assert f"<@&{role.id}>" in late.content
    log = [r for r in discord_.request_log(path="/messages") if r.method in ("POST", "PATCH")]
    asked = [r.body["allowed_mentions"] for r in log]
    assert [(a["parse"], a.get("roles", [])) for a in asked] == [
        ([], [role.id]),
        ([], []),
        ([], []),
    ]


async def test_a_persons_own_messages(desk: Desk) -> None:
    posted = sent_id(await desk.sender.send(desk.person()))
    dm = desk.stage.discord.dm_channel(desk.stage.member.id)
    (message,) = desk.stage.discord.messages(dm.id)
    assert message.id == posted
    assert await desk.sender.find(desk.person()) == Searched(readable=True, message_id=posted)
    await desk.sender.send(desk.person(message_id=posted))
    assert message.edits == 1
    desk.stage.member.blocks_dms = True
    refused = await desk.sender.send(desk.person(nonce=8))
    assert isinstance(refused, Refused)
    assert (refused.status, refused.code) == (403, 50007)


# -- trouble


REFUSALS = [
    (10003, 404),
    (10008, 404),
    (50001, 403),
    (50013, 403),
    (50083, 400),
    (50035, 400),
    (40005, 413),
]


async def test_discords_refusals_keep_their_code(desk: Desk) -> None:
    for code, status in REFUSALS:
        desk.fail(faults.code(code), method="POST", channel_id=desk.stage.channel.id)
        outcome = await desk.send()
        assert isinstance(outcome, Refused), outcome
        assert (outcome.code, outcome.status) == (code, status)
    desk.fail(faults.code(401), method="POST", channel_id=desk.stage.channel.id)
    outcome = await desk.send()
    assert isinstance(outcome, Refused)
    assert outcome.status == 401
    assert desk.standing() == []


async def test_rate_limits_are_told_with_their_time(desk: Desk) -> None:
    desk.fail(faults.rate_limit(95.0), method="POST", channel_id=desk.stage.channel.id)
    assert await desk.send() == Limited(seconds=95.0)
    desk.fail(faults.cloudflare_ban(), method="POST", channel_id=desk.stage.channel.id)
    assert await desk.send() == Limited(seconds=3600.0)
    message_id = sent_id(await desk.send())
    desk.fail(faults.code(30046, retry_after=0.01), method="PATCH", times=5)
    limited = await desk.send(message_id=message_id)
    assert isinstance(limited, Limited)
    assert limited.code == 30046


async def test_a_lost_answer_repeated_with_its_nonce_is_one_message(desk: Desk) -> None:
    desk.fail(faults.lost_answer(), path="/channels/*/messages")
    assert isinstance(await desk.send(), Lost)
    assert len(desk.standing()) == 1
    desk.fail(faults.http(503, after=True), path="/channels/*/messages")
    assert isinstance(await desk.send(), Lost)
    assert sent_id(await desk.send()) == desk.standing()[0].id
    assert len(desk.standing()) == 1


async def test_an_answer_that_never_comes_is_lost(desk: Desk) -> None:
    impatient = DiscordSender(desk.stage.bot, desk.stage.services, patience_seconds=0.05)
    rule = desk.fail(faults.hold(), method="POST", channel_id=desk.stage.channel.id)
    assert await impatient.send(desk.delivery()) == Lost(text="TimeoutError")
    desk.stage.discord.release(rule.id)
    assert len(desk.standing()) == 1


async def test_without_a_connection_nothing_was_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Route, "BASE", "http://127.0.0.1:9/api/v10")
    outcome = await desk.send()
    assert isinstance(outcome, NotSent)
    assert "127.0.0.1:9" in outcome.text


async def test_before_the_login_and_after_the_end_nothing_is_sent(desk: Desk) -> None:
    stage = desk.stage
    sleeping = StageBot(
        stage.services, DiscordSettings(), load_tree_hash=_nothing, save_tree_hash=_nothing
    )
    early = DiscordSender(sleeping, stage.services)
    assert isinstance(await early.send(desk.delivery()), NotSent)
    assert isinstance(await early.unarchive(desk.delivery().destination), NotSent)
    await stage.stop()
    assert isinstance(await desk.send(), NotSent)
    assert desk.standing() == []


async def _nothing(*_: Any) -> None:
    return None


class _Response:
    """As much of an answer as discord.py's exceptions read."""

    reason = "x"

    def __init__(self, status: int, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def _http(status: int, **headers: str) -> discord.HTTPException:
    response: Any = _Response(status, **headers)
    return discord.HTTPException(response, "x")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (_http(429), Limited(seconds=60.0)),
        (_http(429, Retry_After="soon"), Limited(seconds=60.0)),
        (_http(429, Retry_After="2.5"), Limited(seconds=2.5)),
        (discord.RateLimited(31.0), Limited(seconds=31.0)),
        (ConnectionResetError("reset"), Lost(text="reset")),
        (aiohttp.ServerDisconnectedError("gone"), Lost(text="gone")),
        (aiohttp.ClientPayloadError("cut"), Lost(text="cut")),
        (TimeoutError(), Lost(text="TimeoutError")),
        (aiohttp.ConnectionTimeoutError("slow"), NotSent(text="slow")),
    ],
)
def test_what_errors_say(error: BaseException, outcome: Outcome) -> None:
    assert outcome_of(error) == outcome


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520])
def test_server_errors_are_lost_answers(status: int) -> None:
    assert isinstance(outcome_of(_http(status)), Lost)


def test_the_marker_does_not_change_the_card_it_was_given() -> None:
    card = Card(embed=discord.Embed(title="t", url="https://a.b/#x"))
    found = marked(card, "wr-1")
    assert found.embed.footer.text == "War Room · wr-1"
    assert card.embed.footer.text is None
    text = marked(Card(embed=discord.Embed(), content="nothing linked"), "wr-1")
    assert text.content == "nothing linked\n-# wr-1"
    long = Card(embed=discord.Embed(title="t").set_footer(text="x" * 2048))
    assert len(marked(long, "wr-1").embed.footer.text or "") <= 2048


# -- looking for a message


async def test_a_message_is_found_by_its_marker(desk: Desk) -> None:
    battle = sent_id(await desk.send(samples.battle_message(), nonce=0xA))
    notice = sent_id(await desk.send(samples.NOTICE, nonce=0xAB))
    for number in range(100, 105):
        await desk.send(samples.kill_message(), nonce=number)
    find = desk.sender.find
    assert await find(desk.delivery(nonce=0xA)) == Searched(readable=True, message_id=battle)
    assert await find(desk.delivery(nonce=0xAB)) == Searched(readable=True, message_id=notice)
    assert await find(desk.delivery(nonce=0xB)) == Searched(readable=True)


async def test_only_own_messages_count(desk: Desk) -> None:
    message_id = sent_id(await desk.send(nonce=0xA))
    desk.stage.discord.world.messages[message_id].author_id = desk.stage.member.id
    assert await desk.sender.find(desk.delivery(nonce=0xA)) == Searched(readable=True)


async def test_channels_that_cannot_be_read(desk: Desk) -> None:
    await desk.stage.discord.set_permissions(
        desk.stage.channel.id, deny=permissions.READ_MESSAGE_HISTORY | permissions.VIEW_CHANNEL
    )
    assert await desk.sender.find(desk.delivery()) == Searched(readable=False)
    assert await desk.sender.find(desk.delivery(to=4711)) == Searched(readable=True)
    assert desk.slept == []


async def test_a_search_is_repeated_when_it_fails_in_passing(desk: Desk) -> None:
    message_id = sent_id(await desk.send())
    desk.fail(faults.http(503), method="GET", path="/channels/*/messages", times=2)
    found = await desk.sender.find(desk.delivery())
    assert found == Searched(readable=True, message_id=message_id)
    assert desk.slept == [1.0, 5.0]
    desk.fail(faults.http(503), method="GET", path="/channels/*/messages", times=None)
    assert await desk.sender.find(desk.delivery()) == Searched(readable=False)


# -- threads


async def test_an_archived_thread_is_opened(desk: Desk) -> None:
    channel: Any = desk.stage.bot.get_channel(desk.stage.channel.id)
    thread = await (await channel.send("start")).create_thread(name="Talk")
    message_id = sent_id(await desk.send(to=thread.id))
    await desk.stage.discord.set_archived(thread.id)
    refused = await desk.send(to=thread.id, message_id=message_id)
    assert isinstance(refused, Refused)
    assert refused.code == 50083
    assert await desk.sender.unarchive(desk.delivery(to=thread.id).destination) is None
    assert sent_id(await desk.send(to=thread.id, message_id=message_id)) == message_id


async def test_what_cannot_be_opened(desk: Desk) -> None:
    channel = await desk.sender.unarchive(desk.delivery().destination)
    assert isinstance(channel, Refused)
    gone = await desk.sender.unarchive(desk.delivery(to=4711).destination)
    assert isinstance(gone, Refused)
    assert gone.code == 10003
    desk.fail(faults.http(503), path="/channels/*")
    assert isinstance(await desk.sender.unarchive(desk.delivery().destination), Lost)
