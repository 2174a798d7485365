"""A whole export in memory, checked.

An export that was cut between two lines still reads well, so more than syntax is checked: every
reference on the map must lead somewhere, in both directions, and no file may hold far fewer rows
than the game has had.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from services.universe import wire
from services.universe.errors import SdeError
from services.universe.sde import SdeSource

LEAST_ROWS: Mapping[str, int] = {
    "mapSolarSystems": 7_600,
    "mapStargates": 12_500,
    "mapConstellations": 1_050,
    "mapRegions": 100,
    "mapSecondarySuns": 900,
    "types": 45_000,
    "groups": 1_400,
    "categories": 40,
    "factions": 20,
    "npcCorporations": 240,
}
"""About nine tenths of what the build of August 2026 held. The game grows; a file much smaller than that was cut."""

AnyRow = TypeVar("AnyRow", bound=wire.Row)
Row_co = TypeVar("Row_co", bound=wire.Row, covariant=True)


class Sheet(Generic[Row_co]):
    """One file's rows by ascending id, with their lines, so that a fault found late still says where."""

    def __init__(self, name: str, rows: Iterable[tuple[int, Row_co]]) -> None:
        self.name = name
        found: dict[int, Row_co] = {}
        self._lines: dict[int, int] = {}
        for line, row in rows:
            if row.key in found:
                raise SdeError(self.file, f"holds the id {row.key} a second time", line=line)
            found[row.key] = row
            self._lines[row.key] = line
        self._rows = dict(sorted(found.items()))

    @property
    def file(self) -> str:
        """The file's name in the export."""
        return f"{self.name}.jsonl"

    def __contains__(self, key: int) -> bool:
        return key in self._rows

    def __getitem__(self, key: int) -> Row_co:
        return self._rows[key]

    def __iter__(self) -> Iterator[Row_co]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def keys(self) -> Iterable[int]:
        """The ids, ascending."""
        return self._rows.keys()

    def fault(self, key: int, reason: str) -> SdeError:
        """An error that names this file and the line of this id."""
        return SdeError(self.file, reason, line=self._lines[key])


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Every file that the universe is made of."""

    head: wire.BuildRow
    systems: Sheet[wire.SystemRow]
    gates: Sheet[wire.GateRow]
    constellations: Sheet[wire.ConstellationRow]
    regions: Sheet[wire.RegionRow]
    suns: Sheet[wire.SunRow]
    types: Sheet[wire.TypeRow]
    groups: Sheet[wire.GroupRow]
    categories: Sheet[wire.NamedRow]
    factions: Sheet[wire.NamedRow]
    npc_corporations: Sheet[wire.CorporationRow]

    @property
    def counts(self) -> dict[str, int]:
        """Rows per file, by the file's name without `.jsonl`."""
        sheets: tuple[Sheet[wire.Row], ...] = (
            self.systems,
            self.gates,
            self.constellations,
            self.regions,
            self.suns,
            self.types,
            self.groups,
            self.categories,
            self.factions,
            self.npc_corporations,
        )
        return {sheet.name: len(sheet) for sheet in sheets}


def read_export(path: Path, *, least_rows: Mapping[str, int] = LEAST_ROWS) -> Export:
    """Read and check a folder or zip of SDE JSONL. Raises SdeError at the first fault."""
    with SdeSource(path) as source:
        export = _read(source)
    for name, count in export.counts.items():
        if count < least_rows.get(name, 1):
            least = least_rows.get(name, 1)
            raise SdeError(
                f"{name}.jsonl", f"holds {count} rows, expected at least {least}: is it cut?"
            )
    _check_references(export)
    return export


def _read(source: SdeSource) -> Export:
    def sheet(name: str, kind: type[AnyRow]) -> Sheet[AnyRow]:
        return Sheet(name, source.rows(name, kind))

    head = next((row for _, row in source.rows("_sde", wire.BuildRow)), None)
    if head is None:
        raise SdeError("_sde.jsonl", "is empty: it should name the build")
    return Export(
        head=head,
        systems=sheet("mapSolarSystems", wire.SystemRow),
        gates=sheet("mapStargates", wire.GateRow),
        constellations=sheet("mapConstellations", wire.ConstellationRow),
        regions=sheet("mapRegions", wire.RegionRow),
        suns=sheet("mapSecondarySuns", wire.SunRow),
        types=sheet("types", wire.TypeRow),
        groups=sheet("groups", wire.GroupRow),
        categories=sheet("categories", wire.NamedRow),
        factions=sheet("factions", wire.NamedRow),
        npc_corporations=sheet("npcCorporations", wire.CorporationRow),
    )


def _check_references(export: Export) -> None:
    for sheet, row, what, key, elsewhere in _references(export):
        if key not in elsewhere:
            reason = f"names {what} {key}, which {elsewhere.file} does not hold"
            raise sheet.fault(row.key, reason)


def _references(
    export: Export,
) -> Iterator[tuple[Sheet[wire.Row], wire.Row, str, int, Sheet[wire.Row]]]:
    """Everything on the map that names something else there: sheet, row, kind, id, where to look."""
    systems, constellations, regions = export.systems, export.constellations, export.regions
    for region in regions:
        for key in region.constellations:
            yield regions, region, "constellation", key, constellations
    for constellation in constellations:
        yield constellations, constellation, "region", constellation.region, regions
        for key in constellation.systems:
            yield constellations, constellation, "system", key, systems
    for system in systems:
        yield systems, system, "constellation", system.constellation, constellations
        yield systems, system, "region", system.region, regions
        for key in system.stargates:
            yield systems, system, "stargate", key, export.gates
    for gate in export.gates:
        yield export.gates, gate, "system", gate.system, systems
        if gate.destination is not None:
            yield export.gates, gate, "system", gate.destination.system, systems
    for sun in export.suns:
        yield export.suns, sun, "system", sun.system, systems
