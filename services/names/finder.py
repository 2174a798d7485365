"""Who is meant by a text: looked up in the table of those seen so far, and, for a whole name, at ESI.

A name can belong to a pilot and a corporation at once; so ESI is asked even where the table knows somebody, and not
again for hours. Nobody waits for ESI longer than they said, and nothing that ESI does raises here: the answer then says
that it is not certain.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

import structlog

from services.domain.clock import Clock
from services.domain.names import EntityKind, NamedEntity, Resolution
from services.esi.errors import EsiError, EsiRefused
from services.esi.reading import Reader
from services.names.lookup import FetchedName, NameSource, fetch_ids
from services.names.quiet import Quiet
from services.names.rules import LONGEST, Asked
from services.names.search import ALL_KINDS, find_by_prefix, find_exact, find_near
from services.names.settings import NameSettings
from services.storage.database import Database

log = structlog.get_logger(__name__)

_REMEMBERED = 10_000
_MOST_COMING = 20
"""Names on their way to ESI at once; who types the next one is answered from the table."""

Keep = Callable[[tuple[FetchedName, ...]], Awaitable[object]]
_Task = asyncio.Task[bool]


class NameFinder:
    """Close it with `aclose`."""

    def __init__(
        self,
        database: Database,
        source: NameSource | None,
        keep: Keep,
        *,
        quiet: Quiet,
        reader: Reader,
        settings: NameSettings,
        clock: Clock,
    ) -> None:
        """Make it. `keep` stores names; None as `source`: only the table is asked."""
        self._database = database
        self._source = source
        self._keep = keep
        self._quiet = quiet
        self._reader = reader
        self._remember_for = timedelta(hours=settings.resolved_hours)
        self._clock = clock
        self._resolved: OrderedDict[str, datetime] = OrderedDict()
        self._coming: dict[str, _Task] = {}
        self._closed = False

    @property
    def tasks(self) -> Collection[_Task]:
        """What is on its way."""
        return self._coming.values()

    async def search(
        self, asked: Asked, *, kinds: Collection[EntityKind], limit: int
    ) -> tuple[NamedEntity, ...]:
        """Those in the table whose names begin so."""
        async with self._database.read() as tx:
            return await find_by_prefix(tx, asked, kinds=kinds, limit=limit)

    async def resolve(self, asked: Asked, *, wait_seconds: float) -> Resolution:
        """Everybody of exactly this name or ticker, or the nearest names."""
        certain = asked.name is not None and await self._ask(asked.name, wait_seconds)
        async with self._database.read() as tx:
            found = await find_exact(tx, asked)
            if found or asked.name is None:
                return Resolution(found=found, certain=certain)
            kinds = ALL_KINDS if asked.kind is None else {asked.kind}
            near = await find_near(tx, asked.name[:LONGEST], kinds=kinds)
        return Resolution(near=near, certain=certain)

    async def aclose(self) -> None:
        """Stop what runs in the background."""
        self._closed = True
        for task in self.tasks:
            task.cancel()
        if self._coming:
            await asyncio.wait(self.tasks)

    async def _ask(self, name: str, wait_seconds: float) -> bool:
        """True when ESI has said who is called so, now or lately."""
        key = name.casefold()
        if not name or len(name) > LONGEST:
            return True
        if (until := self._resolved.get(key)) is not None and until > self._clock():
            return True
        task = self._coming.get(key) or self._start(key, name)
        if task is None or wait_seconds <= 0:
            return False
        done, _ = await asyncio.wait([task], timeout=wait_seconds)
        return bool(done) and not task.cancelled() and task.exception() is None and task.result()

    def _start(self, key: str, name: str) -> _Task | None:
        if self._source is None or self._closed or self._quiet.is_on:
            return None
        if len(self._coming) >= _MOST_COMING:
            return None
        task = asyncio.create_task(self._fetch(self._source, key, name), name="resolve-name")
        self._coming[key] = task
        task.add_done_callback(lambda done: self._on_done(key, done))
        return task

    def _on_done(self, key: str, task: _Task) -> None:
        del self._coming[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("resolving a name failed", exc_info=error)

    async def _fetch(self, source: NameSource, key: str, name: str) -> bool:
        try:
            found = await fetch_ids(source, name, self._reader)
        except EsiRefused as error:
            # ESI's word on what somebody typed; no reason to leave it alone.
            log.info("name refused", reason=str(error))
            return False
        except EsiError as error:
            self._quiet.begin(error)
            return False
        self._quiet.end()
        await self._keep(found)
        self._resolved[key] = self._clock() + self._remember_for
        self._resolved.move_to_end(key)
        if len(self._resolved) > _REMEMBERED:
            self._resolved.popitem(last=False)
        return True
