"""What features ask of the universe, as plain functions: they know the questions, not the map."""

from collections.abc import Callable, Mapping

from services.battles.atlas import Atlas
from services.domain.ids import CategoryId, GroupId, RegionId, SystemId, TypeId
from services.domain.space import Space
from services.prices.table import MUTATED_CATEGORIES, MUTATED_META_GROUP, IsMutated
from services.universe.universe import Universe

_NOWHERE = frozenset({Space.WORMHOLE, Space.ABYSSAL, Space.UNKNOWN})
_SMARTBOMBS = GroupId(72)
_UPWELL = CategoryId(65)
_LANDMARKS = frozenset({GroupId(365), GroupId(1012)})
"""Control towers, and sovereignty hubs."""


def region_of(universe: Universe) -> Callable[[SystemId], RegionId | None]:
    """The region of a system; None for one that the map does not hold."""

    def region_of(system_id: SystemId) -> RegionId | None:
        system = universe.find_system(system_id)
        return system.region_id if system else None

    return region_of


def group_of(universe: Universe) -> Callable[[TypeId], GroupId | None]:
    """The group of a type; None for one that is not held."""

    def group_of(type_id: TypeId) -> GroupId | None:
        kind = universe.find_type(type_id)
        return kind.group_id if kind else None

    return group_of


def is_mutated(universe: Universe) -> IsMutated:
    """Whether every piece of a type is one of a kind."""

    def is_mutated(type_id: TypeId) -> bool:
        kind = universe.find_type(type_id)
        if kind is None or kind.meta_group_id != MUTATED_META_GROUP:
            return False
        group = universe.find_group(kind.group_id)
        return group is not None and group.category_id in MUTATED_CATEGORIES

    return is_mutated


def is_landmark(universe: Universe) -> Callable[[TypeId | None], bool]:
    """Whether a type is a structure that fleets are called for: Upwell's, sovereignty hubs, control towers."""

    def is_landmark(type_id: TypeId | None) -> bool:
        kind = universe.find_type(type_id)
        if kind is None:
            return False
        group = universe.find_group(kind.group_id)
        upwell = group is not None and group.category_id == _UPWELL
        return upwell or kind.group_id in _LANDMARKS

    return is_landmark


def atlas(universe: Universe) -> Atlas:
    """What battles ask of the map."""

    def system_name(system_id: SystemId) -> str:
        system = universe.find_system(system_id)
        return system.name if system else str(system_id)

    def is_smartbomb(type_id: TypeId | None) -> bool:
        kind = universe.find_type(type_id)
        return kind is not None and kind.group_id == _SMARTBOMBS

    return Atlas(
        space_of=universe.space_of,
        region_of=region_of(universe),
        system_name=system_name,
        hull_class=universe.hull_class,
        neighbours=lambda system_id: universe.gates.get(system_id, ()),
        light_years=lambda one, other: _light_years(universe, one, other),
        is_smartbomb=is_smartbomb,
    )


def _light_years(universe: Universe, one: SystemId, other: SystemId) -> float | None:
    """None where one of them has no place among the others: wormhole space lies nowhere."""
    if any(universe.space_of(system) in _NOWHERE for system in (one, other)):
        return None
    return universe.light_years(one, other)


def static_names(universe: Universe) -> Mapping[int, str]:
    """Names that never change: NPC corporations and factions."""
    corporations = {int(key): found.name for key, found in universe.npc_corporations.items()}
    return corporations | {int(key): found.name for key, found in universe.factions.items()}
