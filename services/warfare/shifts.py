"""When a contested share moved by much within an hour: told once a move, not once a snapshot.

A move is measured from snapshots of the last hour that came no sooner than the last move that was told. Where nobody
looked for longer than an hour, the last snapshot serves, and the move must have been as fast on the average. A reset is
no move: nobody won or lost those points.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from services.domain.ids import SystemId
from services.domain.warfare import WarzoneSystem
from services.warfare.changes import held
from services.warfare.history import History, Row

_HOUR = timedelta(hours=1)


def find_moves(
    old: Mapping[SystemId, WarzoneSystem],
    new: Mapping[SystemId, WarzoneSystem],
    rows: Sequence[Row],
    *,
    step: float,
    told: Mapping[int, datetime],
    at: datetime,
) -> dict[SystemId, float]:
    """By system whose share moved by much under the same occupier: from where.

    Args:
        old: the warzone as it was.
        new: as it is.
        rows: snapshots of the last hour, else the last one.
        step: what counts as much in an hour, 0 to 1.
        told: by system, when a move was told within the last hour.
        at: since when it is so.
    """
    past = History({key: held(system) for key, system in old.items()}, rows)
    found = {}
    for key, was in old.items():
        now = new.get(key, was)
        share = now.share
        if share is None or share == was.share or now.occupier_id != was.occupier_id:
            continue
        if now.is_reset:
            continue
        start = find_shift(share, at, past.shares(key), step=step, told=told.get(key))
        if start is not None:
            found[key] = start
    return found


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
