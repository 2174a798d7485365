"""A clock that only moves when somebody sleeps, a memory in memory, and the stand-in of R2Z2."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.feeds.http import create_session, user_agent
from services.feeds.items import Hole, HoleFilled
from services.feeds.r2z2 import FeedItem, R2Z2Feed
from services.feeds.settings import FeedSettings
from tests.factories import EVENING, HandClock
from tests.fakes.r2z2 import FakeR2Z2, document

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


@dataclass
class Memory:
    """What a database would keep. `store` is what a consumer does with a batch in its transaction."""

    cursor: int | None = None
    pause: datetime | None = None
    holes: dict[int, datetime] = field(default_factory=dict)
    attempts: list[tuple[int, bool]] = field(default_factory=list)
    items: list[FeedItem] = field(default_factory=list)

    async def load_cursor(self) -> int | None:
        return self.cursor

    async def load_pause(self) -> datetime | None:
        return self.pause

    async def save_pause(self, until: datetime | None) -> None:
        self.pause = until

    async def due_holes(self, now: datetime) -> Sequence[int]:
        return sorted(self.holes)

    async def save_hole_attempt(self, sequence: int, *, found: bool, now: datetime) -> None:
        self.attempts.append((sequence, found))
        if found:
            self.holes.pop(sequence, None)

    def store(self, batch: Sequence[FeedItem], now: datetime) -> None:
        for item in batch:
            self.items.append(item)
            if item.cursor is not None:
                self.cursor = item.cursor
            for note in item.notes:
                match note:
                    case Hole(sequence):
                        self.holes[sequence] = now
                    case HoleFilled(sequence):
                        self.holes.pop(sequence, None)


@dataclass
class Bench:
    """A feed at its stand-in, with everything a test turns at."""

    clock: ManualClock
    memory: Memory
    fake: FakeR2Z2
    session: aiohttp.ClientSession
    batches: list[tuple[FeedItem, ...]] = field(default_factory=list)

    def feed(self, **settings: Any) -> R2Z2Feed:
        return R2Z2Feed(
            self.session,
            FeedSettings(base_url=self.fake.base_url, **settings),
            memory=self.memory,
            clock=self.clock,
            sleep=self.clock.sleep,
            jitter=lambda: 1.0,
        )

    def publish(self, *sequences: int, age: float = 2.0, **more: Any) -> None:
        for sequence in sequences:
            uploaded_at = self.clock.now - timedelta(seconds=age)
            self.fake.publish(
                sequence, document(esi(sequence), sequence, uploaded_at=uploaded_at, **more)
            )

    async def take(self, feed: R2Z2Feed, count: int) -> list[FeedItem]:
        """Consume until `count` more items are stored, as a pipeline would."""
        wanted = len(self.memory.items) + count
        async with aclosing(feed.batches()) as batches:
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
