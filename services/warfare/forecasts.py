"""When a system would become vulnerable or safe, if it went on as it did. An estimate with its spread, never a promise.

Its rule: at least two of the trends must be known, none may contradict another, and the one in the middle must move.
That one says when; the fastest says how early, the slowest how late. Fights do not go on as they did: what would take
longer than a few days is not foretold at all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from services.domain.warfare import Forecast, Trend

HORIZON = timedelta(days=5)
_STILL = 0.0005
"""Share per hour below which nothing moves."""


def forecast(share: float | None, trends: Sequence[Trend], *, at: datetime) -> Forecast | None:
    """None where nothing can be said. `at`: the moment of the share."""
    speeds = [
        0.0 if abs(trend.per_hour) < _STILL else trend.per_hour
        for trend in trends
        if trend.per_hour is not None
    ]
    if share is None or len(speeds) < 2 or (min(speeds) < 0 < max(speeds)):
        return None
    usual = median(speeds)
    left = 1 - share if usual > 0 else share
    if usual == 0 or left <= 0 or left / abs(usual) > HORIZON / timedelta(hours=1):
        return None
    slowest, fastest = sorted(map(abs, speeds))[:: len(speeds) - 1]
    return Forecast(
        vulnerable=usual > 0,
        at=_after(at, left, usual),
        earliest=_after(at, left, fastest),
        latest=_after(at, left, slowest) if slowest else None,
    )


def _after(at: datetime, left: float, speed: float) -> datetime:
    return at + timedelta(hours=left / abs(speed))
