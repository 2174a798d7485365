"""Who may ask the stored killmails at a time: a question by filter is work for the event loop, and there is one loop.

A few are answered at once, some wait, and whoever comes after those is told so instead of waiting without end.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.domain.errors import UserError

AT_ONCE, MOST_WAITING = 2, 8


class Turns:
    """Hands out turns, in the order in which they are asked for."""

    def __init__(self, *, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._most_waiting = most_waiting
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and keep it. UserError where too many wait already."""
        if self._slots.locked() and self._waiting >= self._most_waiting:
            raise UserError("Many people are searching at the moment. Try again in a minute.")
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()
