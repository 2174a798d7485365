"""Figures that only the database knows, cheap enough to be asked for every few seconds, however large it is.

What must be counted row by row is counted now and then and remembered; no row of a killmail is ever counted here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from services.domain.clock import Clock
from services.outbox.due import next_due
from services.outbox.states import DEAD, PENDING, SENDING, UNCERTAIN
from services.storage.battle_tables import battles
from services.storage.database import Database, Transaction
from services.storage.tables import gaps, names, outbox, quarantine

COUNTED_EVERY = timedelta(minutes=5)
_SHOWN = (PENDING, SENDING, DEAD, UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is counted now and then."""

    battles: int
    names: int
    quarantined: int
    """Killmails that could not be read, all that are kept."""
    database_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A look at `now`."""

    now: datetime
    outbox: dict[str, int]
    """Messages by state: those on their way, and those that never arrived."""
    oldest_due_at: datetime | None
    """When the next message that can be sent is (or was) due; None where none waits."""
    gaps: int
    """Stretches of the feed that have expired and are not filled from the history yet."""
    counts: Counts

    @property
    def late(self) -> timedelta:
        """How long the oldest message that is due has been waiting."""
        if self.oldest_due_at is None:
            return timedelta(0)
        return max(self.now - self.oldest_due_at, timedelta(0))


class Stocktaker:
    """Looks, and remembers what was counted."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self.database = database
        self._clock = clock
        self._counts: Counts | None = None
        self._counted_at: datetime | None = None

    async def look(self) -> Stock:
        """A look now. Raises what the database raises."""
        now = self._clock()
        async with self.database.read() as tx:
            states = await _load_states(tx)
            due = await next_due(tx)
            unfilled = select(func.count()).select_from(gaps).where(gaps.c.filled_at.is_(None))
            open_gaps = int(await tx.scalar(unfilled) or 0)
        counts = await self._count(now)
        return Stock(now=now, outbox=states, oldest_due_at=due, gaps=open_gaps, counts=counts)

    async def _count(self, now: datetime) -> Counts:
        fresh = self._counted_at is not None and now - self._counted_at < COUNTED_EVERY
        if self._counts is None or not fresh:
            async with self.database.read() as tx:
                found = [
                    int(await tx.scalar(select(func.count()).select_from(table)) or 0)
                    for table in (battles, names, quarantine)
                ]
            self._counts = Counts(
                battles=found[0],
                names=found[1],
                quarantined=found[2],
                database_bytes=await self.database.size(),
            )
            self._counted_at = now
        return self._counts


async def _load_states(tx: Transaction) -> dict[str, int]:
    """Sent messages are not counted: there are many, and they say nothing."""
    query = select(outbox.c.state, func.count()).where(outbox.c.state.in_(_SHOWN))
    found = {
        str(state): int(count) for state, count in await tx.execute(query.group_by(outbox.c.state))
    }
    return {state: found.get(state, 0) for state in _SHOWN}
