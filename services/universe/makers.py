"""From columns to the model: one table a kind of thing. Nothing is made before somebody asks for it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

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
from services.universe.columns import (
    NOWHERE,
    GateColumns,
    NameColumns,
    SystemColumns,
    TypeColumns,
    floats,
    ints,
    names,
)
from services.universe.model import (
    Category,
    Constellation,
    Faction,
    Gate,
    Group,
    ItemType,
    NpcCorporation,
    Region,
    System,
)
from services.universe.security import EFFECTS, space_of_place
from services.universe.table import Table

Key = TypeVar("Key", bound=int)
Thing = TypeVar("Thing")


def systems(columns: SystemColumns) -> Table[SystemId, System]:
    """Systems with their kind of space worked out."""
    ids = [SystemId(key) for key in ints(columns.ids).tolist()]
    labels = names(columns.names)
    constellations, regions = ints(columns.constellations), ints(columns.regions)
    positions, places = floats(columns.positions, 3), floats(columns.map_positions, 2)
    security = floats(columns.security, 1)
    classes, effects = ints(columns.classes), ints(columns.effects)

    def make(row: int) -> System:
        region, wormhole_class = int(regions[row]), int(classes[row]) or None
        true_security = float(security[row, 0])
        space = space_of_place(region, wormhole_class, true_security=true_security)
        x, y, z = positions[row].tolist()
        map_x, map_y = places[row].tolist()
        return System(
            id=ids[row],
            name=labels[row],
            constellation_id=ConstellationId(int(constellations[row])),
            region_id=RegionId(region),
            true_security=true_security,
            position=(x, y, z),
            map_position=None if np.isnan(map_x) else (map_x, map_y),
            space=space,
            wormhole_class=wormhole_class if space is Space.WORMHOLE else None,
            effect=EFFECTS.get(int(effects[row])),
        )

    return Table(ids, make)


def gates(columns: GateColumns, system_ids: Sequence[SystemId]) -> Table[LocationId, Gate]:
    """Stargates; `system_ids` by row."""
    ids = [LocationId(key) for key in ints(columns.ids).tolist()]
    stand, lead = ints(columns.systems), ints(columns.destinations)
    positions = floats(columns.positions, 3)

    def make(row: int) -> Gate:
        x, y, z = positions[row].tolist()
        end = int(lead[row])
        return Gate(
            id=ids[row],
            system_id=system_ids[int(stand[row])],
            destination_id=None if end == NOWHERE else system_ids[end],
            position=None if np.isnan(x) else (x, y, z),
        )

    return Table(ids, make)


def types(columns: TypeColumns) -> Table[TypeId, ItemType]:
    """Item types."""
    ids = [TypeId(key) for key in ints(columns.ids).tolist()]
    labels = names(columns.names)
    groups, metas = ints(columns.groups), ints(columns.meta_groups)
    published = ints(columns.published)

    def make(row: int) -> ItemType:
        return ItemType(
            id=ids[row],
            name=labels[row],
            group_id=GroupId(int(groups[row])),
            meta_group_id=int(metas[row]) or None,
            published=bool(published[row]),
        )

    return Table(ids, make)


def constellations(columns: NameColumns) -> Table[ConstellationId, Constellation]:
    """Constellations."""
    return _named(
        columns,
        ConstellationId,
        lambda key, name, reference: Constellation(
            id=key, name=name, region_id=RegionId(reference)
        ),
    )


def regions(columns: NameColumns) -> Table[RegionId, Region]:
    """Regions."""
    return _named(
        columns,
        RegionId,
        lambda key, name, reference: Region(
            id=key, name=name, faction_id=FactionId(reference) if reference else None
        ),
    )


def groups(columns: NameColumns) -> Table[GroupId, Group]:
    """Groups of types."""
    return _named(
        columns,
        GroupId,
        lambda key, name, reference: Group(id=key, name=name, category_id=CategoryId(reference)),
    )


def categories(columns: NameColumns) -> Table[CategoryId, Category]:
    """Categories of groups."""
    return _named(columns, CategoryId, lambda key, name, _: Category(id=key, name=name))


def factions(columns: NameColumns) -> Table[FactionId, Faction]:
    """NPC powers."""
    return _named(columns, FactionId, lambda key, name, _: Faction(id=key, name=name))


def npc_corporations(columns: NameColumns) -> Table[CorporationId, NpcCorporation]:
    """Corporations that nobody plays."""
    return _named(
        columns,
        CorporationId,
        lambda key, name, reference: NpcCorporation(
            id=key, name=name, faction_id=FactionId(reference) if reference else None
        ),
    )


def _named(
    columns: NameColumns, key: Callable[[int], Key], make: Callable[[Key, str, int], Thing]
) -> Table[Key, Thing]:
    ids = [key(number) for number in ints(columns.ids).tolist()]
    labels, references = names(columns.names), ints(columns.references)
    return Table(ids, lambda row: make(ids[row], labels[row], int(references[row])))
