"""Joining sides that nothing on the mails puts together or apart: the enemy of my enemy.

The solver leaves two groups apart when they were never on one mail, though both fought the same third. Here sides with
a common enemy become one when they hardly shot at each other, the most convincing pairs first. A third party that shot
at both others, by itself, stays a side of its own.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from services.battles.graph import Edges, Weights

HARDLY = 10
"""Sides whose quarrel is at most one in so many of their common fight never really shot at each other."""


def befriend(side: Sequence[int], hostile: Edges) -> list[int]:
    """Make sides with a common enemy one until no two convince. `side`: of each party, by any number."""
    sides = list(side)
    while True:
        quarrel = between(sides, hostile)
        pairs = combinations(sorted(quarrel), 2)
        gains = [(-gain, a, b) for a, b in pairs if (gain := _friendship(a, b, quarrel)) > 0]
        into: dict[int, int] = {}
        for _, a, b in sorted(gains):
            if a not in into and b not in into:
                into[a] = into[b] = a
        if not into:
            return sides
        sides = [into.get(name, name) for name in sides]


def between(side: Sequence[int], hostile: Edges) -> Weights:
    """Hostile weight between each two sides, both ways, told by both."""
    quarrel: Weights = defaultdict(dict)
    for a, b, weight in hostile:
        ours, theirs = side[a], side[b]
        if ours != theirs:
            both = quarrel[ours].get(theirs, 0) + weight
            quarrel[ours][theirs] = quarrel[theirs][ours] = both
    return quarrel


def _friendship(a: int, b: int, quarrel: Weights) -> int:
    """How far the common fight of two sides outweighs their quarrel; 0: no friends."""
    quarrelled = quarrel[a].get(b, 0)
    few, many = sorted((quarrel[a], quarrel[b]), key=len)
    common = sum(min(weight, many[enemy]) for enemy, weight in few.items() if enemy in many)
    return common - quarrelled if quarrelled * HARDLY <= common else 0
