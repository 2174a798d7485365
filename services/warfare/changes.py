"""What a snapshot replaced, packed: 16 bytes a system that is not as it was.

The row of a snapshot holds what was true until then. So the past is read backwards from the present, and only as far as
somebody asks; nothing else of a snapshot is kept, and rows may be appended to one another.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from services.domain.ids import FactionId, SystemId
from services.domain.warfare import WarzoneSystem

_RECORD = struct.Struct("<IIII")


class Held(NamedTuple):
    """Who occupied a system, and how contested it was."""

    occupier_id: FactionId
    points: int
    threshold: int

    @property
    def share(self) -> float | None:
        """0 to 1; None where the threshold is not known."""
        return self.points / self.threshold if self.threshold > 0 else None


_NEARLY_ALL = 0.95
"""Points are won and lost by degrees, at most some hundredths an hour: from here only a capture leads to 0 at once. It
begins at 1, which nobody saw where the rest was won after the last look."""


def is_reset(before: Held, now: Held) -> bool:
    """All or nearly all points went from one look to the next, and the same one occupies it: it was probably taken."""
    share = before.share
    same = before.occupier_id == now.occupier_id
    return same and now.points == 0 and share is not None and share >= _NEARLY_ALL


def held(system: WarzoneSystem) -> Held:
    """The same of a system as it is."""
    return Held(system.occupier_id, system.victory_points, system.threshold)


Before = Mapping[SystemId, Held | None]
"""What was replaced; None: the system was not known."""


def pack(before: Before) -> bytes:
    """The bytes of one snapshot's row."""
    return b"".join(
        _RECORD.pack(system_id, *(was or (0, 0, 0))) for system_id, was in before.items()
    )


def unpack(packed: bytes) -> Iterator[tuple[SystemId, Held | None]]:
    """What was packed, in order; what does not fill a record at the end is passed over."""
    whole = len(packed) - len(packed) % _RECORD.size
    for system_id, occupier_id, points, threshold in _RECORD.iter_unpack(packed[:whole]):
        was = Held(FactionId(occupier_id), points, threshold) if occupier_id else None
        yield SystemId(system_id), was
