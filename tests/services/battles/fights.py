"""Made-up mails in short hand: `A1` is pilot 1 of alliance A, `a` an empty hull of its corporation, `npc` an NPC."""

from datetime import UTC, datetime, timedelta

from services.domain.ids import AllianceId, CharacterId, CorporationId, KillmailId, SystemId, TypeId
from services.domain.isk import UNKNOWN_VALUE, Value, ValueSource
from services.domain.killmail import (
    Attacker,
    Combatant,
    Killmail,
    Organisation,
    Victim,
)

MIDNIGHT = datetime(2021, 11, 30, tzinfo=UTC)
FRIGATE = TypeId(587)
POD = TypeId(670)


def mail(
    number: int,
    minutes: float,
    victim: str,
    *attackers: str,
    hull: TypeId | None = FRIGATE,
    isk: float | None = None,
    system: int = 30_000_001,
) -> Killmail:
    """One mail, `minutes` after midnight. Attackers fly frigates."""
    return Killmail(
        id=KillmailId(number),
        hash="",
        time=MIDNIGHT + timedelta(minutes=minutes),
        system_id=SystemId(system),
        victim=Victim(**who(victim), ship_type_id=hull),
        attackers=tuple(Attacker(**who(name), ship_type_id=FRIGATE) for name in attackers),
        value=UNKNOWN_VALUE if isk is None else Value(isk=isk, source=ValueSource.ZKB),
    )


def who(name: str) -> dict[str, int]:
    """The ids of a pilot (`A1`), of a hull without one (`a`), or of an NPC."""
    if name == "npc":
        return {"corporation_id": CorporationId(1_000_125)}
    number = ord(name[0].upper())
    ids = {"corporation_id": CorporationId(98_000_000 + number)}
    if name[0].isupper():
        ids["alliance_id"] = AllianceId(99_000_000 + number)
        ids["character_id"] = CharacterId(90_000_000 + 1000 * number + int(name[1:]))
    return ids


def party(name: str) -> Organisation:
    """The party of a short name: the alliance of a pilot, the corporation of an empty hull."""
    organisation = Combatant(**who(name)).organisation
    assert organisation is not None
    return organisation
