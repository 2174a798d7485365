"""Whole days of killmails: those that somebody orders, and those that gaps of the live feed ask for.

What is wanted stands in the table of days, so an order survives the process: `step` takes up whatever is due. At each
step the gaps are looked at, too: they want days, and are filled when all of these are complete.
"""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import structlog

from services.backfill import store
from services.backfill.folder import FolderTaken
from services.backfill.importing import Take
from services.backfill.progress import Progress
from services.backfill.rules import (
    Gap,
    check_range,
    is_filled,
    laid_down,
    ordered,
    wanted_for,
)
from services.backfill.settings import BackfillSettings
from services.backfill.worker import DayWorker, Listener
from services.domain.clock import Clock
from services.domain.days import Day, Overview, Source, days_between
from services.domain.errors import UserError
from services.domain.trouble import Trouble, TroubleWatch
from services.feeds.day_files import DaySource
from services.storage.database import Database, Transaction
from services.storage.marks import load_mark, save_mark

log = structlog.get_logger(__name__)

ORDER = "backfill order"
LONGEST_ORDER = 366
"""Days in one order from Discord; more is a matter for the command line, which shows how long it takes."""


class BackfillService:
    """Owns the tasks that fetch and import. Without sources (no network) it only shows what there is."""

    def __init__(
        self,
        database: Database,
        take: Take,
        sources: Sequence[DaySource],
        *,
        settings: BackfillSettings,
        clock: Clock,
        watch: TroubleWatch,
    ) -> None:
        self._database = database
        self._sources = {source.source: source for source in sources}
        self._settings = settings
        self._clock = clock
        self._watch = watch
        self._worker = DayWorker(database, take, settings=settings, clock=clock, watch=watch)
        self._tasks: dict[Source, asyncio.Task[None]] = {}
        self._progress: dict[Source, Progress] = {}

    # Orders

    async def order(self, first: date, last: date) -> None:
        """Have EVE Ref's days from `first` to `last` brought up to date, and begin at once.

        Raises UserError for days that cannot be had, and while an earlier order is being worked on.
        """
        if Source.EVEREF not in self._sources:
            raise UserError("I run without a network here, so I can fetch nothing.")
        now = self._clock()
        check_range(first, last, today=now.date())
        wanted = days_between(first, last)
        if len(wanted) > LONGEST_ORDER:
            raise UserError(
                f"These are {len(wanted):,} days. Ask for {LONGEST_ORDER} at most, or use `warroom backfill`."
            )
        if self.is_working:
            raise UserError(
                "I am still at an earlier order. `/admin backfill` without dates shows how it stands."
            )
        async with self._database.write() as tx:
            known = {
                day.day: day for day in await store.load_days(tx, wanted, source=Source.EVEREF)
            }
            for day in wanted:
                await store.save_day(tx, ordered(Source.EVEREF, day, known.get(day), now=now))
            await save_mark(tx, ORDER, f"{first} {last}", now=now)
        self._begin(Source.EVEREF)

    @property
    def is_working(self) -> bool:
        """An order is being worked on."""
        return self._is_busy(Source.EVEREF)

    async def wait(self, seconds: float) -> None:
        """Until the order is done, but not longer than that."""
        if (task := self._tasks.get(Source.EVEREF)) is not None:
            await asyncio.wait({task}, timeout=seconds)

    async def overview(self) -> Overview:
        """How the days of the last order stand, and those that open gaps ask for."""
        async with self._database.read() as tx:
            first, last = await _load_order(tx)
            found: list[Day] = []
            if first is not None and last is not None:
                found += await store.load_days(tx, days_between(first, last), source=Source.EVEREF)
            gaps = await store.load_open_gaps(tx)
            asked = sorted({day for gap in gaps for day in gap.days})
            found += await store.load_days(tx, asked, source=Source.ZKILLBOARD)
        busy = [self._progress[source].work for source in Source if self._is_busy(source)]
        return Overview(
            first=first,
            last=last,
            days=tuple(found),
            work=busy[0] if busy else None,
            gaps=len(gaps),
        )

    # By itself

    async def step(self) -> None:
        """Take up what is due. Cheap when nothing is; the work itself goes on in tasks of its own."""
        await self.follow_gaps()
        async with self._database.read() as tx:
            due = {day.source for day in await store.load_due(tx, self._clock())}
            waiting = await store.load_waiting(tx)
        for source in due & self._sources.keys():
            if not self._is_busy(source):
                self._begin(source)
        for source in self._sources.keys() - waiting:
            if not self._is_busy(source):  # nothing is asked of it, so nothing is wrong with it
                self._watch.ends(Trouble.HISTORY_DOWN, subject=source.value)
                self._watch.ends(Trouble.JOB_FAILED, subject=f"days of {source.value}")

    async def settle(self) -> None:
        """Wait for everything that was begun."""
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    async def aclose(self) -> None:
        """Put everything down; the next start takes it up."""
        for task in self._tasks.values():
            task.cancel()
        await self.settle()

    async def follow_gaps(self) -> None:
        """Let the feed's gaps want days, and close those that are filled."""
        async with self._database.read() as tx:
            gaps = await store.load_open_gaps(tx)
        filled = await self._plan(gaps) if gaps else []
        self._tell_gaps([gap for gap in gaps if gap not in filled])

    async def _plan(self, gaps: Sequence[Gap]) -> list[Gap]:
        """Have the gaps' days looked at when they should be; those that are filled now, and are closed."""
        now = self._clock()
        patience = timedelta(hours=self._settings.second_source_hours)
        asked = sorted({day for gap in gaps for day in gap.days})
        laid: list[Day] = []
        async with self._database.write() as tx:
            known = {(day.source, day.day): day for day in await store.load_days(tx, asked)}
            filled = [gap for gap in gaps if is_filled(gap, known)]
            await store.close_gaps(tx, filled, now=now)
            for gap in filled:
                laid += laid_down(gap, known)
            wanted: dict[tuple[Source, date], Day] = {}
            for gap in gaps:
                if gap not in filled:
                    more = wanted_for(gap, known | wanted, now=now, patience=patience)
                    wanted |= {(day.source, day.day): day for day in more}
            for day in (*wanted.values(), *laid):
                await store.want(tx, day)
        for gap in filled:
            log.info("feed gap filled", first=gap.first, last=gap.last, days=len(gap.days))
        for day in laid:
            self._watch.ends(Trouble.DAY_INCOMPLETE, subject=day.name)
        return filled

    def _tell_gaps(self, left: Sequence[Gap]) -> None:
        if not left:
            self._watch.ends(Trouble.FEED_GAP)
            return
        first, last = min(gap.days[0] for gap in left), max(gap.days[-1] for gap in left)
        detail = (
            f"killmails of {first} to {last} may be missing until the history of these days is read"
        )
        self._watch.begins(Trouble.FEED_GAP, detail)

    # For the command line

    async def bring(self, days: Sequence[date], listener: Listener, *, batch: int) -> list[Day]:
        """EVE Ref's days brought up to date here and now; as they stand then, in the order given.

        Raises FolderTaken, StorageError.
        """
        now = self._clock()
        async with self._database.read() as tx:
            found = await store.load_days(tx, days, source=Source.EVEREF)
        known = {day.day: day for day in found}
        wanted = [ordered(Source.EVEREF, day, known.get(day), now=now) for day in days]
        return await self._worker.work(self._sources[Source.EVEREF], wanted, listener, batch=batch)

    # The tasks

    def _is_busy(self, source: Source) -> bool:
        task = self._tasks.get(source)
        return task is not None and not task.done()

    def _begin(self, source: Source) -> None:
        task = asyncio.create_task(self._work_off(source), name=f"days of {source.value}")
        self._progress[source] = Progress(self._clock)
        self._tasks[source] = task
        task.add_done_callback(lambda task: self._on_end(task, source))

    def _on_end(self, task: asyncio.Task[None], source: Source) -> None:
        subject = f"days of {source.value}"
        if task.cancelled():
            return
        if (error := task.exception()) is None:
            self._watch.ends(Trouble.JOB_FAILED, subject=subject)
            return
        log.error("days failed", source=source.value, exc_info=error)
        detail = f"{type(error).__name__}; the log has the whole story"
        self._watch.begins(Trouble.JOB_FAILED, detail, subject=subject)

    async def _work_off(self, source: Source) -> None:
        """Until nothing of this source is due."""
        progress = self._progress[source]
        while due := await self._load_due(source):  # what was wanted meanwhile, too
            progress.expect(len(due))
            try:
                await self._worker.work(
                    self._sources[source], due, progress, batch=self._settings.batch
                )
            except FolderTaken as error:
                log.info("days wait", source=source.value, reason=str(error))
                return
            await self.follow_gaps()

    async def _load_due(self, source: Source) -> list[Day]:
        async with self._database.read() as tx:
            return await store.load_due(tx, self._clock(), source=source)


async def _load_order(tx: Transaction) -> tuple[date | None, date | None]:
    text = await load_mark(tx, ORDER)
    if text is None:
        return None, None
    first, _, last = text.partition(" ")
    return date.fromisoformat(first), date.fromisoformat(last)
