"""The outbox's rows: put, claimed, settled. One row is one message, however often it is edited.

`revision` counts what should stand in the channel, `sent_revision` what does. A row is `pending` while the first is
ahead, `sending` while somebody holds it, `sent` when they agree. The other states are ends: `deleted` (somebody removed
the message), `dead` (can never be sent), `expired` (too old to be news), `uncertain` (may or may not stand there, and
the channel cannot be read: reported, never repeated).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    case,
    delete,
    func,
    literal,
    select,
    update,
)

from services.domain.delivery import Delivery, Destination, DestinationKind, Posting
from services.domain.ids import GuildId, MessageId
from services.domain.message import Message
from services.outbox import unnamed
from services.outbox.codec import NAMELESS, decode_message
from services.outbox.due import candidates, ours
from services.outbox.putting import new_row, putting
from services.outbox.states import DEAD, DELETED, EXPIRED, PENDING, SENDING, SENT, UNCERTAIN
from services.storage.columns import UtcTime
from services.storage.database import Transaction
from services.storage.statements import chunks, insert_new, save
from services.storage.tables import destinations, outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery with what the worker must know about its past."""

    delivery: Delivery
    attempt: int
    """Which try this is, from 1."""
    unsure_since: datetime | None
    """Since when an earlier post of it may stand in the channel."""


async def put(
    tx: Transaction,
    posting: Posting,
    *,
    now: datetime,
    edit_spacing: timedelta,
    due_at: datetime | None = None,
) -> None:
    """Say that this should stand there. A pending row takes the newer content, a sent message becomes due for an edit.

    `due_at`: it is not to be posted before, and holds up nothing until then. The same content again changes nothing. An
    edit that waits only for its spacing, and is put again with a shorter one, is due that much earlier.
    """
    row = new_row(posting, now if due_at is None else max(now, due_at))
    row["spacing"] = edit_spacing // timedelta(milliseconds=1)
    await tx.execute(putting(tx), row)


async def put_once(tx: Transaction, posting: Posting, *, now: datetime) -> bool:
    """Say this; False where something was said under its key before."""
    result = await tx.execute(insert_new(tx.dialect.name, outbox), new_row(posting, now))
    return bool(result.rowcount)


_LIVING = outbox.c.state.in_((PENDING, SENDING, SENT))
_ENDED = outbox.c.state.in_((DELETED, DEAD, UNCERTAIN))
"""For good; what only expired is said after all when it is put again."""
_UNPOSTED = and_(
    outbox.c.state == PENDING, outbox.c.message_id.is_(None), outbox.c.unsure_since.is_(None)
)
"""Certainly not posted yet; tries that were refused do not count."""


async def load_messages(tx: Transaction, dedupe_keys: Iterable[str]) -> list[Posting]:
    """What stands (or should) under these keys, in every destination, unless its end has come."""
    rows: list[Row[*tuple[Any, ...]]] = []
    for chunk in chunks(dedupe_keys):
        query = select(outbox).where(outbox.c.dedupe_key.in_(chunk), _LIVING, ours(outbox))
        rows += (await tx.execute(query.order_by(outbox.c.id))).all()
    return [_posting(row) for row in rows]


async def find_message(
    tx: Transaction, destination: Destination, dedupe_key: str
) -> Posting | None:
    """What stands (or should) under this key in one destination, unless its end has come."""
    query = select(outbox).where(_under(destination, dedupe_key), _LIVING, ours(outbox))
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _posting(row)


async def find_ended(tx: Transaction, destination: Destination, dedupe_key: str) -> Posting | None:
    """What was said under this key and will not be seen any more, whatever is put there; None for all else."""
    query = select(outbox).where(_under(destination, dedupe_key), _ENDED, ours(outbox))
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _posting(row)


async def load_unsent(tx: Transaction, destination: Destination) -> list[Posting]:
    """What certainly was not posted there yet, oldest first: it can still be taken back (`withdraw`)."""
    query = select(outbox).where(
        outbox.c.destination_kind == destination.kind,
        outbox.c.destination_id == destination.id,
        _UNPOSTED,
        ours(outbox),
    )
    return [_posting(row) for row in (await tx.execute(query.order_by(outbox.c.id))).all()]


def _posting(row: Row[*tuple[Any, ...]]) -> Posting:
    return Posting(
        destination=_destination(row),
        guild_id=row.guild_id,
        dedupe_key=row.dedupe_key,
        message=_message(row),
        expires_at=row.expires_at,
        reply_to=row.reply_to,
        posted=row.message_id is not None or row.unsure_since is not None or row.state == SENDING,
    )


async def claim(
    tx: Transaction, *, worker: str, now: datetime, limit: int, busy: Sequence[Destination] = ()
) -> list[Claimed]:
    """Take the next due row of up to `limit` destinations.

    Posts of a destination keep their order: a later one waits for an earlier one that must be tried again. Edits do
    not hold posts up. Destinations that are blocked, or in `busy`, or held by another worker, are passed over.
    """
    await _expire(tx, now=now)
    chosen = list(await tx.scalars(candidates(now, limit=limit, busy=busy)))
    if not chosen:
        return []
    taking = (
        update(outbox)
        .where(outbox.c.id.in_(chosen), outbox.c.state == PENDING)
        .values(
            state=SENDING,
            claimed_by=worker,
            claimed_at=now,
            attempts=outbox.c.attempts + 1,
            # Should the answer be lost, this is what may stand there.
            unsure_revision=func.coalesce(outbox.c.unsure_revision, outbox.c.revision),
        )
        .returning(outbox)
    )
    rows = sorted((await tx.execute(taking)).all(), key=lambda row: int(row.id))
    return [_claimed(row, await _answered(tx, row)) for row in rows]


async def _answered(tx: Transaction, row: Row[*tuple[Any, ...]]) -> MessageId | None:
    """The message that a row answers, if that stands."""
    if row.reply_to is None:
        return None
    found: MessageId | None = await tx.scalar(
        select(outbox.c.message_id).where(_under(_destination(row), row.reply_to))
    )
    return found


_NO_NEWS = "it could not be sent while it was news"


async def _expire(tx: Transaction, *, now: datetime) -> None:
    await tx.execute(
        update(outbox)
        .where(
            _UNPOSTED,
            outbox.c.expires_at < now,
        )
        .values(state=EXPIRED, error=func.coalesce(outbox.c.error, _NO_NEWS))
    )


def _claimed(row: Row[*tuple[Any, ...]], answered: MessageId | None) -> Claimed:
    return Claimed(
        delivery=Delivery(
            id=row.id,
            destination=_destination(row),
            guild_id=row.guild_id,
            message=_message(row),
            revision=row.revision,
            nonce=row.nonce,
            message_id=row.message_id,
            reply_to=answered,
            unsure=row.unsure_since is not None,
        ),
        attempt=row.attempts,
        unsure_since=row.unsure_since,
    )


def _under(destination: Destination, dedupe_key: str) -> ColumnElement[bool]:
    """The row of one message."""
    return and_(
        outbox.c.destination_kind == destination.kind,
        outbox.c.destination_id == destination.id,
        outbox.c.dedupe_key == dedupe_key,
    )


def _destination(row: Row[*tuple[Any, ...]]) -> Destination:
    return Destination(DestinationKind(row.destination_kind), row.destination_id)


def _message(row: Row[*tuple[Any, ...]]) -> Message:
    return decode_message(row.kind, row.payload, version=row.version)


async def settle(
    tx: Transaction,
    claimed: Claimed,
    message_id: int,
    *,
    now: datetime,
    edit_spacing: timedelta,
    missing: Collection[int] = (),
) -> None:
    """It stands there. What changed meanwhile becomes due for an edit; for names `missing` it waits.

    Due is also a post repeated after a lost answer: Discord may have kept the older revision of it, or the same one
    drawn when fewer names were known.
    """
    sent = claimed.delivery.revision
    if claimed.unsure_since is not None and claimed.delivery.message_id is None:
        query = select(outbox.c.unsure_revision, outbox.c.kind)
        found = (await tx.execute(query.where(outbox.c.id == claimed.delivery.id))).one_or_none()
        if found is not None:
            sent = min(sent, found.unsure_revision or sent) if found.kind in NAMELESS else 0
    next_edit = literal(now + edit_spacing, UtcTime)
    settled = await tx.execute(
        update(outbox)
        .where(outbox.c.id == claimed.delivery.id, outbox.c.state == SENDING)
        .values(
            state=case((outbox.c.revision > sent, PENDING), else_=SENT),
            due_at=case((outbox.c.revision > sent, next_edit), else_=outbox.c.due_at),
            sent_revision=sent,
            message_id=message_id,
            sent_at=now,
            attempts=0,
            error=None,
            unsure_since=None,
            unsure_revision=None,
            claimed_by=None,
            claimed_at=None,
        )
    )
    if settled.rowcount:
        await unnamed.remember(tx, claimed.delivery.id, missing, now=now)


async def retry(
    tx: Transaction, claimed: Claimed, *, due_at: datetime, unsure: bool, counts: bool, error: str
) -> None:
    """Give the row back, due later."""
    since: Any = outbox.c.unsure_since
    if unsure and claimed.delivery.message_id is None:
        since = func.coalesce(outbox.c.unsure_since, outbox.c.claimed_at)
    await tx.execute(
        update(outbox)
        .where(outbox.c.id == claimed.delivery.id, outbox.c.state == SENDING)
        .values(
            state=PENDING,
            due_at=due_at,
            attempts=outbox.c.attempts if counts else outbox.c.attempts - 1,
            unsure_since=since,
            unsure_revision=case((since.is_(None), None), else_=outbox.c.unsure_revision),
            error=error,
            claimed_by=None,
            claimed_at=None,
        )
    )


async def finish(tx: Transaction, claimed: Claimed, state: str, *, error: str) -> None:
    """Bring the row to one of its ends. A failed edit ends only itself: the message stays, newer edits may follow."""
    ending: Any = state
    if state == DEAD and claimed.delivery.message_id is not None:
        ending = case((outbox.c.revision > claimed.delivery.revision, PENDING), else_=SENT)
    await tx.execute(
        update(outbox)
        .where(outbox.c.id == claimed.delivery.id)
        .values(state=ending, error=error, claimed_by=None, claimed_at=None)
    )


async def block(
    tx: Transaction,
    destination: Destination,
    reason: str,
    *,
    guild_id: GuildId | None,
    now: datetime,
) -> None:
    """Nothing goes to this destination until `unblock`."""
    row = {
        "kind": destination.kind,
        "id": destination.id,
        "guild_id": guild_id,
        "blocked_at": now,
        "reason": reason,
    }
    await save(tx, destinations, row, keep=("blocked_at",))


async def unblock(tx: Transaction, destination: Destination) -> None:
    """Try this destination again."""
    await tx.execute(
        delete(destinations).where(
            destinations.c.kind == destination.kind, destinations.c.id == destination.id
        )
    )


async def recover(tx: Transaction, *, claimed_before: datetime | None) -> int:
    """Rows found in the hands of a worker that is gone become pending again; posts among them may have been made.

    `claimed_before`: only leases older than this (several workers); None for all (a sole worker that just started).
    """
    stale: ColumnElement[bool] = outbox.c.state == SENDING
    if claimed_before is not None:
        stale = and_(stale, outbox.c.claimed_at < claimed_before)
    unsure = func.coalesce(outbox.c.unsure_since, outbox.c.claimed_at)
    result = await tx.execute(
        update(outbox)
        .where(stale)
        .values(
            state=PENDING,
            attempts=outbox.c.attempts - 1,
            unsure_since=case((outbox.c.message_id.is_(None), unsure), else_=None),
            claimed_by=None,
            claimed_at=None,
        )
    )
    return int(result.rowcount)


async def prune(tx: Transaction, *, before: datetime) -> int:
    """Forget rows that came to their end before this, and the names that no message waits for any more."""
    ended = outbox.c.state.in_((SENT, DELETED, DEAD, EXPIRED, UNCERTAIN))
    result = await tx.execute(
        delete(outbox).where(ended, func.coalesce(outbox.c.sent_at, outbox.c.created_at) < before)
    )
    await unnamed.tidy(tx, before=before)
    return int(result.rowcount)


async def forget_guild(tx: Transaction, guild_id: GuildId) -> None:
    """Delete everything kept for a server."""
    await tx.execute(delete(destinations).where(destinations.c.guild_id == guild_id))
    await tx.execute(delete(outbox).where(outbox.c.guild_id == guild_id))


async def forget_all(tx: Transaction) -> None:
    """Delete every message and every refusal (of a copy of a database, where nothing of it was ever posted)."""
    await tx.execute(delete(outbox))
    await tx.execute(delete(destinations))
    await unnamed.tidy(tx, before=None)


async def withdraw(tx: Transaction, destination: Destination, dedupe_key: str) -> bool:
    """Take back what was certainly not posted yet; False where it stands in the channel, or may."""
    result = await tx.execute(
        update(outbox)
        .where(
            _under(destination, dedupe_key),
            _UNPOSTED,
        )
        .values(state=EXPIRED, error=None)
    )
    return bool(result.rowcount)


async def rekey(tx: Transaction, destination: Destination, old: str, new: str) -> None:
    """The same message goes on under another key (its battle was taken in by another).

    One that stood under the new key has come to its end (else nobody would rekey); it makes room.
    """
    await tx.execute(delete(outbox).where(_under(destination, new)))
    await tx.execute(update(outbox).where(_under(destination, old)).values(dedupe_key=new))
