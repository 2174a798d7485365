"""Days worked through: fetched ahead, imported one after another, and what became of each written down.

Killed at any moment, nothing is lost: what was downloaded stays and is gone on with, what was imported is known, and a
day counts as done only once that is written.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from services.backfill.folder import own_folder
from services.backfill.importing import Imported, Take, import_records
from services.backfill.rules import absent, failed, is_given_up, judged
from services.backfill.settings import BackfillSettings
from services.backfill.store import save_day
from services.domain.clock import Clock
from services.domain.days import Day, DayState
from services.domain.trouble import Trouble, TroubleWatch
from services.feeds.day_files import DayFile, DaySource
from services.feeds.download import FetchFailed, HostPaused, NotThere
from services.storage.database import Database

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Hears how the work goes. `on_read` is called from another thread."""

    def on_fetched(self, day: Day, size: int) -> None:
        """So many bytes of its file are there."""

    def on_begin(self, day: Day, size: int) -> None:
        """Its file, of that size, is being imported."""

    def on_read(self, day: Day, position: int) -> None:
        """So many bytes of its file were read."""

    def on_taken(self, day: Day, killmails: int) -> None:
        """So many killmails of it are stored."""

    def on_done(self, day: Day, imported: Imported | None) -> None:
        """It stands so now; None where nothing had to be imported, or could be."""


class DayWorker:
    """Works for whoever asks; one at a time for each source, which the folder's lock sees to."""

    def __init__(
        self,
        database: Database,
        take: Take,
        *,
        settings: BackfillSettings,
        clock: Clock,
        watch: TroubleWatch,
    ) -> None:
        self._database = database
        self._take = take
        self._settings = settings
        self._clock = clock
        self._watch = watch
        self._folder = Path(settings.folder)

    async def work(
        self, source: DaySource, days: Sequence[Day], listener: Listener, *, batch: int
    ) -> list[Day]:
        """Bring these days up to date; returns them as they stand then. Raises FolderTaken."""
        with own_folder(self._folder, source.source.value):
            try:
                totals = await source.fetch_totals()
            except NotThere:
                totals = {}
            except (HostPaused, FetchFailed) as error:
                return await self._fail(days, error, listener)
            run = _Run(source, totals, listener, batch)
            return await self._run(run, deque(days))

    async def _run(self, run: "_Run", waiting: deque[Day]) -> list[Day]:
        """As many downloads at once as the source allows, and one import beside them."""
        done: list[Day] = []
        ahead: deque[tuple[Day, asyncio.Task[DayFile | None]]] = deque()

        def send_for_more() -> None:
            while waiting and len(ahead) < run.source.parallel:
                day = waiting.popleft()
                ahead.append((day, asyncio.create_task(run.fetch(day, self._folder))))

        try:
            send_for_more()
            while ahead:
                day, fetching = ahead[0]
                await asyncio.wait({fetching})
                ahead.popleft()
                send_for_more()
                try:
                    done.append(await self._finish(run, day, fetching))
                except FetchFailed as error:
                    done += await self._fail([day], error, run.listener)
                except HostPaused as error:  # it will not give the others either
                    left = [day, *(later for later, _ in ahead), *waiting]
                    done += await self._fail(left, error, run.listener)
                    return done
        finally:
            await _end([task for _, task in ahead])
        return done

    async def _finish(self, run: "_Run", day: Day, fetching: asyncio.Task[DayFile | None]) -> Day:
        published = run.totals.get(day.day)
        try:
            file = await fetching
        except NotThere:
            return await self._settle(absent(day, now=self._clock()), None, run.listener)
        day = replace(day, published=published, error=None)
        imported = None
        if file is not None:
            day, imported = await self._import(run, day, file)
        recheck = timedelta(days=self._settings.recheck_days)
        day = judged(day, now=self._clock(), recheck=recheck)
        return await self._settle(day, imported, run.listener)

    async def _import(self, run: "_Run", day: Day, file: DayFile) -> tuple[Day, Imported]:
        listener = run.listener
        listener.on_begin(day, file.size)
        imported = await import_records(
            run.source.read(
                file, batch=run.batch, on_read=lambda position: listener.on_read(day, position)
            ),
            self._take,
            clock=self._clock,
            on_taken=lambda count: listener.on_taken(day, count),
        )
        fault = imported.fault
        if fault is not None or not self._settings.keep_files:
            await asyncio.to_thread(file.delete)
        day = replace(
            day,
            stored=len(imported.held),
            rejected=imported.rejected,
            version=None if fault else file.version,
            size=file.size,
            imported_at=self._clock(),
            error=None if fault is None else f"its file is {fault.reason}",
        )
        return day, imported

    async def _fail(
        self, days: Sequence[Day], error: HostPaused | FetchFailed, listener: Listener
    ) -> list[Day]:
        """They could not be fetched, all for one reason."""
        until = error.until if isinstance(error, HostPaused) else None
        now = self._clock()
        refused = [failed(day, str(error), now=now, until=until) for day in days]
        async with self._database.write() as tx:
            for day in refused:
                await save_day(tx, day)
        log.warning("days not fetched", days=len(refused), first=refused[0].name, reason=str(error))
        for day in refused:
            listener.on_done(day, None)
        return refused

    async def _settle(self, day: Day, imported: Imported | None, listener: Listener) -> Day:
        """Write it down, and tell."""
        async with self._database.write() as tx:
            await save_day(tx, day)
        if day.is_complete or is_given_up(day):
            self._watch.ends(Trouble.DAY_INCOMPLETE, subject=day.name)
        elif day.state is DayState.INCOMPLETE and day.imported_at and day.published is not None:
            self._watch.begins(Trouble.DAY_INCOMPLETE, day.error or "", subject=day.name)
        if imported is not None or not day.is_complete:
            log.info(
                "day looked at",
                day=day.name, state=day.state.value, stored=day.stored, published=day.published, reason=day.error,
                new=imported.stored if imported else 0,
            )  # fmt: skip
        listener.on_done(day, imported)
        return day


class _Run:
    """One source's days in one go."""

    def __init__(
        self, source: DaySource, totals: Mapping[date, int], listener: Listener, batch: int
    ) -> None:
        self.source = source
        self.totals = totals
        self.listener = listener
        self.batch = batch

    async def fetch(self, day: Day, folder: Path) -> DayFile | None:
        """Its file, where there is anything new in it."""
        return await self.source.fetch(
            day,
            folder,
            published=self.totals.get(day.day),
            on_bytes=lambda size: self.listener.on_fetched(day, size),
        )


async def _end(tasks: Sequence[asyncio.Task[DayFile | None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, HostPaused, FetchFailed, NotThere):
            await task
