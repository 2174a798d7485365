"""Replies: rows that answer another row of their destination. Their keys begin with that row's key and a colon.

Where a message goes on under another key, or beside another one, what was said for it counts as said there.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, select, update

from services.domain.delivery import Destination
from services.domain.message import Message
from services.outbox.codec import decode_message
from services.outbox.due import ours
from services.outbox.states import EXPIRED, PENDING, SENDING, SENT
from services.storage.database import Transaction
from services.storage.tables import outbox

_UNPOSTED = and_(
    outbox.c.state == PENDING, outbox.c.message_id.is_(None), outbox.c.unsure_since.is_(None)
)


async def follow(
    tx: Transaction, destination: Destination, old: str, new: str, *, but: Collection[str] = ()
) -> None:
    """What was said for the message `old` is said for `new`, and is not said for that again.

    `but`: keys of what is true of `old` alone, which stays as it is.

    What is still to be posted answers `new`, unless the same was said there: then it is taken back. What stands answers
    the message that it answered, as long as that has its key (`lead` for one that changes it).
    """
    said = await _keys(tx, destination, new)
    for key in sorted(await _keys(tx, destination, old) - set(but)):
        named = f"{new}{key.removeprefix(old)}"
        row = and_(_in(destination), outbox.c.dedupe_key == key)
        if named in said:
            await tx.execute(update(outbox).where(row, _UNPOSTED).values(state=EXPIRED))
            continue
        # Under that name there is at most what expired: it makes room.
        await tx.execute(delete(outbox).where(_in(destination), outbox.c.dedupe_key == named))
        await tx.execute(update(outbox).where(row, _UNPOSTED).values(reply_to=new))
        await tx.execute(update(outbox).where(row).values(dedupe_key=named))


async def lead(tx: Transaction, destination: Destination, old: str, new: str) -> None:
    """The message `old` has the key `new` from now on: what answers it goes on answering it."""
    await tx.execute(
        update(outbox).where(_in(destination), outbox.c.reply_to == old).values(reply_to=new)
    )


async def take_back(
    tx: Transaction, destination: Destination, to: str
) -> list[tuple[Message, datetime]]:
    """Take back what was to answer that message, and may be said anew; what may stand in the channel stays.

    Returns what it was, and when it was put.
    """
    rows = and_(_in(destination), outbox.c.reply_to == to, _UNPOSTED, ours(outbox))
    taking = delete(outbox).where(rows)
    taken = await tx.execute(
        taking.returning(
            outbox.c.kind, outbox.c.payload, outbox.c.version, outbox.c.created_at.label("put_at")
        )
    )
    return [
        (decode_message(row.kind, row.payload, version=row.version), row.put_at)
        for row in taken.all()
    ]


async def has_any(tx: Transaction, destination: Destination, to: str, *, kind: str) -> bool:
    """Whether a message of this kind answers that one, or is about to."""
    query = select(
        exists().where(
            _in(destination),
            outbox.c.reply_to == to,
            outbox.c.kind == kind,
            outbox.c.state.in_((PENDING, SENDING, SENT)),
        )
    )
    return bool(await tx.scalar(query))


async def _keys(tx: Transaction, destination: Destination, of: str) -> set[str]:
    """The keys of what was said for a message; what could not be sent while it was news was not said."""
    query = select(outbox.c.dedupe_key).where(
        _in(destination),
        outbox.c.dedupe_key.startswith(f"{of}:", autoescape=True),
        outbox.c.state != EXPIRED,
    )
    return set(await tx.scalars(query))


def _in(destination: Destination) -> ColumnElement[bool]:
    return and_(
        outbox.c.destination_kind == destination.kind, outbox.c.destination_id == destination.id
    )
