"""When a contested share moved by much within an hour: told once a move, not once a snapshot.

A move is measured from snapshots of the last hour that came no sooner than the last move that was told. Where nobody
looked for longer than an hour, the last snapshot serves, and the move must have been as fast on the average.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

_HOUR = timedelta(hours=1)


def find_shift(
    share: float,
    at: datetime,
    past: Sequence[tuple[datetime, float]],
    *,
    step: float,
    told: datetime | None,
) -> float | None:
    """The share from which it moved furthest, by `step` or more an hour; None where it did not.

    Args:
        share: how contested the system is.
        at: since when.
        past: the shares before, oldest first.
        step: what counts as much, 0 to 1.
        told: when the last move was told.
    """
    recent = [one for one in past if at - one[0] <= _HOUR] or list(past[-1:])
    starts = [
        then
        for moment, then in recent
        if (told is None or moment >= told)
        and round(abs(share - then), 6) >= step * max(1.0, (at - moment) / _HOUR)
    ]
    return max(starts, key=lambda then: abs(share - then), default=None)
