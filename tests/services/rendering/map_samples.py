"""Data to draw on the real map, made up and always the same."""

import random
from datetime import UTC, datetime
from typing import Any

from services.domain.ids import RegionId, SystemId
from services.domain.warfare import Role
from services.rendering.map_colours import colours_of
from services.rendering.map_data import Contest, Holder, MapData, MapMark, MarkKind
from services.universe.universe import Universe

NOW = datetime(2026, 5, 17, 18, 5, tzinfo=UTC)
FORGE, DELVE, POCHVEN, DOMAIN = (10_000_002, 10_000_060, 10_000_070, 10_000_043)
JITA, PERIMETER, OSMON, KINO, ONE_DQ = (30_000_142, 30_000_144, 30_000_180, 30_001_372, 30_004_759)
ONE, TWO = 99_000_001, 99_000_777


def of_region(universe: Universe, region_id: int) -> tuple[SystemId, ...]:
    return tuple(
        system.id
        for system in universe.systems.values()
        if system.region_id == RegionId(region_id) and system.map_position is not None
    )


def sample(systems: tuple[SystemId, ...], **fields: Any) -> MapData:
    """A map with nothing on it but what is given."""
    return MapData(**{"systems": systems, "title": "A map", "drawn_at": NOW} | fields)


def heated(systems: tuple[SystemId, ...]) -> MapData:
    """Kills in six of ten systems, in a few of them very many; two battles."""
    rng = random.Random(len(systems))
    hot = rng.sample(systems, -(-len(systems) * 6 // 10))
    heat = tuple((key, float(min(round(rng.paretovariate(0.7)), 700))) for key in hot)
    marks = tuple(
        MapMark(system_id=key, kind=MarkKind.BATTLE, text="2 battles, 145 kills") for key in hot[:2]
    )
    return sample(systems, heat=heat, heat_text="Kills", marks=marks)


def holder(key: int, label: str, *, count: int = 1) -> Holder:
    return Holder(
        key=key, label=label, name=f"The {label}", count=count, colour=colours_of([ONE, TWO])[key]
    )


def shared(systems: tuple[SystemId, ...]) -> MapData:
    """Held half by one and half by another, from west to east by id, but for every tenth, which nobody holds."""
    half = len(systems) // 2
    held = tuple((key, ONE if i < half else TWO) for i, key in enumerate(systems) if i % 10 != 9)
    return sample(systems, holders=(holder(ONE, "GOONS"), holder(TWO, "NC")), held=held)


def contested(systems: tuple[SystemId, ...], universe: Universe) -> MapData:
    """The same at war, each system more contested than the one before."""
    data = shared(systems)
    contests = tuple(
        Contest(
            system_id=key,
            share=i / len(systems),
            vulnerable=i == len(systems) - 1,
            role=Role.FRONTLINE if i % 3 == 0 else Role.REARGUARD,
        )
        for i, key in enumerate(systems)
    )
    return sample(
        systems,
        holders=data.holders,
        held=data.held,
        contests=contests,
        enemies=((ONE, TWO),),
        exits=False,
    )
