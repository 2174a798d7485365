"""The past of the warzone, read backwards from what it is now.

Known are the moments at which somebody looked; between them nothing is made up.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.domain.ids import FactionId, SystemId
from services.warfare.changes import Held, is_reset, unpack

Row = tuple[datetime, bytes]
"""A snapshot: when it was true, and what it replaced."""
Series = list[tuple[datetime, Held | None]]
Holding = tuple[datetime, tuple[tuple[FactionId, int], ...]]
"""From this moment on: factions with the systems that they occupied, by id."""


class History:
    """The snapshots of a stretch of time that ends with the last one taken."""

    def __init__(self, now: Mapping[SystemId, Held], rows: Sequence[Row]) -> None:
        """Make it.

        Args:
            now: the warzone since the last snapshot.
            rows: snapshots, oldest first. What was before the first of them is not known.
        """
        self._now = now
        self.moments = tuple(at for at, _ in rows)
        self._steps: dict[SystemId, list[tuple[datetime, Held | None]]] = defaultdict(list)
        """By system, latest first: what was true until that moment."""
        for at, packed in reversed(rows):
            for system_id, before in unpack(packed):
                self._steps[system_id].append((at, before))

    def series(self, system_id: SystemId, *, since: datetime | None = None) -> Series:
        """One entry a snapshot, oldest first; None where the system was not in the warzone."""
        held, found = self._now.get(system_id), []
        steps = iter(self._steps.get(system_id, ()))
        step = next(steps, None)
        for moment in reversed(self.moments):
            if since is not None and moment < since:
                break
            while step is not None and step[0] > moment:
                held, step = step[1], next(steps, None)
            found.append((moment, held))
        return found[::-1]

    def shares(
        self, system_id: SystemId, *, since: datetime | None = None
    ) -> list[tuple[datetime, float]]:
        """How contested it was at each snapshot, as long as whoever occupies it now did so without a break.

        A reset is a break too: what went before belongs to a fight that is over.
        """
        later, found = self._now.get(system_id), []
        for moment, held in reversed(self.series(system_id, since=since)):
            if later is None or held is None or held.occupier_id != later.occupier_id:
                break
            if is_reset(held, later):
                break
            if held.share is not None:
                found.append((moment, held.share))
            later = held
        return found[::-1]


def holdings(now: Mapping[SystemId, Held], rows: Sequence[Row]) -> list[Holding]:
    """How many systems each faction occupied: at the first snapshot, and whenever that changed, oldest first."""
    held = {system_id: one.occupier_id for system_id, one in now.items()}
    counts = Counter(held.values())
    found: list[Holding] = []
    for number in range(len(rows) - 1, -1, -1):
        at, packed = rows[number]
        then = _sorted(counts)
        for system_id, before in unpack(packed):
            counts.subtract([held[system_id]] if system_id in held else ())
            held.pop(system_id, None)
            if before is not None:
                held[system_id] = before.occupier_id
                counts.update([before.occupier_id])
        if number == 0 or _sorted(counts) != then:
            found.append((at, then))
    return found[::-1]


def _sorted(counts: Counter[FactionId]) -> tuple[tuple[FactionId, int], ...]:
    return tuple(sorted((faction, count) for faction, count in counts.items() if count > 0))
