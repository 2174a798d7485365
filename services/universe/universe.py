"""The universe as everybody else asks it: things by id, distances, routes, names.

One object per process, loaded before anything else and shared by everybody. It never changes under a question: all
that belongs to a build lies in its edition, and `replace` exchanges the edition in one assignment, so that each
answer comes from one build. Whoever needs several answers of the same build, across an `await` or in another
thread, asks `pinned()`. Ids that it does not hold are normal (the game grows while the bot runs): `find_` answers
None, questions by gate answer "no way", and only `get_` and light-years, which have no honest answer, raise.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Self

import numpy as np
import structlog
from numpy.typing import NDArray

from services.domain.ids import (
    CategoryId,
    ConstellationId,
    CorporationId,
    FactionId,
    GroupId,
    LocationId,
    RegionId,
    SystemId,
    TypeId,
)
from services.domain.space import HullClass, Space
from services.universe.edition import Edition
from services.universe.errors import DamagedUniverse, UnknownSystem
from services.universe.gates import Terms
from services.universe.hulls import SHIP_CATEGORY, hull_class_of_group
from services.universe.model import (
    LIGHT_YEAR,
    Category,
    Constellation,
    Faction,
    Gate,
    Group,
    Hit,
    ItemType,
    NameKind,
    NpcCorporation,
    Prefer,
    Region,
    System,
)
from services.universe.table import Table

ASSET = "universe.bin"
ALL_KINDS = frozenset(NameKind)

log = structlog.get_logger(__name__)


def shipped_file() -> Path:
    """Where the compiled universe that comes with the program lies."""
    return Path(str(files("assets") / ASSET))


class Universe:
    """The map and the item types of one build of the static data. Mappings iterate by ascending id."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a compiled universe, by default the shipped one. Raises DamagedUniverse when it cannot be used."""
        return cls(Edition.read(path or shipped_file()))

    @classmethod
    def load_newest(cls, file: Path) -> Self:
        """Read `file`, where updates lie, and the shipped universe; the newer build counts, of the same the shipped.

        A missing file is normal. One that cannot be used is told in the log, and the shipped one serves.

        Raises:
            DamagedUniverse: the shipped one cannot be used either.
        """
        if not file.exists():
            return cls.load()
        try:
            updated = Edition.read(file)
        except DamagedUniverse as error:
            log.warning("updated universe not used", file=str(file), reason=str(error))
            return cls.load()
        shipped = Edition.read(shipped_file())
        return cls(updated if updated.build > shipped.build else shipped)

    def warm(self) -> None:
        """Make the gate graph and the name index now, so that nobody waits for them (about 100 ms)."""
        self._edition.warm()

    def replace(self, edition: Edition) -> None:
        """From now on answer from this edition. Questions under way end with the one that they began with."""
        self._edition = edition

    def pinned(self) -> Self:
        """The universe as it is now, which stays so."""
        return type(self)(self._edition)

    @property
    def edition(self) -> Edition:
        """What it answers from now."""
        return self._edition

    @property
    def build(self) -> int:
        """The number of the build."""
        return self._edition.build

    @property
    def release_date(self) -> datetime:
        """When the build was released."""
        return self._edition.release_date

    # Tables

    @property
    def systems(self) -> Table[SystemId, System]:
        """Every system."""
        return self._edition.systems

    @property
    def constellations(self) -> Table[ConstellationId, Constellation]:
        """Every constellation."""
        return self._edition.constellations

    @property
    def regions(self) -> Table[RegionId, Region]:
        """Every region."""
        return self._edition.regions

    @property
    def types(self) -> Table[TypeId, ItemType]:
        """Every item type."""
        return self._edition.types

    @property
    def groups(self) -> Table[GroupId, Group]:
        """Every group of types."""
        return self._edition.groups

    @property
    def categories(self) -> Table[CategoryId, Category]:
        """Every category of groups."""
        return self._edition.categories

    @property
    def factions(self) -> Table[FactionId, Faction]:
        """Every NPC power."""
        return self._edition.factions

    @property
    def npc_corporations(self) -> Table[CorporationId, NpcCorporation]:
        """Every corporation that nobody plays."""
        return self._edition.npc_corporations

    @property
    def gates(self) -> Mapping[SystemId, tuple[SystemId, ...]]:
        """Neighbours by gate, by ascending id, of every system; an empty tuple where there is no gate."""
        return self._edition.gates

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

    def find_gate(self, location_id: int | None) -> Gate | None:
        """The stargate of this id, or None for anything else that a place in space can be."""
        return None if location_id is None else self._edition.stargates.get(LocationId(location_id))

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
        kind, group = self._type_and_group(type_id)
        if kind is None:
            return HullClass.OTHER
        return hull_class_of_group(kind.group_id, None if group is None else group.category_id)

    def is_ship(self, type_id: int | None) -> bool:
        """True for a type of category Ship, pods among them; drones, NPCs and structures are none."""
        _, group = self._type_and_group(type_id)
        return group is not None and group.category_id == SHIP_CATEGORY

    # Gates

    def jumps(
        self,
        start: int,
        end: int,
        *,
        prefer: Prefer = Prefer.SHORTEST,
        avoid: Iterable[int] = (),
        only_high: bool = False,
    ) -> int | None:
        """Gate jumps on the way that `route` gives; None where there is none, or a system is not held."""
        edition, closed = self._edition, tuple(avoid)
        if prefer is Prefer.SHORTEST and not closed and not only_high:
            a, b = _row(edition, start), _row(edition, end)
            return None if a is None or b is None else edition.graph.jumps(a, b)
        terms = _terms(edition, prefer, closed, only_high=only_high)
        route = _route(edition, start, end, terms=terms)
        return len(route) - 1 if route else None

    def route(
        self,
        start: int,
        end: int,
        *,
        prefer: Prefer = Prefer.SHORTEST,
        avoid: Iterable[int] = (),
        only_high: bool = False,
    ) -> tuple[SystemId, ...]:
        """A way by gate with both ends; empty where there is none, or a system is not held.

        `avoid` holds ids of systems, constellations and regions that the way may not enter; `only_high` closes whatever
        is not high security. The start is where one is already, so neither concerns it; both concern the end. Of ways
        that are equally good the one with the lower id where they part is given, always.
        """
        edition = self._edition
        terms = _terms(edition, prefer, avoid, only_high=only_high)
        return tuple(edition.system_ids[row] for row in _route(edition, start, end, terms=terms))

    def within_jumps(self, start: int, jumps: int) -> dict[SystemId, int]:
        """Systems at most so many jumps away with their jumps, nearest first, `start` itself among them (0)."""
        edition = self._edition
        row = _row(edition, start)
        if row is None:
            return {}
        return {edition.system_ids[near]: far for near, far in edition.graph.within(row, jumps)}

    # Light-years

    def light_years(self, start: int, end: int) -> float:
        """The straight distance; raises UnknownSystem for an id that is not held."""
        edition = self._edition
        return float(_light_years_from(edition, start)[_known_row(edition, end)])

    def within_light_years(self, start: int, light_years: float) -> dict[SystemId, float]:
        """Systems at most so far away with their distance, nearest first, `start` itself among them (0.0).

        Abyssal systems are left out: their places in the export mean nothing. Raises UnknownSystem.
        """
        edition = self._edition
        distances = _light_years_from(edition, start)
        near = np.flatnonzero(distances <= light_years)
        order = near[np.argsort(distances[near], kind="stable")]
        found = {edition.system_ids[row]: float(distances[row]) for row in order.tolist()}
        systems = edition.systems
        return {key: far for key, far in found.items() if systems[key].space is not Space.ABYSSAL}

    # Names

    def search(
        self,
        query: str,
        *,
        kinds: frozenset[NameKind] = ALL_KINDS,
        limit: int = 25,
        misspelt: bool = True,
    ) -> tuple[Hit, ...]:
        """Names that answer to what somebody typed: exact, then beginning so, then with such words.

        After all those come names that look like it, unless `misspelt` is False. An empty query gives the first names;
        one of punctuation alone gives none.
        """
        return self._edition.index.search(query, kinds=kinds, limit=limit, misspelt=misspelt)

    def find_by_name(self, name: str, kind: NameKind) -> int | None:
        """The id of exactly this name (case, accents and punctuation apart), or None."""
        hit = self._edition.index.find(name, kind)
        return None if hit is None else hit.id

    def nearest(self, query: str, kind: NameKind, *, limit: int = 3) -> tuple[str, ...]:
        """Names that look most like a wrong one, best first, for the error message."""
        return self._edition.index.nearest(query, kind, limit=limit)

    def _type_and_group(self, type_id: int | None) -> tuple[ItemType | None, Group | None]:
        """A type and its group, of one build; None for what is not held."""
        edition = self._edition
        kind = None if type_id is None else edition.types.get(TypeId(type_id))
        return kind, None if kind is None else edition.groups.get(kind.group_id)


def _row(edition: Edition, system_id: int) -> int | None:
    return edition.systems.row(SystemId(system_id))


def _known_row(edition: Edition, system_id: int) -> int:
    row = _row(edition, system_id)
    if row is None:
        raise UnknownSystem(system_id)
    return row


def _terms(edition: Edition, prefer: Prefer, avoid: Iterable[int], *, only_high: bool) -> Terms:
    closed = frozenset(row for place in avoid for row in edition.rows_in(place))
    return Terms(prefer=prefer, avoid=closed, only_high=only_high)


def _route(edition: Edition, start: int, end: int, *, terms: Terms) -> list[int]:
    a, b = _row(edition, start), _row(edition, end)
    return [] if a is None or b is None else edition.graph.route(a, b, terms)


def _light_years_from(edition: Edition, start: int) -> NDArray[np.float64]:
    away = edition.positions - edition.positions[_known_row(edition, start)]
    distances: NDArray[np.float64] = np.sqrt((away * away).sum(axis=1)) / LIGHT_YEAR
    return distances
