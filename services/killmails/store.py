"""The queries of killmails. Every function works inside the caller's transaction and never commits."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, func, select

from services.domain.heat import Heat
from services.domain.ids import KillmailId, SystemId
from services.domain.isk import IskSum, ValueSource
from services.domain.killmail import Arrival, Attacker, Item, Killmail
from services.killmails.counting import load_count, load_last_received
from services.killmails.items import unpack_items
from services.killmails.rows import (
    ITEM_SUM,
    KILLMAIL,
    PARTICIPANT,
    SOURCE_NUMBERS,
    attacker_of,
    item_sum_rows,
    killmail_of,
    killmail_row,
    participant_rows,
)
from services.storage.database import Transaction
from services.storage.statements import chunks, execute_many, insert_or_add
from services.storage.tables import item_sums, killmails, participants

_KNOWN = select(killmails.c.id).where(killmails.c.id.in_(bindparam("ids", expanding=True)))
_ADD_KILLMAILS = killmails.insert()
_ADD_PARTICIPANTS = participants.insert()
_ESTIMATES = (SOURCE_NUMBERS[ValueSource.ESTIMATE], SOURCE_NUMBERS[ValueSource.TYPICAL])
_HEAD = [
    column for column in killmails.c if column.name not in {"items", "received_at", "published_at"}
]


async def load_known(tx: Transaction, ids: Collection[KillmailId]) -> set[KillmailId]:
    """Those among these that are stored, pruned or not."""
    known: set[KillmailId] = set()
    for chunk in chunks(ids):
        known.update(await tx.scalars(_KNOWN, {"ids": chunk}))
    return known


async def save_new(tx: Transaction, arrivals: Sequence[Arrival]) -> None:
    """Store killmails that are not known yet, each once, with attackers, items and sums.

    The caller has the turn (`storage.turns.BATTLES`): nobody else stores killmails meanwhile.
    """
    await execute_many(tx, _ADD_KILLMAILS, KILLMAIL, [killmail_row(a) for a in arrivals])
    mails = [arrival.killmail for arrival in arrivals]
    await execute_many(tx, _ADD_PARTICIPANTS, PARTICIPANT, participant_rows(mails))
    add_sums = insert_or_add(tx.dialect.name, item_sums, ("destroyed", "dropped"))
    await execute_many(tx, add_sums, ITEM_SUM, item_sum_rows(mails))


async def load_killmails(tx: Transaction, ids: Collection[KillmailId]) -> list[Killmail]:
    """The stored killmails among these, by time, then id; with attackers (none where pruned), without items."""
    rows = await _load_rows(tx, ids)
    attackers = await load_attackers(tx, ids)
    return _by_time(killmail_of(row, attackers.get(row.id, ())) for row in rows)


async def load_victims(tx: Transaction, ids: Collection[KillmailId]) -> list[Killmail]:
    """The same without attackers: much less to read."""
    return _by_time(killmail_of(row, ()) for row in await _load_rows(tx, ids))


async def _load_rows(tx: Transaction, ids: Collection[KillmailId]) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for chunk in chunks(ids):
        rows += (await tx.execute(select(*_HEAD).where(killmails.c.id.in_(chunk)))).all()
    return rows


def _by_time(mails: Iterable[Killmail]) -> list[Killmail]:
    return sorted(mails, key=lambda mail: (mail.time, mail.id))


async def load_attackers(
    tx: Transaction, ids: Collection[KillmailId]
) -> dict[int, Sequence[Attacker]]:
    """The attackers of stored killmails, in the order of each mail; none where they were pruned."""
    found: dict[int, list[Attacker]] = {}
    for chunk in chunks(ids):
        wanted = select(participants).where(participants.c.killmail_id.in_(chunk))
        ordered = wanted.order_by(participants.c.killmail_id, participants.c.ordinal)
        for row in (await tx.execute(ordered)).all():
            found.setdefault(row.killmail_id, []).append(attacker_of(row))
    return dict(found)


async def load_items(tx: Transaction, killmail_id: KillmailId) -> tuple[Item, ...] | None:
    """What the victim carried; None when the killmail is not stored or its items have been pruned."""
    blob = await tx.scalar(select(killmails.c["items"]).where(killmails.c.id == killmail_id))
    return unpack_items(blob)


async def load_heat(tx: Transaction, *, where: ColumnElement[bool]) -> dict[SystemId, Heat]:
    """Kills per system, of those that a condition on `killmails` takes."""
    unpriced = func.sum(case((killmails.c.value.is_(None), 1), else_=0))
    query: Select[Any] = (
        select(
            killmails.c.system_id,
            func.count().label("kills"),
            func.coalesce(func.sum(killmails.c.value), 0.0).label("isk"),
            unpriced.label("unpriced"),
            func.sum(case((killmails.c.value_source.in_(_ESTIMATES), 1), else_=0)).label(
                "estimated"
            ),
        )
        .where(where)
        .group_by(killmails.c.system_id)
    )
    return {
        SystemId(row.system_id): Heat(
            kills=row.kills,
            isk=IskSum(isk=row.isk, unpriced=row.unpriced, estimated=row.estimated),
        )
        for row in (await tx.execute(query)).all()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What `/status` says of the store."""

    killmails: int
    last_kill_id: KillmailId | None
    last_kill_at: datetime | None
    last_received_at: datetime | None


async def load_totals(tx: Transaction) -> Totals:
    """How many killmails there are, the latest kill, and when a mail last came in."""
    latest = select(killmails.c.id, killmails.c.time).order_by(killmails.c.time.desc()).limit(1)
    last = (await tx.execute(latest)).one_or_none()
    return Totals(
        killmails=await load_count(tx),
        last_kill_id=last[0] if last else None,
        last_kill_at=last[1] if last else None,
        last_received_at=await load_last_received(tx),
    )
