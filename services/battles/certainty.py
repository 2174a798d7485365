"""How far sides can be trusted: for each party and for the whole, and who stands between the sides.

A hostile shot is explained when it goes from one side to another, a pair of attackers when both are of one side.
Certainty is the share of the weight that is explained. A pair counts half of a shot: strangers turn up on one mail
more easily than friends shoot each other. Shots inside one party are explained by no sides, and count.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.battles.friends import between
from services.battles.graph import Graph

BOTH = 5
"""Who shot at both of the two that fought each other most, each with at least one in so many of all its shots, is a
third party."""

HALF_A_MAIL = 500_000
"""So much a third party must have shot: less is a stray shot."""

FEW_MAILS = 0.1
"""A party's certainty is that of so many mails more, which explain nothing: one seen on a single mail reaches 0.9.
When the sides of a recorded fight are told from half of its mails, that is what the other half bears out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """Weights, a pair by half."""

    explained: Sequence[int]
    all: Sequence[int]


def told(graph: Graph, side: Sequence[int]) -> tuple[float, list[float]]:
    """Certainty of the whole and of each party, 0 to 1; 0 for all where nobody shot another party.

    Of the whole: the share of the weight that the sides explain. Of a party: of its own weight, less when it was seen
    on few mails.
    """
    if not graph.hostile:
        return 0.0, [0.0] * len(side)
    account = _account(graph, side)
    parties = [
        explained / total * mails / (mails + FEW_MAILS) if total else 0.0
        for explained, total, mails in zip(account.explained, account.all, graph.mails, strict=True)
    ]
    return sum(account.explained) / sum(account.all), parties


def _account(graph: Graph, side: Sequence[int]) -> _Account:
    """By party; every edge stands in the accounts of both its parties, own fire twice in that of its one."""
    explained = [0] * len(side)
    total = [2 * weight for weight in graph.own_fire]
    for kind, apart, edges in ((1, True, graph.hostile), (2, False, graph.together)):
        for a, b, weight in edges:
            counted = weight // kind
            total[a] += counted
            total[b] += counted
            if (side[a] != side[b]) is apart:
                explained[a] += counted
                explained[b] += counted
    return _Account(explained=explained, all=total)


def third_parties(graph: Graph, side: Sequence[int]) -> set[int]:
    """Those of neither of the two sides that fought each other most, who shot at both.

    How large the sides are is not asked here: a blob that stands by makes nobody a third party.
    """
    quarrel = between(side, graph.hostile)
    pairs = ((weight, a, b) for a, row in quarrel.items() for b, weight in row.items() if a < b)
    _, *main = max(pairs, default=(0,))
    shots: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for a, b, weight in graph.hostile:
        shots[a][side[b]] += weight
    return {
        party
        for party, at in shots.items()
        if side[party] not in main
        and sum(at.values()) >= HALF_A_MAIL
        and all(at[number] * BOTH >= sum(at.values()) for number in main)
    }
