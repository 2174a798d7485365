"""How large a part of the mails to test, so that an answer comes in time.

All of them, as long as that goes quickly enough. Where it does not, a part of what is still to come: a half, a
quarter and so on, chosen by the mails' ids, which is spread evenly over the time and always the same. Each part is
remembered with its share, so the sum stays an unbiased estimate.
"""

from collections.abc import Callable

from sqlalchemy import ColumnElement

from services.storage.tables import killmails

_GRACE = 0.4
"""Seconds in which everything is tested whatever it costs: the first questions pay for what those after them find
ready, and say nothing of the pace."""
_SLACK = 1.5
"""How far behind its time a piece may be before the next is thinned: one that others held up is no reason yet."""
_SMALLEST = 1 / 1024
_MODULUS, _STEP = 1_000_003, 618_034
"""Ids times the step, modulo the modulus, lie evenly spread however short the run of ids: the step is the golden
section of the modulus, and the modulus is prime."""


class Pace:
    """For one question about `kills` stored mails that may take `seconds`."""

    def __init__(self, kills: int, *, seconds: float, timer: Callable[[], float]) -> None:
        self._left = kills
        self._timer = timer
        self._start = self._last = timer()
        self._end = self._start + seconds
        self.share = 1.0
        """Of the mails that come next."""

    def passed(self, kills: int) -> None:
        """So many of the stored mails are behind us; the share is set for those ahead."""
        now = self._timer()
        took, self._last = now - self._last, now
        self._left -= kills
        if self._left <= 0 or now - self._start < _GRACE:
            return
        allowed = max(self._end - now, 0.0) / self._left * kills
        while took > _SLACK * allowed and self.share > _SMALLEST:
            took, self.share = took / 2, self.share / 2
        if 2 * took <= allowed:
            self.share = min(1.0, 2 * self.share)


def chosen(share: float) -> ColumnElement[bool]:
    """True for this share of the mails."""
    return killmails.c.id % _MODULUS * _STEP % _MODULUS < int(share * _MODULUS)
