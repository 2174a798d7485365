"""A clock that only moves when somebody sleeps, a memory in memory, and the stand-in of R2Z2."""

import asyncio
import heapq
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.feeds.http import create_session, user_agent
from services.feeds.items import (
    DueHole,
    FeedNote,
    FileRewritten,
    GapFound,
    Hole,
    HoleCounts,
    HoleFilled,
    Stretch,
    StretchOpened,
    StretchRead,
)
from services.feeds.r2z2 import FeedItem, R2Z2Feed
from services.feeds.settings import FeedSettings
from tests.factories import EVENING, HandClock
from tests.fakes.r2z2 import FakeR2Z2, document
from tests.fakes.watch import Watch

START = EVENING


class ManualClock(HandClock):
    """`at` has something happen once that moment is reached by sleeping."""

    def __init__(self) -> None:
        super().__init__(START)
        self._plans: list[tuple[datetime, Callable[[], object]]] = []

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        assert len(self.slept) < 5000, "the feed runs in circles"
        for plan in [plan for plan in self._plans if plan[0] <= self.now]:
            self._plans.remove(plan)
            plan[1]()

    def at(self, seconds: float, action: Callable[[], object]) -> None:
        self._plans.append((START + timedelta(seconds=seconds), action))

    @property
    def elapsed(self) -> float:
        return (self.now - START).total_seconds()


class SharedClock(ManualClock):
    """Time for several tasks: it moves to the next moment at which one of them wakes, once all of them wait."""

    _ROUNDS = 40
    """Turns of the event loop after which everybody waits who can: a question to a stand-in takes about ten."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = 0
        """How many are at work elsewhere (in a database's thread): time stands still for them."""
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._count = 0

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        waiting = asyncio.get_running_loop().create_future()
        heapq.heappush(
            self._sleepers, (self.now + timedelta(seconds=seconds), self._count, waiting)
        )
        await waiting

    async def run(self, until: float, *tasks: Awaitable[None]) -> None:
        """Let the tasks live until that second, then end them."""
        end = START + timedelta(seconds=until)
        running = [asyncio.ensure_future(task) for task in tasks]
        while await self._settled(running):
            moments = [plan[0] for plan in self._plans] + [s[0] for s in self._sleepers[:1]]
            if not moments or min(moments) > end:
                break
            self.now = max(self.now, min(moments))
            for plan in [plan for plan in self._plans if plan[0] <= self.now]:
                self._plans.remove(plan)
                plan[1]()
            while self._sleepers and self._sleepers[0][0] <= self.now:
                waiting = heapq.heappop(self._sleepers)[2]
                if not waiting.cancelled():
                    waiting.set_result(None)
        for task in running:
            task.cancel()
        await asyncio.wait(running)

    async def _settled(self, running: Sequence[asyncio.Future[None]]) -> bool:
        rounds = 0
        while rounds < self._ROUNDS:
            await asyncio.sleep(0)
            rounds = 0 if self.busy else rounds + 1
        for task in running:
            if task.done():
                task.result()
        return True


@dataclass
class Memory:
    """What a database would keep. `store` is what a consumer does with a batch in its transaction."""

    cursor: int | None = None
    moved_at: datetime | None = None
    pause: datetime | None = None
    holes: dict[int, datetime] = field(default_factory=dict)
    """Missing numbers, and when each is due."""
    rewritten: dict[int, datetime] = field(default_factory=dict)
    stretches: dict[int, Stretch] = field(default_factory=dict)
    gaps: list[GapFound] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    items: list[FeedItem] = field(default_factory=list)

    async def load_cursor(self) -> int | None:
        return self.cursor

    async def load_cursor_time(self) -> datetime | None:
        return self.moved_at

    async def load_pause(self) -> datetime | None:
        return self.pause

    async def save_pause(self, until: datetime | None) -> None:
        self.pause = until

    async def load_stretches(self) -> Sequence[Stretch]:
        return [stretch for _, stretch in sorted(self.stretches.items()) if stretch.left]

    async def due_holes(self, now: datetime) -> Sequence[DueHole]:
        due = [DueHole(sequence=number) for number, at in self.holes.items() if at <= now]
        due += [
            DueHole(sequence=number, revised=True)
            for number, at in self.rewritten.items()
            if at <= now
        ]
        return sorted(due, key=lambda hole: hole.sequence)

    async def load_next_hole_at(self) -> datetime | None:
        return min((*self.holes.values(), *self.rewritten.values()), default=None)

    async def count_holes(self) -> HoleCounts:
        return HoleCounts(open=len(self.holes) + len(self.rewritten))

    async def save_hole_attempt(self, sequence: int, *, now: datetime) -> None:
        self.attempts.append(sequence)
        for kind in (self.holes, self.rewritten):
            if sequence in kind:
                kind[sequence] = now + timedelta(minutes=1)

    def store(self, batch: Sequence[FeedItem], now: datetime) -> None:
        for item in batch:
            self.items.append(item)
            if item.cursor is not None:
                self.cursor, self.moved_at = item.cursor, now
            for note in item.notes:
                self._remember(note, now)

    def _remember(self, note: FeedNote, now: datetime) -> None:
        match note:
            case Hole(sequence):
                self.holes[sequence] = now
            case FileRewritten(sequence):
                self.rewritten[sequence] = now
            case HoleFilled(sequence):
                self.holes.pop(sequence, None)
                self.rewritten.pop(sequence, None)
            case StretchOpened():
                assert note.first not in self.stretches, "opened twice"
                self.stretches[note.first] = Stretch(
                    first=note.first,
                    last=note.last,
                    position=note.first - 1,
                    opened_at=now,
                    since=note.since,
                )
            case StretchRead():
                self.stretches[note.first] = replace(
                    self.stretches[note.first], position=note.position
                )
            case GapFound():
                self.gaps.append(note)

    @property
    def ids(self) -> list[int]:
        """The killmails that were stored, in order, each as often as it came."""
        return [item.arrival.killmail.id for item in self.items if item.arrival is not None]


@dataclass
class Bench:
    """A feed at its stand-in, with everything a test turns at."""

    clock: ManualClock
    memory: Memory
    fake: FakeR2Z2
    session: aiohttp.ClientSession
    watch: Watch = field(default_factory=Watch)
    batches: list[tuple[FeedItem, ...]] = field(default_factory=list)

    def feed(self, **settings: Any) -> R2Z2Feed:
        return R2Z2Feed(
            self.session,
            FeedSettings(base_url=self.fake.base_url, **settings),
            memory=self.memory,
            clock=self.clock,
            sleep=self.clock.sleep,
            jitter=lambda: 1.0,
            watch=self.watch,
        )

    def publish(self, *sequences: int, age: float = 2.0, **more: Any) -> None:
        for sequence in sequences:
            uploaded_at = self.clock.now - timedelta(seconds=age)
            self.fake.publish(
                sequence,
                document(esi(sequence), sequence, uploaded_at=uploaded_at, **more),
                written_at=uploaded_at,
            )

    def waits(self, first: int, last: int, *, read: int | None = None) -> None:
        """These numbers were jumped over, and read so far."""
        self.memory.stretches[first] = Stretch(
            first=first,
            last=last,
            position=first - 1 if read is None else read,
            opened_at=START,
            since=START - timedelta(days=1),
        )

    async def take(self, feed: R2Z2Feed, count: int) -> list[FeedItem]:
        """Consume what happens now until `count` more items are stored, as a pipeline would."""
        return await self._take(feed.batches(), count)

    async def take_backlog(self, feed: R2Z2Feed, count: int) -> list[FeedItem]:
        """The same with what the live reader jumped over."""
        return await self._take(feed.backlog(), count)

    async def drain_backlog(self, feed: R2Z2Feed) -> None:
        """The same until nothing is left of it."""
        async with asyncio.timeout(10), aclosing(feed.backlog()) as batches:
            while await self.memory.load_stretches():
                self.batches.append(await anext(batches))
                self.memory.store(self.batches[-1], self.clock.now)

    async def take_late(self, feed: R2Z2Feed, count: int) -> list[FeedItem]:
        """The same with what was missing or written anew."""
        return await self._take(feed.late(), count)

    async def _take(
        self, source: AsyncGenerator[tuple[FeedItem, ...], None], count: int
    ) -> list[FeedItem]:
        wanted = len(self.memory.items) + count
        async with asyncio.timeout(10), aclosing(source) as batches:
            async for batch in batches:
                self.batches.append(batch)
                self.memory.store(batch, self.clock.now)
                if len(self.memory.items) >= wanted:
                    break
        return self.memory.items[wanted - count :]


def esi(killmail_id: int, **more: Any) -> dict[str, Any]:
    """A small killmail as ESI has it."""
    return {
        "killmail_id": killmail_id,
        "killmail_time": "2026-11-20T17:59:00Z",
        "solar_system_id": 30000142,
        "victim": {
            "character_id": 1,
            "corporation_id": 98000001,
            "ship_type_id": 587,
            "damage_taken": 10,
        },
        "attackers": [
            {"character_id": 2, "corporation_id": 98000002, "damage_done": 10, "final_blow": True}
        ],
        **more,
    }


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    clock = ManualClock()
    async with (
        FakeR2Z2(clock=clock) as fake,
        create_session(user_agent("tester@example.org", "0")) as session,
    ):
        yield Bench(clock=clock, memory=Memory(), fake=fake, session=session)
    assert not fake.banned, "the feed provoked a ban"
    assert fake.least_spacing >= 0.125
    assert fake.least_quiet >= 6
