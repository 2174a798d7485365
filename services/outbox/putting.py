"""How a message is put into the outbox: its row, and the statement that makes or changes one."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, case, or_, type_coerce

from services.domain.delivery import Posting
from services.domain.message import MESSAGE_VERSION
from services.outbox.codec import KINDS, encode_message
from services.outbox.states import EXPIRED, PENDING, SENT
from services.storage.database import Transaction
from services.storage.statements import insert
from services.storage.tables import outbox


def new_row(posting: Posting, moment: datetime) -> dict[str, Any]:
    """A row that is to be sent from this moment on; until then nothing knows of it, and so it counts as made then."""
    kind, payload = encode_message(posting.message)
    return {
        "guild_id": posting.guild_id,
        "destination_kind": posting.destination.kind,
        "destination_id": posting.destination.id,
        "dedupe_key": posting.dedupe_key,
        "reply_to": posting.reply_to,
        "kind": kind,
        "version": MESSAGE_VERSION,
        "payload": payload,
        "state": PENDING,
        "revision": 1,
        "sent_revision": 0,
        "attempts": 0,
        "nonce": str(secrets.randbits(63) | 1),
        "created_at": moment,
        "due_at": moment,
        "expires_at": posting.expires_at,
    }


_PUTTING: dict[str, Any] = {}


def putting(tx: Transaction) -> Any:
    """The statement, for `new_row` with the `spacing` of edits in milliseconds.

    Made once a dialect: building it costs more than running it.
    """
    made = _PUTTING.get(tx.dialect.name)
    if made is not None:
        return made
    statement = insert(tx, outbox)
    new_due = type_coerce(statement.excluded.due_at, BigInteger)
    old_due = type_coerce(outbox.c.due_at, BigInteger)
    next_edit = type_coerce(outbox.c.sent_at, BigInteger) + bindparam("spacing", type_=BigInteger)
    soonest = case((next_edit > new_due, next_edit), else_=new_due)
    # No IN here: a statement that is run for many rows at once cannot have one.
    wakes = or_(outbox.c.state == SENT, outbox.c.state == EXPIRED)
    spaced = and_(
        outbox.c.state == PENDING, outbox.c.message_id.is_not(None), outbox.c.error.is_(None)
    )
    version = outbox.c.version <= MESSAGE_VERSION
    kind = or_(*(outbox.c.kind == known for known in KINDS))
    changes = {
        "kind": statement.excluded.kind,
        "version": statement.excluded.version,
        "payload": statement.excluded.payload,
        "revision": outbox.c.revision + 1,
        "state": case((wakes, PENDING), else_=outbox.c.state),
        "due_at": case((wakes, soonest), (and_(spaced, soonest < old_due), soonest), else_=old_due),
        "attempts": case((wakes, 0), else_=outbox.c.attempts),
        "expires_at": statement.excluded.expires_at,
    }
    made = statement.on_conflict_do_update(
        index_elements=["destination_kind", "destination_id", "dedupe_key"],
        set_=changes,
        where=and_(outbox.c.payload != statement.excluded.payload, version, kind),
    )
    return _PUTTING.setdefault(tx.dialect.name, made)
