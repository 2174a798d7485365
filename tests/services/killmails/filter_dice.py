"""Filters thrown by dice: every field, side and group, with values that stand on given mails, so that many of them
match."""

from collections.abc import Sequence
from random import Random

from services.domain.filter import (
    FIGURES,
    SIDED,
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    FilterValue,
    GroupKind,
    Hours,
    Op,
    Reach,
    Side,
    Trait,
)
from services.domain.killmail import Combatant, Killmail
from services.domain.space import HullClass, Space
from services.domain.standing import Standing, Standings
from services.universe.universe import Universe

F = FilterField
_SHOT_WITH = {F.WEAPON: "weapon_type_id", F.WEAPON_GROUP: "weapon_type_id"}
_OF_SOMEBODY = {
    F.CHARACTER: "character_id",
    F.CORPORATION: "corporation_id",
    F.ALLIANCE: "alliance_id",
    F.FACTION: "faction_id",
    F.HULL: "ship_type_id",
    F.GROUP: "ship_type_id",
}
_LABELS = ("pvp", "npc", "solo", "ganked", "loc:lowsec", "cat:6", "no such label", "100%_of")


class FilterDice:
    """Throws conditions, filters and standings about these mails."""

    def __init__(self, dice: Random, mails: Sequence[Killmail], universe: Universe) -> None:
        self._dice = dice
        self._mails = mails
        self._universe = universe

    def filter(self, *, depth: int = 2) -> Filter:
        kind = self._dice.choice([GroupKind.ALL, GroupKind.ANY])
        return Filter(FilterGroup(kind, self._members(depth)))

    def standings(self) -> Standings:
        somebody = [self._somebody() for _ in range(self._dice.randrange(8))]
        ids = [
            self._dice.choice(
                [one.character_id, one.corporation_id, one.alliance_id, one.faction_id]
            )
            for one in somebody
        ]
        told = [Standing.US, Standing.FRIEND, Standing.FOE]
        return Standings({key: self._dice.choice(told) for key in ids if key is not None})

    def condition(self, field: FilterField | None = None, side: Side | None = None) -> Condition:
        field = field or self._dice.choice(list(FilterField))
        if field in SIDED and side is None:
            sides = [Side.ATTACKER, Side.FINAL_BLOW]
            side = self._dice.choice(sides if field in _SHOT_WITH else list(Side))
        if field in FIGURES:
            return Condition(field, (self._figure(field),), op=self._dice.choice(list(Op)))
        count = self._dice.choice([1, 1, 2, 3])
        return Condition(field, tuple(self._value(field) for _ in range(count)), side=side)

    def _members(self, depth: int) -> tuple[FilterNode, ...]:
        return tuple(self._node(depth) for _ in range(self._dice.choice([1, 1, 2, 2, 3])))

    def _node(self, depth: int) -> FilterNode:
        if depth == 0 or self._dice.random() < 0.5:
            return self.condition()
        kind = self._dice.choice(list(GroupKind))
        if kind is not GroupKind.SAME:
            return FilterGroup(kind, self._members(depth - 1))
        fields = self._dice.sample(sorted(SIDED), 2)
        return FilterGroup(kind, tuple(self.condition(F(one), Side.ATTACKER) for one in fields))

    def _mail(self) -> Killmail:
        return self._dice.choice(self._mails)

    def _somebody(self) -> Combatant:
        mail = self._mail()
        return self._dice.choice([mail.victim, *mail.attackers[:5]])

    def _value(self, field: FilterField) -> FilterValue:
        dice, mail = self._dice, self._mail()
        words = {
            F.STANDING: Standing,
            F.CLASS: HullClass,
            F.SPACE: Space,
            F.IS: Trait,
        }
        if field in words:
            return dice.choice(list(words[field])).value  # type: ignore[call-overload, no-any-return]
        if field is F.LABEL:
            return dice.choice([*mail.labels, *_LABELS])
        if field is F.WEEKDAY:
            return dice.randrange(7)
        if field is F.TIME:
            return Hours(start=dice.randrange(1440), end=dice.randrange(1440))
        if field in {F.ITEM, F.FITTED, F.CARRIED}:
            items = mail.victim.items
            return dice.choice(items).type_id if items else 34
        if field in _OF_SOMEBODY or field in _SHOT_WITH:
            return self._of_somebody(field)
        return self._place(field, mail)

    def _of_somebody(self, field: FilterField) -> int:
        name = _SHOT_WITH.get(field) or _OF_SOMEBODY[field]
        found: int | None = getattr(self._somebody(), name, None)
        if field in {F.GROUP, F.WEAPON_GROUP}:
            kind = self._universe.find_type(found)
            return 25 if kind is None else kind.group_id
        return found or 1_000_125

    def _place(self, field: FilterField, mail: Killmail) -> FilterValue:
        system = self._universe.find_system(mail.system_id)
        if field is F.WITHIN:
            if self._dice.random() < 0.5:
                return Reach(system_id=mail.system_id, jumps=self._dice.randrange(12))
            return Reach(system_id=mail.system_id, light_years=self._dice.choice([0.0, 4.0, 12.0]))
        if field is F.SYSTEM or system is None:
            return mail.system_id
        if field is F.WORMHOLE:
            return system.wormhole_class or 3
        return system.constellation_id if field is F.CONSTELLATION else system.region_id

    def _figure(self, field: FilterField) -> float:
        mail, dice = self._mail(), self._dice
        system = self._universe.find_system(mail.system_id)
        figures = {
            F.ISK: mail.value.isk or 1e8,
            F.ATTACKERS: len(mail.attackers),
            F.PILOTS: len({a.character_id for a in mail.attackers} - {None}),
            F.SHARE: dice.choice([0.5, 0.6, 1.0, 0.0]),
            F.SECURITY: 0.5 if system is None else system.security,
            F.AGE: dice.choice([60, 90, 3600]),
        }
        return figures[field]
