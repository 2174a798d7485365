"""One at a time: transactions that read what stands there and write what follows from it.

Two processes on one PostgreSQL would each miss what the other has not committed yet. On SQLite writers queue anyway.
"""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

BATTLES = 1
"""Whoever stores killmails or changes battles. Numbers are never used for something else."""


SCHEMA = 2
"""Whoever changes the tables themselves."""


NEWS = 3
"""Whoever tells of occurrences, campaigns and timers: digests and cards are read, added to and written back."""


async def take_turn(tx: AsyncConnection, what: int) -> None:
    """Wait until no other transaction has this turn; it ends with the transaction. To be asked for first of all."""
    if tx.dialect.name == "postgresql":
        await tx.execute(select(func.pg_advisory_xact_lock(what)))
