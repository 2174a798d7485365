"""The same message in many channels: read and put with one statement for all of them.

A contest stands in as many channels as want it. Asked channel by channel, a thousand of them would hold the one writer
of SQLite for half a minute.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from services.domain.delivery import Destination, DestinationKind, Posting
from services.domain.ids import GuildId
from services.domain.message import Message
from services.outbox.codec import decode_message
from services.outbox.due import ours
from services.outbox.putting import new_row, putting
from services.outbox.states import DEAD, DELETED, EXPIRED, UNCERTAIN
from services.storage.database import Transaction
from services.storage.statements import chunks, insert_new
from services.storage.tables import outbox

_OVER = (DELETED, DEAD, UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """What stands under a key in one channel, or should, or did."""

    destination: Destination
    guild_id: GuildId | None
    message: Message | None
    """None: it came to its end, and will not be seen any more whatever is put there."""
    expires_at: datetime | None = None


async def load(tx: Transaction, dedupe_key: str) -> list[Stood]:
    """Under this key in every channel; what expired before it was posted does not count."""
    query = select(outbox).where(
        outbox.c.dedupe_key == dedupe_key, outbox.c.state != EXPIRED, ours(outbox)
    )
    return [
        Stood(
            destination=Destination(DestinationKind(row.destination_kind), row.destination_id),
            guild_id=row.guild_id,
            message=None
            if row.state in _OVER
            else decode_message(row.kind, row.payload, version=row.version),
            expires_at=row.expires_at,
        )
        for row in (await tx.execute(query.order_by(outbox.c.id))).all()
    ]


async def load_keys(tx: Transaction, to: str, *, kind: str) -> set[tuple[Destination, str]]:
    """The replies of this kind that were said to that message in any channel, whatever became of them."""
    query = select(outbox.c.destination_kind, outbox.c.destination_id, outbox.c.dedupe_key).where(
        outbox.c.reply_to == to, outbox.c.kind == kind, ours(outbox)
    )
    return {
        (Destination(DestinationKind(where), number), key)
        for where, number, key in (await tx.execute(query)).all()
    }


async def load_last(
    tx: Transaction, to: str, *, prefix: str
) -> dict[Destination, tuple[int, Message]]:
    """By channel the last reply to that message of which the key begins so, and how many there are."""
    query = select(outbox).where(
        outbox.c.reply_to == to,
        outbox.c.dedupe_key.startswith(prefix, autoescape=True),
        ours(outbox),
    )
    rows: dict[Destination, tuple[int, Row[Any]]] = {}
    for row in (await tx.execute(query.order_by(outbox.c.id))).all():
        place = Destination(DestinationKind(row.destination_kind), row.destination_id)
        rows[place] = rows[place][0] + 1 if place in rows else 1, row
    return {
        place: (number, decode_message(row.kind, row.payload, version=row.version))
        for place, (number, row) in rows.items()
    }


async def put(
    tx: Transaction, postings: Sequence[Posting], *, now: datetime, edit_spacing: timedelta
) -> None:
    """`store.put` of each of these, in this order."""
    spacing = edit_spacing // timedelta(milliseconds=1)
    for some in chunks(postings):
        rows = [new_row(posting, now) | {"spacing": spacing} for posting in some]
        await tx.execute(putting(tx), rows)


async def put_once(tx: Transaction, postings: Collection[Posting], *, now: datetime) -> None:
    """`store.put_once` of each of these, in this order."""
    for some in chunks(postings):
        rows = [new_row(posting, now) for posting in some]
        await tx.execute(insert_new(tx.dialect.name, outbox), rows)
