"""Small facts by name that must outlive a restart: hashes, heartbeats, switches."""

from datetime import datetime

from sqlalchemy import delete, select

from services.storage.database import Transaction
from services.storage.statements import save
from services.storage.tables import marks


async def load_mark(tx: Transaction, name: str) -> str | None:
    """The text under a name."""
    found: str | None = await tx.scalar(select(marks.c.text).where(marks.c.name == name))
    return found


async def load_mark_time(tx: Transaction, name: str) -> datetime | None:
    """When the text under a name was last written."""
    found: datetime | None = await tx.scalar(select(marks.c.updated_at).where(marks.c.name == name))
    return found


async def save_mark(tx: Transaction, name: str, text: str = "", *, now: datetime) -> None:
    """Write it."""
    await save(tx, marks, {"name": name, "text": text, "updated_at": now})


async def drop_mark(tx: Transaction, name: str) -> None:
    """Forget it."""
    await tx.execute(delete(marks).where(marks.c.name == name))
