"""Whether a newer build holds what the one in use holds.

The game grows. A build whose fields were renamed, or that was cut where no reference shows it, compiles without an
error and lacks something; so what is filled in is counted, before and after, and a build that lost a tenth of
anything is refused.
"""

from collections.abc import Iterator

import numpy as np

from services.universe.columns import NOWHERE, Columns, NameColumns, floats, ints, names
from services.universe.errors import SdeError

LEAST_SHARE = 0.9
"""Of what the build in use holds."""


def check_growth(old: Columns, new: Columns) -> None:
    """Raises SdeError that names the first file and field of which `new` holds far less than `old`."""
    before = {(file, field): count for file, field, count in _counts(old)}
    for file, field, count in _counts(new):
        had = before[file, field]
        if count < LEAST_SHARE * had:
            reason = f"holds {field} {count:,} times, the build in use {had:,} times"
            raise SdeError(f"{file}.jsonl", reason)


def _counts(columns: Columns) -> Iterator[tuple[str, str, int]]:
    """File, field, and how many rows have something in it."""
    systems, gates, types = columns.systems, columns.gates, columns.types
    yield "mapSolarSystems", "name", _named(systems.names)
    yield "mapSolarSystems", "securityStatus", _filled(floats(systems.security, 1))
    yield "mapSolarSystems", "position2D", int((~np.isnan(floats(systems.map_positions, 2))).sum())
    yield "mapSolarSystems", "wormholeClassID", _filled(ints(systems.classes))
    yield "mapStargates", "destination", int((ints(gates.destinations) != NOWHERE).sum())
    yield "mapStargates", "position", int((~np.isnan(floats(gates.positions, 3)[:, 0])).sum())
    yield "mapSecondarySuns", "effectBeaconTypeID", _filled(ints(systems.effects))
    yield "types", "name", _named(types.names)
    yield "types", "metaGroupID", _filled(ints(types.meta_groups))
    yield "types", "published", _filled(ints(types.published))
    yield from _sheet("mapConstellations", columns.constellations, "regionID")
    yield from _sheet("mapRegions", columns.regions, "factionID")
    yield from _sheet("groups", columns.groups, "categoryID")
    yield from _sheet("categories", columns.categories, "reference")
    yield from _sheet("factions", columns.factions, "reference")
    yield from _sheet("npcCorporations", columns.npc_corporations, "factionID")


def _sheet(file: str, columns: NameColumns, reference: str) -> Iterator[tuple[str, str, int]]:
    yield file, "name", _named(columns.names)
    yield file, reference, _filled(ints(columns.references))


def _filled(column: np.ndarray) -> int:
    return int(np.count_nonzero(column))


def _named(column: str) -> int:
    """Names that are more than the id that stands for a missing one."""
    return sum(not name.startswith("#") for name in names(column))
