"""Small facts by name that must outlive a restart: hashes, heartbeats, switches, versions."""

from datetime import datetime

from sqlalchemy import BigInteger, case, delete, select, type_coerce

from services.storage.database import Transaction
from services.storage.statements import insert, save
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


async def touch_mark(tx: Transaction, name: str, *, now: datetime) -> None:
    """Write it with another time than ever before, so that its time is a version: another one says what changed.

    Later by a millisecond at least, be it within one millisecond or after the clock was set back, and whoever else does
    the same at once.
    """
    statement = insert(tx, marks).values(name=name, text="", updated_at=now)
    before = type_coerce(marks.c.updated_at, BigInteger)
    wanted = type_coerce(statement.excluded.updated_at, BigInteger)
    later = case((before >= wanted, before + 1), else_=wanted)
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"updated_at": later})
    )
