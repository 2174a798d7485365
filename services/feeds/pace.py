"""How often a service may be asked. Whoever asks waits for a turn here, so that no caller can break its rules.

Two rules: some time between any two requests, and a longer quiet for a path whose file was not there. Who is patient
(who reads what is long past) lets everybody else go first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from services.domain.clock import Clock

Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds; `asyncio.sleep`, or a test's own."""

_REMEMBERED = 512


class Pace:
    """Turns for requests. Safe to share between tasks."""

    def __init__(
        self, clock: Clock, sleep: Sleep, *, requests_per_second: float, quiet_seconds: float
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._spacing = timedelta(seconds=1 / requests_per_second)
        self._quiet = timedelta(seconds=quiet_seconds)
        self._last_turn: datetime | None = None
        self._missing: dict[str, datetime] = {}
        self._lock = asyncio.Lock()
        self._pressing = 0
        """How many wait who are not patient."""

    async def turn(self, path: str, *, patient: bool = False) -> None:
        """Wait until `path` may be asked for, and take the turn."""
        await self._wait(self._missing.get(path), self._quiet)
        if patient:
            while not await self._take(give_way=True):
                pass  # whoever was let go first stands before us at the lock
            return
        self._pressing += 1
        try:
            await self._take(give_way=False)
        finally:
            self._pressing -= 1

    def was_missing(self, path: str) -> None:
        """`path` answered 404: it is left alone for a while from now."""
        now = self._clock()
        if len(self._missing) >= _REMEMBERED:
            self._missing = {p: at for p, at in self._missing.items() if now - at < self._quiet}
        self._missing[path] = now

    async def _take(self, *, give_way: bool) -> bool:
        """Take the next turn; False when somebody who presses is to have it."""
        async with self._lock:
            await self._wait(self._last_turn, self._spacing)
            if give_way and self._pressing:
                return False
            self._last_turn = self._clock()
            return True

    async def _wait(self, since: datetime | None, distance: timedelta) -> None:
        """Until `distance` has passed. A clock that was set back counts as no time passed: never longer than that."""
        if since is None:
            return
        since = min(since, self._clock())
        while timedelta(0) < (left := since + distance - self._clock()) <= distance:
            await self._sleep(left.total_seconds())
