"""Ganks: in high security, outside a war, somebody is killed by people who pay for it with their ships.

CONCORD shoots at criminals only, and nobody whom it shoots at lives for a minute. So a gank shows in one of two ways:

- CONCORD had a hand in one in four of the ships that died; or
- one in three of them died to people none of whom is seen to shoot a minute before or after, and whose victim's party
  never shot. (Mails of those who died to CONCORD alone name no player as attacker, and belong to no battle.)

Corvettes and shuttles are no ships here: mostly they are what criminals fly to draw CONCORD away, and free to shoot.
Duels and shots at suspects look the same when one ship and a pod are all that died; they are called ganks, too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from services.battles.evidence import Evidence
from services.domain.ids import CharacterId, CorporationId
from services.domain.killmail import Combatant, Killmail
from services.domain.space import HullClass, Space

CONCORD = CorporationId(1_000_125)
PUNISHED_PART = 4
GANKED_PART = 3
LIVED_ON = timedelta(minutes=1)
"""CONCORD takes half as long to kill, where security is lowest."""
CRIMINAL = timedelta(minutes=15)
"""After this a ganker may undock again and live."""
POD_LAG = timedelta(minutes=1)
"""Mails of pods come with times so much too late, and more."""

_Shots = Mapping[CharacterId | None, Sequence[datetime]]
"""When each pilot was seen to shoot."""


def is_gank(fight: Evidence) -> bool:
    """Whether it was one."""
    if fight.atlas.space_of(fight.mails[0].system_id) is not Space.HIGH:
        return False
    if 2 * sum(_is_at_war(mail) for mail in fight.mails) > len(fight.mails):
        return False
    ships = [mail for mail, hull in fight.ships() if hull is not HullClass.ROOKIE]
    punished = sum(_is_punished(mail) for mail in ships)
    if punished and punished * PUNISHED_PART >= len(ships):
        return True
    ganked = _ganked(fight, ships)
    return ganked > 0 and ganked * GANKED_PART >= len(ships)


def _ganked(fight: Evidence, ships: Sequence[Killmail]) -> int:
    """How many ships were lost to people who did not live on."""
    fought = {a.organisation for m in fight.mails if not _is_punished(m) for a in m.attackers}
    shots = _shots(fight)
    return sum(
        mail.victim.organisation not in fought
        and not _is_punished(mail)
        and not any(_lived_on(shots, attacker, mail.time) for attacker in mail.attackers)
        for mail in ships
    )


def _is_at_war(mail: Killmail) -> bool:
    """A declared war, or militias of two powers."""
    power = mail.victim.faction_id
    return mail.war_id is not None or (
        power is not None and any(a.faction_id not in {None, power} for a in mail.attackers)
    )


def _is_punished(mail: Killmail) -> bool:
    return any(attacker.corporation_id == CONCORD for attacker in mail.attackers)


def _shots(fight: Evidence) -> _Shots:
    seen: dict[CharacterId | None, list[datetime]] = {}
    for mail, died in zip(fight.mails, fight.died, strict=True):
        time = mail.time - POD_LAG if died is HullClass.POD else mail.time
        for attacker in mail.attackers:
            seen.setdefault(attacker.character_id, []).append(time)
    return seen


def _lived_on(shots: _Shots, shooter: Combatant, moment: datetime) -> bool:
    pilot = shooter.character_id
    return pilot is not None and any(
        LIVED_ON <= abs(time - moment) < CRIMINAL for time in shots[pilot]
    )
