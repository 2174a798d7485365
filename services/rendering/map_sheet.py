"""Which systems a map shows, where they lie on it, and the gates between them.

Systems of one region lie as on the game's own flat map, whose y grows northwards, as the galaxy's does: Jita is in
the west of The Forge, Kino the tip of Pochven's triangle. Several regions are far apart on that map, so that a
neighbourhood across them, or a warzone, is laid out by its gates (`map_layout`), with north kept as nearly up as
the gates allow. One unit is the usual distance of two neighbours.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.domain.ids import ConstellationId, RegionId, SystemId
from services.rendering.geometry import Floats
from services.rendering.map_layout import lay_out
from services.universe.model import System
from services.universe.universe import Universe


class LinkKind(StrEnum):
    """What a gate crosses."""

    INNER = "inner"
    CONSTELLATION = "constellation"
    REGION = "region"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSystem:
    """One system: `x` to the east and `y` to the north, in units."""

    id: SystemId
    name: str
    security: float
    constellation_id: ConstellationId
    region_id: RegionId
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A gate between two systems of the map, by their indexes."""

    a: int
    b: int
    kind: LinkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A gate that leads off the map: from which system, to where, and in which direction (a unit vector, north up)."""

    index: int
    name: str
    region: str
    """Empty where it leads to another system of the same region."""
    kind: LinkKind
    dx: float
    dy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Systems by id, links by their systems, each once."""

    systems: tuple[SheetSystem, ...]
    links: tuple[Link, ...]
    exits: tuple[Exit, ...]


def shows(system: System) -> bool:
    """Whether a map can hold it."""
    return system.map_position is not None


def sheet_of(universe: Universe, wanted: Collection[SystemId]) -> Sheet:
    """The sheet of these systems; those without a place on the flat map are left out. At least one must remain."""
    held = universe.systems
    systems = [held[key] for key in sorted(wanted) if key in held and shows(held[key])]
    index = {system.id: i for i, system in enumerate(systems)}
    links = tuple(
        Link(a=i, b=index[other], kind=link_kind(system, systems[index[other]]))
        for i, system in enumerate(systems)
        for other in universe.gates.get(system.id, ())
        if index.get(other, -1) > i
    )
    places = _places(systems, links)
    return Sheet(
        systems=tuple(
            SheetSystem(
                id=system.id,
                name=system.name,
                security=system.security,
                constellation_id=system.constellation_id,
                region_id=system.region_id,
                x=x,
                y=y,
            )
            for system, (x, y) in zip(systems, places.tolist(), strict=True)
        ),
        links=links,
        exits=_exits(universe, systems),
    )


def link_kind(a: System, b: System) -> LinkKind:
    """What the gate between two systems crosses."""
    if a.region_id != b.region_id:
        return LinkKind.REGION
    return LinkKind.INNER if a.constellation_id == b.constellation_id else LinkKind.CONSTELLATION


def _places(systems: list[System], links: tuple[Link, ...]) -> Floats:
    """Units, shape (n, 2)."""
    flat = np.array([system.map_position for system in systems], dtype=np.float64)
    if len({system.region_id for system in systems}) == 1:
        units: Floats = (flat - flat.min(axis=0)) / _usual_distance(flat)
        return units
    true = np.array([(s.position[0], s.position[2]) for s in systems], dtype=np.float64)
    return lay_out(true, [(link.a, link.b) for link in links])


def _usual_distance(places: Floats) -> float:
    """From a system to its nearest neighbour, the median."""
    if len(places) < 2:
        return 1.0
    away = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    return max(float(np.median(away.min(axis=1))), 1.0)


def _exits(universe: Universe, systems: list[System]) -> tuple[Exit, ...]:
    shown = {system.id for system in systems}
    found = []
    for i, system in enumerate(systems):
        for other in universe.gates.get(system.id, ()):
            target = universe.find_system(other)
            if other in shown or target is None:
                continue
            region = universe.find_region(target.region_id)
            kind = link_kind(system, target)
            dx, dy = _direction(system, target)
            leaves = kind is LinkKind.REGION and region is not None
            found.append(
                Exit(
                    index=i,
                    name=target.name,
                    region=region.name if leaves and region is not None else "",
                    kind=kind,
                    dx=dx,
                    dy=dy,
                )
            )
    return tuple(found)


def _direction(a: System, b: System) -> tuple[float, float]:
    """Where the way to `b` points, by their true places."""
    dx, dy = b.position[0] - a.position[0], b.position[2] - a.position[2]
    length = max(float(np.hypot(dx, dy)), 1.0)
    return dx / length, dy / length
