"""A kill as a JSON document: stable keys, for scripts (`warroom kills --json`). Described in docs/json.md."""

from typing import Any

from bot.presentation.links import kill_url
from services.domain.killmail import Attacker, Combatant, Killmail
from services.domain.names import NameBook
from services.universe.universe import Universe


def kill_document(mail: Killmail, universe: Universe, names: NameBook) -> dict[str, Any]:
    """Times are ISO 8601 in UTC; what the mail does not say and names that are not known are null."""
    system = universe.find_system(mail.system_id)
    region = universe.find_region(system.region_id) if system else None
    last = mail.final_blow
    return {
        "id": mail.id,
        "hash": mail.hash,
        "time": mail.time.isoformat(),
        "system_id": mail.system_id,
        "system": system.name if system else None,
        "region": region.name if region else None,
        "space": universe.space_of(mail.system_id).value,
        "isk": mail.value.isk,
        "isk_source": mail.value.source.value,
        "victim": _combatant(mail.victim, universe, names),
        "final_blow": None if last is None else _attacker(last, universe, names),
        "attackers": len(mail.attackers),
        "pilots": len({a.character_id for a in mail.attackers if a.character_id is not None}),
        "npc": mail.npc,
        "solo": mail.solo,
        "awox": mail.awox,
        "war_id": mail.war_id,
        "labels": list(mail.labels),
        "zkill_url": kill_url(mail.id),
    }


def _attacker(attacker: Attacker, universe: Universe, names: NameBook) -> dict[str, Any]:
    weapon = universe.find_type(attacker.weapon_type_id)
    return {
        **_combatant(attacker, universe, names),
        "weapon_type_id": attacker.weapon_type_id,
        "weapon": weapon.name if weapon else None,
    }


def _combatant(who: Combatant, universe: Universe, names: NameBook) -> dict[str, Any]:
    hull = universe.find_type(who.ship_type_id)
    return {
        "character_id": who.character_id,
        "character": _name(who.character_id, names),
        "corporation_id": who.corporation_id,
        "corporation": _name(who.corporation_id, names),
        "alliance_id": who.alliance_id,
        "alliance": _name(who.alliance_id, names),
        "faction_id": who.faction_id,
        "ship_type_id": who.ship_type_id,
        "ship": hull.name if hull else None,
    }


def _name(entity_id: int | None, names: NameBook) -> str | None:
    found = None if entity_id is None else names.names.get(entity_id)
    return found.name if found else None
