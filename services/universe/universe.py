"""The universe as everybody else asks it: things by id, distances, routes, names.

It is read-only and shared: one object per process, loaded before anything else. What costs time
(the gate graph, the name index) is made at the first question. Ids that it does not hold are normal
(the game grows while the bot runs): `find_` answers None, questions by gate answer "no way", and
only `get_` and light-years, which have no honest answer, raise.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.domain.ids import ConstellationId, GroupId, RegionId, SystemId, TypeId
from services.domain.space import HullClass, Space
from services.universe import makers
from services.universe.columns import Columns, floats, ints, names, unpack
from services.universe.errors import DamagedUniverse, UnknownSystem
from services.universe.gates import GateGraph
from services.universe.hulls import CAPSULE_GROUP, SHIP_CATEGORY, hull_class_of_group
from services.universe.model import (
    LIGHT_YEAR,
    Constellation,
    Group,
    Hit,
    ItemType,
    NameKind,
    Region,
    System,
)
from services.universe.search import NameIndex

ASSET = "universe.bin"
ALL_KINDS = frozenset(NameKind)


def shipped_file() -> Path:
    """Where the compiled universe that comes with the program lies."""
    return Path(str(files("assets") / ASSET))


class Universe:
    """The map and the item types of one build of the static data. Mappings iterate by ascending id."""

    def __init__(self, columns: Columns) -> None:
        self.build = columns.build
        self.release_date = columns.release_date
        self.systems = makers.systems(columns.systems)
        self.constellations = makers.constellations(columns.constellations)
        self.regions = makers.regions(columns.regions)
        self.types = makers.types(columns.types)
        self.groups = makers.groups(columns.groups)
        self.categories = makers.categories(columns.categories)
        self.factions = makers.factions(columns.factions)
        self.npc_corporations = makers.npc_corporations(columns.npc_corporations)
        self._columns = columns
        self._system_ids = list(self.systems)

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a compiled universe, by default the shipped one. Raises DamagedUniverse when it cannot be used."""
        file = path or shipped_file()
        try:
            data = file.read_bytes()
        except OSError as error:
            raise DamagedUniverse(f"{file.name} cannot be read ({error.strerror})") from error
        return cls(unpack(data))

    def warm(self) -> None:
        """Make the gate graph and the name index now, so that nobody waits for them (about 100 ms)."""
        _ = self._graph, self._index

    # Things by id

    def find_system(self, system_id: int | None) -> System | None:
        """The system, or None for an id that is not held."""
        return None if system_id is None else self.systems.get(SystemId(system_id))

    def get_system(self, system_id: int) -> System:
        """The system; raises UnknownSystem."""
        system = self.systems.get(SystemId(system_id))
        if system is None:
            raise UnknownSystem(system_id)
        return system

    def find_constellation(self, constellation_id: int | None) -> Constellation | None:
        """The constellation, or None for an id that is not held."""
        if constellation_id is None:
            return None
        return self.constellations.get(ConstellationId(constellation_id))

    def find_region(self, region_id: int | None) -> Region | None:
        """The region, or None for an id that is not held."""
        return None if region_id is None else self.regions.get(RegionId(region_id))

    def find_type(self, type_id: int | None) -> ItemType | None:
        """The type, or None for an id that is not held."""
        return None if type_id is None else self.types.get(TypeId(type_id))

    def find_group(self, group_id: int | None) -> Group | None:
        """The group, or None for an id that is not held."""
        return None if group_id is None else self.groups.get(GroupId(group_id))

    def space_of(self, system_id: int) -> Space:
        """The kind of space; `unknown` for a system that is not held."""
        system = self.systems.get(SystemId(system_id))
        return Space.UNKNOWN if system is None else system.space

    def hull_class(self, type_id: int | None) -> HullClass:
        """What a hull counts as; `other` for None, NPCs and types that are not held."""
        kind = self.find_type(type_id)
        return HullClass.OTHER if kind is None else self._class_by_group(kind.group_id)

    def is_ship(self, type_id: int | None) -> bool:
        """True for a type of category Ship, pods among them; drones, NPCs and structures are none."""
        kind = self.find_type(type_id)
        group = None if kind is None else self.groups.get(kind.group_id)
        return group is not None and group.category_id == SHIP_CATEGORY

    # Gates

    @cached_property
    def gates(self) -> Mapping[SystemId, tuple[SystemId, ...]]:
        """Neighbours by gate, by ascending id, of every system; an empty tuple where there is no gate."""
        neighbours: dict[SystemId, list[SystemId]] = {key: [] for key in self._system_ids}
        for start, end in self._gate_pairs().tolist():
            neighbours[self._system_ids[start]].append(self._system_ids[end])
        return {key: tuple(ends) for key, ends in neighbours.items()}

    def jumps(self, start: int, end: int) -> int | None:
        """Gate jumps on a shortest way; None where there is none, or a system is not held."""
        a, b = self._row(start), self._row(end)
        return None if a is None or b is None else self._graph.jumps(a, b)

    def route(self, start: int, end: int) -> tuple[SystemId, ...]:
        """A shortest way by gate with both ends; empty where there is none, or a system is not held."""
        a, b = self._row(start), self._row(end)
        if a is None or b is None:
            return ()
        return tuple(self._system_ids[row] for row in self._graph.route(a, b))

    def within_jumps(self, start: int, jumps: int) -> dict[SystemId, int]:
        """Systems at most so many jumps away with their jumps, nearest first, `start` itself among them (0)."""
        row = self._row(start)
        if row is None:
            return {}
        return {self._system_ids[near]: far for near, far in self._graph.within(row, jumps)}

    # Light-years

    def light_years(self, start: int, end: int) -> float:
        """The straight distance; raises UnknownSystem for an id that is not held."""
        return float(self._light_years_from(start)[self._known_row(end)])

    def within_light_years(self, start: int, light_years: float) -> dict[SystemId, float]:
        """Systems at most so far away with their distance, nearest first, `start` itself among them (0.0).

        Abyssal systems are left out: their places in the export mean nothing. Raises UnknownSystem.
        """
        distances = self._light_years_from(start)
        near = np.flatnonzero(distances <= light_years)
        order = near[np.argsort(distances[near], kind="stable")]
        found = {self._system_ids[row]: float(distances[row]) for row in order.tolist()}
        return {key: far for key, far in found.items() if self.space_of(key) is not Space.ABYSSAL}

    # Names

    def search(
        self, query: str, *, kinds: frozenset[NameKind] = ALL_KINDS, limit: int = 25
    ) -> tuple[Hit, ...]:
        """Names that answer to what somebody typed: exact, then beginning so, then with such words.

        An empty query gives the first names; one of punctuation alone gives none.
        """
        return self._index.search(query, kinds=kinds, limit=limit)

    def find_by_name(self, name: str, kind: NameKind) -> int | None:
        """The id of exactly this name (case, accents and punctuation apart), or None."""
        hit = self._index.find(name, kind)
        return None if hit is None else hit.id

    def nearest(self, query: str, kind: NameKind, *, limit: int = 3) -> tuple[str, ...]:
        """Names that look most like a wrong one, best first, for the error message."""
        return self._index.nearest(query, kind, limit=limit)

    # Inside

    def _row(self, system_id: int) -> int | None:
        return self.systems.row(SystemId(system_id))

    def _known_row(self, system_id: int) -> int:
        row = self._row(system_id)
        if row is None:
            raise UnknownSystem(system_id)
        return row

    def _gate_pairs(self) -> NDArray[np.int32]:
        return ints(self._columns.gates).reshape(-1, 2)

    @cached_property
    def _graph(self) -> GateGraph:
        return GateGraph(len(self.systems), self._gate_pairs())

    @cached_property
    def _positions(self) -> NDArray[np.float64]:
        return floats(self._columns.systems.positions, 3)

    def _light_years_from(self, start: int) -> NDArray[np.float64]:
        away = self._positions - self._positions[self._known_row(start)]
        distances: NDArray[np.float64] = np.sqrt((away * away).sum(axis=1)) / LIGHT_YEAR
        return distances

    def _class_by_group(self, group_id: GroupId) -> HullClass:
        group = self.groups.get(group_id)
        return hull_class_of_group(group_id, None if group is None else group.category_id)

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(self._searchable())

    def _searchable(self) -> Iterator[tuple[Hit, int]]:
        """Hits with their remoteness: the map's ids tell it (30 known space, 31 wormholes, 32 and up abyssal)."""
        c = self._columns
        places = (
            (NameKind.REGION, c.regions.ids, c.regions.names),
            (NameKind.CONSTELLATION, c.constellations.ids, c.constellations.names),
            (NameKind.SYSTEM, c.systems.ids, c.systems.names),
        )
        for kind, keys, labels in places:
            for key, name in zip(ints(keys).tolist(), names(labels), strict=True):
                yield Hit(kind=kind, id=key, name=name), key // 1_000_000 % 10
        for ship in self._ships():
            common = ship.published or ship.group_id == CAPSULE_GROUP
            yield Hit(kind=NameKind.SHIP, id=ship.id, name=ship.name), 0 if common else 1

    def _ships(self) -> Iterator[ItemType]:
        groups = [key for key, group in self.groups.items() if group.category_id == SHIP_CATEGORY]
        columns = self._columns.types
        rows = np.isin(ints(columns.groups), groups)
        for type_id in ints(columns.ids)[rows].tolist():
            yield self.types[TypeId(type_id)]
