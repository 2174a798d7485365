"""Killmails to rows and back. Rows stay in this folder."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Attacker, Killmail, Position, Victim
from services.killmails.items import pack_items
from services.storage.columns import to_hash_bytes, to_milliseconds

SOURCES = (ValueSource.UNKNOWN, ValueSource.ZKB, ValueSource.ESTIMATE, ValueSource.TYPICAL)
"""A value's source as a small number: its place here. Append only."""


KILLMAIL = (
    "id",
    "hash",
    "time",
    "received_at",
    "system_id",
    "location_id",
    "moon_id",
    "x",
    "y",
    "z",
    "character_id",
    "corporation_id",
    "alliance_id",
    "faction_id",
    "ship_type_id",
    "damage_taken",
    "war_id",
    "value",
    "value_source",
    "npc",
    "solo",
    "awox",
    "labels",
    "attackers",
    "by_players",
    "items",
    "pruned",
    "published_at",
    "value_unpriced",
    "value_dropped",
)
"""The columns of `killmails`, as `killmail_row` gives them."""
SOURCE_NUMBERS = {source: number for number, source in enumerate(SOURCES)}


def killmail_row(arrival: Arrival) -> tuple[Any, ...]:
    """Plain values, as the database keeps them."""
    mail, victim = arrival.killmail, arrival.killmail.victim
    position = victim.position
    return (
        mail.id,
        to_hash_bytes(mail.hash),
        to_milliseconds(mail.time),
        to_milliseconds(arrival.received_at),
        mail.system_id,
        mail.location_id,
        mail.moon_id,
        position.x if position else None,
        position.y if position else None,
        position.z if position else None,
        victim.character_id,
        victim.corporation_id,
        victim.alliance_id,
        victim.faction_id,
        victim.ship_type_id,
        victim.damage_taken,
        mail.war_id,
        mail.value.isk,
        SOURCE_NUMBERS[mail.value.source],
        mail.npc,
        mail.solo,
        mail.awox,
        "\n".join(mail.labels) or None,
        len(mail.attackers),
        mail.has_player_attacker,
        pack_items(victim.items),
        False,
        None if arrival.published_at is None else to_milliseconds(arrival.published_at),
        mail.value.unpriced or None,
        mail.value.dropped,
    )


PARTICIPANT = (
    "killmail_id",
    "ordinal",
    "character_id",
    "corporation_id",
    "alliance_id",
    "faction_id",
    "ship_type_id",
    "weapon_type_id",
    "damage",
    "final_blow",
)
"""The columns of `participants`, as `participant_rows` gives them."""


def participant_rows(mails: Iterable[Killmail]) -> list[tuple[Any, ...]]:
    """The attackers, in the order of each mail."""
    return [
        (
            mail.id,
            ordinal,
            attacker.character_id,
            attacker.corporation_id,
            attacker.alliance_id,
            attacker.faction_id,
            attacker.ship_type_id,
            attacker.weapon_type_id,
            attacker.damage,
            attacker.final_blow,
        )
        for mail in mails
        for ordinal, attacker in enumerate(mail.attackers)
    ]


ITEM_SUM = ("day", "system_id", "type_id", "destroyed", "dropped")
"""The columns of `item_sums`, as `item_sum_rows` gives them."""


def item_sum_rows(mails: Iterable[Killmail]) -> list[tuple[int, ...]]:
    """What these mails add, one row per day, system and type; in the order of the key, which is cheapest to insert.

    Types of which there was nothing (empty stacks exist) have none.
    """
    sums: dict[tuple[int, int, int], list[int]] = {}
    for mail in mails:
        day = mail.time.year * 10_000 + mail.time.month * 100 + mail.time.day
        system = mail.system_id
        for item in mail.victim.items:
            key = (day, system, item.type_id)
            found = sums.get(key)
            if found is None:
                sums[key] = [item.destroyed, item.dropped]
            else:
                found[0] += item.destroyed
                found[1] += item.dropped
    return [(*key, *sums[key]) for key in sorted(sums) if any(sums[key])]


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


def value_of(row: Row[Any]) -> Value:
    """The value on a row of `killmails`."""
    return Value(
        isk=row.value,
        source=SOURCES[row.value_source],
        unpriced=row.value_unpriced or 0,
        dropped=row.value_dropped,
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
        value=value_of(row),
        war_id=row.war_id,
        moon_id=row.moon_id,
        location_id=row.location_id,
        npc=row.npc,
        solo=row.solo,
        awox=row.awox,
        labels=tuple(row.labels.split("\n")) if row.labels else (),
    )
