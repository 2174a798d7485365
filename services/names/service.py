"""Names by id, from the nearest place that has them: the static ones, memory, the table, ESI.

A card is worth more than its names: nobody waits for ESI longer than they said, nothing that ESI does raises here, and
what is not known in time is missing in the book. The fetch goes on in the background, so the next card has it. An id is
on its way once, however many ask for it. A name older than the refresh age is shown as it is and asked for again.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.domain.clock import Clock
from services.domain.names import (
    EntityKind,
    EntityName,
    NameBook,
    NamedEntity,
    NameNews,
    Resolution,
)
from services.domain.trouble import TroubleWatch
from services.esi.errors import EsiError
from services.esi.reading import Reader
from services.names.finder import NameFinder
from services.names.lookup import BATCH, FetchedName, Found, NameSource, fetch_names
from services.names.memory import NameMemory
from services.names.quiet import Quiet
from services.names.rules import read_question
from services.names.search import ALL_KINDS
from services.names.settings import NameSettings
from services.names.store import KnownName, load_names, load_unknown, save_names, save_unknown
from services.names.tickers import Tickers
from services.storage.database import Database
from services.storage.statements import chunks

log = structlog.get_logger(__name__)

Seed = tuple[int, str, str, str | None]
"""Id, category, name, ticker (None where there is none)."""

AGE_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""Older than anything ESI says."""

_Names = dict[int, KnownName]
_Task = asyncio.Task[_Names]
_F = TypeVar("_F", bound=asyncio.Future[Any])
_IDS = range(1, 2**63)


class NameService:
    """Close it with `aclose`: it owns fetches that run in the background."""

    def __init__(
        self,
        database: Database,
        source: NameSource | None,
        *,
        settings: NameSettings,
        clock: Clock,
        static: Mapping[int, str] | None = None,
        watch: TroubleWatch | None = None,
    ) -> None:
        """Make the service.

        Args:
            database: where names are kept.
            source: ESI; None where there is no network, and then nobody is asked.
            settings: ages and sizes.
            clock: the time.
            static: names that never change (NPC corporations, factions); they are asked of nobody.
            watch: who hears that ESI's answers have another shape.
        """
        self._database = database
        self._source = source
        self._settings = settings
        self._clock = clock
        self._static = static or {}
        self._memory = NameMemory(settings.memory_size, clock=clock)
        self._slots = asyncio.Semaphore(settings.parallel_requests)
        self._pending: dict[int, _Task] = {}
        self._tasks: set[_Task] = set()
        self._quiet = Quiet(settings.quiet_seconds, clock=clock)
        self._reader = Reader(watch)
        more: dict[str, Any] = {
            "quiet": self._quiet, "reader": self._reader, "settings": settings, "clock": clock,
        }  # fmt: skip
        self._tickers = Tickers(source, self._keep, **more)
        self._finder = NameFinder(database, source, self._keep_fetched, **more)
        self._closed = False

    async def book(self, ids: Iterable[int], *, wait_seconds: float = 2.0) -> NameBook:
        """The names of these ids, as far as they are known within `wait_seconds` (0: no waiting for ESI at all).

        Tickers that have never been asked for are waited for as well, within the same time.
        """
        deadline = _seconds() + wait_seconds
        asked = {entity_id for entity_id in ids if entity_id in _IDS}
        book = {i: EntityName(name=self._static[i]) for i in asked if i in self._static}
        known = await self._recall(asked - book.keys())
        self._fetch_later(self._stale(known.values()))
        missing = asked - book.keys() - known.keys()
        for task in await _done(self._fetch_later(missing), deadline):
            if not task.cancelled() and task.exception() is None:
                known |= {i: item for i, item in task.result().items() if i in missing}
        if await _done(self._tickers.want(known.values()), deadline):
            known |= self._memory.recall(known)
        coming = frozenset(i for i in missing - known.keys() if self._may_come(i))
        return NameBook(book | {i: item.name for i, item in known.items()}, coming)

    async def news(self, ids: Collection[int]) -> NameNews:
        """What has become of names that were missing. Those of which nothing is known yet are asked for again."""
        book = await self.book(ids, wait_seconds=0)
        named = frozenset(book.names)
        unknown = frozenset(i for i in ids if i not in named and not self._may_come(i))
        return NameNews(named=named, unknown=unknown if self._source is not None else frozenset())

    async def search(
        self, prefix: str, *, kinds: Collection[EntityKind] = ALL_KINDS, limit: int = 25
    ) -> tuple[NamedEntity, ...]:
        """Those seen so far whose name or ticker begins so; in `[brackets]`, whose ticker does. From the table alone.

        Exact ones first, then alliances, corporations, characters; each by the alphabet.
        """
        return await self._finder.search(read_question(prefix), kinds=kinds, limit=limit)

    async def resolve(self, text: str, *, wait_seconds: float = 2.0) -> Resolution:
        """Everybody who is meant: by exact name (asked of ESI when it was not lately), by ticker, or by a link."""
        asked = read_question(text)
        if asked.entity_id is None:
            resolution = await self._finder.resolve(asked, wait_seconds=wait_seconds)
            organisations = {entity.id for entity in resolution.found}
            self._tickers.want(self._memory.recall(organisations).values())
            return resolution
        book = await self.book([asked.entity_id], wait_seconds=wait_seconds)
        name = book.names.get(asked.entity_id)
        if name is None and self._memory.is_unknown(asked.entity_id):
            return Resolution()
        found = NamedEntity(
            id=asked.entity_id,
            kind=self._kind_of(asked.entity_id) or asked.kind or EntityKind.CHARACTER,
            name=name or EntityName(name=f"#{asked.entity_id}"),
        )
        return Resolution(found=(found,), certain=name is not None)

    async def seed(self, names: Iterable[Seed], *, as_of: datetime = AGE_UNKNOWN) -> None:
        """Store names that came with something else (a demo, an archive), true at `as_of`; newer ones stay."""
        known = [
            KnownName(
                id=entity_id,
                category=category,
                name=EntityName(name=name, ticker=ticker),
                fetched_at=as_of,
                ticker_at=as_of if ticker else None,
            )
            for entity_id, category, name, ticker in names
        ]
        async with self._database.write() as tx:
            await save_names(tx, known)
        self._memory.forget(item.id for item in known)

    async def settle(self) -> None:
        """Wait until nothing is being fetched any more."""
        while running := {*self._tasks, *self._tickers.tasks, *self._finder.tasks}:
            await asyncio.wait(running)

    async def aclose(self) -> None:
        """Stop what runs in the background."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await self._tickers.aclose()
        await self._finder.aclose()
        await self.settle()

    def _kind_of(self, entity_id: int) -> EntityKind | None:
        """What it is by ESI's word; a link can say anything."""
        known = self._memory.recall([entity_id]).get(entity_id)
        return EntityKind(known.category) if known and known.category in set(EntityKind) else None

    async def _recall(self, ids: Collection[int]) -> _Names:
        known = self._memory.recall(ids)
        missing = [i for i in ids if i not in known]
        if not missing:
            return known
        async with self._database.read() as tx:
            stored = await load_names(tx, missing)
            # What ESI did not know before a restart is not asked again: an id alone, or a name grown old.
            doubtful = {*missing} - stored.keys() | {*self._stale(stored.values())}
            unknown = await load_unknown(tx, doubtful, now=self._clock())
        # While the table was read, a fetch may have put newer ones at hand.
        fetched = self._memory.recall(missing)
        self._memory.keep(item for i, item in stored.items() if i not in fetched)
        self._memory.keep_unknown({i: until for i, until in unknown.items() if i not in fetched})
        return known | stored | fetched

    def _stale(self, known: Iterable[KnownName]) -> list[int]:
        oldest = self._clock() - timedelta(days=self._settings.refresh_days)
        return [item.id for item in known if item.fetched_at < oldest]

    def _may_come(self, entity_id: int) -> bool:
        asks = self._source is not None and not self._closed
        return asks and entity_id in _IDS and not self._memory.is_unknown(entity_id)

    def _fetch_later(self, ids: Iterable[int]) -> set[_Task]:
        """Have these fetched in the background; returns the fetches that they are on, old and new."""
        if self._source is None or self._closed:
            return set()
        wanted = [i for i in ids if not self._memory.is_unknown(i)]
        tasks = {self._pending[i] for i in wanted if i in self._pending}
        if self._quiet.is_on:
            return tasks
        for chunk in chunks(sorted(i for i in wanted if i not in self._pending), BATCH):
            task = asyncio.create_task(self._fetch(self._source, chunk), name="fetch-names")
            self._tasks.add(task)
            self._pending.update(dict.fromkeys(chunk, task))
            task.add_done_callback(self._on_done)
            tasks.add(task)
        return tasks

    def _on_done(self, task: _Task) -> None:
        self._tasks.discard(task)
        self._pending = {i: other for i, other in self._pending.items() if other is not task}
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("fetching names failed", exc_info=error)

    async def _fetch(self, source: NameSource, ids: list[int]) -> _Names:
        """One batch: fetched, remembered, stored, part by part. What ESI does never raises."""
        fetched: _Names = {}

        async def keep(found: Found) -> None:
            await self._keep_unknown(found.unknown)
            fetched.update({item.id: item for item in await self._keep_fetched(found.names)})

        async with self._slots:
            if self._quiet.is_on:
                return fetched
            try:
                await fetch_names(source, ids, keep, reader=self._reader)
            except EsiError as error:
                self._quiet.begin(error)
            else:
                self._quiet.end()
        return fetched

    async def _keep_fetched(self, names: Iterable[FetchedName]) -> list[KnownName]:
        """What ESI just said."""
        now = self._clock()
        return await self._keep(
            [
                KnownName(
                    id=item.id,
                    category=item.category,
                    name=EntityName(name=item.name),
                    fetched_at=now,
                )
                for item in names
            ]
        )

    async def _keep(self, known: list[KnownName]) -> list[KnownName]:
        """Store, have at hand, and return them as they stand now (with a ticker where the table had one)."""
        if not known:
            return known
        try:
            async with self._database.write() as tx:
                await save_names(tx, known)
                stored = list((await load_names(tx, [item.id for item in known])).values())
        except SQLAlchemyError as error:
            # A name that cannot be kept can still be shown; it is asked for again after a restart.
            log.warning("names were not stored", names=len(known), reason=str(error))
            stored = known
        self._memory.keep(stored)
        return stored

    async def _keep_unknown(self, ids: Collection[int]) -> None:
        if not ids:
            return
        now = self._clock()
        until = now + timedelta(hours=self._settings.unknown_hours)
        self._memory.keep_unknown(dict.fromkeys(ids, until))
        try:
            async with self._database.write() as tx:
                await save_unknown(tx, dict.fromkeys(ids, until), now=now)
        except SQLAlchemyError as error:
            log.warning("unknown ids were not stored", ids=len(ids), reason=str(error))


def _seconds() -> float:
    return asyncio.get_running_loop().time()


async def _done(coming: set[_F], deadline: float) -> set[_F]:
    """Those that are done by the deadline."""
    if not coming or (left := deadline - _seconds()) <= 0:
        return set()
    done, _ = await asyncio.wait(coming, timeout=left)
    return done
