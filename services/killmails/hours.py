"""Of which hours kills are stored.

New Eden is never quiet for an hour: one without a kill is one without data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import false, func, select

from services.storage.columns import to_milliseconds, to_moment
from services.storage.database import Transaction
from services.storage.expressions import hour_of
from services.storage.tables import killmails

HOUR = timedelta(hours=1)
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHour:
    """The stored kills of one hour within a window, or of the part of it that lies there."""

    number: int
    """Full hours since 1970."""
    kills: int
    first: datetime
    last: datetime


def hour_number(moment: datetime) -> int:
    """Full hours since 1970."""
    return to_milliseconds(moment) // _HOUR_MS


def hour_start(number: int) -> datetime:
    """When the hour of this number begins."""
    return to_moment(number * _HOUR_MS)


async def load_hours(tx: Transaction, since: datetime, until: datetime) -> list[StoredHour]:
    """Hours of the window [since, until) that have kills, oldest first. Read off an index alone."""
    number = hour_of(killmails.c.time).label("number")
    query = (
        select(
            number,
            func.count().label("kills"),
            func.min(killmails.c.time).label("first"),
            func.max(killmails.c.time).label("last"),
        )
        .where(killmails.c.time >= since, killmails.c.time < until)
        .group_by(number)
        .order_by(number)
    )
    return [
        StoredHour(number=row.number, kills=row.kills, first=row.first, last=row.last)
        for row in (await tx.execute(query)).all()
    ]


async def load_first(tx: Transaction) -> datetime | None:
    """The earliest stored kill."""
    first: datetime | None = await tx.scalar(select(func.min(killmails.c.time)))
    return first


async def load_whole_since(tx: Transaction) -> datetime | None:
    """Every kill from here on has its details: retention takes them in the order in which mails came in.

    None: no mail has them.
    """
    oldest = select(func.min(killmails.c.received_at)).where(killmails.c.pruned == false())
    found: datetime | None = await tx.scalar(oldest)
    return found


def covered(hours: Sequence[StoredHour]) -> dict[int, timedelta]:
    """How much of each stored hour there is data of.

    Beside an hour without any, an hour counts from its first kill, or up to its last one.
    """
    known = {hour.number for hour in hours}
    return {
        hour.number: (
            (hour_start(hour.number + 1) if hour.number + 1 in known else hour.last)
            - (hour_start(hour.number) if hour.number - 1 in known else hour.first)
        )
        for hour in hours
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part [start, end) of a window that is looked at in one go."""

    start: datetime
    end: datetime
    kills: int


FIRST_PIECE, LARGEST_PIECE = 2_000, 16_000
"""Kills. The first is small, to learn how quick it goes; each next one is twice as large. The largest keeps a reader
of SQLite, in whose way nobody may stand, to some tenths of a second."""


def pieces(hours: Sequence[StoredHour], since: datetime, until: datetime) -> Iterator[Piece]:
    """The window in parts, newest first, cut at full hours."""
    size, end, kills = FIRST_PIECE, until, 0
    for hour in reversed(hours):
        kills += hour.kills
        if kills >= size:
            start = max(hour_start(hour.number), since)
            yield Piece(start=start, end=end, kills=kills)
            size, end, kills = min(2 * size, LARGEST_PIECE), start, 0
    if kills:
        yield Piece(start=since, end=end, kills=kills)
