"""Counters by the hour: added to, read, forgotten with their alerts, pruned."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from services.alerts import calls, counts, posts
from services.alerts.calls import Call
from services.alerts.counts import EVERYBODY, hour_of
from services.domain.alert import Outcome
from services.domain.ids import AlertId, ChannelId, KillmailId
from services.storage.guild_tables import alert_hours
from tests.factories import CHANNEL, GUILD, MIDNIGHT, request
from tests.services.newsroom import Newsroom, dump

ONE, TWO = AlertId(1), AlertId(2)
TABLES = ("alert_hours", "channel_hours", "alert_calls")


async def test_added_up_by_alert_hour_and_outcome(newsroom: Newsroom) -> None:
    async with newsroom.database.write() as tx:
        await counts.add(tx, {(ONE, Outcome.MATCHED): 2, (TWO, Outcome.MUTED): 1}, now=MIDNIGHT)
        later = MIDNIGHT + timedelta(minutes=59)
        await counts.add(tx, {(ONE, Outcome.MATCHED): 3, (ONE, Outcome.POSTED): 1}, now=later)
        next_hour = MIDNIGHT + timedelta(hours=1)
        await counts.add(tx, {(ONE, Outcome.MATCHED): 10}, now=next_hour)
        await counts.add(tx, {}, now=next_hour)
        found = await counts.load(tx, [ONE, TWO, AlertId(3)], since=MIDNIGHT - timedelta(hours=1))
        assert found == {
            1: {Outcome.MATCHED: 15, Outcome.POSTED: 1}, 2: {Outcome.MUTED: 1}, 3: {},
        }  # fmt: skip
        assert await counts.load(tx, [ONE], since=MIDNIGHT) == {1: {Outcome.MATCHED: 10}}
        assert await counts.load_last(tx, ONE) == {
            Outcome.MATCHED: next_hour, Outcome.POSTED: later,
        }  # fmt: skip
    assert [row[:4] for row in (await dump(newsroom.database))["alert_hours"]] == [
        (1, hour_of(MIDNIGHT), "matched", 5),
        (1, hour_of(MIDNIGHT), "posted", 1),
        (1, hour_of(next_hour), "matched", 10),
        (2, hour_of(MIDNIGHT), "muted", 1),
    ]


async def test_what_a_newer_program_counts_is_passed_over(small_newsroom: Newsroom) -> None:
    row = {"alert_id": 1, "hour": hour_of(MIDNIGHT), "count": 1, "last_at": MIDNIGHT}
    async with small_newsroom.database.write() as tx:
        await tx.execute(insert(alert_hours), [{**row, "outcome": "teleported"}])
        assert await counts.load(tx, [ONE], since=MIDNIGHT - timedelta(hours=1)) == {1: {}}
        assert await counts.load_last(tx, ONE) == {}


async def fill(newsroom: Newsroom, alert_id: AlertId, channel_id: ChannelId) -> None:
    async with newsroom.database.write() as tx:
        now = newsroom.clock()
        await counts.add(tx, {(alert_id, Outcome.MATCHED): 1}, now=now)
        await posts.add(tx, {channel_id: 1}, now=now)
        await calls.save(tx, [Call(alert_id=alert_id, killmail_id=KillmailId(7), at=now)])


async def test_forgotten_with_the_server(newsroom: Newsroom) -> None:
    ours = await newsroom.alerts.add(request())
    theirs = await newsroom.alerts.add(request(guild_id=GUILD + 1, channel_id=CHANNEL + 1))
    for alert in (ours, theirs):
        await fill(newsroom, alert.id, alert.channel_id)
    async with newsroom.database.write() as tx:
        await counts.add(tx, {(EVERYBODY, Outcome.SEEN): 1}, now=MIDNIGHT)
    await newsroom.guilds.forget(GUILD)
    left = await dump(newsroom.database)
    assert [[row[0] for row in left[name]] for name in TABLES] == [
        [0, theirs.id], [theirs.channel_id], [theirs.id],
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "kept"), [(8, 1), (8.05, 0)])
async def test_kept_for_eight_days(newsroom: Newsroom, days: float, kept: int) -> None:
    await fill(newsroom, ONE, CHANNEL)
    newsroom.clock.advance(days=days)
    await newsroom.report.prune()
    left = await dump(newsroom.database)
    assert [len(left[name]) for name in TABLES] == [kept] * 3
