"""About how much of all kills a filter lets through: enough to refuse what would bury a channel. Pure.

The shares are those of the 11,721 kills of 2021-11-30; an alert that names somebody, a place, a thing or a floor in
ISK is taken to be narrow, whatever it names: `/alert try` counts. Hours and weekdays do not count: while they last, it
would be as many. Conditions are taken to have nothing to do with each other.
"""

from math import prod

from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterNode,
    FilterValue,
    GroupKind,
    Op,
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
_COUNTS = frozenset({FilterField.ATTACKERS, FilterField.PILOTS})


def share(filter_: Filter) -> float:
    """The part of all kills that it lets through, 0 to 1: an estimate, rather too high than too low."""
    return _share(filter_.root)


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
        return _NARROW if condition.op in (Op.AT_LEAST, Op.ABOVE) else 1.0
    if field in _COUNTS:
        return _count(condition)
    return sum(_value(field, value) for value in values)


def _value(field: FilterField, value: FilterValue) -> float:
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
