"""The queries of the history of sovereignty: one row an hour, to which each answer adds what it changed.

The first row tells since when anything was watched, though it may hold no change.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from services.domain.ids import SystemId
from services.sovereignty.changes import Packed, decode, encode, multipliers
from services.storage.database import Transaction
from services.storage.statements import save
from services.storage.world_tables import sov_history

_HOUR = timedelta(hours=1)


async def save_changes(tx: Transaction, packed: Packed, at: datetime) -> None:
    """Keep what an answer that was true at `at` changed."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    query = select(sov_history).where(sov_history.c.at >= hour, sov_history.c.at < hour + _HOUR)
    row = (await tx.execute(query.order_by(sov_history.c.at).limit(1))).first()
    if row is not None:
        packed = decode(row.changes) + packed
    values = {"at": row.at if row is not None else at, "changes": encode(packed)}
    await save(tx, sov_history, values)


async def load_multipliers(
    tx: Transaction, system_id: SystemId, since: datetime
) -> list[tuple[datetime, float | None, float | None]]:
    """Each change of a system's defence multiplier in the rows that reach behind `since`, oldest first."""
    query = select(sov_history.c.changes).where(sov_history.c.at > since - _HOUR)
    blobs = (await tx.scalars(query.order_by(sov_history.c.at))).all()
    return multipliers(blobs, system_id)


async def load_watched_since(tx: Transaction) -> datetime | None:
    """When the first answer that is still known of was true."""
    column = sov_history.c.at
    found: datetime | None = await tx.scalar(select(func.min(column, type_=column.type)))
    return found


async def prune(tx: Transaction, *, before: datetime) -> None:
    """Forget what is older."""
    await tx.execute(delete(sov_history).where(sov_history.c.at < before))
