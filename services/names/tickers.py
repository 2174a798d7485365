"""Tickers: ESI tells them one organisation at a time, so only those are asked for that somebody was shown.

A few are on their way at once; who was wanted last is asked for first, for a card waits for it, and a long list that
was asked for before does not. What does not fit the queue is wanted again when it is shown again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import structlog

from services.domain.clock import Clock
from services.esi.errors import EsiError
from services.esi.reading import Reader
from services.names.lookup import NameSource, fetch_ticker, has_ticker
from services.names.quiet import Quiet
from services.names.settings import NameSettings
from services.names.store import KnownName

log = structlog.get_logger(__name__)

MOST_WAITING = 2000

_Future = asyncio.Future[None]
Keep = Callable[[list[KnownName]], Awaitable[object]]


class Tickers:
    """Fetches them in the background. Close it with `aclose`."""

    def __init__(
        self,
        source: NameSource | None,
        keep: Keep,
        *,
        quiet: Quiet,
        reader: Reader,
        settings: NameSettings,
        clock: Clock,
    ) -> None:
        """Make it. `keep` stores a name with its ticker; None as `source`: nobody is asked."""
        self._source = source
        self._keep = keep
        self._quiet = quiet
        self._reader = reader
        self._settings = settings
        self._clock = clock
        self._waiting: dict[int, KnownName] = {}
        self._coming: dict[int, _Future] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def want(self, known: Iterable[KnownName]) -> set[_Future]:
        """Have the tickers of these fetched where they are missing or old; returns those that are worth waiting for."""
        if self._source is None or self._closed or self._quiet.is_on:
            return set()
        oldest = self._clock() - timedelta(days=self._settings.refresh_days)
        worth: set[_Future] = set()
        for item in known:
            if not has_ticker(item.id, item.category):
                continue
            if item.ticker_at is not None and item.ticker_at >= oldest:
                continue
            coming = self._enqueue(item)
            if item.ticker_at is None and item.name.ticker is None:
                worth.add(coming)
        self._start(self._source)
        return worth

    async def aclose(self) -> None:
        """Stop what runs in the background."""
        self._closed = True
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)
        self._let_go()

    def _enqueue(self, item: KnownName) -> _Future:
        if (coming := self._coming.get(item.id)) is not None:
            if (waiting := self._waiting.pop(item.id, None)) is not None:
                self._waiting[item.id] = waiting
            return coming
        if len(self._waiting) >= MOST_WAITING:
            first = next(iter(self._waiting))
            del self._waiting[first]
            _release(self._coming.pop(first, None))
        self._waiting[item.id] = item
        self._coming[item.id] = asyncio.get_running_loop().create_future()
        return self._coming[item.id]

    def _start(self, source: NameSource) -> None:
        wanted = min(self._settings.parallel_tickers, len(self._waiting) + len(self.tasks))
        while len(self.tasks) < wanted:
            task = asyncio.create_task(self._work(source), name="fetch-tickers")
            self.tasks.add(task)
            task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("fetching tickers failed", exc_info=error)
            self._let_go()

    async def _work(self, source: NameSource) -> None:
        while self._waiting:
            entity_id, item = self._waiting.popitem()
            try:
                if not await self._fetch(source, item):
                    self._let_go()
                    return
            finally:
                _release(self._coming.pop(entity_id, None))

    async def _fetch(self, source: NameSource, item: KnownName) -> bool:
        """One; False when ESI gives nothing, and the others need not try."""
        if self._quiet.is_on:
            return False
        try:
            found = await fetch_ticker(source, item.id, item.category, self._reader)
        except EsiError as error:
            self._quiet.begin(error)
            return False
        self._quiet.end()
        now = self._clock()
        if found is None:
            await self._keep([replace(item, ticker_at=now)])
        else:
            await self._keep([replace(item, name=found, fetched_at=now, ticker_at=now)])
        return True

    def _let_go(self) -> None:
        """Nobody waits any more."""
        for entity_id in self._waiting:
            _release(self._coming.pop(entity_id, None))
        self._waiting.clear()


def _release(future: _Future | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
