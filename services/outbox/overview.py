"""The outbox from above: how much waits, what is refused, and whether the operator holds everything back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from services.domain.delivery import Destination, DestinationKind
from services.outbox.due import is_open, next_due, ours
from services.outbox.states import PENDING, SENDING
from services.storage.database import Transaction
from services.storage.marks import drop_mark, load_mark, save_mark
from services.storage.tables import destinations, outbox

_HELD = "outbox held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What `/status` says of the outbox."""

    waiting: int
    oldest_due_at: datetime | None
    by_state: dict[str, int]


async def load_queue(tx: Transaction) -> Queue:
    """Rows by state; `waiting` are those due or in hand."""
    rows = (await tx.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))).all()
    by_state = {str(state): int(count) for state, count in rows}
    return Queue(
        waiting=by_state.get(PENDING, 0) + by_state.get(SENDING, 0),
        oldest_due_at=await next_due(tx),
        by_state=by_state,
    )


async def load_waiting_since(tx: Transaction) -> datetime | None:
    """Since when the message waits that has waited longest, of those that could be sent; None when none does.

    A post waits since it was put, however often it was tried; an edit since it was due.
    """
    since = case((outbox.c.message_id.is_(None), outbox.c.created_at), else_=outbox.c.due_at)
    found: datetime | None = await tx.scalar(
        select(func.min(since)).where(
            outbox.c.state.in_((PENDING, SENDING)), is_open(), ours(outbox)
        )
    )
    return found


async def load_blocked(tx: Transaction) -> dict[Destination, str]:
    """Destinations that Discord refuses, with the reason."""
    rows = (await tx.execute(select(destinations))).all()
    return {Destination(DestinationKind(row.kind), row.id): row.reason for row in rows}


async def is_held(tx: Transaction) -> bool:
    """True while the operator holds everything back."""
    return await load_mark(tx, _HELD) is not None


async def hold(tx: Transaction, *, now: datetime) -> None:
    """Send nothing until `release`; rows gather meanwhile, and old ones expire as ever."""
    await save_mark(tx, _HELD, now=now)


async def release(tx: Transaction) -> None:
    """Send again."""
    await drop_mark(tx, _HELD)
