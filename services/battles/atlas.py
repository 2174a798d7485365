"""What battles ask of the map and the types, as plain functions: they know the questions, not the map."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from services.domain.ids import RegionId, SystemId, TypeId
from services.domain.space import HullClass, Space

SpaceOf = Callable[[SystemId], Space]
"""The kind of space a system lies in."""

HullClassOf = Callable[[TypeId | None], HullClass]


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """Each answers for any id, also one that is not held."""

    space_of: SpaceOf
    region_of: Callable[[SystemId], RegionId | None]
    system_name: Callable[[SystemId], str]
    hull_class: HullClassOf
    neighbours: Callable[[SystemId], Collection[SystemId]] = lambda _: ()
    """Systems one gate away."""
    light_years: Callable[[SystemId, SystemId], float | None] = lambda _one, _other: None
    """Between two systems; None where one has no place on the map (wormholes)."""
    is_smartbomb: Callable[[TypeId | None], bool] = lambda _: False
    """Whether a weapon is a smartbomb."""
