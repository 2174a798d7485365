"""About how much of all kills a filter lets through: enough to refuse what would bury a channel. Pure.

The shares are those of the kills of 2021-11-30, floors in ISK those of two recorded days; an alert that names somebody,
a place or a thing is taken to be narrow, whatever it names: `/alert try` counts. Hours and weekdays do not count: while
they last, it would be as many. Conditions are taken to have nothing to do with each other.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log, prod

from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterNode,
    FilterValue,
    GroupKind,
    Op,
    Reach,
    Trait,
)
from services.domain.space import HullClass, Space
from services.domain.standing import Standing

KILLS_A_DAY = 14_000
"""In all of New Eden, in 2026."""
TOO_BROAD = 0.3
"""A filter that lets more through than this is refused: 4,200 a day, one every twenty seconds."""

_NARROW = 0.001
"""Small enough that a filter with as many alternatives as it can have is narrow still."""
_SOMEBODY = 0.000_01
"""One pilot, corporation or alliance: few are on a thousand times as many kills, and of hundreds most are on fewer."""
_ISK = (
    (1e6, 0.63), (10e6, 0.43), (50e6, 0.25), (100e6, 0.14), (500e6, 0.025), (1e9, 0.012), (10e9, 0.001),
)  # fmt: skip
"""How many kills are worth so much or more. The last step is a guess; nearly every kill has a value."""
_JUMPS = (
    (1, 0.001),
    (5, 0.011),
    (10, 0.06),
    (15, 0.15),
    (20, 0.32),
    (25, 0.47),
    (30, 0.63),
    (50, 1.0),
)
_LIGHT_YEARS = ((2, 0.003), (7, 0.053), (10, 0.11), (15, 0.22), (20, 0.34), (30, 0.58), (60, 1.0))
"""How many of the 5,432 systems with gates lie so near; nine of ten systems have fewer around them."""
_SPACES = {
    Space.NULL: 0.47,
    Space.LOW: 0.24,
    Space.HIGH: 0.11,
    Space.WORMHOLE: 0.11,
    Space.ABYSSAL: 0.04,
    Space.POCHVEN: 0.04,
}
_TRAITS: dict[str, float] = {Trait.SOLO: 0.3, Trait.NPC: 0.15}
_CLASSES = {
    HullClass.POD: 0.26,
    HullClass.FRIGATE: 0.24,
    HullClass.CRUISER: 0.15,
    HullClass.DESTROYER: 0.11,
    HullClass.ROOKIE: 0.08,
    HullClass.DEPLOYABLE: 0.05,
    HullClass.BATTLECRUISER: 0.05,
    HullClass.INDUSTRIAL: 0.04,
    HullClass.BATTLESHIP: 0.02,
}
_ANYTHING = frozenset(
    {
        FilterField.AGE,
        FilterField.SECURITY,
        FilterField.SHARE,
        FilterField.TIME,
        FilterField.WEEKDAY,
    }
)
_BROAD_LABELS = ("cat:6", "loc:nullsec", "pvp", "tz:", "#:")
"""What zKillboard writes on every kill of a ship or of an hour; beginnings of labels."""
_PEOPLE = frozenset({FilterField.CHARACTER, FilterField.CORPORATION, FilterField.ALLIANCE})
_COUNTS = frozenset({FilterField.ATTACKERS, FilterField.PILOTS})


def share(filter_: Filter) -> float:
    """The part of all kills that it lets through, 0 to 1: an estimate, rather too high than too low."""
    return _share(filter_.root)


def kills_a_day(filter_: Filter) -> float:
    """About how many kills a day it would post in 2026."""
    return share(filter_) * KILLS_A_DAY


def _share(node: FilterNode) -> float:
    if isinstance(node, Condition):
        return min(1.0, _of(node))
    shares = [_share(member) for member in node.members]
    if node.kind is GroupKind.NONE:
        return 1.0
    if node.kind is not GroupKind.ANY:
        return prod(shares)
    # An exclusion among alternatives is none of them.
    ways = [_share(m) for m in node.members if not _excludes(m)]
    return min(1.0, sum(ways)) if ways else 1.0


def _excludes(node: FilterNode) -> bool:
    return not isinstance(node, Condition) and node.kind is GroupKind.NONE


def _of(condition: Condition) -> float:
    field, values = condition.field, condition.values
    if field in _ANYTHING:
        return 1.0
    if field is FilterField.ISK:
        return _priced(condition)
    if field in _COUNTS:
        return _count(condition)
    return sum(_value(field, value) for value in values)


def _value(field: FilterField, value: FilterValue) -> float:
    if field in _PEOPLE:
        return _SOMEBODY
    if isinstance(value, Reach):
        return _reach(value)
    if field is FilterField.SPACE:
        return _SPACES.get(Space(str(value)), _NARROW)
    if field is FilterField.IS:
        return _TRAITS.get(str(value), _NARROW)
    if field is FilterField.LABEL:
        return 1.0 if str(value).startswith(_BROAD_LABELS) else _TRAITS.get(str(value), _NARROW)
    if field is FilterField.STANDING:
        return 1.0 if value == Standing.NEUTRAL else _NARROW
    if field is FilterField.CLASS:
        return _CLASSES.get(HullClass(str(value)), _NARROW)
    return _NARROW


def _count(condition: Condition) -> float:
    """So many or more: of ten or more there are a tenth as many as of all, and so on."""
    least = condition.values[0]
    assert isinstance(least, int | float)
    if condition.op in (Op.AT_MOST, Op.BELOW):
        return 1.0
    return 1.0 / max(least, 1.0)


def _priced(condition: Condition) -> float:
    """By the floor; a ceiling lets most through."""
    (floor,) = condition.values
    assert isinstance(floor, int | float)
    if condition.op not in (Op.AT_LEAST, Op.ABOVE) or floor < _ISK[0][0]:
        return 1.0
    return _between(_ISK, floor)


def _reach(reach: Reach) -> float:
    """By how many systems lie about so near; a hull's jump is ten light-years at the most."""
    if reach.jumps is not None:
        return _between(_JUMPS, reach.jumps)
    return _between(_LIGHT_YEARS, 10.0 if reach.light_years is None else reach.light_years)


def _between(steps: Sequence[tuple[float, float]], at: float) -> float:
    """A measured figure between two steps, as a power of `at`; outside of them that of the nearest."""
    if at <= steps[0][0]:
        return steps[0][1]
    for (low, first), (high, last) in pairwise(steps):
        if at <= high:
            return first * exp(log(last / first) * log(at / low) / log(high / low))
    return steps[-1][1]
