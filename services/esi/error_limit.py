"""The old error limit: a hundred errors a minute, then every route is locked.

Requests on their way count as errors that may come, so that many at once cannot cross the line together.
"""

from datetime import datetime, timedelta

from services.esi.headers import ErrorLimit

_NEARLY = timedelta(seconds=2)
"""Resets are told in whole seconds: two answers of one minute disagree by that much."""


class ErrorBudget:
    """What ESI last said of its error limit."""

    def __init__(self, reserve: int) -> None:
        self._reserve = reserve
        self.remain: int | None = None
        """Errors left; None: not told, or counted anew since."""
        self.read_at: datetime | None = None
        self._resets_at: datetime | None = None
        self._window = 0.0

    def take_reading(self, reading: ErrorLimit, *, now: datetime) -> None:
        """Take ESI's word; of the same minute the lowest holds, as answers come in any order."""
        self.forget(now)
        resets_at = now + timedelta(seconds=reading.reset)
        same = self._resets_at is not None and abs(resets_at - self._resets_at) <= _NEARLY
        lowest = min(self.remain, reading.remain) if same and self.remain is not None else None
        self.remain = reading.remain if lowest is None else lowest
        self.read_at, self._resets_at, self._window = now, resets_at, reading.reset

    def wait(self, now: datetime, *, on_their_way: int) -> float:
        """Seconds until one more request may be sent; 0: now."""
        self.forget(now)
        if self.remain is None or self._resets_at is None:
            return 0.0
        if self.remain - on_their_way > self._reserve:
            return 0.0
        return (self._resets_at - now).total_seconds()

    def forget(self, now: datetime) -> None:
        """Errors are counted anew; also where the clock was set back, and nobody knows when."""
        if self._resets_at is None:
            return
        left = (self._resets_at - now).total_seconds()
        if not 0 < left <= self._window + _NEARLY.total_seconds():
            self.remain = self._resets_at = None
