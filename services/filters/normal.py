"""The normal form of a filter: one way to write what means the same, as far as that can be had cheaply.

Every group but the root holds something. No `all` stands in an `all`; no `any` without exclusions stands in an `any` or
a `none`; a group of one is that one (but for a lone exclusion among alternatives, which must stay one of them). All
exclusions of a group are one `none`, its last member; those of an `any` inside an `all` belong to the `all`. Nothing
stands twice beside itself. Otherwise the order stays. None of that changes what a filter means, and doing it again
changes nothing.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    FilterValue,
    GroupKind,
    Reach,
    Side,
)
from services.filters.errors import FilterFault
from services.filters.fields import FIELDS, default_side

MAX_TEXT = 4_000
"""Characters: what a modal of Discord holds."""
MAX_CONDITIONS = 100
MAX_VALUES = 200
"""Of one condition."""
MAX_REACHES = 10
"""Distances in all: each is a set of up to some thousand systems, which takes milliseconds to find and room to keep."""
MAX_DEPTH = 8
"""Groups inside each other, the root counted."""

_DECIMALS = 9
ALL, ANY, NONE, SAME = GroupKind.ALL, GroupKind.ANY, GroupKind.NONE, GroupKind.SAME
_T = TypeVar("_T")


def normalised(f: Filter) -> Filter:
    """The same filter in the normal form. Raises FilterFault where it excludes every kill there is."""
    node = _node(f.root)
    if isinstance(node, FilterGroup) and node.kind in {ALL, ANY}:
        return Filter(node)
    return Filter(FilterGroup(ALL, (node,)))


def check_limits(f: Filter) -> Filter:
    """The filter itself. Raises FilterFault where it is larger than a filter may be."""
    conditions = list(conditions_of(f.root))
    if len(conditions) > MAX_CONDITIONS:
        raise FilterFault(
            f"This filter has {len(conditions)} conditions; at most {MAX_CONDITIONS} are possible."
        )
    if most := max((len(condition.values) for condition in conditions), default=0):
        check_values(most)
    reaches = sum(isinstance(v, Reach) for condition in conditions for v in condition.values)
    if reaches > MAX_REACHES:
        raise FilterFault(
            f"This filter has {reaches} distances; at most {MAX_REACHES} are possible."
        )
    if depth(f.root) > MAX_DEPTH:
        raise FilterFault(
            f"Parentheses are nested too deeply; at most {MAX_DEPTH} levels are possible."
        )
    return f


def check_values(count: int) -> None:
    """Raise FilterFault for more values than one condition may have."""
    if count > MAX_VALUES:
        raise FilterFault(f"One condition has {count} values; at most {MAX_VALUES} are possible.")


def conditions_of(node: FilterNode) -> Iterable[Condition]:
    """Every condition below, in order."""
    if isinstance(node, Condition):
        yield node
        return
    for member in node.members:
        yield from conditions_of(member)


def depth(node: FilterNode) -> int:
    """Groups inside each other; 0 for a condition."""
    if isinstance(node, Condition):
        return 0
    return 1 + max(map(depth, node.members), default=0)


def parted(node: FilterNode) -> tuple[tuple[FilterNode, ...], tuple[FilterNode, ...]]:
    """Members of a group in the normal form, and what its exclusion holds, if it has one."""
    members = _members(node)
    last = members[-1] if members else None
    if isinstance(last, FilterGroup) and last.kind is NONE:
        return members[:-1], last.members
    return members, ()


def _node(node: FilterNode) -> FilterNode:
    if isinstance(node, Condition):
        return _condition(node)
    members = [_node(member) for member in node.members]
    if node.kind is NONE:
        return _none(members)
    if node.kind is SAME:
        return _same(members)
    return _all(members) if node.kind is ALL else _any(members)


def _condition(condition: Condition) -> Condition:
    spec = FIELDS[condition.field]
    side = condition.side or default_side(spec)
    if side is not None and side not in spec.sides and side is Side.EITHER:
        side = default_side(spec)
    values = _once(_value(value) for value in condition.values)
    if condition.field is FilterField.CLASS:
        values = tuple(sorted(values, key=lambda value: spec.words.index(str(value))))
    elif condition.field is FilterField.WEEKDAY:
        values = tuple(day for day in spec.numbers if day in values)
    return replace(condition, values=values, side=side)


def _value(value: FilterValue) -> FilterValue:
    """Figures finer than anything that is measured would only make a text unreadable."""
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0
    if isinstance(value, Reach) and value.light_years is not None:
        return replace(value, light_years=round(value.light_years, _DECIMALS))
    return value


def _all(members: Iterable[FilterNode]) -> FilterNode:
    """Every one holds. Takes members in the normal form, as do the others here."""
    wanted: list[FilterNode] = []
    excluded: list[FilterNode] = []
    for member in members:
        kind = member.kind if isinstance(member, FilterGroup) else None
        if kind is ALL:
            more, less = parted(member)
            wanted += more
            excluded += less
        elif kind is NONE:
            excluded += _members(member)
        elif kind is ANY and (less := parted(member)[1]):
            wanted.append(_any(parted(member)[0]))
            excluded += less
        else:
            wanted.append(member)
    return _level(_once(wanted), _once(excluded))


def _any(members: Iterable[FilterNode]) -> FilterNode:
    """One of them holds, and no exclusion."""
    wanted: list[FilterNode] = []
    excluded: list[FilterNode] = []
    anything = False
    for member in members:
        if not isinstance(member, FilterGroup):
            wanted.append(member)
        elif member.kind is NONE:
            excluded += member.members
        elif member.kind is ANY and not parted(member)[1]:
            wanted += member.members
        else:
            # An alternative that always holds leaves nothing but the exclusions.
            anything = anything or not member.members
            wanted.append(member)
    alternatives = () if anything else _once(wanted)
    if len(alternatives) < 2:
        return _all([*alternatives, FilterGroup(NONE, _once(excluded))])
    return FilterGroup(ANY, (*alternatives, *_exclusion(_once(excluded))))


def _none(members: Iterable[FilterNode]) -> FilterNode:
    """Not one of them holds."""
    excluded: list[FilterNode] = []
    for member in members:
        if not isinstance(member, FilterGroup):
            excluded.append(member)
            continue
        if not member.members:
            raise FilterFault("An exclusion of everything leaves nothing.")
        wanted, exceptions = parted(member)
        if member.kind is ANY and not exceptions:
            excluded += _members(_none(member.members))
        elif member.kind is ALL and not wanted:
            # "all of nothing but exclusions" is those exclusions.
            excluded.append(FilterGroup(NONE, exceptions))
        else:
            excluded.append(member)
    return FilterGroup(NONE, _once(excluded))


def _same(members: Iterable[FilterNode]) -> FilterNode:
    """One attacker meets them all; of a single condition that is the condition itself."""
    once = _once(
        replace(member, side=Side.ATTACKER) if isinstance(member, Condition) else member
        for member in members
    )
    if not once:
        return FilterGroup(ALL, ())
    return once[0] if len(once) == 1 else FilterGroup(SAME, once)


def _level(wanted: tuple[FilterNode, ...], excluded: tuple[FilterNode, ...]) -> FilterNode:
    """All of the wanted, none of the excluded."""
    if len(wanted) == 1:
        only = wanted[0]
        if not excluded:
            return only
        if isinstance(only, FilterGroup) and only.kind is ANY:
            return FilterGroup(ANY, (*only.members, *_exclusion(excluded)))
    return FilterGroup(ALL, (*wanted, *_exclusion(excluded)))


def _exclusion(excluded: tuple[FilterNode, ...]) -> tuple[FilterNode, ...]:
    return (FilterGroup(NONE, excluded),) if excluded else ()


def _members(node: FilterNode) -> tuple[FilterNode, ...]:
    return node.members if isinstance(node, FilterGroup) else ()


def _once(things: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(things))
