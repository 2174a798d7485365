"""What the feed must remember over a restart: where it was, until when it must be quiet, which numbers were missing.

The position moves in the pipeline's transaction (`move_cursor`), everything else in small ones of its own.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from services.domain.clock import Clock
from services.domain.killmail import Rejected
from services.feeds.items import FeedNote, Hole, HoleFilled
from services.storage.database import Database, Transaction
from services.storage.statements import insert_new, save
from services.storage.tables import cursors, holes, quarantine

REFERENCE_LENGTH = 255


async def move_cursor(tx: Transaction, name: str, position: int, *, now: datetime) -> None:
    """The feed has been read up to and including `position`."""
    row = {"name": name, "position": position, "paused_until": None, "updated_at": now}
    await save(tx, cursors, row, keep=("paused_until",))


async def remember(tx: Transaction, notes: Sequence[FeedNote], *, now: datetime) -> None:
    """Write down what a feed wants remembered."""
    await _save_holes(tx, [note.sequence for note in notes if isinstance(note, Hole)], now=now)
    await _fill_holes(tx, [note.sequence for note in notes if isinstance(note, HoleFilled)])


async def _save_holes(tx: Transaction, sequences: Iterable[int], *, now: datetime) -> None:
    """Numbers that the feed skipped are asked for again until they are found or given up."""
    rows = [
        {
            "sequence": sequence,
            "seen_at": now,
            "tries": 0,
            "next_try_at": now,
            "found": False,
        }
        for sequence in sequences
    ]
    if rows:
        await tx.execute(insert_new(tx.dialect.name, holes), rows)


async def save_rejected(tx: Transaction, rejected: Iterable[Rejected], *, now: datetime) -> None:
    """Put what could not be read into quarantine; the same place twice is kept once."""
    rows = [
        {
            "source": item.source,
            "reference": item.reference[-REFERENCE_LENGTH:],
            "reason": item.reason,
            "body": item.body,
            "seen_at": now,
        }
        for item in rejected
    ]
    if rows:
        await tx.execute(insert_new(tx.dialect.name, quarantine), rows)


async def _fill_holes(tx: Transaction, sequences: Collection[int]) -> None:
    """These missing numbers have come."""
    if sequences:
        await tx.execute(
            update(holes)
            .where(holes.c.sequence.in_(sequences))
            .values(found=True, next_try_at=None, tries=holes.c.tries + 1)
        )


class FeedMemoryStore:
    """The feed's memory (`services.feeds.r2z2.FeedMemory`), in tables."""

    def __init__(
        self,
        database: Database,
        *,
        name: str,
        clock: Clock,
        hole_retry: timedelta,
        hole_lifetime: timedelta,
    ) -> None:
        self._database = database
        self._hole_retry = hole_retry
        self._hole_lifetime = hole_lifetime
        self._name = name
        self._clock = clock

    async def load_cursor(self) -> int | None:
        """The last number that was stored; None before the first."""
        async with self._database.read() as tx:
            found: int | None = await tx.scalar(
                select(cursors.c.position).where(cursors.c.name == self._name)
            )
        return found

    async def load_pause(self) -> datetime | None:
        """Until when the upstream wants to be left alone; None when it does not mind."""
        async with self._database.read() as tx:
            found: datetime | None = await tx.scalar(
                select(cursors.c.paused_until).where(cursors.c.name == self._name)
            )
        return found

    async def save_pause(self, until: datetime | None) -> None:
        """Remember a ban (or, with None, its end)."""
        row = {
            "name": self._name,
            "position": None,
            "paused_until": until,
            "updated_at": self._clock(),
        }
        async with self._database.write() as tx:
            await save(tx, cursors, row, keep=("position",))

    async def due_holes(self, now: datetime) -> Sequence[int]:
        """Missing numbers that are to be asked for again, lowest first."""
        query = (
            select(holes.c.sequence).where(holes.c.next_try_at <= now).order_by(holes.c.sequence)
        )
        async with self._database.read() as tx:
            return list(await tx.scalars(query.limit(50)))

    async def save_hole_attempt(self, sequence: int, *, found: bool, now: datetime) -> None:
        """Note a try; after its lifetime without success the number is given up."""
        async with self._database.write() as tx:
            seen_at = await tx.scalar(select(holes.c.seen_at).where(holes.c.sequence == sequence))
            over = found or seen_at is None or now - seen_at >= self._hole_lifetime
            await tx.execute(
                update(holes)
                .where(holes.c.sequence == sequence)
                .values(
                    tries=holes.c.tries + 1,
                    next_try_at=None if over else now + self._hole_retry,
                    found=found,
                )
            )
