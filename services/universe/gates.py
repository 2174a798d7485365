"""The graph of stargates: jumps, shortest routes, neighbourhoods, by system row.

Ids stay outside. Alerts ask again and again for the distance to the same few systems, so the distances from a system
to all others are measured once by breadth first search and kept for the sources asked last.
"""

from functools import lru_cache

import numpy as np
import rustworkx
from numpy.typing import NDArray

UNREACHABLE = -1
KEPT_SOURCES = 256
"""About 17 kB each: 4 MB at the most."""


class GateGraph:
    """Gates as directed edges between system rows."""

    def __init__(self, systems: int, pairs: NDArray[np.int32]) -> None:
        self._size = systems
        self._graph: rustworkx.PyDiGraph[int, None] = rustworkx.PyDiGraph(multigraph=False)
        self._graph.add_nodes_from(range(systems))
        self._graph.add_edges_from_no_data([(a, b) for a, b in pairs.tolist()])
        self.distances_from = lru_cache(maxsize=KEPT_SOURCES)(self._measure)

    def jumps(self, start: int, end: int) -> int | None:
        """Gate jumps on a shortest way; None where there is no way."""
        jumps = int(self.distances_from(start)[end])
        return None if jumps == UNREACHABLE else jumps

    def route(self, start: int, end: int) -> list[int]:
        """A shortest way with both ends, the same for the same question; empty where there is none."""
        if start == end:
            return [start]
        paths = rustworkx.digraph_dijkstra_shortest_paths(self._graph, start, target=end)
        return list(paths[end]) if end in paths else []

    def within(self, start: int, jumps: int) -> list[tuple[int, int]]:
        """Rows at most so many jumps away with their jumps, the start first, nearest first."""
        distances = self.distances_from(start)
        near = np.flatnonzero((distances != UNREACHABLE) & (distances <= jumps))
        order = near[np.argsort(distances[near], kind="stable")]
        return [(int(row), int(distances[row])) for row in order]

    def _measure(self, start: int) -> NDArray[np.int16]:
        distances = np.full(self._size, UNREACHABLE, dtype=np.int16)
        for jumps, layer in enumerate(rustworkx.digraph_bfs_layers(self._graph, [start])):
            distances[layer] = jumps
        distances.flags.writeable = False
        return distances
