"""The process dies at any moment, again and again: what was published is stored, each once, and nothing is forgotten.

The real feed, the real pipeline and a real database; only the service is a stand-in. Each step runs one reader to its
next batch and then stores it, or dies before, or dies after. At the end everything that waits is read.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import aiohttp
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.domain.killmail import Arrival
from services.feeds.http import create_session, user_agent
from services.feeds.intake import intake_of
from services.feeds.items import FeedItem
from services.feeds.r2z2 import R2Z2Feed
from services.feeds.settings import FeedSettings
from services.killmails.feed_memory import FeedMemoryStore
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from services.storage.tables import cursors, gaps, killmails, stretches
from tests.fakes.r2z2 import FakeR2Z2, document
from tests.services.feeds.conftest import ManualClock, esi
from tests.services.newsroom import Newsroom

FIRST = 1000
TRAILS = 4
"""How far the pointer may be behind; as much less than the real one's as a jump is shorter here."""
JUMP_AHEAD = 6
ENDS = ("stored", "dies before", "dies after")
STEP = st.one_of(
    st.tuples(st.sampled_from(("live", "backlog", "late")), st.sampled_from(ENDS)),
    st.tuples(st.just("publish"), st.sampled_from((1, 3, 20))),
    st.tuples(st.just("hole"), st.sampled_from((1, 2))),
    st.tuples(st.just("rewrite"), st.integers(0, 50)),
    st.tuples(st.just("pass"), st.sampled_from((1, 30, 600))),
)
Step = tuple[str, str | int]
Batches = AsyncGenerator[tuple[FeedItem, ...], None]


@dataclass
class World:
    """The service, the database, and one process after the other."""

    clock: ManualClock
    fake: FakeR2Z2
    session: aiohttp.ClientSession
    newsroom: Newsroom
    head: int = FIRST - 1
    published: dict[int, float] = field(default_factory=dict)
    """Number to value: of the newest version."""
    told: int | None = None
    """A number that was written anew and is still to be told of."""
    stored: list[Arrival] = field(default_factory=list)
    readers: dict[str, Batches] = field(default_factory=dict)

    async def run(self, steps: Sequence[Step]) -> None:
        await self.start()
        self.publish(2)
        await self.step("live", "stored")
        for what, how in steps:
            match what, how:
                case "publish", int(count):
                    self.publish(count)
                case "hole", int(count):
                    self.head += count
                    self.publish(1)
                case "rewrite", int(back):
                    self.rewrite(max(FIRST, self.head - back))
                case "pass", int(minutes):
                    self.clock.advance(minutes=minutes)
                case str(reader), str(end):
                    await self.step(reader, end)
        await self.finish()

    def publish(self, count: int) -> None:
        """So many more killmails; the pointer trails."""
        for number in range(self.head + 1, self.head + 1 + count):
            more = {} if self.told is None else {"sequence_updated": self.told}
            self.told = None
            self._write(number, value=float(number), **more)
        self.head += count
        self.fake.pointer = FIRST + (self.head - FIRST) // TRAILS * TRAILS

    def rewrite(self, number: int) -> None:
        """An older file with another value; the next one published tells of it."""
        if number in self.published and self.told is None:
            self._write(number, value=self.published[number] + 0.5)
            self.told = number

    def _write(self, number: int, *, value: float, **more: int) -> None:
        self.published[number] = value
        killmail = esi(number, solar_system_id=30_000_000 + number)
        zkb = {"totalValue": value}
        self.fake.publish(
            number, document(killmail, number, uploaded_at=self.clock.now, zkb=zkb, **more)
        )

    async def start(self) -> None:
        """A process begins: nothing of an earlier one is left but the database."""
        for reader in self.readers.values():
            await reader.aclose()
        self.newsroom.restart()
        self.clock.advance(seconds=7)
        self.clock.slept.clear()
        memory = FeedMemoryStore(
            self.newsroom.database,
            name="r2z2",
            clock=self.clock,
            hole_retry=timedelta(seconds=60),
            hole_lifetime=timedelta(hours=1),
        )
        self.memory = memory
        self.feed = R2Z2Feed(
            self.session,
            FeedSettings(base_url=self.fake.base_url, jump_ahead=JUMP_AHEAD, batch_limit=5),
            memory=memory,
            clock=self.clock,
            sleep=self.clock.sleep,
        )
        feed = self.feed
        self.readers = {"live": feed.batches(), "backlog": feed.backlog(), "late": feed.late()}

    async def step(self, reader: str, end: str) -> None:
        if not await self._has_work(reader):
            return
        items = await anext(self.readers[reader])
        if end != "dies before":
            await self.newsroom.pipeline.take(
                intake_of(items, feed="r2z2", behind=self.feed.behind)
            )
            self.stored += [item.arrival for item in items if item.arrival is not None]
        if end != "stored":
            await self.start()

    async def _has_work(self, reader: str) -> bool:
        """Whether it would ever hand something out."""
        if reader == "live":
            return (await self.memory.load_cursor() or 0) < self.head
        if reader == "backlog":
            return bool(await self.memory.load_stretches())
        due = await self.memory.due_holes(self.clock.now)
        return any(hole.sequence in self.fake.files for hole in due)

    async def finish(self) -> None:
        """Everything that waits is read; what is missing is given up."""
        self.publish(1)
        for reader in ("live", "backlog", "live", "late"):
            while await self._has_work(reader):
                await self.step(reader, "stored")
        while await self.memory.load_next_hole_at() is not None:
            self.clock.advance(minutes=1)
            assert await self.feed.look_for_missing() == ()

    async def check(self) -> None:
        async with self.newsroom.database.read() as tx:
            ids = set(await tx.scalars(select(killmails.c.id)))
            cursor = await tx.scalar(select(cursors.c.position))
            lost = (await tx.execute(select(gaps.c.first, gaps.c.last))).all()
            jumped = (await tx.execute(select(stretches).order_by(stretches.c.first))).all()
        assert ids == set(self.published)
        assert cursor == self.head
        in_gaps = {number for first, last in lost for number in range(first, last + 1)}
        assert in_gaps == set(range(FIRST, self.head)) - set(self.published)
        for before, after in pairwise(jumped):
            assert before.last < after.first, "no number is jumped over twice"
        assert all(stretch.position == stretch.last for stretch in jumped)
        newest = {a.killmail.id: a.killmail.value.isk for a in self.stored}
        assert newest == {number: self.published[number] for number in newest}
        assert not self.fake.banned
        assert self.fake.least_spacing >= 0.125


@cache
def empty_database() -> Path:
    """With all its tables, made once."""
    file = Path(tempfile.mkdtemp(prefix="warroom-feed-")) / "empty.db"

    async def make() -> None:
        database = await Database.open(DatabaseSettings(url=f"sqlite+aiosqlite:///{file}"))
        await database.close()

    asyncio.run(make())
    return file


async def live_through(steps: Sequence[Step], folder: Path) -> None:
    file = folder / "warroom.db"
    shutil.copy(empty_database(), file)
    clock = ManualClock()
    async with AsyncExitStack() as stack:
        database = await Database.open(DatabaseSettings(url=f"sqlite+aiosqlite:///{file}"))
        stack.push_async_callback(database.close)
        fake = await stack.enter_async_context(FakeR2Z2(clock=clock))
        session = await stack.enter_async_context(create_session(user_agent("me@example.org", "0")))
        world = World(clock, fake, session, Newsroom(database, clock=clock))
        await world.run(steps)
        await world.check()
        for reader in world.readers.values():
            await reader.aclose()


JUMP: list[Step] = [("live", "stored"), ("publish", 20), ("pass", 30)]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example([*JUMP, ("live", "dies before"), ("live", "dies after"), ("backlog", "dies after")])
@example([*JUMP, ("live", "dies after"), *JUMP, ("live", "dies before"), ("live", "dies after")])
@example(
    [("publish", 3), ("live", "stored"), ("rewrite", 2), ("publish", 1), ("live", "dies after")]
)
@example([("hole", 2), ("live", "dies before"), ("hole", 1), *JUMP, ("live", "stored")])
@given(st.lists(STEP, max_size=40))
def test_whenever_it_dies_nothing_is_lost_and_nothing_comes_twice(steps: list[Step]) -> None:
    empty_database()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live_through(steps, Path(folder)))
