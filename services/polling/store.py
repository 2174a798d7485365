"""How every polled source stands, in a table: a restart goes on where the last process was."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from services.domain.freshness import NEVER, Freshness
from services.storage.database import Transaction
from services.storage.statements import save
from services.storage.world_tables import polls

_GRACE = timedelta(minutes=5)
"""A source that is late by less is not told as stale: an answer may take a while, and a restart does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """One source."""

    name: str
    pace: timedelta
    checked_at: datetime | None = None
    """When the last good answer came."""
    at: datetime | None = None
    """When what it told was true."""
    modified_at: datetime | None = None
    """When the source itself says that what is held was made; None where it says nothing, and of a mirror."""
    due_at: datetime | None = None
    """When the source may be asked next; None: now."""
    etag: str | None = None
    mirror: bool = False
    faults: int = 0
    """Since the last good answer, one after the other."""
    fault: str | None = None
    doubts: int = 0
    doubted_since: datetime | None = None
    doubted: str | None = None

    def freshness(self, now: datetime) -> Freshness:
        """How far its word can be trusted now."""
        if self.checked_at is None:
            return NEVER
        # However long the answer itself claims to last: its pace is how long such answers do.
        due = self.checked_at + self.pace
        late = now > due + max(_GRACE, self.pace)
        return Freshness(
            as_of=self.at or self.checked_at,
            stale_since=due if late else None,
            mirror=self.mirror,
        )


async def load_poll(tx: Transaction, name: str, *, pace: timedelta) -> PollState:
    """How a source stands; a blank one where it was never asked."""
    query = select(polls).where(polls.c.name == name)
    row = (await tx.execute(query)).mappings().one_or_none()
    return PollState(pace=pace, **(row or {"name": name}))


async def save_poll(tx: Transaction, state: PollState) -> None:
    """Keep it."""
    names = [column.name for column in polls.c]
    await save(tx, polls, {name: getattr(state, name) for name in names})


async def load_freshness(
    tx: Transaction, name: str, *, pace: timedelta, now: datetime
) -> Freshness:
    """How far the word of a source can be trusted."""
    return (await load_poll(tx, name, pace=pace)).freshness(now)
