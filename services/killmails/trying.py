"""The dry run of a filter: how many of the stored kills of a window meet it, and when.

It goes through the window from its end, piece by piece, and counts in SQL as far as SQL can tell. Where that takes
longer than an answer may, only a part of the kills that are still ahead is tested (`pace`), and the answer says so.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select, true

from services.domain.trial import Bar, Layer, Trial
from services.killmails.bounds import Clause
from services.killmails.hours import (
    HOUR,
    StoredHour,
    covered,
    hour_number,
    hour_start,
    load_hours,
    load_whole_since,
    pieces,
)
from services.killmails.pace import Pace, chosen
from services.killmails.searching import NEWEST_FIRST, Hit, Window, load_in_order
from services.killmails.sieve import Clauses, Sieve
from services.storage.columns import to_milliseconds
from services.storage.database import Database, Transaction
from services.storage.expressions import hour_of
from services.storage.tables import killmails

BUDGET_SECONDS = 2.2
"""Seconds that a dry run may take: with the picture the answer then stands within three, and people still watch."""
LATEST = 5
HOURLY_UP_TO = timedelta(days=7)
"""A longer window is shown by days: hours would be thinner than a line on a phone."""
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Counts:
    """What has been found so far."""

    hours: dict[int, float] = field(default_factory=dict)
    """Matches by hour, each as many as it stands for."""
    layers: Counter[float] = field(default_factory=Counter)
    hits: list[Hit] = field(default_factory=list)
    tested: float = 0
    unknown: float = 0

    def add(self, found: Counter[int], *, share: float) -> None:
        for hour, matches in found.items():
            self.hours[hour] = self.hours.get(hour, 0) + matches / share
        self.layers[share] += found.total()


class Trier:
    """Asks the tables. `timer` gives seconds that only ever grow."""

    def __init__(self, database: Database, *, timer: Callable[[], float]) -> None:
        self._database = database
        self._timer = timer

    async def try_filter(self, sieve: Sieve, window: Window, *, seconds: float) -> Trial:
        """The whole answer, in about so many seconds."""
        async with self._database.read() as tx:
            hours = await load_hours(tx, window.since, window.until)
            whole_since = await load_whole_since(tx)
        stored = sum(hour.kills for hour in hours)
        pace = Pace(stored, seconds=seconds, timer=self._timer)
        counts = _Counts()
        for piece in pieces(hours, window.since, window.until):
            clauses = sieve.clauses(piece.start, whole_since=whole_since)
            look = _Look(sieve, clauses, window.part(piece).clause, pace.share)
            async with self._database.read() as tx:
                await look.at_all(tx, counts)
            counts.tested += piece.kills * pace.share
            pace.passed(piece.kills)
        async with self._database.read() as tx:
            latest = await load_in_order(tx, [hit[1] for hit in counts.hits])
        step = HOUR if window.until - window.since <= HOURLY_UP_TO else _DAY
        return Trial(
            filter=sieve.filter,
            since=window.since,
            until=window.until,
            step=step,
            bars=_bars(window, hours, counts.hours, step=step),
            layers=tuple(Layer(share=s, matches=n) for s, n in sorted(counts.layers.items())),
            latest=latest,
            covered=sum(covered(hours).values(), timedelta(0)),
            killmails=stored,
            tested=round(counts.tested),
            unknown=round(counts.unknown),
        )


class _Look:
    """One piece of the window."""

    def __init__(self, sieve: Sieve, clauses: Clauses, where: Clause, share: float) -> None:
        self._sieve = sieve
        self._clauses = clauses
        self._where = and_(where, true() if share == 1 else chosen(share))
        self._share = share

    async def at_all(self, tx: Transaction, counts: _Counts) -> None:
        """Count what meets the filter, and keep the newest."""
        hour = hour_of(killmails.c.time)
        surely = select(hour, func.count()).where(self._where, self._clauses.sure).group_by(hour)
        rows = (await tx.execute(surely)).all()
        found: Counter[int] = Counter(dict(rows))
        wanted = LATEST - len(counts.hits)
        hits = await self._newest(tx, wanted) if found and wanted > 0 else []
        if self._clauses.open is not None:
            opened = select(killmails.c.id).where(self._where, self._clauses.open)
            ids = list(await tx.scalars(opened))
            for mail in await self._sieve.meeting(tx, ids):
                found[hour_number(mail.time)] += 1
                hits.append((mail.time, mail.id))
        counts.hits += sorted(hits, reverse=True)[: max(wanted, 0)]
        counts.add(found, share=self._share)
        if self._clauses.unknown is not None:
            gone = select(func.count()).select_from(killmails)
            count = await tx.scalar(gone.where(self._where, self._clauses.unknown))
            counts.unknown += (count or 0) / self._share

    async def _newest(self, tx: Transaction, limit: int) -> list[Hit]:
        query = select(killmails.c.time, killmails.c.id).where(self._where, self._clauses.sure)
        rows = (await tx.execute(query.order_by(*NEWEST_FIRST).limit(limit))).all()
        return [(row.time, row.id) for row in rows]


def _bars(
    window: Window, hours: Sequence[StoredHour], matches: dict[int, float], *, step: timedelta
) -> tuple[Bar, ...]:
    """The window in hours or days, those without data too."""
    known = covered(hours)
    bars: list[Bar] = []
    start = _floor(window.since, step)
    while start < window.until:
        numbers = range(hour_number(start), hour_number(start + step))
        there = sum((known.get(number, timedelta(0)) for number in numbers), timedelta(0))
        length = min(start + step, window.until) - max(start, window.since)
        bars.append(
            Bar(
                start=start,
                matches=sum(matches.get(number, 0) for number in numbers),
                covered=min(there / length, 1.0),
            )
        )
        start += step
    return tuple(bars)


def _floor(moment: datetime, step: timedelta) -> datetime:
    """The full hour or the day that it lies in, EVE time."""
    size = step // timedelta(milliseconds=1)
    return hour_start(0) + timedelta(milliseconds=to_milliseconds(moment) // size * size)
