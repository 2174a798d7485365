"""Typical losses: what a hull of this kind is worth when it dies, fit and cargo included, where no market says.

The figures are medians of recorded losses with values, and few recordings are no median. A hull counts from two losses
on, a group from three. The measured reason: one loss lies a factor of 1.7 from its hull's median in the middle case,
but ten and more in the tail (a hauler's freight, a tractor unit's loot, a hull without any fit), so a single one may be
anything. The hulls that were seen only twice are mostly big ones (structures, supercapitals, faction hulls), where
the hull is nearly all of the loss and the group's median is off by up to 80 times: waiting for more would be worse. A
group mixes hulls, and needs a middle. A median of 0 says that nobody knew a price: it is left out.
"""

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Self

import msgspec

from services.domain.ids import GroupId, TypeId
from services.prices.errors import BadTypicalLosses

LEAST_HULL_LOSSES = 2
LEAST_GROUP_LOSSES = 3
ASSET = "typical_losses.json"

GroupOf = Callable[[TypeId], GroupId | None]
"""The group of a type; None for a type that nobody knows."""


class _Median(msgspec.Struct):
    median: float
    n: int


class _Source(msgspec.Struct):
    hulls: dict[str, _Median]
    groups: dict[str, _Median]


class _Asset(msgspec.Struct):
    hulls: dict[int, int]
    groups: dict[int, int]


def compile_typical(source: Path) -> bytes:
    """The shipped file, from medians with sample counts: `{"hulls": {type_id: ISK}, "groups": {group_id: ISK}}`.

    Raises:
        BadTypicalLosses: the source cannot be read.
    """
    try:
        read = msgspec.json.decode(source.read_bytes(), type=_Source)
        compiled = _Asset(
            hulls=_trusted(read.hulls, LEAST_HULL_LOSSES),
            groups=_trusted(read.groups, LEAST_GROUP_LOSSES),
        )
    except (OSError, ValueError) as error:
        raise BadTypicalLosses(f"{source.name} cannot be read: {error}") from error
    return msgspec.json.encode(compiled) + b"\n"


def _trusted(medians: Mapping[str, _Median], least: int) -> dict[int, int]:
    kept = ((int(key), round(m.median)) for key, m in medians.items() if m.n >= least)
    return dict(sorted((key, isk) for key, isk in kept if isk > 0))


class TypicalValues:
    """Typical losses in ISK by hull, then by group."""

    def __init__(self, hulls: Mapping[int, float], groups: Mapping[int, float]) -> None:
        # Whole numbers in the file, but ISK is a float everywhere: stored with a battle, 5 and 5.0 are not the same.
        self._hulls = {key: float(isk) for key, isk in hulls.items()}
        self._groups = {key: float(isk) for key, isk in groups.items()}

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a compiled file; without a path, the shipped one.

        Raises:
            BadTypicalLosses: it cannot be read.
        """
        file = path or Path(str(files("assets") / ASSET))
        try:
            read = msgspec.json.decode(file.read_bytes(), type=_Asset)
        except (OSError, msgspec.DecodeError) as error:
            raise BadTypicalLosses(f"{file.name} cannot be read: {error}") from error
        return cls(read.hulls, read.groups)

    def find(self, hull: TypeId | None, group_of: GroupOf) -> float | None:
        """ISK of a typical loss of this hull, else of its group; None when neither is known."""
        if hull is None:
            return None
        if (isk := self._hulls.get(hull)) is not None:
            return isk
        group = group_of(hull)
        return self._groups.get(group) if group is not None else None
