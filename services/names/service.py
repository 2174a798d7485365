"""Names by id, from the nearest place that has them: the static ones, memory, the table, ESI.

A card is worth more than its names: nobody waits for ESI longer than they said, nothing that ESI does raises here, and
what is not known in time is missing in the book. The fetch goes on in the background, so the next card has it. An id is
on its way once, however many ask for it. A name older than the refresh age is shown as it is and asked for again.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.domain.clock import Clock
from services.domain.names import EntityName, NameBook
from services.esi.errors import EsiError, EsiUnavailable
from services.names.lookup import BATCH, Found, NameSource, fetch_names
from services.names.memory import NameMemory
from services.names.settings import NameSettings
from services.names.store import KnownName, load_names, save_names
from services.storage.database import Database
from services.storage.statements import chunks

log = structlog.get_logger(__name__)

Seed = tuple[int, str, str, str | None]
"""Id, category, name, ticker (None where there is none)."""

AGE_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""Older than anything ESI says."""

_Names = Mapping[int, EntityName]
_Task = asyncio.Task[_Names]
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
    ) -> None:
        """Make the service.

        Args:
            database: where names are kept.
            source: ESI; None where there is no network, and then nobody is asked.
            settings: ages and sizes.
            clock: the time.
            static: names that never change (NPC corporations, factions); they are asked of nobody.
        """
        self._database = database
        self._source = source
        self._settings = settings
        self._clock = clock
        self._static = static or {}
        unknown_for = timedelta(hours=settings.unknown_hours)
        self._memory = NameMemory(settings.memory_size, unknown_for, clock=clock)
        self._slots = asyncio.Semaphore(settings.parallel_requests)
        self._pending: dict[int, _Task] = {}
        self._tasks: set[_Task] = set()
        self._outage_since: datetime | None = None
        self._quiet_until: datetime | None = None
        self._closed = False

    async def book(self, ids: Iterable[int], *, wait_seconds: float = 2.0) -> NameBook:
        """The names of these ids, as far as they are known within `wait_seconds` (0: no waiting for ESI at all)."""
        asked = {entity_id for entity_id in ids if entity_id in _IDS}
        book = {i: EntityName(name=self._static[i]) for i in asked if i in self._static}
        known = await self._recall(asked - book.keys())
        book |= {item.id: item.name for item in known.values()}
        self._fetch_later(self._stale(known.values()))
        missing = asked - book.keys()
        tasks = self._fetch_later(missing)
        if tasks and wait_seconds > 0:
            done, _ = await asyncio.wait(tasks, timeout=wait_seconds)
            for task in done:
                if not task.cancelled():
                    names = task.result()
                    book |= {i: names[i] for i in missing & names.keys()}
        return NameBook(book)

    async def seed(self, names: Iterable[Seed], *, as_of: datetime = AGE_UNKNOWN) -> None:
        """Store names that came with something else (a demo, an archive), true at `as_of`; newer ones stay."""
        known = [
            KnownName(
                id=entity_id,
                category=category,
                name=EntityName(name=name, ticker=ticker),
                fetched_at=as_of,
            )
            for entity_id, category, name, ticker in names
        ]
        async with self._database.write() as tx:
            await save_names(tx, known)
        self._memory.forget(item.id for item in known)

    async def settle(self) -> None:
        """Wait until nothing is being fetched any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def aclose(self) -> None:
        """Stop what runs in the background."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await self.settle()

    async def _recall(self, ids: Collection[int]) -> dict[int, KnownName]:
        known = self._memory.recall(ids)
        missing = [i for i in ids if i not in known]
        if not missing:
            return known
        async with self._database.read() as tx:
            stored = await load_names(tx, missing)
        # While the table was read, a fetch may have put newer ones at hand.
        fetched = self._memory.recall(missing)
        self._memory.keep(item for i, item in stored.items() if i not in fetched)
        return known | stored | fetched

    def _stale(self, known: Iterable[KnownName]) -> list[int]:
        oldest = self._clock() - timedelta(days=self._settings.refresh_days)
        return [item.id for item in known if item.fetched_at < oldest]

    def _fetch_later(self, ids: Iterable[int]) -> set[_Task]:
        """Have these fetched in the background; returns the fetches that they are on, old and new."""
        if self._source is None or self._closed:
            return set()
        wanted = [i for i in ids if not self._memory.is_unknown(i)]
        tasks = {self._pending[i] for i in wanted if i in self._pending}
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
        fetched: dict[int, EntityName] = {}

        async def keep(found: Found) -> None:
            now = self._clock()
            known = [
                KnownName(
                    id=item.id,
                    category=item.category,
                    name=EntityName(name=item.name),
                    fetched_at=now,
                )
                for item in found.names
            ]
            self._memory.keep_unknown(found.unknown)
            stored = await self._store(known)
            self._memory.keep(stored)
            fetched.update({item.id: item.name for item in stored})

        async with self._slots:
            if self._is_quiet():
                return fetched
            try:
                await fetch_names(source, ids, keep)
            except EsiError as error:
                self._note_failure(error)
            else:
                self._note_success()
        return fetched

    async def _store(self, known: list[KnownName]) -> list[KnownName]:
        """Store, and return them as they stand now (with a ticker where the table had one)."""
        if not known:
            return known
        try:
            async with self._database.write() as tx:
                await save_names(tx, known)
                return list((await load_names(tx, [item.id for item in known])).values())
        except SQLAlchemyError as error:
            # A name that cannot be kept can still be shown; it is asked for again after a restart.
            log.warning("names were not stored", names=len(known), reason=str(error))
            return known

    def _is_quiet(self) -> bool:
        return self._quiet_until is not None and self._clock() < self._quiet_until

    def _note_failure(self, error: EsiError) -> None:
        now = self._clock()
        wish = error.retry_after if isinstance(error, EsiUnavailable) else None
        seconds = max(self._settings.quiet_seconds, wish or 0.0)
        self._quiet_until = now + timedelta(seconds=seconds)
        if self._outage_since is None:
            self._outage_since = now
            log.warning("names outage begins", reason=str(error))

    def _note_success(self) -> None:
        self._quiet_until = None
        if self._outage_since is not None:
            seconds = (self._clock() - self._outage_since).total_seconds()
            log.info("names outage ends", seconds=seconds)
            self._outage_since = None
