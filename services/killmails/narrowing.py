"""A filter as SQL over the stored killmails: between what surely meets it and what possibly does (`bounds`).

The meaning is that of `services.domain.filter`, as the compiled filter (`services.filters.compiling`) has it for the
mail that comes in; here nothing is loaded to be asked. Only what the victim had aboard cannot be read in SQL: items
lie packed in one column, which tells whether a type may be among them.

A mail whose details were pruned has no attackers and no items. What asks for them is open there, and stays so. Nor can
anybody say what zKillboard would have called a mail that it never labelled (archives have none): as for the alert, such
a mail bears no label; asked whether it may, with `labelled` false, what the labels would tell is open as well.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, true

from services.domain.filter import (
    FIGURES,
    SIDED,
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    GroupKind,
    Hours,
    Side,
    Trait,
)
from services.domain.space import Space
from services.domain.standing import Standings
from services.filters.traits import GANKED
from services.killmails import crowd
from services.killmails.bounds import Bounds, Clause, every, neither, some, undecided
from services.killmails.combatants import Combatants, among
from services.killmails.items import packed_type
from services.killmails.sets import COMPARISONS, Systems, Types
from services.storage.expressions import contains, milliseconds
from services.storage.tables import killmails
from services.universe.universe import Universe

F = FilterField
_PLACES = frozenset(
    {F.SYSTEM, F.CONSTELLATION, F.REGION, F.WITHIN, F.SPACE, F.SECURITY, F.WORMHOLE}
)
ITEMS = frozenset({F.ITEM, F.FITTED, F.CARRIED})
_CROWD = frozenset({F.PILOTS, F.SHARE})
_COUNTED = frozenset({F.ATTACKERS, F.PILOTS, F.SHARE, F.IS})
_MINUTE, _DAY = 60_000, 86_400_000
_MINUTES_A_DAY = 1440
_THURSDAY = 3
"""The weekday of 1970-01-01."""


class Narrower:
    """Narrows filters, by the universe as it is at that moment."""

    def __init__(self, universe: Universe) -> None:
        self._systems = Systems(universe)
        self._types = Types(universe)

    def narrow(
        self, wanted: Filter, standings: Standings, *, detailed: bool, labelled: bool = True
    ) -> Bounds:
        """The filter between its bounds, for mails with their details or labels, or for those without."""
        combatants = Combatants(self._types, standings, detailed=detailed)
        walk = _Walk(self._systems, self._types, combatants, detailed=detailed, labelled=labelled)
        return walk.node(wanted.root)


class _Walk:
    def __init__(
        self,
        systems: Systems,
        types: Types,
        combatants: Combatants,
        *,
        detailed: bool,
        labelled: bool,
    ) -> None:
        self._systems = systems
        self._types = types
        self._combatants = combatants
        self._detailed = detailed
        self._labelled = labelled

    def node(self, node: FilterNode) -> Bounds:
        """A condition or a group."""
        if isinstance(node, Condition):
            return self._condition(node)
        if node.kind is GroupKind.SAME:
            return self._combatants.same(
                [one for one in node.members if isinstance(one, Condition)]
            )
        if node.kind is GroupKind.ANY:
            return self._any(node)
        members = [self.node(member) for member in _cheapest_first(node)]
        return every(members) if node.kind is GroupKind.ALL else neither(members)

    def _any(self, group: FilterGroup) -> Bounds:
        """One of the alternatives, where there are any, and none of what is excluded."""
        excluded: list[Bounds] = []
        chosen: list[Bounds] = []
        for member in _cheapest_first(group):
            is_exclusion = isinstance(member, FilterGroup) and member.kind is GroupKind.NONE
            (excluded if is_exclusion else chosen).append(self.node(member))
        return every([*excluded, *([some(chosen)] if chosen else [])])

    def _condition(self, condition: Condition) -> Bounds:
        field = condition.field
        if field in SIDED:
            return self._combatants.bounds(condition)
        if field in _PLACES:
            return Bounds.exactly(self._place(condition))
        if field in ITEMS:
            return self._aboard(condition)
        if field in FIGURES:
            return self._figure(condition)
        if field is F.IS:
            return some([self._trait(Trait(str(value))) for value in condition.values])
        if field is F.LABEL and not self._labelled:
            return undecided()
        return Bounds.exactly(_MOMENT_OR_LABEL[field](condition))

    def _place(self, condition: Condition) -> Clause:
        clause = among(killmails.c.system_id, self._systems.meeting(condition))
        if condition.field is F.SPACE and Space.UNKNOWN in condition.values:
            return clause | not_(among(killmails.c.system_id, self._systems.all))
        return clause

    def _aboard(self, condition: Condition) -> Bounds:
        """Open wherever the packed items hold a type's number, which may be a quantity all the same."""
        if not self._detailed:
            return undecided()
        packed = [packed_type(int(value)) for value in condition.values]  # type: ignore[arg-type]
        held = [contains(killmails.c["items"], literal(each)) for each in packed]
        return Bounds(reduce(or_, held, false()), false())

    def _figure(self, condition: Condition) -> Bounds:
        if condition.field in _CROWD and not self._detailed:
            return undecided()
        (bound,) = condition.values
        compared = COMPARISONS[condition.op]
        if condition.field is F.SECURITY:
            return Bounds.exactly(self._place(condition))
        if condition.field is F.AGE:
            return Bounds.exactly(compared(_age(), bound * 1000))  # type: ignore[operator]
        return Bounds.exactly(compared(_FIGURES[condition.field](), bound))

    def _trait(self, trait: Trait) -> Bounds:
        if trait is Trait.GANK:
            if self._labelled:
                return Bounds.exactly(_label(GANKED))
            return Bounds(self._could_be_gank(), false())
        if trait is Trait.WAR:
            return Bounds.exactly(killmails.c.war_id.is_not(None))
        if trait is Trait.REVISED:
            # Nobody notes it: a mail that is stored has no trait of how it came.
            return Bounds.exactly(false())
        if trait is Trait.NPC:
            return Bounds.exactly(func.coalesce(killmails.c.npc, not_(killmails.c.by_players)))
        told = killmails.c.solo if trait is Trait.SOLO else killmails.c.awox
        if not self._detailed:
            return Bounds(func.coalesce(told, true()), func.coalesce(told, false()))
        judge = crowd.was_solo if trait is Trait.SOLO else crowd.was_awox
        return Bounds.exactly(func.coalesce(told, judge(self._types)))

    def _could_be_gank(self) -> Clause:
        """By players, in high security, in no war: a mail alone tells no more (`services.filters.traits`)."""
        high = self._place(Condition(F.SPACE, (Space.HIGH.value,)))
        return and_(high, killmails.c.by_players, killmails.c.war_id.is_(None))


def asks_for_attackers(node: FilterNode) -> bool:
    """True for what cannot be told from the killmail's own row and its items."""
    if isinstance(node, FilterGroup):
        return any(map(asks_for_attackers, node.members))
    if node.field in SIDED:
        return node.side is not Side.VICTIM
    return node.field in _COUNTED


def asks_for_items(node: FilterNode) -> bool:
    """True for what the victim had aboard."""
    if isinstance(node, FilterGroup):
        return any(map(asks_for_items, node.members))
    return node.field in ITEMS


def asks_for_labels(node: FilterNode) -> bool:
    """True for what only zKillboard's labels tell."""
    if isinstance(node, FilterGroup):
        return any(map(asks_for_labels, node.members))
    return node.field is F.LABEL or (node.field is F.IS and Trait.GANK in node.values)


def _cheapest_first(group: FilterGroup) -> list[FilterNode]:
    """What stands on the row itself before what has to be looked up for it: the databases ask in this order."""
    return sorted(group.members, key=lambda node: (asks_for_attackers(node), asks_for_items(node)))


_FIGURES: Mapping[FilterField, Callable[[], ColumnElement[Any]]] = {
    F.ISK: lambda: killmails.c.value,
    F.ATTACKERS: lambda: killmails.c.attackers,
    F.PILOTS: crowd.pilots,
    F.SHARE: crowd.share,
}


def _age() -> ColumnElement[int]:
    return milliseconds(killmails.c.received_at) - milliseconds(killmails.c.time)


def _time_of_day(condition: Condition) -> Clause:
    minute = milliseconds(killmails.c.time) // _MINUTE % _MINUTES_A_DAY
    spans = (value for value in condition.values if isinstance(value, Hours))
    return reduce(or_, (_within(minute, span) for span in spans), false())


def _within(minute: ColumnElement[int], span: Hours) -> Clause:
    if span.start < span.end:
        return and_(minute >= span.start, minute < span.end)
    return (minute >= span.start) | (minute < span.end)


def _weekday(condition: Condition) -> Clause:
    day = (milliseconds(killmails.c.time) // _DAY + _THURSDAY) % 7
    return among(day, condition.values)


def _labelled(condition: Condition) -> Clause:
    return reduce(or_, (_label(str(value)) for value in condition.values), false())


def _label(label: str) -> Clause:
    """Labels stand one a line."""
    lines = literal("\n") + killmails.c.labels + literal("\n")
    return contains(lines, literal(f"\n{label}\n"))


_MOMENT_OR_LABEL: Mapping[FilterField, Callable[[Condition], Clause]] = {
    F.TIME: _time_of_day,
    F.WEEKDAY: _weekday,
    F.LABEL: _labelled,
}
