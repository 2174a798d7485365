"""Which rows may be sent now: due, their channel free and open, no earlier post waiting before them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, or_, select, tuple_

from services.domain.delivery import Destination
from services.domain.message import MESSAGE_VERSION
from services.outbox.codec import KINDS
from services.outbox.states import PENDING, SENDING
from services.storage.database import Transaction
from services.storage.tables import destinations, outbox


def candidates(now: datetime, *, limit: int, busy: Sequence[Destination]) -> Any:
    """The first row of each destination that may be sent: one statement, so that it sees one moment."""
    waiting, held = outbox.alias("waiting"), outbox.alias("held")
    first_posts = (
        select(func.min(waiting.c.id))
        .where(
            waiting.c.state == PENDING,
            waiting.c.message_id.is_(None),
            waiting.c.created_at <= now,  # what is put for later holds up nothing until then
            ours(waiting),
        )
        .group_by(waiting.c.destination_kind, waiting.c.destination_id)
    )
    in_hand = select(held.c.destination_kind, held.c.destination_id).where(held.c.state == SENDING)
    free = [
        or_(outbox.c.destination_kind != place.kind, outbox.c.destination_id != place.id)
        for place in busy
    ]
    return (
        select(func.min(outbox.c.id).label("first"))
        .where(
            outbox.c.state == PENDING,
            outbox.c.due_at <= now,
            ours(outbox),
            or_(outbox.c.message_id.is_not(None), outbox.c.id.in_(first_posts)),
            tuple_(outbox.c.destination_kind, outbox.c.destination_id).not_in(in_hand),
            is_open(),
            *free,
        )
        .group_by(outbox.c.destination_kind, outbox.c.destination_id)
        .order_by("first")
        .limit(limit)
    )


def ours(rows: FromClause) -> ColumnElement[bool]:
    """Not of a newer War Room: what that wrote is not sent, not changed, and holds nothing up."""
    return and_(rows.c.version <= MESSAGE_VERSION, rows.c.kind.in_(KINDS))


def is_open() -> ColumnElement[bool]:
    """The row's destination takes messages."""
    return ~(
        select(destinations.c.id)
        .where(
            destinations.c.kind == outbox.c.destination_kind,
            destinations.c.id == outbox.c.destination_id,
        )
        .exists()
    )


async def next_due(tx: Transaction) -> datetime | None:
    """When the earliest pending row of a destination that takes messages becomes due; None when there is none."""
    found: datetime | None = await tx.scalar(
        select(func.min(outbox.c.due_at)).where(outbox.c.state == PENDING, is_open(), ours(outbox))
    )
    return found
