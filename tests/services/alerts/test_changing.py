"""Alerts that are changed, copied and muted, and those that this version cannot read."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from services.domain.alert import AlertKind, AlertState, CardPart, CardStyle, Updates
from services.domain.errors import NotFound, UserError
from services.domain.filter import Condition, FilterField, Op
from services.domain.ids import ChannelId, RoleId, UserId
from services.domain.quiet import QuietHours, QuietMode
from services.filters.data import encode
from tests.factories import CHANNEL, GUILD, OWNER, all_of, mail, request
from tests.services.newsroom import Newsroom, channel

KILL = mail(1, 0, "A1", "B1", isk=5.0)
OTHER = ChannelId(CHANNEL + 1)
ANY_VALUE = Condition(FilterField.ISK, (0,), Op.AT_LEAST)
RICH = all_of(Condition(FilterField.ISK, (1e9,), Op.AT_LEAST))
EVERYTHING = {
    "name": "Home",
    "role_id": RoleId(9),
    "ping_minutes": 5,
    "cooldown_minutes": 30,
    "style": CardStyle.WATCH,
    "hidden": frozenset({CardPart.LINKS, CardPart.PICTURE}),
    "quiet": QuietHours(start=1380, end=420, mode=QuietMode.POSTS),
}


async def matching(newsroom: Newsroom) -> list[int]:
    async with newsroom.database.read() as tx:
        found = await newsroom.alerts.matching_kill(tx, KILL, received_at=newsroom.clock())
    return [match.alert.id for match in found]


async def test_all_that_can_be_asked_is_kept(newsroom: Newsroom) -> None:
    service = newsroom.alerts
    added = await service.add(request(**EVERYTHING))
    assert {key: getattr(added, key) for key in EVERYTHING} == EVERYTHING
    assert await service.get(GUILD, added.id) == added
    other = await service.add(
        request(AlertKind.BATTLES, region_id=7, min_kills=3, min_isk=1e9, updates=Updates.THREAD)
    )
    newsroom.restart()
    assert await newsroom.alerts.all_of(GUILD) == [added, other]


async def test_whatever_is_named_changes_and_the_rest_stays(newsroom: Newsroom) -> None:
    service = newsroom.alerts
    before = await service.add(request(**EVERYTHING))
    assert await matching(newsroom) == [before.id]
    after = await service.edit(GUILD, before.id, filter=RICH, name=None)
    assert after == replace(before, filter=RICH, name=None)
    assert await matching(newsroom) == [], "it asks for more now"
    changes = {"style": CardStyle.LINK, "hidden": frozenset(), "quiet": None, "ping_minutes": None}
    assert await service.edit(GUILD, before.id, **changes) == replace(after, **changes)
    called = await service.edit(GUILD, before.id, user_id=OWNER)
    assert (called.role_id, called.user_id) == (None, OWNER)
    quiet = await service.edit(GUILD, before.id, user_id=None)
    assert (quiet.role_id, quiet.user_id) == (None, None)
    battles = await service.add(request(AlertKind.BATTLES, min_isk=1e9))
    narrow = await service.edit(GUILD, battles.id, min_isk=None, region_id=7)
    assert (narrow.min_isk, narrow.min_kills, narrow.region_id) == (None, 5, 7)
    telling = await service.edit(GUILD, battles.id, updates=Updates.REPLIES)
    assert telling == replace(narrow, updates=Updates.REPLIES)
    there = await service.copy(GUILD, battles.id, OTHER, by=OWNER)
    assert (there.updates, there.channel_id) == (Updates.REPLIES, OTHER)
    assert await service.edit(GUILD, battles.id, updates=Updates.NONE) == narrow


async def test_a_change_that_may_not_be_changes_nothing(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    service = newsroom.alerts
    first = await service.add(request(name="First"))
    second = await service.add(request(name="Second", filter=RICH))
    for changes, words in (
        ({"filter": all_of()}, "14,000"),
        ({"filter": first.filter}, f"#{first.id} already"),
        ({"name": "FIRST"}, "is called that"),
        ({"min_kills": 3}, "in its filter"),
        ({"updates": Updates.THREAD}, "only an alert for battles"),
    ):
        with pytest.raises(UserError, match=words):
            await service.edit(GUILD, second.id, **changes)
    assert await service.all_of(GUILD) == [first, second]
    await service.edit(GUILD, second.id, name="second")
    with pytest.raises(NotFound):
        await service.edit(GUILD + 1, second.id, name="Third")


async def test_given_another_channel_a_blocked_one_wakes(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    service = newsroom.alerts
    first = await service.add(request())
    asleep = await service.add(request(filter=RICH))
    async with newsroom.database.write() as tx:
        await service.block_channel(tx, CHANNEL, "gone")
    same = await service.edit(GUILD, first.id, name="Same")
    assert (same.state, same.reason) == (AlertState.BLOCKED, "gone")
    moved = await service.edit(GUILD, first.id, channel_id=OTHER)
    assert (moved.state, moved.reason, moved.channel_id) == (AlertState.ACTIVE, None, OTHER)
    assert await matching(newsroom) == [first.id]
    await service.pause(GUILD, first.id, by=OWNER)
    moved = await service.edit(GUILD, first.id, channel_id=CHANNEL)
    assert moved.state is AlertState.PAUSED
    assert (await service.get(GUILD, asleep.id)).state is AlertState.BLOCKED


async def test_copied_to_another_channel(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    service = newsroom.alerts
    first = await service.add(request(**EVERYTHING))
    await service.pause(GUILD, first.id, by=OWNER)
    copy = await service.copy(GUILD, first.id, OTHER, by=UserId(5))
    changed = {"id": copy.id, "channel_id": OTHER, "created_by": 5, "name": "Home (2)"}
    assert copy == replace(first, **changed)
    assert await matching(newsroom) == [copy.id]
    with pytest.raises(UserError, match=f"#{copy.id} already asks"):
        await service.copy(GUILD, first.id, OTHER, by=OWNER)


async def test_muted_it_matches_and_says_until_when(newsroom: Newsroom) -> None:
    service, now = newsroom.alerts, newsroom.clock()
    alert = await service.add(request())
    until = now + timedelta(hours=1)
    muted = await service.mute(GUILD, alert.id, until=until, by=OWNER)
    assert muted == replace(alert, muted_until=until)
    async with newsroom.database.read() as tx:
        [match] = await service.matching_kill(tx, KILL, received_at=now)
    assert match.alert == muted
    for wrong in (now, now - timedelta(hours=1), now + timedelta(days=7, seconds=1)):
        with pytest.raises(UserError, match="7 days at most"):
            await service.mute(GUILD, alert.id, until=wrong, by=OWNER)
    assert await service.mute(GUILD, alert.id, until=None, by=OWNER) == alert


BROKEN = [
    '{"version":99,"all":[{"field":"smell","op":"is","value":3}]}',
    '{"version":1,"all":[{"field":"smell","op":"is","value":3}]}',
    '{"version":1,"all":',
    "[]",
    "",
    None,
]


async def test_what_was_let_in_may_be_renamed(small_newsroom: Newsroom) -> None:
    """Rules grow stricter; only another filter is judged by them."""
    service = small_newsroom.alerts
    broad = await service.add(request())
    await spoil(small_newsroom, broad.id, filter=encode(all_of()))
    assert (await service.edit(GUILD, broad.id, name="All", user_id=OWNER)).name == "All"
    with pytest.raises(UserError, match="kills a day"):
        await service.edit(GUILD, broad.id, filter=all_of(ANY_VALUE))


async def spoil(newsroom: Newsroom, alert_id: int, **values: object) -> None:
    """Write what this version cannot read, as another process would."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    async with newsroom.database.write() as tx:
        await tx.execute(text(f"UPDATE alerts SET {sets} WHERE id = {alert_id}"), values)
        await newsroom.alerts.touch(tx)


async def test_a_filter_that_cannot_be_read_silences_no_other(newsroom: Newsroom) -> None:
    service = newsroom.alerts
    bad = [
        await service.add(request(name=f"Bad {n}", role_id=n)) for n in range(1, len(BROKEN) + 1)
    ]
    good = await service.add(request(channel_id=OTHER))
    assert len(await matching(newsroom)) == len(bad) + 1
    for alert, filter_ in zip(bad, BROKEN, strict=True):
        await spoil(newsroom, alert.id, filter=filter_)
    newsroom.restart()
    service = newsroom.alerts
    with capture_logs() as logs:
        assert await matching(newsroom) == [good.id]
        await service.pause(GUILD, good.id, by=OWNER)
        assert await matching(newsroom) == []
        await service.resume(GUILD, good.id)
        assert await matching(newsroom) == [good.id]
    told = [log["alert"] for log in logs if log["event"] == "alert cannot be read"]
    assert told == [alert.id for alert in bad], "each once"
    for shown in (await service.all_of(GUILD))[: len(bad)]:
        assert (shown.state, shown.filter) == (AlertState.BLOCKED, None)
        assert "cannot read its filter" in str(shown.reason)


async def test_a_filter_that_cannot_be_read_is_given_anew(newsroom: Newsroom) -> None:
    service = newsroom.alerts
    bad = await service.add(request(name="Bad"))
    assert await matching(newsroom) == [bad.id]
    await spoil(newsroom, bad.id, filter=BROKEN[0])
    assert await matching(newsroom) == []
    with pytest.raises(UserError, match="cannot be resumed: I cannot read its filter"):
        await service.resume(GUILD, bad.id)
    with pytest.raises(UserError, match="needs a filter"):
        await service.edit(GUILD, bad.id, name="Still bad")
    assert await service.edit(GUILD, bad.id, filter=bad.filter) == bad
    assert await matching(newsroom) == [bad.id]


async def test_a_row_is_left_as_a_newer_version_wrote_it(newsroom: Newsroom) -> None:
    """What comes back to that version goes on as it was, and its paused ones stay paused."""
    service = newsroom.alerts
    alert = await service.add(request())
    await spoil(newsroom, alert.id, filter=BROKEN[0], state="paused", reason="paused by <@1>")
    await newsroom.guilds.on_left(GUILD)
    await newsroom.guilds.on_joined(GUILD)
    async with newsroom.database.write() as tx:
        assert await service.block_channel(tx, CHANNEL, "gone") == []
    async with newsroom.database.read() as tx:
        row = (await tx.execute(text("SELECT filter, state, reason FROM alerts"))).one()
    assert tuple(row) == (BROKEN[0], "paused", "paused by <@1>")


async def test_words_of_a_newer_version_are_passed_over(small_newsroom: Newsroom) -> None:
    newsroom, service = small_newsroom, small_newsroom.alerts
    alert = await service.add(request(**EVERYTHING))
    strange = await service.add(request(AlertKind.BATTLES))
    await spoil(newsroom, strange.id, kind="timers")
    await spoil(
        newsroom, alert.id, style="hologram", hidden="links,smell", quiet_mode="hum", updates="song"
    )
    [shown] = await service.all_of(GUILD)
    assert (shown.style, shown.hidden, shown.quiet, shown.updates) == (
        CardStyle.FULL, frozenset({CardPart.LINKS}), None, Updates.NONE,
    )  # fmt: skip
    assert await matching(newsroom) == [alert.id]
    await spoil(newsroom, alert.id, state="dreaming")
    assert (await service.get(GUILD, alert.id)).state is AlertState.PAUSED
    assert await matching(newsroom) == []


async def test_a_channel_tried_again_is_unblocked(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    """Whatever brings an alert (back) to a channel has Discord asked anew."""
    tried = []

    async def unblock(_tx, destination):
        tried.append(destination)

    newsroom.alerts._unblock = unblock
    alert = await newsroom.alerts.add(request())
    await newsroom.alerts.edit(GUILD, alert.id, name="Here still")
    await newsroom.alerts.edit(GUILD, alert.id, channel_id=OTHER)
    async with newsroom.database.write() as tx:
        await newsroom.alerts.block_channel(tx, OTHER, "gone")
    await newsroom.alerts.resume(GUILD, alert.id)
    assert tried == [channel(CHANNEL), channel(OTHER), channel(OTHER)]


async def test_two_who_change_it_at_once_change_both(newsroom: Newsroom) -> None:
    service = newsroom.alerts
    alert = await service.add(request())
    for _ in range(5):
        await asyncio.gather(
            service.edit(GUILD, alert.id, name="Both"),
            service.edit(GUILD, alert.id, role_id=RoleId(5)),
            service.edit(GUILD, alert.id, user_id=UserId(6)),
            service.edit(GUILD, alert.id, style=CardStyle.LINK),
        )
        found = await service.get(GUILD, alert.id)
        assert (found.name, found.style) == ("Both", CardStyle.LINK)
        assert (found.role_id, found.user_id) in {(5, None), (None, 6)}
        await service.edit(
            GUILD, alert.id, name=None, role_id=None, user_id=None, style=CardStyle.FULL
        )


async def test_a_change_leaves_alone_what_it_does_not_name(small_newsroom: Newsroom) -> None:
    """A newer version's words among it."""
    newsroom, service = small_newsroom, small_newsroom.alerts
    alert = await service.add(request())
    await spoil(newsroom, alert.id, style="hologram", hidden="links,smell")
    await service.edit(GUILD, alert.id, name="Named")
    async with newsroom.database.read() as tx:
        row = (await tx.execute(text("SELECT name, style, hidden FROM alerts"))).one()
    assert tuple(row) == ("Named", "hologram", "links,smell")
