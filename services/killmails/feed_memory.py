"""What the feeds must remember over a restart: where they were, until when to be quiet, what is still to be read.

What belongs to killmails (the position, and the notes that come with them) is written in the pipeline's transaction
(`move_cursor`, `remember`), everything else in small ones of its own.

No number is ever simply forgotten: one that stays missing becomes a gap, which is filled from the history.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import RowMapping, and_, delete, func, or_, select, update

from services.domain.clock import Clock
from services.domain.killmail import Rejected
from services.feeds.items import (
    DueHole,
    FeedNote,
    FileRewritten,
    GapFound,
    Hole,
    HoleCounts,
    HoleFilled,
    Stretch,
    StretchOpened,
    StretchRead,
)
from services.storage.database import Database, Transaction
from services.storage.statements import chunks, insert_new, save
from services.storage.tables import cursors, gaps, holes, quarantine, stretches

log = structlog.get_logger(__name__)

REFERENCE_LENGTH = 255
_HOLES_AT_ONCE = 50
_FILES_LIVE = timedelta(hours=24)
"""A number that was missing when later ones were there had been published within this time, or its file had expired."""
_MISSING = and_(holes.c.next_try_at.is_(None), ~holes.c.found, ~holes.c.revised)


async def move_cursor(tx: Transaction, name: str, position: int, *, now: datetime) -> None:
    """The feed has been read up to and including `position`."""
    row = {"name": name, "position": position, "paused_until": None, "updated_at": now}
    await save(tx, cursors, row, keep=("paused_until",))


async def remember(tx: Transaction, notes: Sequence[FeedNote], *, now: datetime) -> None:
    """Write down what a feed wants remembered."""
    await _save_holes(tx, [note.sequence for note in notes if isinstance(note, Hole)], now=now)
    await _fill_holes(tx, [note for note in notes if isinstance(note, HoleFilled)])
    for note in notes:
        match note:
            case FileRewritten(sequence):
                await _save_rewritten(tx, sequence, now=now)
            case StretchOpened():
                await _open_stretch(tx, note, now=now)
            case StretchRead():
                await _move_stretch(tx, note, now=now)
            case GapFound():
                await _save_gap(tx, note, now=now)
            case _:
                pass


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


async def _save_holes(tx: Transaction, sequences: Collection[int], *, now: datetime) -> None:
    """Numbers that the feed skipped are asked for again until they are found or given up."""
    if not sequences:
        return
    await tx.execute(
        insert_new(tx.dialect.name, holes),
        [_hole(sequence, revised=False, now=now) for sequence in sequences],
    )
    for some in chunks(sequences):
        # Announced as rewritten before anybody had read it at all: then it is a hole like any other.
        await tx.execute(
            update(holes)
            .where(holes.c.sequence.in_(some), ~holes.c.found, holes.c.revised)
            .values(revised=False, seen_at=now, next_try_at=now, tries=0)
        )


async def _fill_holes(tx: Transaction, filled: Sequence[HoleFilled]) -> None:
    """These missing numbers have come. One that was written anew since it was asked for stays to be read."""
    for note in filled:
        own = holes.c.sequence == note.sequence
        if note.asked_at is not None:
            due = holes.c.next_try_at
            own = and_(own, or_(due.is_(None), due <= note.asked_at))
        await tx.execute(
            update(holes).where(own).values(found=True, next_try_at=None, tries=holes.c.tries + 1)
        )


async def _save_rewritten(tx: Transaction, sequence: int, *, now: datetime) -> None:
    """Read this number once more. One that has never been read stays what it is: a hole."""
    query = select(holes.c.revised).where(
        holes.c.sequence == sequence, ~holes.c.found, holes.c.next_try_at.is_not(None)
    )
    known: bool | None = await tx.scalar(query)
    await save(tx, holes, _hole(sequence, revised=known is not False, now=now))


def _hole(sequence: int, *, revised: bool, now: datetime) -> dict[str, object]:
    return {
        "sequence": sequence,
        "seen_at": now,
        "tries": 0,
        "next_try_at": now,
        "found": False,
        "revised": revised,
    }


async def _open_stretch(tx: Transaction, note: StretchOpened, *, now: datetime) -> None:
    row = {
        "first": note.first,
        "last": note.last,
        "position": note.first - 1,
        "since": note.since,
        "opened_at": now,
        "done_at": None,
    }
    await tx.execute(insert_new(tx.dialect.name, stretches), [row])


async def _move_stretch(tx: Transaction, note: StretchRead, *, now: datetime) -> None:
    this = stretches.c.first == note.first
    await tx.execute(update(stretches).where(this).values(position=note.position))
    await tx.execute(
        update(stretches).where(this, stretches.c.last <= note.position).values(done_at=now)
    )


async def _save_gap(tx: Transaction, note: GapFound, *, now: datetime) -> None:
    row = {
        "first": note.first,
        "last": note.last,
        "since": note.since,
        "until": note.until,
        "found_at": now,
        "filled_at": None,
    }
    await tx.execute(insert_new(tx.dialect.name, gaps), [row])


async def prune_feed_memory(tx: Transaction, *, before: datetime) -> None:
    """Forget numbers that are settled, stretches that are read and gaps that are filled since `before`."""
    await tx.execute(delete(holes).where(holes.c.next_try_at.is_(None), holes.c.seen_at < before))
    await tx.execute(delete(stretches).where(stretches.c.done_at < before))
    await tx.execute(delete(gaps).where(gaps.c.filled_at < before))


class FeedMemoryStore:
    """One feed's memory (`services.feeds.items.FeedMemory`), in tables. Holes and stretches are R2Z2's alone."""

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
        row = await self._load()
        return None if row is None else row["position"]

    async def load_cursor_time(self) -> datetime | None:
        """When the cursor last moved; None before the first."""
        row = await self._load()
        return None if row is None or row["position"] is None else row["updated_at"]

    async def load_pause(self) -> datetime | None:
        """Until when the upstream wants to be left alone; None when it does not mind."""
        row = await self._load()
        return None if row is None else row["paused_until"]

    async def _load(self) -> RowMapping | None:
        async with self._database.read() as tx:
            found = await tx.execute(select(cursors).where(cursors.c.name == self._name))
            return found.mappings().one_or_none()

    async def save_pause(self, until: datetime | None) -> None:
        """Remember (or, with None, forget) a ban."""
        row = {
            "name": self._name,
            "position": None,
            "paused_until": until,
            "updated_at": self._clock(),
        }
        async with self._database.write() as tx:
            await save(tx, cursors, row, keep=("position", "updated_at"))

    async def load_stretches(self) -> Sequence[Stretch]:
        """Those not yet read to their end, lowest first."""
        query = select(stretches).where(stretches.c.done_at.is_(None)).order_by(stretches.c.first)
        async with self._database.read() as tx:
            rows = (await tx.execute(query)).all()
        return [
            Stretch(
                first=row.first,
                last=row.last,
                position=row.position,
                opened_at=row.opened_at,
                since=row.since,
            )
            for row in rows
        ]

    async def due_holes(self, now: datetime) -> Sequence[DueHole]:
        """Missing numbers that are to be asked for again, lowest first."""
        query = (
            select(holes.c.sequence, holes.c.revised)
            .where(holes.c.next_try_at <= now)
            .order_by(holes.c.sequence)
        )
        async with self._database.read() as tx:
            rows = (await tx.execute(query.limit(_HOLES_AT_ONCE))).all()
        return [DueHole(sequence=row.sequence, revised=row.revised) for row in rows]

    async def load_next_hole_at(self) -> datetime | None:
        """When the next missing number is due; None when none is missing."""
        query = select(holes.c.next_try_at).where(holes.c.next_try_at.is_not(None))
        async with self._database.read() as tx:
            found: datetime | None = await tx.scalar(query.order_by(holes.c.next_try_at).limit(1))
        return found

    async def count_holes(self) -> HoleCounts:
        """How many numbers are looked for, and how many were given up."""
        count = select(func.count()).select_from(holes)
        async with self._database.read() as tx:
            waiting = await tx.scalar(count.where(holes.c.next_try_at.is_not(None)))
            given_up = await tx.scalar(count.where(_MISSING))
        return HoleCounts(open=waiting or 0, given_up=given_up or 0)

    async def save_hole_attempt(self, sequence: int, *, now: datetime) -> None:
        """Note a try in vain; after its lifetime a number is given up, and the history has to tell what it held."""
        async with self._database.write() as tx:
            query = select(holes).where(holes.c.sequence == sequence, ~holes.c.found)
            row = (await tx.execute(query)).one_or_none()
            if row is None:
                return
            over = now - row.seen_at >= self._hole_lifetime
            await tx.execute(
                update(holes)
                .where(holes.c.sequence == sequence)
                .values(
                    tries=holes.c.tries + 1, next_try_at=None if over else now + self._hole_retry
                )
            )
            if over and not row.revised:
                note = GapFound(
                    first=sequence,
                    last=sequence,
                    since=row.seen_at - _FILES_LIVE,
                    until=row.seen_at,
                )
                await _save_gap(tx, note, now=now)
        if over:
            log.warning("feed number given up", sequence=sequence, rewritten=row.revised)
