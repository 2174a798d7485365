"""What is left to read of numbers that the live cursor jumped over, as the database has it.

The database is the truth; this is its image in memory, taken anew after each transaction that changes it. It lets the
live reader say that there is a backlog, and wakes the reader of the backlog.
"""

import asyncio

from services.domain.trouble import Trouble, TroubleWatch
from services.feeds.items import FeedMemory, Stretch


class Backlog:
    """Open stretches."""

    def __init__(self, memory: FeedMemory, watch: TroubleWatch) -> None:
        self._memory = memory
        self._watch = watch
        self._stretches: tuple[Stretch, ...] = ()
        self._open = asyncio.Event()

    @property
    def left(self) -> int:
        """How many numbers are still to be read."""
        return sum(stretch.left for stretch in self._stretches)

    async def load(self) -> None:
        """Look at the database."""
        self._stretches = tuple(await self._memory.load_stretches())
        if self._stretches:
            self._open.set()
            self._watch.begins(Trouble.FEED_LATE, "earlier numbers are being read")
        else:
            self._open.clear()
            self._watch.ends(Trouble.FEED_LATE)

    async def oldest(self) -> Stretch:
        """The stretch with the lowest numbers; waits until there is one."""
        await self._open.wait()
        return self._stretches[0]
