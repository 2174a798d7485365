"""How fast a contested share moved, measured between snapshots that were taken, never between made-up ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.domain.warfare import Trend

HOURS = (1, 6, 24)
_LEAST, _MOST = 0.75, 1.5
"""A snapshot serves that lies between so many times the asked hours back."""
LONGEST = timedelta(hours=HOURS[-1] * _MOST)
"""Nothing older is needed."""

Shares = Sequence[tuple[datetime, float]]
"""How contested a system was at each snapshot under its present occupier, oldest first."""


def trends(shares: Shares) -> tuple[Trend, ...]:
    """Over 1, 6 and 24 hours up to the last snapshot.

    Each is measured from the snapshot nearest to that many hours before. Where none is near enough, because nobody
    looked or the system changed hands since, there is no figure.
    """
    return tuple(_trend(shares, hours) for hours in HOURS)


def _trend(shares: Shares, hours: int) -> Trend:
    if not shares:
        return Trend(hours=hours, per_hour=None)
    now, share = shares[-1]
    back = [((now - moment) / timedelta(hours=1), moment, then) for moment, then in shares[:-1]]
    near = [one for one in back if _LEAST * hours <= one[0] <= _MOST * hours]
    if not near:
        return Trend(hours=hours, per_hour=None)
    passed, since, then = min(near, key=lambda one: abs(one[0] - hours))
    return Trend(hours=hours, per_hour=(share - then) / passed, since=since)
