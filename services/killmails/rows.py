"""Killmails to rows and back. Rows stay in this folder."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Attacker, Killmail, Position, Victim
from services.killmails.items import pack_items

SOURCES = (ValueSource.UNKNOWN, ValueSource.ZKB, ValueSource.ESTIMATE)
"""A value's source as a small number: its place here. Append only."""


def killmail_row(arrival: Arrival) -> dict[str, Any]:
    """The columns of `killmails`."""
    mail, victim = arrival.killmail, arrival.killmail.victim
    position = victim.position
    return {
        "id": mail.id,
        "hash": mail.hash,
        "time": mail.time,
        "received_at": arrival.received_at,
        "system_id": mail.system_id,
        "location_id": mail.location_id,
        "moon_id": mail.moon_id,
        "x": position.x if position else None,
        "y": position.y if position else None,
        "z": position.z if position else None,
        "character_id": victim.character_id,
        "corporation_id": victim.corporation_id,
        "alliance_id": victim.alliance_id,
        "faction_id": victim.faction_id,
        "ship_type_id": victim.ship_type_id,
        "damage_taken": victim.damage_taken,
        "war_id": mail.war_id,
        "value": mail.value.isk,
        "value_source": SOURCES.index(mail.value.source),
        "npc": mail.npc,
        "solo": mail.solo,
        "awox": mail.awox,
        "labels": "\n".join(mail.labels) or None,
        "attackers": len(mail.attackers),
        "by_players": mail.has_player_attacker,
        "items": pack_items(victim.items),
    }


def participant_rows(mails: Iterable[Killmail]) -> list[dict[str, Any]]:
    """The columns of `participants`, in the order of each mail."""
    return [
        {
            "killmail_id": mail.id,
            "ordinal": ordinal,
            "character_id": attacker.character_id,
            "corporation_id": attacker.corporation_id,
            "alliance_id": attacker.alliance_id,
            "faction_id": attacker.faction_id,
            "ship_type_id": attacker.ship_type_id,
            "weapon_type_id": attacker.weapon_type_id,
            "damage": attacker.damage,
            "final_blow": attacker.final_blow,
        }
        for mail in mails
        for ordinal, attacker in enumerate(mail.attackers)
    ]


def item_sum_rows(mails: Iterable[Killmail]) -> list[dict[str, Any]]:
    """The columns of `item_sums`: what these mails add, one row per day, system and type."""
    sums: dict[tuple[int, int, int], list[int]] = {}
    for mail in mails:
        day = mail.time.year * 10_000 + mail.time.month * 100 + mail.time.day
        for item in mail.victim.items:
            found = sums.setdefault((day, mail.system_id, item.type_id), [0, 0])
            found[0] += item.destroyed
            found[1] += item.dropped
    return [
        {"day": day, "system_id": system, "type_id": type_id, "destroyed": gone, "dropped": left}
        for (day, system, type_id), (gone, left) in sorted(sums.items())
    ]


def attacker_of(row: Row[Any]) -> Attacker:
    """One row of `participants`."""
    return Attacker(
        character_id=row.character_id,
        corporation_id=row.corporation_id,
        alliance_id=row.alliance_id,
        faction_id=row.faction_id,
        ship_type_id=row.ship_type_id,
        weapon_type_id=row.weapon_type_id,
        damage=row.damage,
        final_blow=row.final_blow,
    )


def killmail_of(row: Row[Any], attackers: Sequence[Attacker]) -> Killmail:
    """One row of `killmails` with its attackers; the items stay where they are."""
    return Killmail(
        id=row.id,
        hash=row.hash,
        time=row.time,
        system_id=row.system_id,
        victim=Victim(
            character_id=row.character_id,
            corporation_id=row.corporation_id,
            alliance_id=row.alliance_id,
            faction_id=row.faction_id,
            ship_type_id=row.ship_type_id,
            damage_taken=row.damage_taken,
            position=None if row.x is None else Position(row.x, row.y, row.z),
        ),
        attackers=tuple(attackers),
        value=Value(isk=row.value, source=SOURCES[row.value_source]),
        war_id=row.war_id,
        moon_id=row.moon_id,
        location_id=row.location_id,
        npc=row.npc,
        solo=row.solo,
        awox=row.awox,
        labels=tuple(row.labels.split("\n")) if row.labels else (),
    )
