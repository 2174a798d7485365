"""What a filter means, read off `services.domain.filter` word by word: slow, obvious, and sharing nothing with what it
judges but the universe and the table of fitted slots."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    GroupKind,
    Hours,
    Op,
    Reach,
    Side,
    Trait,
)
from services.domain.ids import is_npc_corporation
from services.domain.killmail import Combatant, Killmail
from services.domain.space import HullClass, Space
from services.domain.standing import Standings
from services.filters.flags import FITTED_FLAGS
from services.universe.universe import Universe


@dataclass(frozen=True)
class Evaluator:
    """Answers for one mail and one server."""

    universe: Universe
    killmail: Killmail
    standings: Standings = Standings()  # noqa: RUF009 - frozen
    received_at: datetime | None = None
    revised: bool = False

    def holds(self, wanted: Filter) -> bool:
        return self._node(wanted.root)

    def _node(self, node: FilterNode) -> bool:
        if isinstance(node, Condition):
            return self._condition(node)
        if node.kind is GroupKind.ALL:
            return all(self._node(member) for member in node.members)
        if node.kind is GroupKind.NONE:
            return not any(self._node(member) for member in node.members)
        if node.kind is GroupKind.SAME:
            return any(
                all(self._fits_person(member, attacker) for member in node.members)
                for attacker in self.killmail.attackers
            )
        exclusions = [m for m in node.members if _is_exclusion(m)]
        if not all(self._node(member) for member in exclusions):
            return False
        alternatives = [m for m in node.members if not _is_exclusion(m)]
        return not alternatives or any(self._node(member) for member in alternatives)

    def _condition(self, condition: Condition) -> bool:
        if condition.side is not None:
            return any(self._fits_person(condition, one) for one in self._people(condition.side))
        return any(self._fits(condition, said) for said in self._said(condition.field))

    def _people(self, side: Side) -> list[Combatant]:
        victim, attackers = self.killmail.victim, list(self.killmail.attackers)
        if side is Side.VICTIM:
            return [victim]
        if side is Side.ATTACKER:
            return attackers
        if side is Side.EITHER:
            return [victim, *attackers]
        return [attacker for attacker in attackers if attacker.final_blow][:1]

    def _fits_person(self, condition: Condition, person: Combatant) -> bool:
        said = self._of_person(condition.field, person)
        return said is not None and said in condition.values

    def _of_person(self, field: FilterField, person: Combatant) -> Any:
        hull, weapon = person.ship_type_id, getattr(person, "weapon_type_id", None)
        match field:
            case FilterField.CHARACTER:
                return person.character_id
            case FilterField.CORPORATION:
                return person.corporation_id
            case FilterField.ALLIANCE:
                return person.alliance_id
            case FilterField.FACTION:
                return person.faction_id
            case FilterField.STANDING:
                return self.standings.of(person)
            case FilterField.HULL:
                return hull
            case FilterField.GROUP:
                return self._group(hull)
            case FilterField.CLASS:
                return None if hull is None else self.universe.hull_class(hull)
            case FilterField.WEAPON:
                return weapon
            case _:
                return self._group(weapon)

    def _group(self, type_id: int | None) -> int | None:
        found = self.universe.find_type(type_id)
        return None if found is None else found.group_id

    def _fits(self, condition: Condition, said: Any) -> bool:
        for value in condition.values:
            if isinstance(value, Reach):
                fits = self._reaches(value)
            elif isinstance(value, Hours):
                fits = value.holds(said)
            else:
                fits = {
                    Op.IS: said == value,
                    Op.AT_LEAST: condition.op is Op.AT_LEAST and said >= value,
                    Op.AT_MOST: condition.op is Op.AT_MOST and said <= value,
                    Op.ABOVE: condition.op is Op.ABOVE and said > value,
                    Op.BELOW: condition.op is Op.BELOW and said < value,
                }[condition.op]
            if fits:
                return True
        return False

    def _reaches(self, reach: Reach) -> bool:
        here = self.killmail.system_id
        if reach.jumps is not None:
            jumps = self.universe.jumps(reach.system_id, here)
            return jumps is not None and jumps <= reach.jumps
        assert reach.light_years is not None
        space = self.universe.space_of(here)
        if space in {Space.ABYSSAL, Space.UNKNOWN}:
            return False
        return self.universe.light_years(reach.system_id, here) <= reach.light_years

    def _said(self, field: FilterField) -> list[Any]:
        """All that the mail says of a field; empty where it says nothing."""
        said = self._place(field)
        if said is None:
            said = self._figures(field)
        if said is None:
            said = self._things(field)
        return [one for one in said if one is not None]

    def _place(self, field: FilterField) -> list[Any] | None:
        system = self.universe.find_system(self.killmail.system_id)
        if field in {FilterField.SYSTEM, FilterField.WITHIN}:
            return [self.killmail.system_id]
        if field is FilterField.SPACE:
            return [self.universe.space_of(self.killmail.system_id)]
        names = {
            FilterField.CONSTELLATION: "constellation_id",
            FilterField.REGION: "region_id",
            FilterField.SECURITY: "security",
            FilterField.WORMHOLE: "wormhole_class",
        }
        return [getattr(system, names[field], None)] if field in names else None

    def _figures(self, field: FilterField) -> list[Any] | None:
        mail = self.killmail
        named = {a.character_id: a.organisation for a in mail.attackers if a.character_id}
        match field:
            case FilterField.ISK:
                return [mail.value.isk]
            case FilterField.ATTACKERS:
                return [len(mail.attackers)]
            case FilterField.PILOTS:
                return [len(named)]
            case FilterField.SHARE:
                most = Counter(named.values()).most_common(1)
                return [count / len(named) for _, count in most]
            case FilterField.AGE if self.received_at is not None:
                return [(self.received_at - mail.time).total_seconds()]
            case FilterField.AGE:
                return []
            case FilterField.TIME:
                return [mail.time.hour * 60 + mail.time.minute]
            case FilterField.WEEKDAY:
                return [mail.time.weekday()]
        return None

    def _things(self, field: FilterField) -> list[Any]:
        if field is FilterField.LABEL:
            return list(self.killmail.labels)
        if field is FilterField.IS:
            return [trait for trait in Trait if self._is(trait)]
        return [
            item.type_id
            for item in self.killmail.victim.items
            if field is FilterField.ITEM
            or (item.flag in FITTED_FLAGS) == (field is FilterField.FITTED)
        ]

    def _is(self, trait: Trait) -> bool:
        mail, last = self.killmail, self.killmail.final_blow
        if trait is Trait.NPC:
            return not mail.has_player_attacker if mail.npc is None else mail.npc
        if trait is Trait.SOLO and mail.solo is not None:
            return mail.solo
        if trait is Trait.AWOX and mail.awox is not None:
            return mail.awox
        hull = self.universe.hull_class(mail.victim.ship_type_id)
        corporation = mail.victim.corporation_id
        small = {HullClass.POD, HullClass.ROOKIE}
        things = {HullClass.STRUCTURE, HullClass.DEPLOYABLE, HullClass.FIGHTER, HullClass.OTHER}
        return {
            Trait.SOLO: len({a.character_id for a in mail.attackers} - {None}) == 1
            and hull not in small | things,
            Trait.AWOX: last is not None
            and corporation is not None
            and not is_npc_corporation(corporation)
            and last.corporation_id == corporation
            and hull is not HullClass.POD,
            Trait.GANK: "ganked" in mail.labels,
            Trait.WAR: mail.war_id is not None,
            Trait.REVISED: self.revised,
        }[trait]


def _is_exclusion(node: FilterNode) -> bool:
    return isinstance(node, FilterGroup) and node.kind is GroupKind.NONE
