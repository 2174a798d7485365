"""Made-up answers of ESI on sovereignty, and what is read of them, in short hand."""

from datetime import datetime, timedelta
from typing import Any

from services.domain.ids import AllianceId, SystemId
from services.domain.killmail import Organisation, OrganisationKind, party
from services.domain.sovereignty import Claim, Window
from services.polling.source import FEW, Moment
from services.sovereignty.answers import CampaignAnswer, Sighting
from tests.factories import EVENING

SYSTEM = SystemId(30_004_759)
HUB = 1_045_000_000_001
GOONS = party(1_354_830_081, OrganisationKind.ALLIANCE)
HORDE = party(99_005_338, OrganisationKind.ALLIANCE)
CALDARI = party(500_001, OrganisationKind.FACTION)


def minutes(count: float) -> datetime:
    """So many minutes into the evening."""
    return EVENING + timedelta(minutes=count)


def moment(
    at: float,
    *,
    before: float | None = -1,
    now: float | None = None,
    doubted: float | None = None,
    about: str = FEW,
) -> Moment:
    """An answer `at` so many minutes into the evening; the one before came a minute before the evening.

    `doubted`: since then doubts came, about the same each time.
    """
    return Moment(
        now=minutes(at if now is None else now),
        at=minutes(at),
        before=None if before is None else minutes(before),
        doubts=0 if doubted is None else 1,
        doubted_since=None if doubted is None else minutes(doubted),
        doubted=None if doubted is None else about,
    )


def sighting(number: int = 1, *, start: float = 60, **fields: Any) -> Sighting:
    """A contest over the hub of `SYSTEM`, which Goons defend."""
    made: dict[str, Any] = {
        "event_type": "ihub_defense",
        "system_id": SYSTEM,
        "constellation_id": None,
        "structure_id": HUB,
        "defender_id": AllianceId(GOONS.id),
        "defender": 0.6,
        "attackers": 0.4,
    }
    return Sighting(number=number, start=minutes(start), **made | fields)


def listing(*sightings: Sighting, complete: bool = True) -> CampaignAnswer:
    """An answer that holds these."""
    return CampaignAnswer(
        sightings={one.number: one for one in sightings},
        present=frozenset(one.number for one in sightings),
        is_complete=complete,
    )


def claim(
    holder: Organisation | None = GOONS,
    *,
    system: int = SYSTEM,
    hub: int | None = HUB,
    window: tuple[float, float] | None = None,
    **fields: Any,
) -> Claim:
    """A claim; `window` in minutes of the evening."""
    held = holder is not None and holder.kind is OrganisationKind.ALLIANCE
    return Claim(
        system_id=SystemId(system),
        holder=holder,
        hub_id=hub if held else None,
        window=Window(start=minutes(window[0]), end=minutes(window[1])) if window else None,
        **fields,
    )


def campaign_row(number: int, *, start: float, **fields: Any) -> dict[str, Any]:
    """As ESI tells it."""
    return {
        "campaign_id": number,
        "structure_id": HUB,
        "solar_system_id": SYSTEM,
        "constellation_id": 20_000_696,
        "event_type": "ihub_defense",
        "start_time": f"{minutes(start):%Y-%m-%dT%H:%M:%SZ}",
        "defender_id": GOONS.id,
        "defender_score": 0.6,
        "attackers_score": 0.4,
    } | fields


def system_row(
    system: int,
    holder: Organisation | None,
    *,
    hub: int = HUB,
    adm: float = 4.2,
    window: tuple[float, float] | None = None,
    capital: bool = False,
) -> dict[str, Any]:
    """As ESI tells it."""
    return {"solar_system_id": system, "claim": _claim_row(holder, hub, adm, window, capital)}


def _claim_row(
    holder: Organisation | None,
    hub: int,
    adm: float,
    window: tuple[float, float] | None,
    capital: bool,
) -> dict[str, Any]:
    if holder is None:
        return {"unclaimed": True}
    if holder.kind is OrganisationKind.FACTION:
        return {"faction": {"faction_id": holder.id}}
    found: dict[str, Any] = {"id": hub}
    if window:
        start, end = (f"{minutes(at):%Y-%m-%dT%H:%M:%SZ}" for at in window)
        found["vulnerability_window"] = {"start": start, "end": end}
    development = {
        "activity_defense_multiplier": adm,
        "military_level": 3,
        "industrial_level": 2,
        "strategic_level": 4,
    }
    return {
        "alliance": {
            "alliance_id": holder.id,
            "corporation_id": 98_000_001,
            "claimed_since": "2025-03-02T11:20:00Z",
            "is_capital_system": capital,
            "development": development,
            "sovereignty_hub": found,
        }
    }


def skyhook_row(planet: int, *, start: float, end: float, system: int = SYSTEM) -> dict[str, Any]:
    """As ESI tells it."""
    window = {
        "start": f"{minutes(start):%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{minutes(end):%Y-%m-%dT%H:%M:%SZ}",
    }
    return {"planet_id": planet, "solar_system_id": system, "theft_vulnerability": window}
