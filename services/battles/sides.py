"""Who fought whom: the parties of one battle, put on as many sides as they need.

1. The mails are read into a graph of parties (`graph`): attackers repel their victims, attackers of one mail attract
each other. What is known of two parties from earlier weeks can be added, weakly.
2. The graph is parted so that as little as possible of the hostile weight lies inside a side and as little as possible
of the together weight between two (`solving`).
3. Sides with a common enemy that hardly shot at each other become one (`friends`).
4. How far that can be trusted, and who stands between the sides, is told beside it (`certainty`).

Measured on recorded days by `tests/benchmarks/bench_battles.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.battles import certainty
from services.battles.friends import befriend
from services.battles.graph import ONE_MAIL, Graph, Weights, Witness, read
from services.battles.solving import part
from services.domain.killmail import Killmail, Organisation

__all__ = ["Prior", "Sides", "judge", "split"]

COMPANY = (4, 5)
"""What being on one mail weighs against being shot: a little less, as crews that fight each other turn up on the mails
of a third. From 3/5 to 1 blue and split of the recorded fights together differ by less than a tenth of a point."""

PRIOR = 0.5
"""What is known of two parties from before weighs at most so many mails: it places those who were hardly seen and gives
way to what happens here."""

Prior = Mapping[tuple[Organisation, Organisation], float]
"""From -1 (always against each other) to 1 (always together), 0 for strangers; each pair once, either way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Which side each party is on. Sides are numbered from 0, by the lowest id on them."""

    of: Mapping[Organisation, int]
    certainty: float
    """Share of the weight that the sides explain, 0 to 1; 0 where nobody shot another party."""
    certainty_of: Mapping[Organisation, float] = field(default_factory=dict)
    """The same for each party, less for those seen on few mails."""
    third: frozenset[Organisation] = frozenset()
    """Those who shot at both of the two sides that fought each other most; in `of` they have sides of their own."""


def split(mails: Iterable[Killmail], prior: Prior | None = None) -> Sides:
    """Put the parties of one battle on sides. The mails may come in any order, each once."""
    return _solve(read(mails), prior or {})


def judge(witness: Witness, prior: Prior | None = None) -> Sides:
    """Put the parties that a witness has seen on sides."""
    return _solve(witness.graph(), prior or {})


def _solve(graph: Graph, prior: Prior) -> Sides:
    found = befriend(part(_bonds(graph, prior)), graph.hostile)
    names = {name: number for number, name in enumerate(dict.fromkeys(found))}
    side = [names[name] for name in found]
    parties = graph.parties
    whole, single = certainty.told(graph, side)
    return Sides(
        of=dict(zip(parties, side, strict=True)),
        certainty=whole,
        certainty_of=dict(zip(parties, single, strict=True)),
        third=frozenset(parties[at] for at in certainty.third_parties(graph, side)),
    )


def _bonds(graph: Graph, prior: Prior) -> Weights:
    """How much each two parties belong on one side: above 0 together, below 0 apart."""
    bonds: Weights = {at: {} for at in range(len(graph.parties))}
    known = _known(graph, prior) if prior else []
    for (part_of, whole), edges in (
        ((-1, 1), graph.hostile),
        (COMPANY, graph.together),
        ((1, 1), known),
    ):
        for a, b, weight in edges:
            bond = bonds[a].get(b, 0) + weight * part_of // whole
            bonds[a][b] = bond
            bonds[b][a] = bond
    return bonds


def _known(graph: Graph, prior: Prior) -> list[tuple[int, int, int]]:
    """The prior between the parties that are here."""
    place = {party: at for at, party in enumerate(graph.parties)}
    return [
        (place[one], place[other], round(PRIOR * ONE_MAIL * max(-1.0, min(1.0, weight))))
        for (one, other), weight in prior.items()
        if one != other and one in place and other in place
    ]
