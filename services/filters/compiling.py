"""Filters as programs: compiled once to closures, asked of every mail; nobody walks the tree then.

What a filter means stands in `services.domain.filter`. Here it is only made quick: a group is the conjunction or
disjunction of its members' closures, and in a conjunction what is cheap to ask comes before what is dear. The order
changes nothing of the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.domain.filter import (
    SIDED,
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    GroupKind,
    Side,
)
from services.domain.standing import NO_STANDINGS, Standings
from services.filters.flat import FlatKill
from services.filters.keys import KeyMaker, KeySet, floor_of
from services.filters.leaves import Leaf, Test, leaf, sided_leaf
from services.filters.reaches import Reaches
from services.universe.universe import Universe

Nodes = tuple[FilterNode, ...]
Explain = Callable[[FlatKill], Nodes]


@dataclass(frozen=True, slots=True)
class _Part:
    """A compiled node: does it hold, and, once it does, what of it did."""

    holds: Test
    because: Nodes | Explain
    """What held, where that is the same for each mail that meets it; else what tells."""
    cost: int
    """Rank, not time: what to ask first."""
    excludes: bool = False

    def explain(self, kill: FlatKill) -> Nodes:
        """What held."""
        return self.because if isinstance(self.because, tuple) else self.because(kill)


@dataclass(frozen=True, slots=True)
class Program:
    """A filter ready to be asked, by one server's standings and one build of the universe."""

    filter: Filter
    holds: Test
    keys: KeySet | None
    """One of these every mail has that meets the filter; None: nothing narrows it."""
    floor: float | None
    """ISK that every mail that meets the filter is worth at least; None: no such floor."""
    _because: Filter | Explain = field(repr=False)

    def because(self, flat: FlatKill) -> Filter:
        """What of the filter held for a mail that meets it; exclusions left out.

        Of alternatives the first that did, of several values those that fit. A group `all`, flat but for groups `same`.
        """
        because = self._because
        return because if isinstance(because, Filter) else _wanting(because(flat))


class Compiler:
    """Makes programs, by the universe as it is at that moment."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._reaches = Reaches(universe)

    def compile(self, wanted: Filter, standings: Standings = NO_STANDINGS) -> Program:
        """One filter. It is expected to be valid; a place that this universe does not hold fits nothing."""
        root = self._node(wanted.root, standings)
        keys = KeyMaker(self._universe, self._reaches, standings).keys(wanted.root)
        because = _wanting(root.because) if isinstance(root.because, tuple) else root.because
        return Program(wanted, root.holds, keys, floor_of(wanted.root), because)

    def _node(self, node: FilterNode, standings: Standings) -> _Part:
        if isinstance(node, Condition):
            return _of_leaf(leaf(node, standings, self._reaches))
        if node.kind is GroupKind.SAME:
            return _same(node, standings)
        parts = [self._node(member, standings) for member in node.members]
        if node.kind is GroupKind.NONE:
            return _none(parts)
        return _all(parts) if node.kind is GroupKind.ALL else _any(parts)


def _wanting(nodes: Nodes) -> Filter:
    return Filter(FilterGroup(GroupKind.ALL, nodes))


def _of_leaf(found: Leaf[FlatKill]) -> _Part:
    cost = _cost(found.condition)
    if found.fits is None:
        return _Part(found.holds, (found.condition,), cost)
    return _Part(found.holds, lambda kill: (found.pruned(kill),), cost)


def _cost(condition: Condition) -> int:
    if condition.field in {FilterField.ITEM, FilterField.FITTED, FilterField.CARRIED}:
        return 4
    if condition.field is FilterField.STANDING:
        return 3
    if condition.field not in SIDED:
        return 0
    return 1 if condition.side in {Side.VICTIM, Side.FINAL_BLOW} else 2


def _none(parts: Sequence[_Part]) -> _Part:
    excluded = some([part.holds for part in parts])
    cost = max((part.cost for part in parts), default=0)
    return _Part(lambda kill: not excluded(kill), (), cost, excludes=True)


def _all(parts: Sequence[_Part]) -> _Part:
    ordered = sorted(parts, key=lambda part: part.cost)
    return _Part(
        every([part.holds for part in ordered]),
        _joined([part for part in parts if not part.excludes]),
        max((part.cost for part in parts), default=0),
    )


def _any(parts: Sequence[_Part]) -> _Part:
    """One of the alternatives, and none of what is excluded; without alternatives, whatever is not excluded."""
    exclusions = [part.holds for part in parts if part.excludes]
    alternatives = [part for part in parts if not part.excludes]
    chosen = [some([part.holds for part in alternatives])] if alternatives else []

    def explain(kill: FlatKill) -> Nodes:
        return next((part.explain(kill) for part in alternatives if part.holds(kill)), ())

    cost = max((part.cost for part in parts), default=0)
    return _Part(every([*exclusions, *chosen]), explain, cost)


def _same(group: FilterGroup, standings: Standings) -> _Part:
    """One attacker who meets everything. Most mails have nobody who meets one of the conditions: those end at once."""
    conditions = [member for member in group.members if isinstance(member, Condition)]
    leaves = [sided_leaf(condition, standings) for condition in conditions]
    tests = [found.holds for found in leaves]

    def holds(kill: FlatKill) -> bool:
        if not all(test(kill) for test in tests):
            return False
        return any(all(test(one) for test in tests) for one in kill.each_attacker)

    def explain(kill: FlatKill) -> Nodes:
        for one in kill.each_attacker:
            if all(test(one) for test in tests):
                return (FilterGroup(GroupKind.SAME, tuple(found.pruned(one) for found in leaves)),)
        return ()

    return _Part(holds, explain, 5)


def _joined(parts: Sequence[_Part]) -> Nodes | Explain:
    told = [part.because for part in parts]
    same = [because for because in told if isinstance(because, tuple)]
    if len(same) == len(told):
        return tuple(node for because in same for node in because)
    if len(told) == 1:
        return told[0]

    def explain(kill: FlatKill) -> Nodes:
        nodes: Nodes = ()
        for because in told:
            nodes += because if isinstance(because, tuple) else because(kill)
        return nodes

    return explain


def every(tests: Sequence[Test]) -> Test:
    """All of them hold; none of none fails."""
    if not tests:
        return lambda _: True
    first, rest = tests[0], tests[1:]
    if not rest:
        return first
    if len(rest) == 1:
        second = rest[0]
        return lambda kill: first(kill) and second(kill)

    def holds(kill: FlatKill) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than what it asks
            if not test(kill):
                return False
        return True

    return holds


def some(tests: Sequence[Test]) -> Test:
    """One of them holds; one of none never does."""
    if not tests:
        return lambda _: False
    first, rest = tests[0], tests[1:]
    if not rest:
        return first
    if len(rest) == 1:
        second = rest[0]
        return lambda kill: first(kill) or second(kill)

    def holds(kill: FlatKill) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than what it asks
            if test(kill):
                return True
        return False

    return holds
