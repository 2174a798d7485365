"""Whether the universe holds what a filter names by id: places, types, groups, factions, and drives that can jump.

Pilots, corporations and alliances are not in the universe: any id can be one of them.
"""

from collections.abc import Callable, Mapping

from services.domain.filter import FilterField, FilterValue, Reach
from services.domain.ids import FactionId
from services.filters.errors import FilterFault
from services.filters.fields import FIELDS
from services.filters.jump_ranges import CannotJump, get_jump_range
from services.universe.universe import Universe

F = FilterField

_IS_HELD: Mapping[FilterField, Callable[[Universe, int], bool]] = {
    F.REGION: lambda universe, key: universe.find_region(key) is not None,
    F.CONSTELLATION: lambda universe, key: universe.find_constellation(key) is not None,
    F.SYSTEM: lambda universe, key: universe.find_system(key) is not None,
    F.FACTION: lambda universe, key: FactionId(key) in universe.factions,
    **dict.fromkeys(
        (F.HULL, F.WEAPON, F.ITEM, F.FITTED, F.CARRIED),
        lambda universe, key: universe.find_type(key) is not None,
    ),
    **dict.fromkeys(
        (F.GROUP, F.WEAPON_GROUP), lambda universe, key: universe.find_group(key) is not None
    ),
}


def check_held(universe: Universe, field: FilterField, value: FilterValue, *, path: str) -> None:
    """Raise FilterFault with the path where the universe holds no such thing."""
    if isinstance(value, Reach):
        _check_id(universe, F.SYSTEM, value.system_id, path=f"{path}.system")
        if value.hull_id is not None and value.skill is not None:
            _check_id(universe, F.HULL, value.hull_id, path=f"{path}.hull")
            try:
                get_jump_range(universe, value.hull_id, value.skill)
            except CannotJump as error:
                raise FilterFault(str(error), path=f"{path}.hull") from error
    elif isinstance(value, int) and field in _IS_HELD:
        _check_id(universe, field, value, path=path)


def _check_id(universe: Universe, field: FilterField, key: int, *, path: str) -> None:
    if not _IS_HELD[field](universe, key):
        raise FilterFault(
            f"I know nothing that is {FIELDS[field].said} and has the id {key}.", path=path
        )
