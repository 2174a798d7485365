"""Parting a signed graph: nodes with positive bonds belong together, those with negative ones apart.

The weight of the bonds inside groups is made as large as can be; the number of groups follows from that. Parts of the
graph between which there is no bond are solved each by itself. A small part is solved exactly, by trying every
partition that could still be better. A larger one is grown from its strongest bonds and then improved by moving single
nodes and by joining groups, again from several disturbed starts; the best found is kept. All weights are whole numbers
and all choices are by weight, then by place: the same graph gives the same groups on any machine.
"""

import heapq
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

Bonds = Mapping[int, Mapping[int, int]]
"""For each node its bonds with others; every bond is told by both of its nodes."""

Pulls = Sequence[dict[int, int]]
"""For each node the sum of its bonds with each group."""

SMALL = 8
"""Parts of up to so many nodes are solved exactly: 8 have 4,140 partitions, a few milliseconds at the worst."""

STARTS = 2
"""Disturbed starts for a larger part. Sixteen find nothing better in any recorded fight."""

DISTURBED = 6
"""One node in so many is put elsewhere before a new start."""


def part(bonds: Bonds) -> list[int]:
    """The group of each node, 0 to n - 1; groups are named by one of their nodes."""
    group = list(range(len(bonds)))
    for nodes in _components(bonds):
        place = {node: at for at, node in enumerate(nodes)}
        within = [{place[o]: w for o, w in bonds[node].items() if w} for node in nodes]
        for node, found in zip(nodes, _part_connected(within), strict=True):
            group[node] = nodes[found]
    return group


def worth(bonds: Sequence[Mapping[int, int]], group: Sequence[int]) -> int:
    """Twice the weight of the bonds inside groups: what a partition is judged by."""
    return sum(
        weight
        for node, row in enumerate(bonds)
        for other, weight in row.items()
        if group[node] == group[other]
    )


def _components(bonds: Bonds) -> list[list[int]]:
    seen: set[int] = set()
    found = []
    for first in sorted(bonds):
        if first in seen:
            continue
        seen.add(first)
        nodes = [first]
        for node in nodes:
            fresh = [o for o, weight in bonds[node].items() if weight and o not in seen]
            seen.update(fresh)
            nodes += fresh
        found.append(sorted(nodes))
    return found


def _part_connected(bonds: Sequence[Mapping[int, int]]) -> list[int]:
    best = _named(_settle(bonds, _grow(bonds)))
    if len(bonds) <= SMALL:
        return _exact(bonds, best)
    reached = worth(bonds, best)
    chance = random.Random(len(bonds))  # noqa: S311 - the same starts each time, nothing secret
    for _ in range(STARTS):
        group = _named(_settle(bonds, _disturb(best, chance)))
        now = worth(bonds, group)
        if now > reached:
            best, reached = group, now
    return best


def _disturb(group: Sequence[int], chance: random.Random) -> list[int]:
    """Some nodes put into other groups, or out on their own."""
    moved = list(group)
    for node in chance.sample(range(len(group)), max(2, len(group) // DISTURBED)):
        moved[node] = chance.choice((node, moved[chance.randrange(len(group))]))
    return moved


def _named(group: Sequence[int]) -> list[int]:
    """Groups named by their first node."""
    first: dict[int, int] = {}
    for node, name in enumerate(group):
        first.setdefault(name, node)
    return [first[name] for name in group]


def _grow(bonds: Sequence[Mapping[int, int]]) -> list[int]:
    """Join the two groups with the strongest bond again and again, until no bond is above 0."""
    joint = {node: dict(row) for node, row in enumerate(bonds)}
    group = list(range(len(bonds)))
    heap = [(-w, a, b) for a, row in joint.items() for b, w in row.items() if a < b and w > 0]
    heapq.heapify(heap)
    while heap:
        weight, a, b = heapq.heappop(heap)
        if a not in joint or joint[a].get(b) != -weight:
            continue
        for other, theirs in joint.pop(b).items():
            del joint[other][b]
            if other != a:
                bond = theirs + joint[a].get(other, 0)
                joint[a][other] = joint[other][a] = bond
                if bond > 0:
                    heapq.heappush(heap, (-bond, min(a, other), max(a, other)))
        group = [a if g == b else g for g in group]
    return group


def _settle(bonds: Sequence[Mapping[int, int]], group: list[int]) -> list[int]:
    """Move nodes, then join groups, until neither makes the partition better."""
    while True:
        pair = _best_pair(_move(bonds, group), group)
        if pair is None:
            return group
        keep, drop = pair
        group = [keep if name == drop else name for name in group]


def _move(bonds: Sequence[Mapping[int, int]], group: list[int]) -> Pulls:
    """Move single nodes to where they belong most, or out on their own, until nobody wants to move."""
    pulls = [_pull(row, group) for row in bonds]
    order = sorted(range(len(bonds)), key=lambda n: (-sum(map(abs, bonds[n].values())), n))
    fresh = max(group) + 1
    moved = True
    while moved:
        moved = False
        for node in order:
            pull, home = pulls[node], group[node]
            best = max(pull, key=lambda g, pull=pull: (pull[g], -g), default=home)  # type: ignore[misc]
            here, there = pull.get(home, 0), pull.get(best, 0)
            if max(there, 0) <= here:
                continue
            if there <= 0:
                best, fresh = fresh, fresh + 1
            group[node], moved = best, True
            for other, weight in bonds[node].items():
                theirs = pulls[other]
                theirs[home] -= weight
                theirs[best] = theirs.get(best, 0) + weight
    return pulls


def _pull(row: Mapping[int, int], group: Sequence[int]) -> dict[int, int]:
    pull: dict[int, int] = defaultdict(int)
    for other, weight in row.items():
        pull[group[other]] += weight
    return dict(pull)


def _best_pair(pulls: Pulls, group: Sequence[int]) -> tuple[int, int] | None:
    """The two groups with the strongest bond above 0."""
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for pull, home in zip(pulls, group, strict=True):
        for other, weight in pull.items():
            if home < other:
                sums[home, other] += weight
    best = max(sums, key=lambda pair: (sums[pair], pair), default=None)
    return best if best is not None and sums[best] > 0 else None


def _exact(bonds: Sequence[Mapping[int, int]], known: list[int]) -> list[int]:
    """The best partition of all; the known one unless another is better."""
    return _Search(bonds, known).best


class _Search:
    """Nodes are put into groups one after the other, the heaviest first; hopeless beginnings are given up."""

    def __init__(self, bonds: Sequence[Mapping[int, int]], known: list[int]) -> None:
        count = len(bonds)
        self._order = sorted(range(count), key=lambda n: (-sum(map(abs, bonds[n].values())), n))
        self._rows = [
            [bonds[node].get(other, 0) for other in self._order[:at]]
            for at, node in enumerate(self._order)
        ]
        self._hope = [0] * (count + 1)
        """What the nodes from here on could add at most: all their bonds above 0."""
        for at in reversed(range(count)):
            self._hope[at] = self._hope[at + 1] + sum(w for w in self._rows[at] if w > 0)
        self.best = known
        self._reached = worth(bonds, known) // 2
        self._group: list[int] = []
        self._try(0, groups=0)

    def _try(self, reached: int, *, groups: int) -> None:
        at = len(self._group)
        if reached + self._hope[at] <= self._reached:
            return
        if at == len(self._order):
            self._reached = reached
            self.best = _named([g for _, g in sorted(zip(self._order, self._group, strict=True))])
            return
        gains = [0] * (groups + 1)
        for other, weight in zip(self._group, self._rows[at], strict=True):
            gains[other] += weight
        for group in sorted(range(groups + 1), key=lambda g: (-gains[g], g)):
            self._group.append(group)
            self._try(reached + gains[group], groups=max(groups, group + 1))
            self._group.pop()
