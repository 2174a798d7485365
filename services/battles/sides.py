"""Who fought whom: the parties of one battle, put on as many sides as they need.

Every mail is a witness. It says that its attackers are hostile to its victim, each party by its
share of the heads, and that its attackers are together, each two parties by their share of the
pairs. Nothing else is asked: neither damage nor standings, and no fight but this one.

1. Parties are joined, and then moved one by one, so that as little as possible of the hostile
   weight lies inside a side and as little as possible of the together weight between two. The
   number of sides follows from that.
2. Sides with a common enemy become one when they hardly shot at each other (the enemy of my enemy),
   or when they shot that enemy together, on the same mails, and quarrelled less than they fought it
   (people shoot at their own dying friends to be on the mail). A third party that shot at both
   others, by itself, stays a side of its own.

Friendly fire inside one party says nothing. NPCs are on no side: they have no party. All weights
are whole numbers, so the order of the mails cannot matter. Measured on recorded days by
`tests/benchmarks/bench_battles.py`.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from services.domain.killmail import Killmail, Organisation

ONE_MAIL = 1_000_000
"""The hostile weight that one mail has to give. Large, so that shares lose nothing by being whole
numbers."""

HARDLY = 0.1
"""Sides whose quarrel is at most this share of their common fight never really shot at each
other."""

TOGETHERNESS = 0.25
"""Two sides shot their enemies together when they share at least this much of what the less busy of
them shot."""

LARGEST_CROWD = 40
"""So many parties of a mail are paired, the largest: it bounds the work for a mail with hundreds of
them."""

_Weights = dict[int, dict[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Which side each party is on. Sides are numbered from 0 in no order that means anything."""

    of: Mapping[Organisation, int]
    certainty: float
    """Share of the hostile weight between parties that lies between sides, 0 to 1; 0 where nobody
    shot another party."""


class Witness:
    """What the mails of one battle said so far; they are heard one by one, in any order, each once."""

    __slots__ = ("_hostile", "_number", "_parties", "_together")

    def __init__(self) -> None:
        self._parties: list[Organisation] = []
        self._number: dict[Organisation, int] = {}
        self._hostile: _Weights = defaultdict(dict)
        self._together: _Weights = defaultdict(dict)

    def hear(self, victim: Organisation | None, crowd: Mapping[Organisation, int]) -> None:
        """Hear one mail: its victim's party, and the heads of each attacking party (NPCs have none)."""
        heads = {self._number_of(party): count for party, count in crowd.items()}
        if victim is not None:
            self._hear_shots(heads, self._number_of(victim))
        if len(heads) > 1:
            self._hear_company(heads)

    def edges(self) -> tuple[list[Organisation], "_Edges", "_Edges"]:
        """Parties by id; hostile weights (attacker, victim); together weights, each pair once."""
        order = sorted(range(len(self._parties)), key=lambda n: _identity(self._parties[n]))
        place = {number: at for at, number in enumerate(order)}
        hostile, together = (
            sorted((place[a], place[b], w) for a, row in weights.items() for b, w in row.items())
            for weights in (self._hostile, self._together)
        )
        return [self._parties[number] for number in order], hostile, together

    def _number_of(self, party: Organisation) -> int:
        number = self._number.setdefault(party, len(self._parties))
        if number == len(self._parties):
            self._parties.append(party)
        return number

    def _hear_shots(self, crowd: Mapping[int, int], victim: int) -> None:
        heads = sum(crowd.values())
        for party, count in crowd.items():
            if party != victim:
                row = self._hostile[party]
                row[victim] = row.get(victim, 0) + ONE_MAIL * count // heads

    def _hear_company(self, crowd: Mapping[int, int]) -> None:
        heads = sum(crowd.values())
        pairs = heads * (heads + 1)
        company = sorted(self._largest(crowd))
        for at, party in enumerate(company):
            row, share = self._together[party], 2 * ONE_MAIL * crowd[party]
            for other in company[at + 1 :]:
                row[other] = row.get(other, 0) + share * crowd[other] // pairs

    def _largest(self, crowd: Mapping[int, int]) -> Iterable[int]:
        if len(crowd) <= LARGEST_CROWD:
            return crowd
        ranked = sorted(crowd, key=lambda n: (-crowd[n], _identity(self._parties[n])))
        return ranked[:LARGEST_CROWD]


def split(mails: Iterable[Killmail]) -> Sides:
    """Put the parties of one battle on sides. The mails may come in any order, each once."""
    witness = Witness()
    for mail in mails:
        attackers = (attacker.organisation for attacker in mail.attackers)
        crowd = Counter(party for party in attackers if party is not None)
        witness.hear(mail.victim.organisation, crowd)
    return judge(witness)


def judge(witness: Witness) -> Sides:
    """Put the parties that a witness has seen on sides."""
    parties, hostile, together = witness.edges()
    bonds = _bonds(len(parties), hostile, together)
    side = _befriend(_settle(bonds, _grow(bonds)), hostile, together)
    total = sum(weight for _, _, weight in hostile)
    between = sum(weight for a, b, weight in hostile if side[a] != side[b])
    return Sides(
        of=dict(zip(parties, side, strict=True)), certainty=between / total if total else 0.0
    )


def _identity(party: Organisation) -> tuple[int, str]:
    return party.id, party.kind


_Edges = Sequence[tuple[int, int, int]]


def _bonds(count: int, hostile: _Edges, together: _Edges) -> _Weights:
    """How much each two parties belong on one side: above 0 together, below 0 apart."""
    bonds: _Weights = {index: {} for index in range(count)}
    for sign, edges in ((-1, hostile), (1, together)):
        for a, b, weight in edges:
            bond = bonds[a].get(b, 0) + sign * weight
            bonds[a][b] = bond
            bonds[b][a] = bond
    return bonds


def _grow(bonds: _Weights) -> list[int]:
    """Join the two sides with the strongest bond again and again, until no bond is above 0."""
    joint = {index: dict(row) for index, row in bonds.items()}
    side = list(range(len(bonds)))
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
        side = [a if s == b else s for s in side]
    return side


def _settle(bonds: _Weights, side: list[int]) -> list[int]:
    """Move single parties to where they belong most, or out on their own, until nobody wants to move."""
    order = sorted(bonds, key=lambda index: (-sum(map(abs, bonds[index].values())), index))
    fresh = len(bonds)
    for _ in range(len(bonds)):
        moved = False
        for index in order:
            pull: dict[int, int] = defaultdict(int)
            for other, bond in bonds[index].items():
                pull[side[other]] += bond
            here = pull.get(side[index], 0)
            best = max(pull, key=lambda s: (pull[s], -s), default=side[index])
            if pull.get(best, 0) > max(here, 0):
                side[index], moved = best, True
            elif here < 0:
                side[index], fresh, moved = fresh, fresh + 1, True
        if not moved:
            break
    return side


def _befriend(side: list[int], hostile: _Edges, together: _Edges) -> list[int]:
    """Make sides with a common enemy one, the most convincing pairs first, until no two convince."""
    while True:
        sums = _between_sides(side, hostile, together)
        pairs = combinations(sorted(sums.quarrel), 2)
        gains = [(-gain, a, b) for a, b in pairs if (gain := _friendship(a, b, sums)) > 0]
        into: dict[int, int] = {}
        for _, a, b in sorted(gains):
            if a not in into and b not in into:
                into[a] = into[b] = a
        if not into:
            return side
        side = [into.get(s, s) for s in side]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """Between sides: hostile weight both ways, what each side shot, together (lesser side first)."""

    quarrel: _Weights
    fought: Mapping[int, int]
    shared: Mapping[tuple[int, int], int]


def _between_sides(side: list[int], hostile: _Edges, together: _Edges) -> _Sums:
    quarrel: _Weights = defaultdict(dict)
    fought: dict[int, int] = defaultdict(int)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for a, b, weight in hostile:
        ours, theirs = side[a], side[b]
        if ours != theirs:
            both = quarrel[ours].get(theirs, 0) + weight
            quarrel[ours][theirs] = quarrel[theirs][ours] = both
            fought[ours] += weight
    for a, b, weight in together:
        ours, theirs = side[a], side[b]
        if ours != theirs:
            shared[(ours, theirs) if ours < theirs else (theirs, ours)] += weight
    return _Sums(quarrel=quarrel, fought=fought, shared=shared)


def _friendship(a: int, b: int, sums: _Sums) -> int:
    """How far the common fight of two sides (the lesser first) outweighs their quarrel; 0: no friends."""
    between = sums.quarrel[a].get(b, 0)
    few, many = sorted((sums.quarrel[a], sums.quarrel[b]), key=len)
    common = sum(min(weight, many[enemy]) for enemy, weight in few.items() if enemy in many)
    busy = min(sums.fought.get(a, 0), sums.fought.get(b, 0))
    as_one = busy > 0 and sums.shared.get((a, b), 0) >= TOGETHERNESS * busy
    return max(common - between, 0) if between <= (1 if as_one else HARDLY) * common else 0
