"""One batch in, one transaction out: all of it or nothing, and never twice."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from services.domain.alert import AlertKind
from services.domain.battle import BattleSearch
from services.domain.event import Batch
from services.domain.ids import BattleKey, KillmailId, SystemId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Killmail, Rejected
from services.domain.tally import LAG_BOUNDS, Lag, Tally
from services.feeds.intake import Intake, intake_of
from services.feeds.items import FeedItem, Hole, HoleFilled
from services.feeds.wire import decode_zkb_package
from services.killmails.service import KillmailService
from services.killmails.store import load_killmails
from services.storage.database import Database
from tests.factories import CHANNEL, MIDNIGHT, arrival, mail, request
from tests.services.newsroom import Newsroom, channel, dump, empty, late

TORN = Rejected(source="r2z2", reference="102", reason="no victim", body=b"\x00{}")


def evening() -> list[Intake]:
    """Two fights, a late mail that makes them one, a lone kill, and a feed with gaps."""
    fight = [mail(n, n, f"A{n}", "B1", "B2", isk=1e6, items=[(34, n, 1)]) for n in range(1, 4)]
    other = [mail(10 + n, n, f"C{n}", "D1", "D2", isk=1e6) for n in range(1, 4)]
    bridge = mail(30, 2, "C9", "B1", "B2", "D1", "D2", isk=1e6, items=[(34, 5, 0)])
    lone = mail(40, 4, "E1", "npc")
    return [
        Intake(live=True, arrivals=_in(fight[0], lone, fight[1]), cursor=("r2z2", 100)),
        Intake(
            live=True,
            arrivals=_in(*other),
            rejected=(TORN,),
            notes=(Hole(103), Hole(104)),
            cursor=("r2z2", 105),
        ),
        Intake(live=True, arrivals=_in(fight[2], bridge), cursor=("r2z2", 106)),
        Intake(live=True, arrivals=_in(mail(50, 5, "A5", "B1", "B2")), notes=(HoleFilled(103),)),
        Intake(
            live=True,
            arrivals=(
                _revised(mail(3, 3, "A3", "B1", "B2", "F1", isk=9e9, items=[(34, 1, 0)])),
                _revised(replace(lone, system_id=SystemId(30_000_002))),
            ),
            cursor=("r2z2", 107),
        ),
    ]


def _in(*mails: Killmail) -> tuple[Any, ...]:
    return tuple(arrival(killmail) for killmail in mails)


async def ask_for_everything(newsroom: Newsroom) -> None:
    newsroom.clock.advance(minutes=10)
    await newsroom.alerts.add(request())
    await newsroom.alerts.add(request(AlertKind.BATTLES, min_kills=2))
    await newsroom.alerts.add(request(AlertKind.BATTLES, min_kills=2, channel_id=CHANNEL + 1))


def _revised(killmail: Killmail) -> Arrival:
    return replace(arrival(killmail, MIDNIGHT + timedelta(minutes=9)), revised=True)


class Pulled(Exception):
    """The plug."""


class Broken:
    """A consumer that fails."""

    async def consume(self, tx: Any, batch: Batch) -> list[Any]:
        raise Pulled


@contextmanager
def plug_pulled(database: Database, *, at: int) -> Iterator[list[str]]:
    """Stops the process before its statement number `at`; yields the statements so far."""
    seen: list[str] = []

    def count(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        if len(seen) >= at:
            raise Pulled
        seen.append(statement)

    engine = database._writer.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", count)


async def test_killed_between_any_two_statements_and_started_again(newsroom: Newsroom) -> None:
    """After each kill the tables are as before; in the end they are as those of a quiet run."""
    database = newsroom.database
    await ask_for_everything(newsroom)
    kills = 0
    for intake in evening():
        before = await dump(database)
        for at in range(200):
            try:
                with plug_pulled(database, at=at):
                    await newsroom.pipeline.take(intake)
                break
            except Pulled:
                kills += 1
                assert await dump(database) == before
                if at % 3 == 0:
                    newsroom.restart()
        again = await dump(database)
        await newsroom.pipeline.take(intake)
        assert settled(await dump(database)) == settled(again), (
            "killed after the commit, read again"
        )
    assert kills > 30
    await newsroom.drain()
    posted = [type(m).__name__ for m in newsroom.channels.read(channel())]
    assert posted.count("KillMessage") == 9
    assert posted.count("BattleMessage") == 1, "the one taken in was withdrawn before it was sent"
    [battle] = newsroom.channels.read(channel(CHANNEL + 1))
    assert battle.battle.killmail_ids == (1, 2, 3, 11, 12, 13, 30, 50)
    assert battle.battle.isk_destroyed.isk == 9.006e9


async def test_interrupted_or_not_the_tables_are_the_same(
    small_newsroom: Newsroom, tmp_path: Any
) -> None:
    from services.storage.settings import DatabaseSettings

    await ask_for_everything(small_newsroom)
    for intake in evening():
        for at in range(0, 60, 2):
            with plug_pulled(small_newsroom.database, at=at):
                try:
                    await small_newsroom.pipeline.take(intake)
                except Pulled:
                    continue
                break
    quiet = await Database.open(
        DatabaseSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'quiet.db'}")
    )
    undisturbed = Newsroom(quiet)
    await ask_for_everything(undisturbed)
    for intake in evening():
        await undisturbed.pipeline.take(intake)
    assert await dump(small_newsroom.database) == await dump(quiet)
    await quiet.close()


def settled(tables: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without what a repeated batch may touch: when the cursor moved, how often a hole was asked for."""
    return {name: rows for name, rows in tables.items() if name not in {"cursors", "holes"}}


@pytest.mark.parametrize("live", [True, False])
async def test_importing_the_same_day_twice_changes_nothing(newsroom: Newsroom, live: bool) -> None:
    await ask_for_everything(newsroom)
    arrivals = [a for intake in evening()[:-1] for a in intake.arrivals]
    first = await newsroom.take(*arrivals, live=live)
    assert (first.stored, first.known) == (len(arrivals), 0)
    before = await dump(newsroom.database)
    newsroom.restart()
    newsroom.clock.advance(hours=1)
    second = await newsroom.take(*reversed(arrivals), *arrivals[:3], live=live)
    assert (second.stored, second.known) == (0, len(arrivals) + 3)
    assert await dump(newsroom.database) == before
    assert len(before["participants"]) == sum(len(a.killmail.attackers) for a in arrivals)
    assert [row[2:] for row in before["item_sums"]] == [(34, 11, 3)]


async def test_what_cannot_be_read_is_kept_once_and_the_feed_goes_on(newsroom: Newsroom) -> None:
    intake = evening()[1]
    taken = await newsroom.pipeline.take(intake)
    assert (taken.stored, taken.rejected) == (3, 1)
    await newsroom.pipeline.take(replace(intake, arrivals=(), notes=(Hole(104), Hole(107))))
    await newsroom.take(rejected=(replace(TORN, reference="x" * 300),), notes=(HoleFilled(104),))
    tables = await dump(newsroom.database)
    assert [(row[1], row[2][-3:], row[3], row[4]) for row in tables["quarantine"]] == [
        ("r2z2", "102", "no victim", b"\x00{}"),
        ("r2z2", "xxx", "no victim", b"\x00{}"),
    ]
    assert {row[0]: row[4] for row in tables["holes"]} == {103: False, 104: True, 107: False}
    assert [row[:2] for row in tables["cursors"]] == [("r2z2", 105)]


async def test_a_consumer_that_fails_leaves_nothing(newsroom: Newsroom) -> None:
    broken = newsroom.make_pipeline(consumers=[newsroom.battles, Broken()])
    before = await dump(newsroom.database)
    with pytest.raises(Pulled):
        await broken.take(evening()[0])
    assert await dump(newsroom.database) == before
    assert not newsroom.bell.is_set()


async def test_mails_are_priced_and_told_in_the_order_of_their_kills(
    small_newsroom: Newsroom,
) -> None:
    newsroom = small_newsroom
    await newsroom.alerts.add(request(min_isk=5.0))

    def price(killmail: Killmail) -> Killmail:
        return replace(killmail, value=Value(isk=7.0, source=ValueSource.ESTIMATE))

    newsroom.pipeline = newsroom.make_pipeline(price=price)
    await newsroom.take(mail(3, 2, "A3", "B3"), mail(9, 1, "A9", "B9"), mail(4, 1, "A4", "B4"))
    assert newsroom.bell.is_set()
    assert list(await newsroom.states()) == ["kill:4", "kill:9", "kill:3"]
    async with newsroom.database.read() as tx:
        [stored] = await load_killmails(tx, [3])
    assert stored.value == Value(isk=7.0, source=ValueSource.ESTIMATE)
    newsroom.bell.clear()
    await newsroom.take(mail(3, 2, "A3", "B3"))
    assert not newsroom.bell.is_set(), "nothing new, nobody is woken"


async def test_two_processes_on_one_database_do_not_tear_a_battle_apart(
    newsroom: Newsroom,
) -> None:
    """A backfill runs beside the live feed: what belongs together is found, whoever is first."""
    await ask_for_everything(newsroom)
    other = Newsroom(newsroom.database, clock=newsroom.clock)
    mails = [mail(n, n / 10, f"A{n}", "B1", "B2") for n in range(1, 25)]
    await asyncio.gather(
        *(newsroom.take(killmail) for killmail in mails[::2]),
        *(other.take(killmail, live=False) for killmail in mails[1::2]),
        *(other.take(killmail, live=False) for killmail in mails[::4]),
    )
    tables = await dump(newsroom.database)
    assert len(tables["killmails"]) == 24
    assert len({row[1] for row in tables["battle_killmails"]}) == 1
    assert [row[9] for row in tables["battles"]] == [24]


def test_a_feed_hands_over_what_it_has() -> None:
    killmail = arrival(mail(1, 0, "A1", "B1"))
    items = [
        FeedItem(cursor=5, arrival=killmail),
        FeedItem(cursor=7, rejected=TORN),
        FeedItem(cursor=6, notes=(Hole(6),)),
        FeedItem(cursor=None, notes=(HoleFilled(3),)),
    ]
    assert intake_of(items, feed="r2z2") == Intake(
        live=True,
        arrivals=(killmail,),
        rejected=(TORN,),
        notes=(Hole(6), HoleFilled(3)),
        cursor=("r2z2", 7),
    )
    assert intake_of(items[3:], feed="r2z2").cursor is None


async def test_new_estimates_are_all_or_nothing(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    await ask_for_everything(newsroom)
    await newsroom.take(*(mail(n, n, f"A{n}", "B1", "B2") for n in range(1, 5)))
    values = {KillmailId(n): Value(isk=n, source=ValueSource.ESTIMATE) for n in range(1, 5)}
    before = await dump(newsroom.database)
    for at in range(100):
        try:
            with plug_pulled(newsroom.database, at=at):
                assert await newsroom.pipeline.revalue(values) == 4
            break
        except Pulled:
            assert await dump(newsroom.database) == before
    assert at > 5
    [battle] = await newsroom.battles.search(BattleSearch())
    assert (battle.isk_destroyed.isk, battle.isk_destroyed.unpriced) == (10.0, 0)


async def test_what_comes_in_is_counted_and_timed(small_newsroom: Newsroom) -> None:
    """From publication to the end of the transaction; only what is live, new and committed."""
    newsroom = small_newsroom
    clock = newsroom.clock

    class Slow:
        async def consume(self, tx: Any, batch: Batch) -> list[Any]:
            clock.advance(seconds=3)
            return []

    newsroom.pipeline = newsroom.make_pipeline(consumers=[Slow()])
    tally = newsroom.pipeline.tally
    assert tally == Tally()
    first = arrival(mail(1, 0, "A1", "B1"), clock(), lag=4)
    await newsroom.take(first, rejected=(TORN,))
    await newsroom.take(first, first)
    await newsroom.take(arrival(mail(2, 0, "A2", "B2"), clock(), lag=4000), behind=True)
    await newsroom.take(arrival(mail(3, 0, "A3", "B3"), clock(), lag=50), live=False)
    await newsroom.take(replace(arrival(mail(4, 0, "A4", "B4")), published_at=None))
    await newsroom.take(replace(arrival(mail(1, 0, "A1", "B1", isk=5.0), clock()), revised=True))
    await newsroom.take(arrival(mail(5, 0, "A5", "B5"), clock(), lag=-60))
    broken = newsroom.make_pipeline(consumers=[Slow(), Broken()])
    with pytest.raises(Pulled):
        await broken.take(Intake(live=True, arrivals=(arrival(mail(6, 0, "A6", "B6")),)))
    assert broken.tally == Tally()
    assert (tally.stored, tally.known, tally.revised, tally.rejected) == (5, 2, 1, 1)
    assert (tally.lag.count, tally.lag.sum, tally.lag.last) == (3, 4010.0, 0.0)
    within = dict(zip(LAG_BOUNDS, tally.lag.buckets, strict=True))
    assert within == dict.fromkeys((1, 2, 5), 1) | dict.fromkeys(
        (10, 15, 30, 60, 120, 300, 900, 3600), 2
    )


def test_a_lag_on_a_bound_is_within_it() -> None:
    lag = Lag()
    for seconds in (1.0, 1.001, 3600.0, 3601.0):
        lag.add(seconds)
    assert lag.buckets == [1, *[2] * 9, 3]
    assert lag.count == 4


async def test_a_keepstar_three_days_late_and_revised(
    newsroom: Newsroom, recorded_data: Path
) -> None:
    """3,753 attackers, through every step, in either order."""
    [keepstar] = _packages(recorded_data, attackers=3753)
    assert keepstar.value.isk is not None
    assert keepstar.value.isk > 1.9e11
    newsroom.clock.now = keepstar.time + timedelta(hours=72)
    await newsroom.alerts.add(request(min_isk=1e11))
    first = late(replace(keepstar, attackers=keepstar.attackers[1000:], labels=()), hours=71)
    whole = replace(late(keepstar, hours=72), revised=True)
    bystander = late(
        replace(
            mail(7, 0, "A1", "B1"),
            time=keepstar.time + timedelta(minutes=5),
            system_id=keepstar.system_id,
            attackers=keepstar.attackers[:3],
        ),
        hours=72,
    )
    pictures = []
    for order in ((first, whole, bystander), (bystander, whole, first), (first, bystander, whole)):
        await empty(newsroom.database)
        newsroom.restart()
        for one in order:
            await newsroom.take(one)
        stored = await KillmailService(newsroom.database).get(str(keepstar.id))
        assert stored == keepstar
        [battle] = await newsroom.battles.search(BattleSearch(), shown=False)
        pictures.append(replace(battle, key=BattleKey(0)))
        assert battle.kills == 2
        assert battle.pilots > 3000
    assert pictures[0] == pictures[1] == pictures[2]
    assert await newsroom.states() == {}, "three days old is no news"


def _packages(data: Path, *, attackers: int) -> list[Killmail]:
    files = sorted((data / "killmails" / "zkb_packages").glob("*.json"))
    mails = [decode_zkb_package(file.read_bytes()) for file in files]
    return [found for found in mails if len(found.attackers) == attackers]
