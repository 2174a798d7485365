"""What lies under the heat: the known systems at their true place, their regions, the gates between them.

Facts only, from whoever holds the universe. A region gets its name on the map when gates join it to the large network:
Pochven, whose systems lie scattered among others, and the closed regions have no place that a name could mark.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.domain.ids import RegionId, SystemId
from services.rendering.geometry import Floats

NEW_EDEN = range(10_000_001, 10_000_071)
"""Ids of the regions that the map shows: known space and Pochven; no wormhole, abyssal or hidden space."""


class MapSystem(NamedTuple):
    """One system: `x` east and `z` north in metres."""

    id: SystemId
    name: str
    region_id: RegionId
    x: float
    z: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Arrays of equal length n, in the order of the systems' ids; `gates` are pairs of indexes, shape (m, 2)."""

    systems: tuple[MapSystem, ...]
    index: Mapping[SystemId, int]
    regions: Mapping[RegionId, str]
    """Names of all regions of the map."""
    named: frozenset[RegionId]
    """Regions whose name belongs on the map."""
    xs: Floats
    zs: Floats
    gates: NDArray[np.intp]

    def members(self, region_id: RegionId) -> list[int]:
        """Indexes of a region's systems."""
        return [i for i, system in enumerate(self.systems) if system.region_id == region_id]


def ground_of(
    systems: Iterable[MapSystem],
    regions: Mapping[RegionId, str],
    *,
    gates: Iterable[tuple[SystemId, SystemId]],
) -> Ground:
    """The ground of the systems given (at least one); gates to systems that are not among them are left out."""
    ordered = tuple(sorted(systems, key=lambda system: system.id))
    index = {system.id: i for i, system in enumerate(ordered)}
    pairs = {
        (min(index[a], index[b]), max(index[a], index[b]))
        for a, b in gates
        if a in index and b in index and a != b
    }
    shown = {system.region_id for system in ordered}
    return Ground(
        systems=ordered,
        index=index,
        regions={key: regions.get(key, "") for key in sorted(shown)},
        named=_named(ordered, pairs),
        xs=np.array([system.x for system in ordered], dtype=np.float64),
        zs=np.array([system.z for system in ordered], dtype=np.float64),
        gates=np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2),
    )


def _named(systems: tuple[MapSystem, ...], pairs: set[tuple[int, int]]) -> frozenset[RegionId]:
    """Regions of the largest network of gates; every region where there are no gates at all."""
    if not pairs:
        return frozenset(system.region_id for system in systems)
    parent = list(range(len(systems)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in pairs:
        parent[root(a)] = root(b)
    roots = [root(i) for i in range(len(systems))]
    largest = Counter(roots).most_common(1)[0][0]
    return frozenset(s.region_id for s, own in zip(systems, roots, strict=True) if own == largest)
