"""From an export to the compiled file.

The same export gives the same bytes: rows go by id, and nothing of the machine or the moment
enters. The old file is replaced in one step, after everything was read and checked; until then a
failed build has touched nothing.
"""

import math
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.universe import wire
from services.universe.columns import (
    NOWHERE,
    Columns,
    GateColumns,
    NameColumns,
    SystemColumns,
    TypeColumns,
    pack,
    pack_floats,
    pack_ints,
    pack_names,
)
from services.universe.errors import NotWritten
from services.universe.export import LEAST_ROWS, Export, Sheet, read_export
from services.universe.hulls import SHIP_CATEGORY, SHIP_GROUPS

MODE = 0o644
"""Of the compiled file; a temporary file is born private."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What a build made."""

    build: int
    release_date: datetime
    rows: Mapping[str, int]
    """Per file of the export, by its name without `.jsonl`."""
    unclassed_ship_groups: tuple[str, ...]
    """Groups of category Ship that the table of hulls does not know yet: they count as `other`."""
    size: int
    """Bytes of the compiled file."""


def build_universe(source: Path, out: Path, *, least_rows: Mapping[str, int] = LEAST_ROWS) -> Build:
    """Compile `source` (folder or zip of SDE JSONL) into `out`. Raises SdeError, and then leaves `out` as it was."""
    export = read_export(source, least_rows=least_rows)
    data = pack(compile_columns(export))
    replace_file(out, data)
    return Build(
        build=export.head.build,
        release_date=export.head.release_date,
        rows=export.counts,
        unclassed_ship_groups=tuple(
            group.label
            for group in export.groups
            if group.category == SHIP_CATEGORY and group.key not in SHIP_GROUPS
        ),
        size=len(data),
    )


def compile_columns(export: Export) -> Columns:
    """The facts of a checked export, in columns."""
    return Columns(
        build=export.head.build,
        release_date=export.head.release_date,
        systems=_systems(export),
        gates=_gates(export),
        constellations=_named(export.constellations, (row.region for row in export.constellations)),
        regions=_named(export.regions, (row.faction for row in export.regions)),
        types=_types(export),
        groups=_named(export.groups, (row.category for row in export.groups)),
        categories=_named(export.categories, (0 for _ in export.categories)),
        factions=_named(export.factions, (0 for _ in export.factions)),
        npc_corporations=_named(
            export.npc_corporations, (row.faction for row in export.npc_corporations)
        ),
    )


def _systems(export: Export) -> SystemColumns:
    systems = export.systems
    effects = {sun.system: sun.effect for sun in export.suns}
    return SystemColumns(
        ids=pack_ints(systems.keys()),
        names=pack_names([row.label for row in systems]),
        constellations=pack_ints(row.constellation for row in systems),
        regions=pack_ints(row.region for row in systems),
        security=pack_floats(row.security for row in systems),
        positions=pack_floats(
            axis for row in systems for axis in (row.position.x, row.position.y, row.position.z)
        ),
        map_positions=pack_floats(axis for row in systems for axis in _map_place(row)),
        classes=pack_ints(_inherited_class(export, row) for row in systems),
        effects=pack_ints(effects.get(row.key, 0) for row in systems),
    )


def _gates(export: Export) -> GateColumns:
    rows = {key: row for row, key in enumerate(export.systems.keys())}
    gates = export.gates
    ends = (gate.destination.system if gate.destination else None for gate in gates)
    return GateColumns(
        ids=pack_ints(gates.keys()),
        systems=pack_ints(rows[gate.system] for gate in gates),
        destinations=pack_ints(NOWHERE if end is None else rows[end] for end in ends),
        positions=pack_floats(axis for gate in gates for axis in _place(gate)),
    )


def _place(gate: wire.GateRow) -> tuple[float, float, float]:
    place = gate.position
    return (math.nan,) * 3 if place is None else (place.x, place.y, place.z)


def _map_place(row: wire.SystemRow) -> tuple[float, float]:
    place = row.map_position
    return (math.nan, math.nan) if place is None else (place.x, place.y)


def _inherited_class(export: Export, row: wire.SystemRow) -> int:
    """The wormhole class: the system's own, else its constellation's, else its region's, else 0."""
    constellation = export.constellations[row.constellation]
    return (
        row.wormhole_class
        or constellation.wormhole_class
        or export.regions[row.region].wormhole_class
        or 0
    )


def _types(export: Export) -> TypeColumns:
    types = export.types
    return TypeColumns(
        ids=pack_ints(types.keys()),
        names=pack_names([row.label for row in types]),
        groups=pack_ints(row.group for row in types),
        meta_groups=pack_ints(row.meta_group for row in types),
        published=pack_ints(int(row.published) for row in types),
    )


def _named(sheet: Sheet[wire.NamedAny], references: Iterable[int]) -> NameColumns:
    return NameColumns(
        ids=pack_ints(sheet.keys()),
        names=pack_names([row.label for row in sheet]),
        references=pack_ints(references),
    )


def replace_file(out: Path, data: bytes) -> None:
    """Write beside the target and rename, so that a reader sees the old file or the new one, never a part.

    Raises NotWritten; then the old file is as it was.
    """
    draft: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=out.parent, prefix=f".{out.name}.", delete=False
        ) as stream:
            draft = Path(stream.name)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(MODE)
        draft.replace(out)
    except OSError as error:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise NotWritten(out.name, f"cannot be written: {error}") from error
