"""Filters that somebody searched by, remembered by a short key for as long as their lists may be leafed through.

A button holds a hundred characters, a filter thousands; the buttons of a list must work after a restart. So the
filter is kept here, once per content, and the button holds its key.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete

from services.domain.errors import UserError
from services.domain.filter import Filter
from services.filters.data import decode, encode
from services.storage.database import Transaction
from services.storage.marks import load_mark, save_mark
from services.storage.tables import marks

KEPT = timedelta(days=7)
"""After the last time that the same was searched for. A list is about hours and days; nobody leafs in an older
one."""
_MARK = "search "


async def remember(tx: Transaction, wanted: Filter, *, now: datetime) -> str:
    """Keep a filter; gives its key, 16 signs. Those kept for too long go."""
    text = encode(wanted)
    key = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    await save_mark(tx, _MARK + key, text, now=now)
    old = marks.c.name.startswith(_MARK), marks.c.updated_at < now - KEPT
    await tx.execute(delete(marks).where(*old))
    return key


async def recall(tx: Transaction, key: str) -> Filter:
    """The filter of a key. UserError when it has been forgotten."""
    text = await load_mark(tx, _MARK + key)
    if text is None:
        raise UserError("This list is too old to be turned. Use `/kill search` again.")
    return decode(text)
