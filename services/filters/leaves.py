"""Conditions as closures: one for each field, side and number of values, chosen once, when the filter is compiled.

A leaf answers two questions of a mail: does the condition hold, and which of its values fit. Both rest on what the mail
says: a field that it does not have is in no set and is None, and fits nothing.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.domain.filter import (
    FIGURES,
    SIDED,
    Condition,
    FilterField,
    FilterValue,
    Hours,
    Op,
    Reach,
    Side,
)
from services.domain.standing import Standing, Standings
from services.filters.flat import FlatKill, FlatSide, Sides
from services.filters.marks import standings_on
from services.filters.reaches import Reaches

Subject = TypeVar("Subject", bound=Sides)
Test = Callable[[FlatKill], bool]


@dataclass(frozen=True, slots=True)
class Leaf(Generic[Subject]):
    """One compiled condition."""

    condition: Condition
    holds: Callable[[Subject], bool]
    fits: Callable[[Subject], AbstractSet[FilterValue]] | None
    """Those of the values that fit; None where there is but one."""

    def pruned(self, subject: Subject) -> Condition:
        """The condition with those values alone that fit."""
        if self.fits is None:
            return self.condition
        fitting, whole = self.fits(subject), self.condition
        values = tuple([value for value in whole.values if value in fitting])
        if len(values) == len(whole.values):
            return whole
        return Condition(whole.field, values, whole.op, whole.side)


_MANY = {
    FilterField.CHARACTER: "characters",
    FilterField.CORPORATION: "corporations",
    FilterField.ALLIANCE: "alliances",
    FilterField.FACTION: "factions",
    FilterField.HULL: "hulls",
    FilterField.GROUP: "groups",
    FilterField.CLASS: "classes",
    FilterField.WEAPON: "weapons",
    FilterField.WEAPON_GROUP: "weapon_groups",
    FilterField.ITEM: "items",
    FilterField.FITTED: "fitted",
    FilterField.CARRIED: "carried",
    FilterField.IS: "traits",
    FilterField.LABEL: "labels",
}
"""Fields of which a mail, or a side of it, may have several at once: sets, by their names in `flat`."""

_ONE = {
    FilterField.SYSTEM: "system_id",
    FilterField.CONSTELLATION: "constellation_id",
    FilterField.REGION: "region_id",
    FilterField.SPACE: "space",
    FilterField.SECURITY: "security",
    FilterField.WORMHOLE: "wormhole_class",
    FilterField.ISK: "isk",
    FilterField.ATTACKERS: "attacker_count",
    FilterField.PILOTS: "pilots",
    FilterField.SHARE: "share",
    FilterField.AGE: "age",
    FilterField.WEEKDAY: "weekday",
}
"""Fields of which a mail has one or none."""

_SIDES = {
    Side.VICTIM: ("victim",),
    Side.ATTACKER: ("attackers",),
    Side.FINAL_BLOW: ("final_blow",),
    Side.EITHER: ("victim", "attackers"),
}

_COMPARISONS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.IS: operator.eq,
    Op.AT_LEAST: operator.ge,
    Op.AT_MOST: operator.le,
    Op.ABOVE: operator.gt,
    Op.BELOW: operator.lt,
}


def paths(condition: Condition) -> tuple[str, ...]:
    """Where in a flat kill the values of a condition are found, as dotted names; several for `either`."""
    name = _MANY.get(condition.field) or _ONE[condition.field]
    if condition.field not in SIDED:
        return (name,)
    return tuple(f"{side}.{name}" for side in side_names(condition))


def side_names(condition: Condition) -> tuple[str, ...]:
    """The sides of a flat kill that a sided condition is about; without a side, either."""
    return _SIDES[condition.side or Side.EITHER]


def sided_leaf(condition: Condition, standings: Standings) -> Leaf[Sides]:
    """A condition about somebody on a side."""
    if condition.field is FilterField.STANDING:
        return _standing(condition, standings)
    return _of_sets(condition)


def leaf(condition: Condition, standings: Standings, reaches: Reaches) -> Leaf[FlatKill]:
    """Any condition."""
    if condition.field in SIDED:
        found = sided_leaf(condition, standings)
        return Leaf(condition, found.holds, found.fits)
    if condition.field is FilterField.WITHIN:
        return _within(condition, reaches)
    if condition.field is FilterField.TIME:
        return _time(condition)
    if condition.field in FIGURES:
        return Leaf(condition, _compared(condition), None)
    if condition.field in _MANY:
        return _of_sets(condition)
    return _of_one(condition)


def _of_sets(condition: Condition) -> Leaf[Any]:
    """Values of which a mail may have several: the sets are asked, none of them walked."""
    readers = [operator.attrgetter(path) for path in paths(condition)]
    values = frozenset(condition.values)
    tests = [_in_set(read, values) for read in readers]
    holds = tests[0] if len(tests) == 1 else _either(tests[0], tests[1])
    if len(values) == 1:
        return Leaf(condition, holds, None)
    return Leaf(condition, holds, _united(readers))


def _in_set(read: Callable[[Any], Any], values: frozenset[Any]) -> Callable[[Any], bool]:
    if len(values) == 1:
        (value,) = values
        return lambda kill: value in read(kill)
    return lambda kill: not values.isdisjoint(read(kill))


def _either(first: Callable[[Any], bool], second: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda kill: first(kill) or second(kill)


def _united(readers: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """All that these read."""
    if len(readers) == 1:
        return readers[0]
    first, second = readers
    return lambda kill: first(kill) | second(kill)


def _of_one(condition: Condition) -> Leaf[FlatKill]:
    """Values of which a mail has one or none."""
    read = _reader(condition)
    if len(condition.values) == 1:
        (value,) = condition.values
        return Leaf(condition, lambda kill: value == read(kill), None)
    values = frozenset(condition.values)
    return Leaf(condition, lambda kill: read(kill) in values, lambda kill: {read(kill)})


def _reader(condition: Condition) -> Callable[[FlatKill], Any]:
    """For fields without a side."""
    return operator.attrgetter(paths(condition)[0])


def _compared(condition: Condition) -> Test:
    read = _reader(condition)
    compare, (bound,) = _COMPARISONS[condition.op], condition.values

    def holds(kill: FlatKill) -> bool:
        figure = read(kill)
        return figure is not None and compare(figure, bound)

    return holds


def _within(condition: Condition, reaches: Reaches) -> Leaf[FlatKill]:
    """A reach is a set of systems by the time that it is compiled."""
    covered = {
        value: reaches.covered(value) for value in condition.values if isinstance(value, Reach)
    }
    # Of one reach it is the set that is kept, and no copy of it.
    first, *others = covered.values()
    systems = first.union(*others) if others else first
    fits: Callable[[FlatKill], AbstractSet[FilterValue]] | None = None
    if len(covered) > 1:
        fits = lambda kill: {reach for reach, near in covered.items() if kill.system_id in near}  # noqa: E731
    return Leaf(condition, lambda kill: kill.system_id in systems, fits)


def _time(condition: Condition) -> Leaf[FlatKill]:
    spans = [value for value in condition.values if isinstance(value, Hours)]
    minutes = frozenset(minute for minute in range(24 * 60) for span in spans if span.holds(minute))
    fits: Callable[[FlatKill], AbstractSet[FilterValue]] | None = None
    if len(spans) > 1:
        fits = lambda kill: {span for span in spans if span.holds(kill.minute)}  # noqa: E731
    return Leaf(condition, lambda kill: kill.minute in minutes, fits)


def _standing(condition: Condition, standings: Standings) -> Leaf[Sides]:
    """Whom the server marked so. Most mails bear none of its marks, which one look at two sets tells."""
    wanted = frozenset(condition.values)
    borne = None if Standing.NEUTRAL in wanted else marked_as(standings, wanted)
    marks = standings.marks

    def on_one(read: Callable[[Sides], FlatSide]) -> Callable[[Sides], bool]:
        def holds(sides: Sides) -> bool:
            side = read(sides)
            if borne is not None and borne.isdisjoint(side.ids):
                return False
            return not wanted.isdisjoint(standings_on(side, marks))

        return holds

    def found_on(read: Callable[[Sides], FlatSide]) -> Callable[[Sides], frozenset[Standing]]:
        return lambda sides: standings_on(read(sides), marks)

    readers = [operator.attrgetter(name) for name in side_names(condition)]
    tests = [on_one(read) for read in readers]
    holds = tests[0] if len(tests) == 1 else _either(tests[0], tests[1])
    if len(wanted) == 1:
        return Leaf(condition, holds, None)
    return Leaf(condition, holds, _united([found_on(read) for read in readers]))


def marked_as(standings: Standings, wanted: Iterable[object]) -> frozenset[int]:
    """The ids that bear one of these standings; somebody of such a standing bears one of them."""
    asked = frozenset(wanted)
    return frozenset(key for key, mark in standings.marks.items() if mark in asked)
