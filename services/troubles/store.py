"""The queries of troubles. Every function works inside the caller's transaction and never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, or_, select, update

from services.domain.trouble import Trouble, TroubleState
from services.storage.database import Transaction
from services.storage.tables import troubles
from services.troubles.rules import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A row."""

    id: int
    state: TroubleState
    seen_at: datetime
    told: Told


async def load_since(tx: Transaction, moment: datetime) -> list[Stored]:
    """Troubles that are open, or ended at this moment or later, oldest row first; none of a kind that is not known."""
    wanted = or_(troubles.c.ended_at.is_(None), troubles.c.ended_at >= moment)
    known = troubles.c.kind.in_(list(Trouble))
    rows = (await tx.execute(select(troubles).where(wanted, known).order_by(troubles.c.id))).all()
    return [_stored(row) for row in rows]


def _stored(row: Row[*tuple[Any, ...]]) -> Stored:
    return Stored(
        id=row.id,
        state=TroubleState(
            trouble=Trouble(row.kind),
            subject=row.subject,
            detail=row.detail,
            began_at=row.began_at,
            ended_at=row.ended_at,
            times=row.times,
            confirmed=False,
        ),
        seen_at=row.seen_at,
        told=Told(row.told),
    )


async def save(
    tx: Transaction, row_id: int | None, state: TroubleState, *, seen_at: datetime, told: Told
) -> int:
    """Write it, as a new row where it has none; returns the row's id."""
    values = {
        "kind": state.trouble,
        "subject": state.subject,
        "detail": state.detail,
        "began_at": state.began_at,
        "seen_at": seen_at,
        "ended_at": state.ended_at,
        "times": state.times,
        "told": told,
    }
    if row_id is not None:
        await tx.execute(update(troubles).where(troubles.c.id == row_id).values(values))
        return row_id
    new: int | None = await tx.scalar(troubles.insert().values(values).returning(troubles.c.id))
    assert new is not None
    return new


async def prune(tx: Transaction, *, before: datetime) -> int:
    """Forget troubles that ended before this."""
    result = await tx.execute(delete(troubles).where(troubles.c.ended_at < before))
    return int(result.rowcount)


def find_same(rows: Sequence[Stored], state: TroubleState) -> Stored | None:
    """The open row of the same kind and subject, which another process wrote."""
    return next(
        (
            row
            for row in rows
            if row.state.ended_at is None
            and (row.state.trouble, row.state.subject) == (state.trouble, state.subject)
        ),
        None,
    )
