"""The loops that bring killmails in: what happens now, what is left to read, what was missing, and the second feed.

Each hands what it read to the pipeline, which writes it down with all that the feed wants remembered, and only then
asks for more. The second feed is asked while `services.feeds.fallback` finds a reason to.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.app import House
from bot.heart import Heart
from services.domain.trouble import Trouble
from services.feeds.evekill import EveKillFeed, pages_of
from services.feeds.fallback import Reason, find_reason
from services.feeds.intake import intake_of
from services.feeds.items import FeedItem, FeedStatus
from services.feeds.pace import Sleep
from services.feeds.r2z2 import R2Z2Feed
from services.feeds.settings import FallbackSettings
from services.killmails.feed_memory import FeedMemoryStore

FEED = "r2z2"
FALLBACK_FEED = "evekill"
LOOK_SECONDS = 15.0
"""Seconds between two looks at whether the second feed is wanted."""


def build_feeding(
    house: House,
    heart: Heart,
    *,
    fallback: FallbackSettings,
    sleep: Sleep = asyncio.sleep,
) -> "Feeding":
    """The feeds, remembering in the house's database; `/status` hears of them."""
    assert house.session is not None, "a feed needs a house that is online"
    r2z2 = R2Z2Feed(
        house.session,
        house.settings.feed,
        memory=_memory(house, FEED),
        clock=house.clock,
        sleep=heart.sleeper("feed"),
        patient_sleep=sleep,
        watch=house.watch,
    )
    evekill = EveKillFeed(
        house.session,
        fallback,
        memory=_memory(house, FALLBACK_FEED),
        clock=house.clock,
        sleep=sleep,
        watch=house.watch,
    )
    feeding = Feeding(
        house=house, heart=heart, r2z2=r2z2, evekill=evekill, settings=fallback, sleep=sleep
    )
    house.feed_watch.ask = lambda: feeding.status
    return feeding


def _memory(house: House, name: str) -> FeedMemoryStore:
    settings = house.settings.feed
    return FeedMemoryStore(
        house.database,
        name=name,
        clock=house.clock,
        hole_retry=timedelta(seconds=settings.hole_retry_seconds),
        hole_lifetime=timedelta(seconds=settings.hole_lifetime_seconds),
    )


@dataclass(slots=True, kw_only=True)
class Feeding:
    """The feeds and their loops. None of the loops ever ends."""

    house: House
    heart: Heart
    r2z2: R2Z2Feed
    evekill: EveKillFeed
    settings: FallbackSettings
    sleep: Sleep = asyncio.sleep
    asked_since: datetime | None = None
    """Since when the second feed is asked; None when it is not."""
    poll_at: datetime | None = None
    """When the second feed may be asked next."""

    @property
    def status(self) -> FeedStatus:
        """How both stand, for `/status`."""
        return replace(self.r2z2.status, fallback=self.asked_since is not None)

    @property
    def loops(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """By name. `feed` is vital: it beats the heart."""
        return {
            "feed": self.live,
            "backlog": self.backlog,
            "holes": self.late,
            "fallback": self.fallback,
        }

    async def live(self) -> None:
        """What happens now."""
        await self._take_all(self.r2z2.batches(), beat=lambda: self.heart.beat("feed"))

    async def backlog(self) -> None:
        """What the live reader jumped over."""
        await self._take_all(self.r2z2.backlog())

    async def late(self) -> None:
        """What was missing, or was written anew."""
        await self._take_all(self.r2z2.late())

    async def _take_all(
        self,
        batches: AsyncGenerator[tuple[FeedItem, ...], None],
        *,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        async with aclosing(batches):
            async for items in batches:
                beat()
                await self._take(items, feed=FEED)

    async def _take(self, items: Sequence[FeedItem], *, feed: str) -> None:
        await self.house.pipeline.take(intake_of(items, feed=feed, behind=self.r2z2.behind))

    async def fallback(self) -> None:
        """Watch over the first feed, and ask the second while the first gives nothing."""
        self.evekill.begin()
        while True:
            await self.sleep(await self.look())

    async def look(self) -> float:
        """One look, and one question to the second feed when that is wanted. Returns seconds until the next."""
        now = self.house.clock()
        reason = find_reason(self.r2z2.status, self.settings, now=now, asked_since=self.asked_since)
        self._tell(reason)
        if reason is None or not self.settings.enabled:
            self.asked_since = None
            return LOOK_SECONDS
        if self.asked_since is None:
            self.asked_since = now
            self.evekill.begin()
        longest = timedelta(seconds=self.settings.longest_retry_after_seconds)
        # A moment further ahead than any wait can be comes from a clock that was set back.
        if self.poll_at is None or not now < self.poll_at <= now + longest:
            polled = await self.evekill.poll()
            for items in pages_of(polled.items, self.house.settings.feed.batch_limit):
                await self._take(items, feed=FALLBACK_FEED)
            self.poll_at = self.house.clock() + timedelta(seconds=polled.wait)
        left = (self.poll_at - self.house.clock()).total_seconds()
        return min(max(0.0, left), LOOK_SECONDS)

    def _tell(self, reason: Reason | None) -> None:
        watch = self.house.watch
        if reason is Reason.SILENT:
            watch.begins(Trouble.FEED_SILENT, reason.value)
        elif reason is None:
            watch.ends(Trouble.FEED_SILENT)
        if reason is not None and self.settings.enabled:
            watch.begins(Trouble.FALLBACK_FEED, reason.value)
        else:
            watch.ends(Trouble.FALLBACK_FEED)
            watch.ends(Trouble.FALLBACK_DOWN)
