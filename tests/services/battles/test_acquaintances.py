"""Weeks are learnt once, when they are settled, and cost nothing to be asked for."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from services.battles import acquaintances as module
from services.battles.acquaintances import KEPT_WEEKS, Acquaintances
from services.battles.learning import LEARNT, SETTLED, week_of
from services.domain.battle import BattleSearch
from services.domain.killmail import Killmail, Organisation
from services.killmails.store import load_killmails
from services.storage.battle_tables import acquaintances
from services.storage.database import Database, Transaction
from tests.factories import GUILD, MIDNIGHT, OWNER, mail, party
from tests.services.newsroom import Newsroom

A, B, C = (party(name) for name in ("A1", "B1", "C1"))
MONDAY = datetime(2021, 12, 6, tzinfo=UTC)
"""The first after the week of `mail`."""

WEEK = timedelta(weeks=1)
USED = MONDAY + LEARNT
NOBODY_ASKS = cast("Transaction", None)
"""In the place of a transaction: whoever asks the database fails."""


def usual_week(weeks: int = 0) -> list[Killmail]:
    """B and C hunt A. `weeks` later."""
    later = weeks * WEEK / timedelta(minutes=1)
    return [mail(100 * weeks + n, later + 20 * n, f"A{n}", "B1", "C1") for n in range(1, 9)]


@pytest.fixture
async def house(newsroom: Newsroom) -> Newsroom:
    """A newsroom that has heard of a week, which is settled now."""
    await newsroom.take(*usual_week())
    newsroom.clock.now = MONDAY + SETTLED
    return newsroom


@pytest.fixture
async def small_house(small_newsroom: Newsroom) -> Newsroom:
    """The same on SQLite alone."""
    await small_newsroom.take(*usual_week())
    small_newsroom.clock.now = MONDAY + SETTLED
    return small_newsroom


async def prior(
    known: Acquaintances, database: Database, *parties: Organisation, start: datetime = USED
) -> dict[Any, float]:
    async with database.read() as tx:
        return dict(await known.prior(tx, parties or (A, B, C), start))


async def rows(database: Database) -> list[Any]:
    async with database.read() as tx:
        return sorted(tuple(row) for row in (await tx.execute(select(acquaintances))).all())


async def test_a_week_is_learnt_when_its_latest_mails_have_come(house: Newsroom) -> None:
    known, clock = house.acquaintances, house.clock
    clock.now = MONDAY + SETTLED - timedelta(seconds=1)
    assert await known.learn() == 0
    clock.advance(seconds=1)
    assert await prior(known, house.database) == {}
    assert await known.learn() == 3
    found = await prior(known, house.database)
    assert found.keys() == {(A, B), (A, C), (B, C)}
    assert found[A, B] == found[A, C] < -0.3
    assert found[B, C] > 0.3
    assert await prior(known, house.database, A, C) == {(A, C): pytest.approx(-4 / 6)}


async def test_a_battle_hears_of_a_week_only_when_it_began_long_after(
    small_house: Newsroom,
) -> None:
    """So what is known of its parties does not hang on when it is asked."""
    await small_house.acquaintances.learn()
    early = USED - timedelta(seconds=1)
    assert await prior(small_house.acquaintances, small_house.database, start=early) == {}
    now = await prior(small_house.acquaintances, small_house.database, A, C)
    later = await prior(
        small_house.acquaintances, small_house.database, A, C, start=USED + 3 * WEEK
    )
    assert later[A, C] == pytest.approx(now[A, C] * 0.7**3)
    assert await prior(small_house.acquaintances, small_house.database, start=USED + 8 * WEEK) == {}


async def test_a_week_is_learnt_once_whatever_comes_after(house: Newsroom) -> None:
    """Be it by two processes at the same time."""
    other = Acquaintances(house.database, load_killmails, clock=house.clock)
    assert 3 in await asyncio.gather(house.acquaintances.learn(), other.learn())
    before = await rows(house.database)
    assert len(before) == 4
    late = [mail(50 + n, 3 * n, f"C{n}", "B1", "D1") for n in range(1, 9)]
    await house.take(*late, live=False)
    house.restart()
    assert await house.acquaintances.learn() == 0
    assert await rows(house.database) == before


async def test_each_week_is_learnt_by_itself_some_mails_at_a_time(
    small_house: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Be there as many mails of one second as are read at once."""
    monkeypatch.setattr(module, "MAILS_AT_ONCE", 3)
    room = small_house
    await room.take(*usual_week(1), *(mail(200 + n, 10_500, f"D{n}", "B1") for n in range(8)))
    await room.take(mail(300, -1455, "E1", "B1", "C1"), mail(301, -1455, "B1", "A9"), live=False)
    assert await room.acquaintances.learn() == 4 + 3
    room.clock.advance(weeks=1)
    first, before = USED, await prior(room.acquaintances, room.database, A, C)
    assert await room.acquaintances.learn() == 4
    found = {(week, one, other): weight for week, one, other, weight in await rows(room.database)}
    week = week_of(MONDAY)
    assert {week for week, *_ in found} == {week - 2, week - 1, week}
    assert found[week - 1, A.id, B.id] == found[week, A.id, B.id] == pytest.approx(-4 / 6)
    assert found[week, B.id, party("D1").id] == pytest.approx(-8 / 10)
    assert await prior(room.acquaintances, room.database, A, C, start=first) == before
    later = await prior(room.acquaintances, room.database, A, C, start=first + WEEK)
    assert later == {(A, C): -1.0}


async def test_what_is_in_memory_goes_when_another_week_is_learnt(small_house: Newsroom) -> None:
    """Two weeks are learnt after a battle has asked for both: late, but it is heard of."""
    room = small_house
    await room.take(*usual_week(1))
    known = room.acquaintances
    room.clock.advance(weeks=1)
    other = Acquaintances(room.database, load_killmails, clock=room.clock)
    assert await other._learn(week_of(MONDAY)) == 3
    once = await prior(known, room.database, A, C, start=USED + WEEK)
    assert await other.learn() == 3
    room.clock.advance(minutes=1)
    twice = await prior(known, room.database, A, C, start=USED + WEEK)
    assert twice[A, C] < once[A, C] < 0


async def test_another_process_hears_of_it_within_a_minute(small_house: Newsroom) -> None:
    other = Acquaintances(small_house.database, load_killmails, clock=small_house.clock)
    assert await prior(other, small_house.database) == {}
    await small_house.acquaintances.learn()
    small_house.clock.advance(minutes=1)
    assert await prior(other, small_house.database) == await prior(
        small_house.acquaintances, small_house.database
    )
    assert await other.learn() == 0


class Torn(Exception):
    """The process dies."""


async def test_a_week_that_was_half_written_does_not_count(
    house: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 1)
    known, written = house.acquaintances, 0
    write = house.database.write

    def dying() -> Any:
        nonlocal written
        written += 1
        if written == 3:
            raise Torn
        return write()

    with monkeypatch.context() as patch:
        patch.setattr(house.database, "write", dying)
        with pytest.raises(Torn):
            await known.learn()
    assert len(await rows(house.database)) == 2
    assert await prior(known, house.database) == {}
    assert await known.learn() == 3
    assert len(await rows(house.database)) == 4
    assert len(await prior(known, house.database)) == 3


async def test_weeks_go_when_no_battle_of_which_details_are_kept_asks_for_them(
    house: Newsroom,
) -> None:
    await house.acquaintances.learn()
    house.clock.advance(weeks=KEPT_WEEKS - 1)
    await house.acquaintances.learn()
    assert await rows(house.database)
    house.clock.advance(weeks=1)
    await house.acquaintances.learn()
    assert await rows(house.database) == []


async def test_nothing_is_asked_for_parties_that_are_in_memory(small_house: Newsroom) -> None:
    known = small_house.acquaintances
    await known.learn()
    found = await prior(known, small_house.database)
    assert await known.prior(NOBODY_ASKS, (C, B, A), USED) == found
    assert await known.prior(NOBODY_ASKS, (C,), USED) == {}
    with pytest.raises(AttributeError):
        await known.prior(NOBODY_ASKS, (A, party("D1")), USED)


async def test_memory_is_bounded_and_changes_no_answer(
    small_house: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await small_house.acquaintances.learn()
    whole = await prior(small_house.acquaintances, small_house.database)
    monkeypatch.setattr(module, "REMEMBERED", 2)
    small = Acquaintances(small_house.database, load_killmails, clock=small_house.clock)
    for _ in range(3):
        assert await prior(small, small_house.database) == whole
        assert small._size <= 2
        assert small._size == sum(1 + len(kept) for kept in small._kept.values())


async def test_battles_are_solved_with_it(small_house: Newsroom) -> None:
    """C is seen once, on the mail of a dying friend, with a whole fleet of the enemy."""
    fleet = [f"A{n}" for n in range(1, 11)]
    days = 17 * 24 * 60
    await small_house.acquaintances.learn()
    small_house.clock.now = MIDNIGHT + timedelta(minutes=days + 30)
    await small_house.take(
        *(mail(1000 + n, days + n, f"A{n}", "B1", "B2") for n in range(1, 4)),
        *(mail(1010 + n, days + n, f"B{n}", "A5", "A6") for n in range(1, 4)),
        mail(1020, days + 4, "B1", *fleet, "C1"),
    )
    [battle] = await small_house.battles.search(BattleSearch(since=MONDAY))
    assert battle.start >= USED
    for seen in (battle, await small_house.sides.move(GUILD, battle.public_id, A, None, by=OWNER)):
        assert [[p.organisation for p in side.parties] for side in seen.sides] == [[A], [B, C]]
