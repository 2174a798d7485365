"""How many killmails there are, without counting them all each time somebody asks.

Once a day they are counted up to an hour before, and the sum is remembered; who asks counts what came in since. That is
exact: killmails are never deleted, they come in in the order of the clock but for moments, and those of the last day
are never pruned, so the index of what is not pruned holds them all.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, select

from services.storage.columns import to_milliseconds, to_moment
from services.storage.database import Database, Transaction
from services.storage.marks import load_mark, save_mark
from services.storage.tables import killmails

_COUNTED = "killmails counted"
_SETTLED = timedelta(hours=1)
"""A killmail that came in so long ago is stored by now, or will never be."""
_UNPRUNED = killmails.c.pruned == false()


async def load_count(tx: Transaction) -> int:
    """How many are stored. Counts every one only while nobody has done so before."""
    noted = await load_mark(tx, _COUNTED)
    if noted is None:
        return int(await tx.scalar(select(func.count()).select_from(killmails)) or 0)
    counted, until = noted.split()
    return int(counted) + await _count_since(tx, to_moment(int(until)))


async def load_last_received(tx: Transaction) -> datetime | None:
    """When one came in last."""
    last = func.max(killmails.c.received_at)
    found: datetime | None = await tx.scalar(select(last).where(_UNPRUNED))
    # All are pruned: nothing came in for months.
    return found or await tx.scalar(select(last))


async def count_anew(database: Database, *, now: datetime) -> None:
    """Count every one and remember the sum. To be done before details are pruned, once a day."""
    until = now - _SETTLED
    async with database.read() as tx:
        every = int(await tx.scalar(select(func.count()).select_from(killmails)) or 0)
        counted = every - await _count_since(tx, until)
    async with database.write() as tx:
        note = f"{counted} {to_milliseconds(until)}"
        await save_mark(tx, _COUNTED, note, now=now)


async def _count_since(tx: Transaction, moment: datetime) -> int:
    since: ColumnElement[bool] = and_(_UNPRUNED, killmails.c.received_at >= moment)
    return int(await tx.scalar(select(func.count()).select_from(killmails).where(since)) or 0)
