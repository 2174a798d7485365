"""Conditions about somebody on a mail, as SQL: the victim stands on the killmail's row, attackers in `participants`.

Whoever is asked about, the columns are called the same in both tables. Of a mail whose details were pruned nothing is
known of attackers.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    case,
    exists,
    false,
    not_,
    true,
)

from services.domain.filter import Condition, FilterField, FilterValue, Side
from services.domain.space import HullClass
from services.domain.standing import Standing, Standings
from services.killmails.bounds import Bounds, Clause, some, undecided
from services.killmails.sets import Types
from services.storage.tables import killmails, participants

_IDS = {
    FilterField.CHARACTER: "character_id",
    FilterField.CORPORATION: "corporation_id",
    FilterField.ALLIANCE: "alliance_id",
    FilterField.FACTION: "faction_id",
    FilterField.HULL: "ship_type_id",
    FilterField.WEAPON: "weapon_type_id",
}
_MEMBERSHIP = ("character_id", "corporation_id", "alliance_id", "faction_id")
"""The most personal first."""

Who = Callable[[FromClause], Clause]
"""What is asked of one combatant, by the table that they stand in."""


def among(column: ColumnElement[Any], ids: Collection[FilterValue]) -> Clause:
    """True where the column holds one of these ids, which stand in the statement itself: there may be thousands."""
    if not ids:
        return false()
    if len(ids) == 1:
        (only,) = ids
        return column == only
    return column.in_(bindparam(None, sorted(ids, key=int), expanding=True, literal_execute=True))


class Combatants:
    """Makes them, for one server's standings. `detailed`: attackers are known."""

    def __init__(self, types: Types, standings: Standings, *, detailed: bool) -> None:
        self._types = types
        self._standings = standings
        self._detailed = detailed

    def bounds(self, condition: Condition) -> Bounds:
        """A condition with a side."""
        who = self._who(condition)
        side = condition.side or Side.EITHER
        if side is Side.VICTIM:
            return Bounds.exactly(who(killmails))
        shot = self._attacked_by(who, last=side is Side.FINAL_BLOW)
        return some([Bounds.exactly(who(killmails)), shot]) if side is Side.EITHER else shot

    def same(self, conditions: Sequence[Condition]) -> Bounds:
        """One attacker who meets every condition."""
        asked = [self._who(condition) for condition in conditions]
        return self._attacked_by(lambda table: and_(true(), *(who(table) for who in asked)))

    def _attacked_by(self, who: Who, *, last: bool = False) -> Bounds:
        if not self._detailed:
            return undecided()
        table = participants.alias()
        mine = [table.c.killmail_id == killmails.c.id, who(table)]
        if last:
            mine += [table.c.final_blow.is_(True), not_(_earlier_blow(table))]
        return Bounds.exactly(exists().where(*mine).correlate(killmails))

    def _who(self, condition: Condition) -> Who:
        field, values = condition.field, condition.values
        if field is FilterField.STANDING:
            return self._standing(values)
        if field is FilterField.CLASS:
            return self._class(values)
        if field in {FilterField.GROUP, FilterField.WEAPON_GROUP}:
            name = "ship_type_id" if field is FilterField.GROUP else "weapon_type_id"
            types = self._types.of_groups(int(value) for value in values)  # type: ignore[arg-type]
            return lambda table: _column(table, name, types)
        return lambda table: _column(table, _IDS[field], values)

    def _class(self, values: Iterable[FilterValue]) -> Who:
        wanted = {HullClass(str(value)) for value in values}
        if HullClass.OTHER not in wanted:
            types = self._types.of_classes(wanted)
            return lambda table: _column(table, "ship_type_id", types)
        others = self._types.of_classes(frozenset(HullClass) - wanted)
        return lambda table: and_(
            table.c.ship_type_id.is_not(None), not_(among(table.c.ship_type_id, others))
        )

    def _standing(self, values: Iterable[FilterValue]) -> Who:
        """The most personal mark that somebody bears; neutral without one."""
        wanted = frozenset(values)
        marked = {
            mark: [key for key, found in self._standings.marks.items() if found is mark]
            for mark in Standing
        }

        def who(table: FromClause) -> Clause:
            cases = [
                (among(table.c[name], ids), _constant(mark in wanted))
                for name in _MEMBERSHIP
                for mark, ids in marked.items()
                if ids
            ]
            neutral = _constant(Standing.NEUTRAL in wanted)
            return case(*cases, else_=neutral) if cases else neutral

        return who


def _column(table: FromClause, name: str, ids: Collection[FilterValue]) -> Clause:
    """A victim shot with nothing."""
    return among(table.c[name], ids) if name in table.c else false()


def _earlier_blow(attacker: FromClause) -> Clause:
    """True where another attacker before this one is told to have dealt the last hit: the first one counts."""
    other = participants.alias()
    before = other.c.ordinal < attacker.c.ordinal
    mine = (other.c.killmail_id == attacker.c.killmail_id, before, other.c.final_blow.is_(True))
    return exists().where(*mine).correlate(attacker)


def _constant(holds: bool) -> Clause:
    return true() if holds else false()
