"""The graph of stargates: jumps, routes, neighbourhoods, by system row.

Ids stay outside. Alerts ask again and again for the distance to the same few systems, so the distances from a
system to all others are measured once by breadth first search and kept for the sources asked last.

A route costs 1 for each system entered, and `PENALTY` more for each outside the space that is preferred: what the
game's own autopilot does at the penalty of 50 that it starts with, where such a system weighs more than any detour
is long. Of routes that cost the same the one is given that turns, at the first system where they part, to the lower
row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import rustworkx
from numpy.typing import NDArray

from services.domain.space import Space
from services.universe.model import Prefer

UNREACHABLE = -1
KEPT_SOURCES = 256
"""About 17 kB each: 4 MB at the most."""
PENALTY = 1808.0
"""e to the power of 0.15 x 50: the game's security penalty at its default."""
CLOSED = float("inf")
WELCOME: Mapping[Prefer, frozenset[Space]] = {
    Prefer.SHORTEST: frozenset(Space),
    Prefer.SAFER: frozenset({Space.HIGH}),
    Prefer.LESS_SECURE: frozenset({Space.LOW}),
}
"""The space in which a system costs its jump and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a route may go. `avoid` holds rows that it may not enter."""

    prefer: Prefer = Prefer.SHORTEST
    avoid: frozenset[int] = frozenset()
    only_high: bool = False


ANY_WAY = Terms()


class GateGraph:
    """Gates as directed edges between system rows. `spaces`: of each row."""

    def __init__(self, spaces: Sequence[Space], pairs: NDArray[np.int32]) -> None:
        self._spaces = spaces
        self._graph: rustworkx.PyDiGraph[int, None] = rustworkx.PyDiGraph(multigraph=False)
        self._graph.add_nodes_from(range(len(spaces)))
        self._graph.add_edges_from_no_data([(a, b) for a, b in pairs.tolist()])
        # Each edge backwards, carrying the system that the gate leads to: its price is that of entering this.
        self._backwards: rustworkx.PyDiGraph[int, int] = rustworkx.PyDiGraph(multigraph=False)
        self._backwards.add_nodes_from(range(len(spaces)))
        self._backwards.add_edges_from([(b, a, b) for a, b in pairs.tolist()])
        self._prices = {
            prefer: [1.0 if space in welcome else 1.0 + PENALTY for space in spaces]
            for prefer, welcome in WELCOME.items()
        }
        self.distances_from = lru_cache(maxsize=KEPT_SOURCES)(self._measure)

    def jumps(self, start: int, end: int) -> int | None:
        """Gate jumps on a shortest way; None where there is no way."""
        jumps = int(self.distances_from(start)[end])
        return None if jumps == UNREACHABLE else jumps

    def route(self, start: int, end: int, terms: Terms = ANY_WAY) -> list[int]:
        """The cheapest way with both ends; empty where the terms leave none. The start is not entered: it is free."""
        if start == end:
            return [start]
        prices = self._entering(terms)
        if prices[end] == CLOSED:
            return []
        costs = rustworkx.digraph_dijkstra_shortest_path_lengths(
            self._backwards, end, prices.__getitem__
        )
        if start not in costs or costs[start] == CLOSED:
            return []

        def left(row: int) -> float:
            """The cost from a row to the end."""
            return 0.0 if row == end else costs[row]

        route = [start]
        while (here := route[-1]) != end:
            ways = self._graph.successor_indices(here)
            good = (row for row in ways if row == end or row in costs)
            route.append(min(row for row in good if prices[row] + left(row) == left(here)))
        return route

    def within(self, start: int, jumps: int) -> list[tuple[int, int]]:
        """Rows at most so many jumps away with their jumps, the start first, nearest first."""
        distances = self.distances_from(start)
        near = np.flatnonzero((distances != UNREACHABLE) & (distances <= jumps))
        order = near[np.argsort(distances[near], kind="stable")]
        return [(int(row), int(distances[row])) for row in order]

    def _entering(self, terms: Terms) -> list[float]:
        """What it costs to enter each row. Whole numbers, so that sums compare exactly."""
        prices = list(self._prices[terms.prefer])
        if terms.only_high:
            for row, space in enumerate(self._spaces):
                if space is not Space.HIGH:
                    prices[row] = CLOSED
        for row in terms.avoid:
            prices[row] = CLOSED
        return prices

    def _measure(self, start: int) -> NDArray[np.int16]:
        distances = np.full(len(self._spaces), UNREACHABLE, dtype=np.int16)
        for jumps, layer in enumerate(rustworkx.digraph_bfs_layers(self._graph, [start])):
            distances[layer] = jumps
        distances.flags.writeable = False
        return distances
