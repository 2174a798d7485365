"""Stored mails that new ones may be linked with: those of near systems, and those of fleets with the same victims."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, union

from services.domain.battle import BattleState
from services.domain.ids import BattleKey, KillmailId, SystemId
from services.domain.killmail import Organisation
from services.storage.battle_tables import battle_killmails, battles
from services.storage.database import Transaction
from services.storage.statements import chunks
from services.storage.tables import killmails

_FEW = 100
"""So many systems and parties at most are asked for in one statement: a live killmail's."""
_VICTIM = (
    killmails.c.alliance_id,
    killmails.c.corporation_id,
    killmails.c.faction_id,
    killmails.c.character_id,
)


def _neighbours(where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(killmails.c.id, killmails.c.time, battle_killmails.c.battle_key)
        .outerjoin(battle_killmails, battle_killmails.c.killmail_id == killmails.c.id)
        .outerjoin(battles, battles.c.key == battle_killmails.c.battle_key)
        .where(
            where,
            killmails.c.time >= bindparam("start"),
            killmails.c.time <= bindparam("end"),
            killmails.c.by_players.is_(True),
            killmails.c.pruned.is_(False),
            func.coalesce(battles.c.state, "") != BattleState.FROZEN,
        )
    )


_NEAR = _neighbours(killmails.c.system_id.in_(bindparam("systems", expanding=True)))
_FAR = _neighbours(
    and_(
        killmails.c.attackers >= bindparam("attackers"),
        or_(*(column.in_(bindparam("victims", expanding=True)) for column in _VICTIM)),
    )
)
_NEAR_AND_FAR = union(_NEAR, _FAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A stored mail that might be linked, and the battle it already belongs to."""

    killmail_id: KillmailId
    time: datetime
    battle_key: BattleKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Where to look for mails that may be linked: these systems, and fleets that killed one of these anywhere."""

    systems: Collection[SystemId]
    victims: Collection[Organisation] = ()
    fleet: int = 0
    """A mail of so many people is a fleet's."""


async def load_neighbours(
    tx: Transaction, around: Around, *, start: datetime, end: datetime
) -> list[Neighbour]:
    """The mails in a window (both ends included) that a new one may be linked with.

    Those whose details were pruned, and those of frozen battles, are left out: nothing can be told of them any more.
    """
    systems, victims = list(around.systems), [party.id for party in around.victims]
    values = {"start": start, "end": end, "attackers": around.fleet - 1}
    if len(systems) <= _FEW and 0 < len(victims) <= _FEW:
        both = values | {"systems": systems, "victims": victims}
        return await _read(tx, _NEAR_AND_FAR, both)
    found: list[Neighbour] = []
    for some in chunks(systems):
        found += await _read(tx, _NEAR, values | {"systems": some})
    for parties in chunks(victims, _FEW):
        found += await _read(tx, _FAR, values | {"victims": parties})
    return list({neighbour.killmail_id: neighbour for neighbour in found}.values())


async def _read(tx: Transaction, query: Any, values: dict[str, Any]) -> list[Neighbour]:
    rows = (await tx.execute(query, values)).all()
    return [Neighbour(killmail_id=row[0], time=row[1], battle_key=row[2]) for row in rows]
