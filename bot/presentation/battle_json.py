"""A battle as a JSON document: stable keys, for scripts (`warroom battles --json`, `/battle export`).

Described in docs/json.md. Unknown is null, never 0.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.presentation.links import kill_url
from services.domain.battle import Battle, Loss, Party, Place, Side, related_url
from services.domain.battle_report import BattleReport, PilotDeeds
from services.domain.ids import SystemId, TypeId
from services.domain.isk import IskSum
from services.domain.killmail import Organisation
from services.domain.names import NameBook
from services.universe.universe import Universe


def battle_document(battle: Battle, universe: Universe, names: NameBook) -> dict[str, Any]:
    """Times are ISO 8601 in UTC; ISK is a number, null when nothing of it is known; unknown names are null."""
    sides = sides_by_party(battle)
    return {
        "id": battle.public_id,
        **_where(battle.system_id, universe),
        "space": battle.space.value,
        "kind": battle.kind.value,
        "state": battle.state.value,
        "start": battle.start.isoformat(),
        "end": battle.end.isoformat(),
        "places": [_place(place, universe) for place in battle.places],
        "kills": battle.kills,
        "pilots": battle.pilots,
        "capitals": battle.capitals,
        "killmail_ids": list(battle.killmail_ids),
        "isk_destroyed": _isk(battle.isk_destroyed, battle.kills),
        "unpriced": battle.isk_destroyed.unpriced,
        "estimated": battle.isk_destroyed.estimated,
        "certainty": round(battle.certainty, 4),
        "sides": [_side(side, universe, names) for side in battle.sides],
        "top_losses": [
            loss_document(loss, universe, names, sides=sides) for loss in battle.top_losses
        ],
        "zkill_url": related_url(battle.system_id, battle.start),
    }


def report_document(report: BattleReport, universe: Universe, names: NameBook) -> dict[str, Any]:
    """The same with every loss, and what each pilot did."""
    sides = sides_by_party(report.battle)
    return {
        **battle_document(report.battle, universe, names),
        "detailed": report.detailed,
        "losses": [loss_document(loss, universe, names, sides=sides) for loss in report.losses],
        "pilot_deeds": [_deeds(deeds, universe, names) for deeds in report.pilots],
    }


def loss_document(
    loss: Loss, universe: Universe, names: NameBook, *, sides: Mapping[Organisation, int]
) -> dict[str, Any]:
    """One hull that was lost. `sides`: as `sides_by_party` gives them."""
    party = loss.organisation
    return {
        "killmail_id": loss.killmail_id,
        "time": loss.time.isoformat(),
        **_where(loss.system_id, universe),
        **_ship(loss.ship_type_id, universe),
        **_pilot(loss.character_id, names),
        **_organisation(party, names),
        "side": None if party is None else sides.get(party),
        "isk": loss.value.isk,
        "isk_source": loss.value.source.value,
        "zkill_url": kill_url(loss.killmail_id),
    }


def sides_by_party(battle: Battle) -> dict[Organisation, int]:
    """The place in `sides` of every party."""
    return {
        party.organisation: place
        for place, side in enumerate(battle.sides)
        for party in side.parties
    }


def ids_in_documents(battles: Iterable[Battle]) -> frozenset[int]:
    """Everybody who is named in the documents of these."""
    found: set[int] = set()
    for battle in battles:
        found.update(p.organisation.id for side in battle.sides for p in side.parties)
        found |= _ids_in_losses(battle.top_losses)
    return frozenset(found)


def ids_in_report_document(report: BattleReport) -> frozenset[int]:
    """Everybody who is named in the document of a report."""
    shooters = {deeds.character_id for deeds in report.pilots}
    parties = {deeds.organisation.id for deeds in report.pilots if deeds.organisation is not None}
    return ids_in_documents([report.battle]) | _ids_in_losses(report.losses) | shooters | parties


def _ids_in_losses(losses: Iterable[Loss]) -> set[int]:
    found: set[int] = set()
    for loss in losses:
        if loss.character_id is not None:
            found.add(loss.character_id)
        if loss.organisation is not None:
            found.add(loss.organisation.id)
    return found


def _where(system_id: SystemId, universe: Universe) -> dict[str, Any]:
    system = universe.find_system(system_id)
    region = universe.find_region(system.region_id) if system else None
    return {
        "system_id": system_id,
        "system": system.name if system else None,
        "region": region.name if region else None,
    }


def _place(place: Place, universe: Universe) -> dict[str, Any]:
    return {
        **_where(place.system_id, universe),
        "start": place.start.isoformat(),
        "end": place.end.isoformat(),
        "kills": place.kills,
    }


def _side(side: Side, universe: Universe, names: NameBook) -> dict[str, Any]:
    return {
        "organisations": [_party(party, names) for party in side.parties],
        "third": side.third,
        "pilots": side.pilots,
        "kills": side.kills,
        "losses": side.losses,
        "isk_lost": _isk(side.isk_lost, side.losses),
        "unpriced": side.isk_lost.unpriced,
        "hulls": [
            {"class": hull.hull_class.value, "fielded": hull.fielded, "lost": hull.lost}
            for hull in side.hulls
        ],
        "ships": [
            {**_ship(ship.type_id, universe), "fielded": ship.fielded, "lost": ship.lost}
            for ship in side.ships
        ],
    }


def _party(party: Party, names: NameBook) -> dict[str, Any]:
    return {
        "id": party.organisation.id,
        "kind": party.organisation.kind.value,
        "name": _name(party.organisation.id, names),
        "pilots": party.pilots,
        "kills": party.kills,
        "losses": party.losses,
        "isk_lost": _isk(party.isk_lost, party.losses),
        "unpriced": party.isk_lost.unpriced,
        "certainty": None if party.certainty is None else round(party.certainty, 4),
        "third": party.third,
        "moved": party.moved,
    }


def _deeds(deeds: PilotDeeds, universe: Universe, names: NameBook) -> dict[str, Any]:
    return {
        **_pilot(deeds.character_id, names),
        **_organisation(deeds.organisation, names),
        "side": deeds.side,
        **_ship(deeds.ship_type_id, universe),
        "damage": deeds.damage,
        "final_blows": deeds.final_blows,
        "kills": deeds.kills,
    }


def _ship(type_id: TypeId | None, universe: Universe) -> dict[str, Any]:
    hull = universe.find_type(type_id)
    return {"ship_type_id": type_id, "ship": hull.name if hull else None}


def _pilot(character_id: int | None, names: NameBook) -> dict[str, Any]:
    return {"character_id": character_id, "character": _name(character_id, names)}


def _organisation(party: Organisation | None, names: NameBook) -> dict[str, Any]:
    return {
        "organisation_id": None if party is None else party.id,
        "organisation_kind": None if party is None else party.kind.value,
        "organisation": None if party is None else _name(party.id, names),
    }


def _name(entity_id: int | None, names: NameBook) -> str | None:
    found = None if entity_id is None else names.names.get(entity_id)
    return found.name if found else None


def _isk(total: IskSum, mails: int) -> float | None:
    """0 only when there was nothing to lose: a sum of unknowns is unknown."""
    return None if mails and total.unpriced == mails else total.isk
