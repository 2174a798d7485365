"""What the mails of one battle say of its parties, as a graph with two kinds of edges.

Every mail is a witness. It says that its attackers are hostile to its victim, each party by its share of the mail, and
that its attackers are together, each two parties by their share of the pairs of heads. A party's share of a mail is
the mean of its share of the heads and of its share of the damage: scouts and jammers deal no damage, and a single head
may deal most of it. Where a party did next to nothing, the share counts half: people shoot at their own dying friends
to be on the mail.

A capsule's mail counts half: pods are shot by whoever is near, and by friends of the dead. What else a hull was worth
is not asked: weighing mails by value made the sides of the recorded fights worse. NPCs have no party, and are in no
graph. All weights are whole numbers, so the order of the mails cannot matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.domain.ids import TypeId
from services.domain.killmail import Attacker, Killmail, Organisation

ONE_MAIL = 1_000_000
"""The hostile weight that one mail has to give, and the together weight of one with two attackers or more. Large, so
that shares lose nothing by being whole numbers."""

NEXT_TO_NOTHING = 50
"""A party that dealt less than one in so many of a mail's damage did next to nothing."""

CAPSULES = frozenset({TypeId(670), TypeId(33328)})
"""The capsule and its golden edition."""

LARGEST_CROWD = 30
"""So many parties of a mail are paired, the largest: it bounds the work for a mail with hundreds of them."""

Edges = Sequence[tuple[int, int, int]]
"""From, to, weight; parties by their place in the graph."""

Weights = dict[int, dict[int, int]]

Crowd = Mapping[Organisation, Sequence[Attacker]]
"""The attackers of one mail by their party, NPCs left out."""

Deed = tuple[int, int]
"""What a party did on one mail: heads, damage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The parties by id, and what lies between them."""

    parties: Sequence[Organisation]
    hostile: Edges
    """Attacker, victim; two parties may be in it twice, once each way."""
    together: Edges
    """Each two parties once."""
    own_fire: Sequence[int]
    """By party: hostile weight of shots at itself."""
    mails: Sequence[int]
    """By party: on how many mails it was seen."""


def read(mails: Iterable[Killmail]) -> Graph:
    """The graph of a battle. The mails may come in any order, each once."""
    witness = Witness()
    for mail in mails:
        witness.hear(mail, crowd_of(mail))
    return witness.graph()


def crowd_of(mail: Killmail) -> Crowd:
    """Who shot on a mail."""
    crowd: dict[Organisation, list[Attacker]] = {}
    for attacker in mail.attackers:
        party = attacker.organisation
        if party is not None:
            crowd.setdefault(party, []).append(attacker)
    return crowd


class Witness:
    """What the mails of one battle said so far; they are heard one by one, in any order, each once."""

    __slots__ = ("_hostile", "_mails", "_number", "_own_fire", "_parties", "_together")

    def __init__(self) -> None:
        self._parties: list[Organisation] = []
        self._number: dict[Organisation, int] = {}
        self._hostile: Weights = defaultdict(dict)
        self._together: Weights = defaultdict(dict)
        self._own_fire: dict[int, int] = {}
        self._mails: list[int] = []

    def hear(self, mail: Killmail, crowd: Crowd) -> None:
        """Hear one mail, with who shot on it."""
        whole = ONE_MAIL // 2 if mail.victim.ship_type_id in CAPSULES else ONE_MAIL
        deeds = {
            self._number_of(party): (len(crew), sum(attacker.damage for attacker in crew))
            for party, crew in crowd.items()
        }
        for number in deeds:
            self._mails[number] += 1
        victim = mail.victim.organisation
        if victim is not None:
            target = self._number_of(victim)
            self._mails[target] += target not in deeds
            self._hear_shots(deeds, target, whole=whole)
        if len(deeds) > 1:
            self._hear_company(deeds, whole=whole)

    def graph(self) -> Graph:
        """Parties by id; the same graph whatever the order of the mails was."""
        order = sorted(range(len(self._parties)), key=lambda n: _identity(self._parties[n]))
        place = {number: at for at, number in enumerate(order)}
        return Graph(
            parties=[self._parties[number] for number in order],
            hostile=sorted(
                (place[a], place[b], w) for a, row in self._hostile.items() for b, w in row.items()
            ),
            together=sorted(
                (min(place[a], place[b]), max(place[a], place[b]), w)
                for a, row in self._together.items()
                for b, w in row.items()
            ),
            own_fire=[self._own_fire.get(number, 0) for number in order],
            mails=[self._mails[number] for number in order],
        )

    def _number_of(self, party: Organisation) -> int:
        number = self._number.setdefault(party, len(self._parties))
        if number == len(self._parties):
            self._parties.append(party)
            self._mails.append(0)
        return number

    def _hear_shots(self, deeds: Mapping[int, Deed], victim: int, *, whole: int) -> None:
        for number, share in _shares(deeds, whole=whole):
            if number == victim:
                self._own_fire[victim] = self._own_fire.get(victim, 0) + share
            else:
                row = self._hostile[number]
                row[victim] = row.get(victim, 0) + share

    def _hear_company(self, deeds: Mapping[int, Deed], *, whole: int) -> None:
        heads = sum(deed[0] for deed in deeds.values())
        pairs = heads * (heads - 1)
        company = [(number, deeds[number][0]) for number in sorted(self._largest(deeds))]
        for at, (party, count) in enumerate(company, 1):
            row, share = self._together[party], 2 * whole * count
            for other, others in company[at:]:
                row[other] = row.get(other, 0) + share * others // pairs

    def _largest(self, deeds: Mapping[int, Deed]) -> Iterable[int]:
        if len(deeds) <= LARGEST_CROWD:
            return deeds
        ranked = sorted(deeds, key=lambda n: (-deeds[n][0], _identity(self._parties[n])))
        return ranked[:LARGEST_CROWD]


def _shares(deeds: Mapping[int, Deed], *, whole: int) -> Iterable[tuple[int, int]]:
    """Each party's share of one mail. Damage below 0, as old mails hold, is none; without any, heads alone count."""
    heads = sum(deed[0] for deed in deeds.values())
    dealt = sum(deed[1] for deed in deeds.values() if deed[1] > 0)
    for number, (count, damage) in deeds.items():
        share = whole * count // heads
        if dealt:
            share = (share + whole * max(damage, 0) // dealt) // 2
            if damage * NEXT_TO_NOTHING < dealt:
                share //= 2
        yield number, share


def _identity(party: Organisation) -> tuple[int, str]:
    return party.id, party.kind
