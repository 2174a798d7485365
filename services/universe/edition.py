"""One build of the static data, and all that is made of it: tables, gates, graph, places, names.

Nothing here outlives its build. Whoever holds an edition sees that build alone; when a newer one comes, the universe
exchanges the whole edition, so that nothing made of the old one can be taken for the new one's.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.domain.ids import SystemId, TypeId
from services.domain.space import Space
from services.universe import makers
from services.universe.columns import NOWHERE, Columns, floats, ints, names, unpack
from services.universe.errors import DamagedUniverse
from services.universe.gates import GateGraph
from services.universe.hulls import CAPSULE_GROUP, SHIP_CATEGORY
from services.universe.model import Hit, ItemType, NameKind
from services.universe.search import NameIndex
from services.universe.security import space_of_place


class Edition:
    """Tables iterate by ascending id. What costs time is made at the first question."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
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
        self.system_ids = list(self.systems)
        self.stargates = makers.gates(columns.gates, self.system_ids)

    @classmethod
    def read(cls, file: Path) -> "Edition":
        """Read a compiled file. Raises DamagedUniverse when it cannot be used."""
        try:
            data = file.read_bytes()
        except OSError as error:
            raise DamagedUniverse(f"{file.name} cannot be read ({error.strerror})") from error
        return cls(unpack(data))

    def warm(self) -> None:
        """Make the gate graph and the name index now (about 100 ms)."""
        _ = self.graph, self.index

    @cached_property
    def gates(self) -> Mapping[SystemId, tuple[SystemId, ...]]:
        """Neighbours by gate, by ascending id, of every system; an empty tuple where there is no gate."""
        neighbours: dict[SystemId, list[SystemId]] = {key: [] for key in self.system_ids}
        for start, end in self._gate_pairs.tolist():
            neighbours[self.system_ids[start]].append(self.system_ids[end])
        return {key: tuple(ends) for key, ends in neighbours.items()}

    @cached_property
    def graph(self) -> GateGraph:
        """The gates, by system row."""
        return GateGraph(list(self._spaces()), self._gate_pairs)

    @cached_property
    def index(self) -> NameIndex:
        """Every name that a command takes."""
        return NameIndex(self._searchable())

    @cached_property
    def positions(self) -> NDArray[np.float64]:
        """Metres, a row a system, shape (n, 3)."""
        return floats(self.columns.systems.positions, 3)

    def rows_in(self, place: int) -> frozenset[int]:
        """System rows that an id stands for: a system, or all of a constellation or region; none for other ids."""
        row = self.systems.row(SystemId(place))
        if row is not None:
            return frozenset({row})
        columns = self.columns.systems
        inside = (ints(columns.constellations) == place) | (ints(columns.regions) == place)
        return frozenset(np.flatnonzero(inside).tolist())

    @cached_property
    def _gate_pairs(self) -> NDArray[np.int32]:
        """System rows that a gate joins (from, to), each pair once, sorted."""
        gates = self.columns.gates
        pairs = np.stack((ints(gates.systems), ints(gates.destinations)), axis=1)
        return np.unique(pairs[pairs[:, 1] != NOWHERE], axis=0)

    def _spaces(self) -> Iterator[Space]:
        """Of every row. Worked out from the columns: making 8,000 systems for it would cost memory."""
        columns = self.columns.systems
        security = floats(columns.security, 1)[:, 0].tolist()
        places = zip(ints(columns.regions).tolist(), ints(columns.classes).tolist(), strict=True)
        for (region, wormhole_class), true_security in zip(places, security, strict=True):
            yield space_of_place(region, wormhole_class or None, true_security=true_security)

    def _searchable(self) -> Iterator[tuple[Hit, int]]:
        """Hits with their remoteness: the map's ids tell it (30 known space, 31 wormholes, 32 and up abyssal)."""
        c = self.columns
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
        columns = self.columns.types
        rows = np.isin(ints(columns.groups), groups)
        for type_id in ints(columns.ids)[rows].tolist():
            yield self.types[TypeId(type_id)]
