"""Signs of life of the vital loops, kept in the database so that `warroom health` can see them from outside.

A loop beats whenever it does something, also when it only waits its turn. Beats are gathered in memory and written
together every few seconds; a loop that hangs stops being written. Which loops there are stands beside the beats: a dry
run has no gateway, and nobody must wait for its beat.

The writing is a probe as well: nothing else writes so regularly, so a database that takes nothing is noticed by it
within seconds, and so is that it takes again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from services.domain.clock import Clock
from services.storage.database import Database
from services.storage.marks import load_mark, load_mark_time, save_mark
from services.troubles.overlooking import Overlooking

VITAL = ("feed", "outbox", "gateway")
OLDEST = timedelta(seconds=120)
_SLICE_SECONDS = 10.0
_PARTS = "parts"


class Heart:
    """Collects beats."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._beating: set[str] = set()

    async def begin(self, loops: Iterable[str]) -> None:
        """Write down which of the vital loops this process runs."""
        parts = " ".join(name for name in VITAL if name in set(loops))
        async with self._database.write() as tx:
            await save_mark(tx, _PARTS, parts, now=self._clock())

    def beat(self, name: str) -> None:
        """This loop is alive."""
        self._beating.add(name)

    async def sleep(self, name: str, seconds: float) -> None:
        """Wait, beating: a loop that keeps a pause of an hour is alive all the while."""
        while seconds > 0:
            self.beat(name)
            await asyncio.sleep(min(seconds, _SLICE_SECONDS))
            seconds -= _SLICE_SECONDS
        self.beat(name)

    def sleeper(self, name: str) -> Callable[[float], Awaitable[None]]:
        """`sleep` of one loop."""

        async def sleep(seconds: float) -> None:
            await self.sleep(name, seconds)

        return sleep

    async def write(self) -> None:
        """Write down who was alive since the last time. Beats that cannot be written are lost: they come again."""
        beating, self._beating = self._beating, set()
        if not beating:
            return
        with Overlooking(self._database):
            async with self._database.write() as tx:
                for name in sorted(beating):
                    await save_mark(tx, _mark(name), now=self._clock())


async def find_dead(database: Database, *, clock: Clock) -> list[str]:
    """What is wrong, in words, one line a loop; nothing when all that the process runs are alive."""
    faults = []
    async with database.read() as tx:
        parts = await load_mark(tx, _PARTS)
        for name in VITAL if parts is None else parts.split():
            last = await load_mark_time(tx, _mark(name))
            if last is None:
                faults.append(f"{name}: no sign of life yet")
            elif clock() - last > OLDEST:
                faults.append(f"{name}: no sign of life since {last:%Y-%m-%d %H:%M:%S} EVE")
    return faults


def _mark(name: str) -> str:
    return f"heartbeat:{name}"
