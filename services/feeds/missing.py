"""Looks again for numbers that were missing, and for files that were written anew, when they are due.

Both are remembered until they have come or are given up; nothing is asked while the service has trouble.
"""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime

from services.domain.clock import Clock
from services.feeds.client import Answer, Verdict
from services.feeds.errors import WireError
from services.feeds.items import DueHole, FeedItem, FeedMemory, HoleCounts, HoleFilled
from services.feeds.pace import Sleep
from services.feeds.r2z2_files import PRESENT, arrival_of, path_of, rejected_item, rewritten_by
from services.feeds.settings import FeedSettings
from services.feeds.upstream import Upstream
from services.feeds.wire import decode_r2z2


class HoleReader:
    """One task iterates `batches`; whoever stored a new hole rings the `bell`."""

    def __init__(
        self,
        upstream: Upstream,
        settings: FeedSettings,
        *,
        memory: FeedMemory,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._upstream = upstream
        self._settings = settings
        self._memory = memory
        self._clock = clock
        self._sleep = sleep
        self.bell = asyncio.Event()
        self.counts = HoleCounts()

    async def batches(self) -> AsyncGenerator[tuple[FeedItem, ...], None]:
        """What came late, for ever. Never empty; moves no cursor."""
        while True:
            self.bell.clear()
            items = await self.look()
            if items:
                yield items
            self.counts = await self._memory.count_holes()
            await self._wait_for_next()

    async def look(self) -> tuple[FeedItem, ...]:
        """Look once for each number that is due, and hand out what is there now.

        The consumer remembers the items' notes when it has stored them. Nothing is asked during a ban or after a
        fault: the numbers stay due.
        """
        await self._upstream.load_pause()
        found: list[FeedItem] = []
        for hole in await self._memory.due_holes(self._clock()):
            if self._upstream.paused_until is not None:
                break
            asked_at = self._clock()
            answer = await self._upstream.ask(path_of(hole.sequence), patient=True)
            item = self._late_item(hole, answer, asked_at=asked_at)
            if item is not None:
                found.append(item)
            elif answer.verdict is Verdict.MISSING or answer.verdict in PRESENT:
                await self._memory.save_hole_attempt(hole.sequence, now=self._clock())
            else:
                break
        return tuple(found)

    async def _wait_for_next(self) -> None:
        """Until the next number is due or the bell rings; after trouble, and between any two looks, a quiet time."""
        quiet = self._settings.idle_seconds
        if not self._upstream.is_well:
            await self._sleep(max(quiet, self._upstream.pause_left()))
            return
        due = await self._memory.load_next_hole_at()
        if due is None:
            await self.bell.wait()
            return
        ringing = asyncio.ensure_future(self.bell.wait())
        left = (due - self._clock()).total_seconds()
        sleeping = asyncio.ensure_future(self._sleep(max(quiet, left)))
        try:
            await asyncio.wait({ringing, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ringing.cancel()
            sleeping.cancel()

    def _late_item(self, hole: DueHole, answer: Answer, *, asked_at: datetime) -> FeedItem | None:
        """What settles it; None when nothing usable came."""
        sequence, settled = hole.sequence, (HoleFilled(hole.sequence, asked_at),)
        if answer.verdict is Verdict.TOO_LARGE:
            return rejected_item(sequence, answer.reason, body=b"", cursor=None, notes=settled)
        if answer.verdict is not Verdict.FOUND:
            return None
        try:
            publication = decode_r2z2(answer.body)
        except WireError as error:
            if error.malformed:
                return None
            return rejected_item(
                sequence, error.reason, body=answer.body, cursor=None, notes=settled
            )
        arrival = arrival_of(publication, self._clock, revised=hole.revised)
        return FeedItem(
            cursor=None, arrival=arrival, notes=(*settled, *rewritten_by(publication, sequence))
        )
