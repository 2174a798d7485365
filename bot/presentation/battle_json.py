"""A battle as a JSON document: stable keys, for scripts (`warroom battles --json`). Described in docs/json.md."""

from typing import Any

from services.domain.battle import Battle, Party, Side, related_url
from services.domain.isk import IskSum
from services.domain.names import NameBook
from services.universe.universe import Universe


def battle_document(battle: Battle, universe: Universe, names: NameBook) -> dict[str, Any]:
    """Times are ISO 8601 in UTC; ISK is a number, null when nothing of it is known; unknown names are null."""
    system = universe.find_system(battle.system_id)
    region = universe.find_region(system.region_id) if system else None
    return {
        "id": battle.public_id,
        "system_id": battle.system_id,
        "system": system.name if system else None,
        "region": region.name if region else None,
        "space": battle.space.value,
        "state": battle.state.value,
        "start": battle.start.isoformat(),
        "end": battle.end.isoformat(),
        "kills": battle.kills,
        "pilots": battle.pilots,
        "killmail_ids": list(battle.killmail_ids),
        "isk_destroyed": _isk(battle.isk_destroyed, battle.kills),
        "unpriced": battle.isk_destroyed.unpriced,
        "estimated": battle.isk_destroyed.estimated,
        "certainty": round(battle.certainty, 4),
        "sides": [_side(side, names) for side in battle.sides],
        "zkill_url": related_url(battle.system_id, battle.start),
    }


def _side(side: Side, names: NameBook) -> dict[str, Any]:
    return {
        "organisations": [_organisation(party, names) for party in side.parties],
        "pilots": side.pilots,
        "kills": side.kills,
        "losses": side.losses,
        "isk_lost": _isk(side.isk_lost, side.losses),
        "unpriced": side.isk_lost.unpriced,
    }


def _organisation(party: Party, names: NameBook) -> dict[str, Any]:
    known = names.names.get(party.organisation.id)
    return {
        "id": party.organisation.id,
        "kind": party.organisation.kind.value,
        "name": known.name if known else None,
        "pilots": party.pilots,
        "kills": party.kills,
        "losses": party.losses,
    }


def _isk(total: IskSum, mails: int) -> float | None:
    """0 only when there was nothing to lose: a sum of unknowns is unknown."""
    return None if mails and total.unpriced == mails else total.isk
