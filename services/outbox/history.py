"""What became of one channel's messages: those that wait, those that failed, and whether the channel takes any."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from services.domain.delivery import Destination
from services.domain.message import Message
from services.outbox.codec import decode_message
from services.outbox.due import ours
from services.outbox.states import DEAD, DELETED, EXPIRED, PENDING, SENDING, UNCERTAIN
from services.storage.database import Transaction
from services.storage.tables import destinations, outbox

_AT_MOST = 500
"""Rows looked at, the latest: with more of them the answer is clear anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostState:
    """A message that did not arrive (yet)."""

    message: Message
    due_at: datetime
    """When it was to be posted first."""
    error: str | None
    """Why it was not, as far as that was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Discord refuses a destination."""

    since: datetime
    reason: str


async def load_failed(
    tx: Transaction, destination: Destination, *, since: datetime
) -> list[PostState]:
    """Messages that came to an end with an error, the latest first; those taken back have none."""
    moment = func.coalesce(outbox.c.sent_at, outbox.c.created_at)
    query = (
        _in(destination, (DEAD, UNCERTAIN, EXPIRED, DELETED))
        .where(outbox.c.error.is_not(None), moment >= since)
        .order_by(outbox.c.id.desc())
    )
    return [_state(row) for row in (await tx.execute(query)).all()]


async def load_waiting(tx: Transaction, destination: Destination) -> list[PostState]:
    """Messages that are still to be posted, oldest first; edits are not among them."""
    query = _in(destination, (PENDING, SENDING)).where(outbox.c.message_id.is_(None))
    return [_state(row) for row in (await tx.execute(query.order_by(outbox.c.id))).all()]


async def find_refusal(tx: Transaction, destination: Destination) -> Refusal | None:
    """Since when and why a destination is refused; None while it takes messages."""
    query = select(destinations).where(
        destinations.c.kind == destination.kind, destinations.c.id == destination.id
    )
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else Refusal(since=row.blocked_at, reason=row.reason)


def _in(destination: Destination, states: Collection[str]) -> Any:
    return (
        select(outbox)
        .where(
            outbox.c.destination_kind == destination.kind,
            outbox.c.destination_id == destination.id,
            outbox.c.state.in_(states),
            ours(outbox),
        )
        .limit(_AT_MOST)
    )


def _state(row: Row[*tuple[Any, ...]]) -> PostState:
    return PostState(
        message=decode_message(row.kind, row.payload, version=row.version),
        due_at=row.created_at,
        error=row.error,
    )
