"""When ESI may be asked: some time between any two requests, and not at all during a pause.

A pause holds for every route, because the error limit (420) locks every route and a 429 can come from limiters that
name none. It lives in memory: after a restart the first answer tells again. Whoever asks during a pause is turned away
at once with the time that is left, so that nobody's reply hangs on it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from services.domain.clock import Clock
from services.esi.errors import EsiUnavailable

log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds; `asyncio.sleep`, or a test's own."""


class Gate:
    """Turns for requests. Safe to share between tasks."""

    def __init__(self, clock: Clock, sleep: Sleep, *, requests_per_second: float) -> None:
        self._clock = clock
        self._sleep = sleep
        self._spacing = 1 / requests_per_second
        self._last_turn: datetime | None = None
        self._paused_at: datetime | None = None
        self._pause = 0.0
        self._turn = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for a turn and take it.

        Raises:
            EsiUnavailable: during a pause, with the seconds that are left.
        """
        self._refuse_while_paused()
        async with self._turn:
            while (left := self._left(self._last_turn, self._spacing)) > 0:
                await self._sleep(left)
            self._refuse_while_paused()
            self._last_turn = self._clock()

    def pause(self, seconds: float, reason: str) -> None:
        """Ask nothing for that many seconds from now; a longer pause already begun stays."""
        left = self.pause_left
        if seconds <= left:
            return
        if left == 0:
            log.warning("esi pause begins", seconds=seconds, reason=reason)
        self._paused_at, self._pause = self._clock(), seconds

    @property
    def pause_left(self) -> float:
        """Seconds until ESI may be asked again; 0 when it may."""
        return self._left(self._paused_at, self._pause)

    def _refuse_while_paused(self) -> None:
        if (left := self.pause_left) > 0:
            raise EsiUnavailable("ESI wants to be left alone", retry_after=left)
        if self._paused_at is not None:
            self._paused_at = None
            log.info("esi pause ends")

    def _left(self, since: datetime | None, distance: float) -> float:
        """What is left of `distance` seconds. A clock that was set back ends the wait instead of prolonging it."""
        if since is None:
            return 0.0
        left = distance - (self._clock() - since).total_seconds()
        return left if 0 < left <= distance else 0.0
