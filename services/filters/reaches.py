"""Which systems a reach covers.

By gate: systems at most so many jumps away, whatever lies between. By light-years: every system that is so near, in a
straight line. Within a hull's jump: those of them where a drive can bring it, which is low and null security alone. In
high security, Pochven and wormholes nobody can light a beacon, and no drive leads to abyssal space; so a kill there is
out of reach of any drive, even next door, or where the hull itself is.
"""

from collections.abc import Mapping

from services.domain.filter import Reach
from services.domain.ids import SystemId
from services.domain.space import Space
from services.filters.jump_ranges import CannotJump, get_jump_range
from services.universe.edition import Edition
from services.universe.errors import UnknownSystem
from services.universe.universe import Universe

JUMP_SPACES = frozenset({Space.LOW, Space.NULL})
"""Where a jump can end."""

_KEPT = 256
_KEPT_SYSTEMS = 100_000
"""Reaches, and systems in all of them: some ten megabytes at the most."""


def check_reach(universe: Universe, reach: Reach) -> None:
    """Raise what `systems_within` would, without looking for the systems."""
    universe.get_system(reach.system_id)
    _light_years(universe, reach)


def systems_within(universe: Universe, reach: Reach) -> Mapping[SystemId, float]:
    """The systems with how far they are, nearest first, in the reach's own measure: jumps or light-years.

    Raises:
        UnknownSystem: the universe does not hold the centre.
        CannotJump: the hull has no jump drive.
    """
    if reach.jumps is not None:
        universe.get_system(reach.system_id)
        near = universe.within_jumps(reach.system_id, reach.jumps)
        return {system_id: float(jumps) for system_id, jumps in near.items()}
    found = universe.within_light_years(reach.system_id, _light_years(universe, reach))
    if reach.light_years is not None:
        return found
    return {key: away for key, away in found.items() if universe.space_of(key) in JUMP_SPACES}


def _light_years(universe: Universe, reach: Reach) -> float:
    """How far it goes in a straight line; 0 for one by gate. Raises CannotJump."""
    if reach.jumps is not None:
        return 0.0
    if reach.light_years is not None:
        return reach.light_years
    if reach.hull_id is None or reach.skill is None:
        raise CannotJump("A reach needs jumps, light-years, or a hull and its skill level.")
    return get_jump_range(universe, reach.hull_id, reach.skill)


class Reaches:
    """The same as sets, kept: many alerts ask for the same surroundings.

    A stored reach that this universe cannot answer (a system that it does not hold any more, a hull that has lost its
    drive) covers nothing: one alert must not stop the others. Who reads a new filter asks `systems_within`, which says.
    """

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._edition: Edition | None = None
        self._kept: dict[Reach, frozenset[SystemId]] = {}
        self._systems = 0

    def covered(self, reach: Reach) -> frozenset[SystemId]:
        """Ids of all systems within the reach."""
        is_full = len(self._kept) >= _KEPT or self._systems >= _KEPT_SYSTEMS
        if self._universe.edition is not self._edition or is_full:
            self._edition = self._universe.edition
            self._kept.clear()
            self._systems = 0
        found = self._kept.get(reach)
        if found is None:
            try:
                found = frozenset(systems_within(self._universe, reach))
            except (UnknownSystem, CannotJump):
                found = frozenset()
            self._kept[reach] = found
            self._systems += len(found)
        return found
