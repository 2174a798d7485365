"""Two processes that ask the same source and share a database: whatever both have is taken, told and counted once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.domain.ids import SystemId
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.polling.poller import Poller
from services.polling.source import Doubted, Fetched, Moment, SourceFault
from services.polling.store import PollState, load_poll
from services.storage.database import Database, Transaction
from services.storage.marks import load_mark, save_mark
from services.storage.settings import DatabaseSettings
from services.storage.turns import NEWS, take_turn
from tests.factories import EVENING, HandClock

PACE = timedelta(minutes=5)
TURNS = text(
    "SELECT count(*) FROM pg_locks "
    "WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND objid = 3"
)


class Process:
    """One of them. What it is given next waits until it is let go."""

    name = "numbers"
    pace = PACE

    def __init__(self, database: Database, clock: HandClock) -> None:
        self.database, self.clock = database, clock
        self.given: Fetched[int] | Exception = SourceFault("nothing was given")
        self.asked, self.answered = asyncio.Event(), asyncio.Event()
        self.told: list[str] = []
        self.counts: list[int] = []
        """How often the same has been said, at each answer taken."""
        self.turns: list[int] = []
        self.poller = Poller(database, self, tell=self._tell, clock=clock, ring=lambda: None)

    async def fetch(self, etag: str | None) -> Fetched[int]:
        self.asked.set()
        await self.answered.wait()
        if isinstance(self.given, Exception):
            raise self.given
        return self.given

    async def take(self, tx: Transaction, value: int | None, moment: Moment) -> list[Occurrence]:
        if tx.dialect.name == "postgresql":
            self.turns.append(int(await tx.scalar(TURNS) or 0))
        before, _, count = (await load_mark(tx, "number") or "0:0").partition(":")
        if value == 0:
            raise Doubted("nothing")
        times = int(count) + 1 if value == int(before) else 1
        self.counts.append(times)
        await save_mark(tx, "number", f"{value}:{times}", now=moment.now)
        kind = OccurrenceKind.FLIP
        key = f"{before}-{value}"
        return [Occurrence(key=key, kind=kind, at=moment.at, systems=(SystemId(1),))]

    async def _tell(self, tx: Transaction, found: Sequence[Occurrence], moment: Moment) -> None:
        self.told += [one.key for one in found]

    async def asks(self) -> "asyncio.Task[bool]":
        """Ask now; the answer is on its way until `answered` is set."""
        self.asked.clear()
        self.answered.clear()
        step = asyncio.create_task(self.poller.step())
        await self.asked.wait()
        return step

    async def state(self) -> PollState:
        async with self.database.read() as tx:
            return await load_poll(tx, self.name, pace=PACE)


@pytest.fixture
async def lite(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    """For what the database has no say in."""
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield opened
    await opened.close()


async def begun(database: Database) -> tuple[Process, Process]:
    """Both, when the first answer of all has been taken and the next one is due."""
    clock = HandClock(EVENING)
    one, other = Process(database, clock), Process(database, clock)
    one.given = Fetched(value=10, modified_at=EVENING, etag="a")
    one.answered.set()
    assert await one.poller.step()
    clock.now += PACE
    return one, other


async def test_the_same_answer_is_taken_and_told_by_one_of_them(database: Database) -> None:
    one, other = await begun(database)
    one.given = other.given = Fetched(value=11, modified_at=EVENING + PACE, etag="b")
    steps = [await one.asks(), await other.asks()]
    one.answered.set()
    other.answered.set()
    assert sorted(await asyncio.gather(*steps)) == [False, True]
    assert one.told + other.told == ["10-11"]
    assert one.counts + other.counts == [1, 1], "the first of all, and this one"
    assert {*one.turns, *other.turns} <= {1}, "each had the turn before it read anything"
    assert not await one.poller.step()
    assert not await other.poller.step(), "and neither asks again before it is due"


@pytest.mark.parametrize(
    "late",
    [
        Fetched(value=10, modified_at=EVENING + timedelta(minutes=1), etag="b"),
        Fetched(value=None, etag="a"),
        Fetched(value=0),
        SourceFault("502"),
    ],
    ids=["older", "the same", "doubtful", "fault"],
)
async def test_what_was_asked_for_before_a_newer_answer_came_is_thrown_away(
    lite: Database, late: Fetched[int] | SourceFault
) -> None:
    one, other = await begun(lite)
    one.given = Fetched(value=12, modified_at=EVENING + PACE, etag="c")
    other.given = late
    steps = [await one.asks(), await other.asks()]
    one.answered.set()
    assert await steps[0]
    newest = await one.state()
    other.answered.set()
    assert not await steps[1]
    assert (one.told, other.told, other.counts) == (["10-12"], [], [])
    assert await one.state() == newest


async def test_what_both_doubt_or_miss_counts_once(database: Database) -> None:
    one, other = await begun(database)
    for doubts in (1, 2, 0):
        one.given = other.given = Fetched(value=0) if doubts else SourceFault("502")
        steps = [await one.asks(), await other.asks()]
        one.answered.set()
        other.answered.set()
        await asyncio.gather(*steps)
        state = await one.state()
        assert (state.doubts, state.faults) == (doubts, doubts or 3)
        assert state.doubted_since == (EVENING + PACE if doubts else None)
        one.clock.now += PACE


async def test_a_good_answer_is_taken_although_the_other_one_got_none(lite: Database) -> None:
    one, other = await begun(lite)
    one.given = SourceFault("502")
    other.given = Fetched(value=11, modified_at=EVENING + PACE)
    steps = [await one.asks(), await other.asks()]
    one.answered.set()
    await steps[0]
    assert (await one.state()).faults == 1
    other.answered.set()
    assert await steps[1]
    assert other.told == ["10-11"]
    assert (await one.state()).faults == 0


async def test_a_fault_is_noted_when_no_answer_is_being_taken(database: Database) -> None:
    one, _ = await begun(database)
    one.given = SourceFault("502")
    async with database.write() as tx:
        await take_turn(tx, NEWS)
        step = await one.asks()
        one.answered.set()
        for _ in range(20):
            assert (await one.state()).faults == 0, "it has to wait"
    await step
    assert (await one.state()).faults == 1
