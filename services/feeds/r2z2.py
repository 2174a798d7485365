"""zKillboard's R2Z2 as one feed with three readers: at the head, of the backlog, and of what was missing.

They share one way out (pace, bans, faults) and one memory. Each is iterated by a task of its own.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable

import aiohttp

from services.domain.clock import Clock
from services.domain.trouble import NoWatch, TroubleWatch
from services.feeds.backlog import Backlog
from services.feeds.client import FeedClient
from services.feeds.items import (
    FeedItem,
    FeedMemory,
    FeedStatus,
    FileRewritten,
    Hole,
)
from services.feeds.live import LiveReader
from services.feeds.missing import HoleReader
from services.feeds.pace import Pace, Sleep
from services.feeds.settings import FeedSettings
from services.feeds.stretches import StretchReader
from services.feeds.upstream import Upstream

__all__ = ["FeedItem", "FeedMemory", "FeedStatus", "R2Z2Feed"]


class R2Z2Feed:
    """The feed. Asking a reader for its next batch says that the last one is stored, notes, cursor and all.

    `sleep` is the live reader's own waiting (it may beat a heart); the others wait with `patient_sleep`.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: FeedSettings,
        *,
        memory: FeedMemory,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        patient_sleep: Sleep | None = None,
        jitter: Callable[[], float] = random.random,
        watch: TroubleWatch | None = None,
    ) -> None:
        patient_sleep = patient_sleep or sleep
        watch = watch or NoWatch()
        self._clock = clock
        self._started_at = clock()
        pace = Pace(
            clock,
            patient_sleep,
            requests_per_second=settings.requests_per_second,
            quiet_seconds=settings.idle_seconds,
        )
        client = FeedClient(
            session, settings.base_url, pace=pace, clock=clock, body_limit=settings.body_limit_bytes
        )
        self._upstream = Upstream(
            client,
            settings,
            memory=memory,
            clock=clock,
            sleep=sleep,
            patient_sleep=patient_sleep,
            jitter=jitter,
            watch=watch,
        )
        self._backlog = Backlog(memory, watch)
        self._live = LiveReader(
            self._upstream,
            settings,
            memory=memory,
            backlog=self._backlog,
            clock=clock,
            sleep=sleep,
        )
        self._stretches = StretchReader(
            self._upstream, settings, backlog=self._backlog, clock=clock, sleep=patient_sleep
        )
        self._holes = HoleReader(
            self._upstream, settings, memory=memory, clock=clock, sleep=patient_sleep
        )

    @property
    def status(self) -> FeedStatus:
        """How the feed stands now."""
        live, upstream = self._live, self._upstream
        caught_up = live.at_head and upstream.last_error is None
        return FeedStatus(
            sequence=live.sequence,
            caught_up=caught_up,
            lag_seconds=0.0 if caught_up else live.age(),
            paused_until=upstream.paused_until,
            last_error=upstream.last_error,
            last_success_at=upstream.last_success_at,
            requests=upstream.requests,
            gap=self._stretches.gap,
            started_at=self._started_at,
            failing_since=upstream.failing_since,
            last_new_at=live.last_new_at,
            backlog=self._backlog.left,
            holes=self._holes.counts,
        )

    @property
    def behind(self) -> bool:
        """Whether earlier numbers are still to be read."""
        return self._backlog.left > 0

    def batches(self) -> AsyncGenerator[tuple[FeedItem, ...], None]:
        """What happens now, for ever, in order: one item mostly. Never empty."""
        return self._ringing(self._live.batches())

    def backlog(self) -> AsyncGenerator[tuple[FeedItem, ...], None]:
        """What the live reader jumped over, for ever, in order. Never empty."""
        return self._ringing(self._stretches.batches())

    def late(self) -> AsyncGenerator[tuple[FeedItem, ...], None]:
        """What was missing, or was written anew, for ever. Never empty."""
        return self._ringing(self._holes.batches())

    async def look_for_missing(self) -> tuple[FeedItem, ...]:
        """One look for what is due; `late` does this again and again."""
        return await self._holes.look()

    async def _ringing(
        self, batches: AsyncGenerator[tuple[FeedItem, ...], None]
    ) -> AsyncGenerator[tuple[FeedItem, ...], None]:
        """The same; once a batch is stored, its holes are looked for."""
        try:
            async for items in batches:
                yield items
                notes = [note for item in items for note in item.notes]
                if any(isinstance(note, Hole | FileRewritten) for note in notes):
                    self._holes.bell.set()
        finally:
            await batches.aclose()
