"""Whether a filter contradicts itself, as far as that is seen without looking at kills. Pure.

A filter that no kill can meet is no fault, only silent for ever; so this is something to tell, not to refuse. Only the
plain cases are found: a floor above its ceiling, two different ones of what a kill has one of, and what is asked for
and excluded in one breath.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from services.domain.filter import (
    FIGURES,
    Condition,
    Filter,
    FilterField,
    FilterNode,
    GroupKind,
    Op,
    Side,
)
from services.filters.errors import code
from services.filters.normal import parted
from services.filters.text import Names, write_condition

_ONE_OF = frozenset(
    {
        FilterField.SYSTEM, FilterField.CONSTELLATION, FilterField.REGION, FilterField.SPACE, FilterField.WORMHOLE,
        FilterField.WEEKDAY,
    }
)  # fmt: skip
"""What a kill has one of, at the most."""
_FLOORS, _CEILINGS = frozenset({Op.AT_LEAST, Op.ABOVE}), frozenset({Op.AT_MOST, Op.BELOW})

Said = Callable[[FilterNode], str]


def contradiction(f: Filter, names: Names = lambda *_: None) -> str | None:
    """One sentence that says why no kill can meet it; None where nothing is seen.

    Takes the normal form. `names` are put for ids, as in `to_text`.
    """

    def said(node: FilterNode) -> str:
        return code(write_condition(node, names)) if isinstance(node, Condition) else "a group"

    return _found(f.root, (), said)


def _found(node: FilterNode, outside: Sequence[FilterNode], said: Said) -> str | None:
    """`outside`: what the groups around it exclude."""
    if isinstance(node, Condition) or node.kind is GroupKind.SAME:
        return _excluded(node, outside, said)
    if node.kind is GroupKind.NONE:
        return None
    wanted, excluded = parted(node)
    told = [_found(each, [*outside, *excluded], said) for each in wanted]
    if node.kind is GroupKind.ANY:
        return told[0] if told and all(told) else None
    return _clashing(wanted, said) or next(filter(None, told), None)


def _excluded(node: FilterNode, excluded: Iterable[FilterNode], said: Said) -> str | None:
    if any(node == other or _within(node, other) for other in excluded):
        return f"{said(node)} is asked for and excluded at once: no kill can meet this."
    return None


def _within(one: FilterNode, other: FilterNode) -> bool:
    """True when whatever meets the first meets the second."""
    if not (isinstance(one, Condition) and isinstance(other, Condition)):
        return False
    wider = other.side in {one.side, Side.EITHER} or (
        one.side is Side.FINAL_BLOW and other.side is Side.ATTACKER
    )
    same = one.field is other.field and one.field not in FIGURES
    return same and wider and set(one.values) <= set(other.values)


def _clashing(wanted: Iterable[FilterNode], said: Said) -> str | None:
    for one, other in combinations([each for each in wanted if isinstance(each, Condition)], 2):
        if one.field is not other.field:
            continue
        if one.field in _ONE_OF and not set(one.values) & set(other.values):
            return f"{said(one)} and {said(other)} never hold together: no kill can meet this."
        if one.field in FIGURES and (_empty(one, other) or _empty(other, one)):
            return f"{said(one)} and {said(other)} leave no figure between them: no kill can meet this."
    return None


def _empty(floor: Condition, ceiling: Condition) -> bool:
    """True when nothing lies above the one and below the other."""
    if floor.op not in _FLOORS or ceiling.op not in _CEILINGS:
        return False
    (low,), (high,) = floor.values, ceiling.values
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    is_open = floor.op is Op.ABOVE or ceiling.op is Op.BELOW
    return low > high or (low == high and is_open)
