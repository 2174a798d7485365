"""What a week of killmails says of who flies with whom: pure arithmetic, for `acquaintances`.

Two parties are worth a number from -1 (they only shot at each other) to 1 (they only flew together), nearer to 0 the
less was seen of them: `(together - hostile) / (together + hostile + FEW)`, in mails as the graph of a battle counts
them. Pilots who fight for themselves are left out: they are many, and whom they met says little.

Weeks begin on Mondays at midnight UTC and are counted from the one of 1970-01-01. What is known from several weeks is
their sum, the older ones weighing less. Before it is handed out it is divided so that all that is known of a party
weighs at most as much as one number would: somebody with thirty friends present is not drawn thirty times as hard.
Without that division what was known of the recorded days made two of the three sides of a fight of 77 kills one, and a
fifth of its shots friendly.

Measured on the recorded days, each fight with what the other two days taught: told from all mails, blue and split of
the trial's fights and of the 105 of 20 kills and more stay within 0.1 of a point. Told from a twentieth of the mails,
as when a fight has just begun, they fall from 15.3 to 13.4 % and from 11.0 to 9.7, and blue alone by a quarter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from services.battles.graph import ONE_MAIL, Graph
from services.battles.sides import COMPANY, Prior
from services.domain.killmail import Organisation, OrganisationKind

FEW = 2
"""Mails. So much of what was seen is worth half of what more would be worth. From 2 to 5 the recorded fights, told from
a twentieth of their mails, are told equally well with it."""

LEAST = 0.1
"""What is nearer to 0 than this is not worth keeping: more than a third of the pairs of a week, strangers on one
crowded mail."""

DECAY = 0.7
"""What a week weighs against the next one. Coalitions break within a week or two; after eight weeks 6 % are left."""

WEEKS = 8
"""So many weeks are looked back."""

SETTLED = timedelta(days=4)
"""A week is learnt so long after its end: the latest mails, 72 hours late, have come by then."""

LEARNT = timedelta(days=5)
"""A battle that begins so long after a week's end finds it learnt: the job has had a day for it. What is known of its
parties is then the same whenever it is asked."""

_MONDAY = datetime(1969, 12, 29, tzinfo=UTC)
_WEEK = timedelta(weeks=1)

Pair = tuple[int, int]
"""Ids of two parties, the smaller first."""


def week_of(moment: datetime) -> int:
    """The number of a week."""
    return (moment - _MONDAY) // _WEEK


def start_of(week: int) -> datetime:
    """When a week began; it ends when the next one does."""
    return _MONDAY + week * _WEEK


def weeks_before(moment: datetime, age: timedelta) -> range:
    """The weeks that are looked back on, of which the last ended at least `age` before a moment."""
    end = week_of(moment - age)
    return range(end - WEEKS, end)


class Lesson:
    """What the mails of one week said so far. They may be heard in any order and in any parts, each once."""

    def __init__(self) -> None:
        self._hostile: dict[Pair, int] = defaultdict(int)
        self._together: dict[Pair, int] = defaultdict(int)

    def hear(self, graph: Graph) -> None:
        """Add what the graph of some mails says."""
        for known, edges in ((self._hostile, graph.hostile), (self._together, graph.together)):
            for a, b, weight in edges:
                one, other = graph.parties[a], graph.parties[b]
                if is_known(one) and is_known(other):
                    known[_pair(one.id, other.id)] += weight

    def weights(self) -> dict[Pair, float]:
        """The pairs worth keeping."""
        part, whole = COMPANY
        found = {}
        for pair in sorted(self._hostile.keys() | self._together.keys()):
            hostile = self._hostile.get(pair, 0) / ONE_MAIL
            together = self._together.get(pair, 0) * part / whole / ONE_MAIL
            weight = (together - hostile) / (together + hostile + FEW)
            if abs(weight) >= LEAST:
                found[pair] = weight
        return found


def is_known(party: Organisation) -> bool:
    """Whether parties of its kind are remembered."""
    return party.kind is not OrganisationKind.CHARACTER


def faded(weeks: Iterable[tuple[int, float]], last: int) -> float:
    """What several weeks' weights are worth together after the week `last`."""
    return sum(weight * DECAY ** (last - week) for week, weight in weeks)


def shared_out(weights: Mapping[Pair, float], parties: Mapping[int, Organisation]) -> Prior:
    """Weights of pairs, as they are added to the graph of a battle: for no party do they come to more than 1."""
    ordered = sorted(weights.items())
    pull: dict[int, float] = defaultdict(float)
    for pair, weight in ordered:
        for party in pair:
            pull[party] += abs(weight)
    return {
        (parties[one], parties[other]): weight / max(1.0, pull[one], pull[other])
        for (one, other), weight in ordered
    }


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)
