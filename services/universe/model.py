"""What the universe holds, as everybody else sees it: frozen facts, names in English, positions in metres."""

import math
from dataclasses import dataclass
from enum import StrEnum

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
from services.domain.space import Space
from services.universe.security import displayed_security

LIGHT_YEAR = 9.46e15
"""Metres, as the game counts jump range."""


class NameKind(StrEnum):
    """What a name can stand for in a search. Wide places come before narrow ones among equal matches."""

    REGION = "region"
    CONSTELLATION = "constellation"
    SYSTEM = "system"
    SHIP = "ship"


class Prefer(StrEnum):
    """What a route looks for. The words are those of the game's own route planner."""

    SHORTEST = "shortest"
    """The fewest jumps."""
    SAFER = "safer"
    """The fewest systems below high security, then the fewest jumps."""
    LESS_SECURE = "less-secure"
    """The fewest systems outside low security, then the fewest jumps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One answer of a search."""

    kind: NameKind
    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A solar system. `position` is its true place (x, y, z), `map_position` that of the game's flat map (x, y)."""

    id: SystemId
    name: str
    constellation_id: ConstellationId
    region_id: RegionId
    true_security: float
    position: tuple[float, float, float]
    map_position: tuple[float, float] | None
    """None outside known space."""
    space: Space
    wormhole_class: int | None
    """1 to 6, 12 Thera, 13 shattered for small hulls, 14 to 18 drifters; None outside wormhole space."""
    effect: str | None
    """Wormhole effect, by the name of its sun."""

    @property
    def security(self) -> float:
        """Security as the game shows it, one decimal."""
        return displayed_security(self.true_security)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constellation:
    """A handful of systems."""

    id: ConstellationId
    name: str
    region_id: RegionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Constellations under one name; the faction is the NPC power that holds it, where one does."""

    id: RegionId
    name: str
    faction_id: FactionId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A stargate: where it stands and where it leads. Its place is metres from the star (x, y, z), where known."""

    id: LocationId
    system_id: SystemId
    destination_id: SystemId | None
    position: tuple[float, float, float] | None

    def metres_to(self, x: float, y: float, z: float) -> float | None:
        """The straight distance to a place in its system (metres from the star); None where its own is not known."""
        return None if self.position is None else math.dist(self.position, (x, y, z))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemType:
    """Anything that has a type id: hulls, modules, structures, NPCs."""

    id: TypeId
    name: str
    group_id: GroupId
    meta_group_id: int | None
    """1 Tech I, 2 Tech II, 3 storyline, 4 faction, 5 officer, 6 deadspace, 14 Tech III, ..."""
    published: bool
    """False where the export says so or says nothing: test hulls, special editions, NPC types, capsules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Types of one sort. A type's group may be absent from the export; a group's category then is unknown."""

    id: GroupId
    name: str
    category_id: CategoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """Groups of one sort: 6 ships, 65 structures, 87 fighters, ..."""

    id: CategoryId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Faction:
    """An NPC power."""

    id: FactionId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NpcCorporation:
    """A corporation that nobody plays."""

    id: CorporationId
    name: str
    faction_id: FactionId | None
