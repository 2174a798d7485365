"""Stored kills that meet a filter: a page of them, or where they were.

Newest first, by time, then id. A list stays as it was while new kills come in: whoever turns its pages asks for what
was known at the moment of the first one. Each part of the window is read in a transaction of its own, so that no
reader stays for long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select, true

from services.domain.heat import Heat
from services.domain.ids import KillmailId, SystemId
from services.domain.isk import IskSum
from services.domain.killmail import Killmail
from services.domain.trial import Found
from services.killmails.bounds import Clause
from services.killmails.hours import Piece, load_first, load_hours, load_whole_since, pieces
from services.killmails.sieve import Clauses, Sieve
from services.killmails.store import load_heat, load_killmails
from services.storage.database import Database, Transaction
from services.storage.tables import killmails

COUNTING_SECONDS, SEARCHING_SECONDS = 1.5, 10.0
"""How long matches may be counted once a page is full, and how long they may be looked for at all. Nobody waits
longer, and the bot has other things to do."""

NEWEST_FIRST = (killmails.c.time.desc(), killmails.c.id.desc())
Hit = tuple[datetime, KillmailId]
"""Time and id of a kill that meets the filter; orders as the list does, turned around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Kills of [since, until) that were known at a moment (None: all that are known now)."""

    since: datetime
    until: datetime
    known_at: datetime | None = None

    @property
    def clause(self) -> Clause:
        """The same in SQL."""
        known = true() if self.known_at is None else killmails.c.received_at <= self.known_at
        return and_(killmails.c.time >= self.since, killmails.c.time < self.until, known)

    def part(self, piece: Piece) -> "Window":
        """A piece of it."""
        return Window(since=piece.start, until=piece.end, known_at=self.known_at)


class Searcher:
    """Asks the tables. `timer` gives seconds that only ever grow."""

    def __init__(self, database: Database, *, timer: Callable[[], float]) -> None:
        self._database = database
        self._timer = timer

    async def search(
        self, sieve: Sieve, window: Window, *, page: slice, patience: float = SEARCHING_SECONDS
    ) -> Found:
        """One page of a list, looked for no longer than `patience` seconds."""
        async with self._database.read() as tx:
            whole_since = await load_whole_since(tx)
            clauses = sieve.clauses(window.since, whole_since=whole_since)
            unknown = await _count(tx, window, clauses.unknown)
            first = await load_first(tx)
        if clauses.open is None:
            total: int | None
            reached = window.since
            ids, total = await self._listed(window, clauses.sure, page)
            more = page.stop < total
        else:
            hits, reached = await self._looked_for(
                sieve, window, whole_since, enough=page.stop + 1, patience=patience
            )
            total = len(hits) if reached <= window.since else None
            ids, more = [hit[1] for hit in hits[page]], page.stop < len(hits)
        return Found(
            filter=sieve.filter,
            kills=await self._load(ids),
            since=window.since,
            until=window.until,
            total=total,
            more=more,
            reached=window.since if more else reached,
            unknown=unknown,
            stored_since=first,
        )

    async def _listed(
        self, window: Window, sure: Clause, page: slice
    ) -> tuple[list[KillmailId], int]:
        """SQL says it all: the ids of a page, and how many there are."""
        query = select(killmails.c.id).where(window.clause, sure).order_by(*NEWEST_FIRST)
        async with self._database.read() as tx:
            total = await _count(tx, window, sure)
            ids = await tx.scalars(query.offset(page.start).limit(page.stop - page.start))
            return list(ids), total

    async def _looked_for(
        self,
        sieve: Sieve,
        window: Window,
        whole_since: datetime | None,
        *,
        enough: int,
        patience: float,
    ) -> tuple[list[Hit], datetime]:
        """Hits, newest first, and back to when all were found: while that is quick, else until there are enough."""
        start = self._timer()
        async with self._database.read() as tx:
            hours = await load_hours(tx, window.since, window.until)
        found: list[Hit] = []
        for piece in pieces(hours, window.since, window.until):
            clauses = sieve.clauses(piece.start, whole_since=whole_since)
            async with self._database.read() as tx:
                found += await hits_in(tx, sieve, clauses, where=window.part(piece).clause)
            took = self._timer() - start
            if took > patience or (took > COUNTING_SECONDS and len(found) >= enough):
                return found, piece.start
        return found, window.since

    async def heat(self, sieve: Sieve, window: Window) -> tuple[dict[SystemId, Heat], int]:
        """Matching kills by system, and how many may or may not match."""
        async with self._database.read() as tx:
            whole_since = await load_whole_since(tx)
            clauses = sieve.clauses(window.since, whole_since=whole_since)
            unknown = await _count(tx, window, clauses.unknown)
            heat = await load_heat(tx, where=and_(window.clause, clauses.sure))
            hours = [] if clauses.open is None else await load_hours(tx, window.since, window.until)
        for piece in pieces(hours, window.since, window.until):
            async with self._database.read() as tx:
                ids = await _open_ids(tx, clauses.open, where=window.part(piece).clause)
                for mail in await sieve.meeting(tx, ids):
                    heat[mail.system_id] = _hotter(heat.get(mail.system_id), mail)
        return heat, unknown

    async def _load(self, ids: Sequence[KillmailId]) -> tuple[Killmail, ...]:
        async with self._database.read() as tx:
            return await load_in_order(tx, ids)


async def hits_in(tx: Transaction, sieve: Sieve, clauses: Clauses, *, where: Clause) -> list[Hit]:
    """What meets the filter among these mails, newest first."""
    surely = select(killmails.c.time, killmails.c.id).where(where, clauses.sure)
    hits = [(row.time, row.id) for row in (await tx.execute(surely)).all()]
    open_ids = await _open_ids(tx, clauses.open, where=where)
    hits += [(mail.time, mail.id) for mail in await sieve.meeting(tx, open_ids)]
    return sorted(hits, reverse=True)


async def load_in_order(tx: Transaction, ids: Sequence[KillmailId]) -> tuple[Killmail, ...]:
    """These killmails with their attackers, as they are asked for."""
    mails = {mail.id: mail for mail in await load_killmails(tx, ids)}
    return tuple(mails[key] for key in ids if key in mails)


async def _open_ids(tx: Transaction, clause: Clause | None, *, where: Clause) -> list[KillmailId]:
    if clause is None:
        return []
    return list(await tx.scalars(select(killmails.c.id).where(where, clause)))


async def _count(tx: Transaction, window: Window, clause: Clause | None) -> int:
    if clause is None:
        return 0
    query: Select[Any] = select(func.count()).select_from(killmails).where(window.clause, clause)
    return int(await tx.scalar(query) or 0)


def _hotter(heat: Heat | None, mail: Killmail) -> Heat:
    one = IskSum.of([mail.value])
    if heat is None:
        return Heat(kills=1, isk=one)
    return Heat(kills=heat.kills + 1, isk=heat.isk + one)
