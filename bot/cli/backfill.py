"""`warroom backfill`: days of killmails from EVE Ref, or archives from disk, the same way in as the live feed's."""

import asyncio
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from bot.app import House, open_house
from bot.logs import set_up_logging
from bot.settings import Settings
from services.backfill.importing import Imported, import_records
from services.backfill.rules import check_range
from services.domain.clock import system_clock
from services.domain.days import Day, DayState, days_between
from services.domain.errors import UserError
from services.feeds.archive import stream_archive

BATCH = 1000
"""Killmails in one transaction: large enough that the transaction itself costs nothing, small enough for memory."""

FAILED = 1
DONE_IN_PART = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a backfill did."""

    stored: int = 0
    known: int = 0
    rejected: int = 0
    damaged: tuple[str, ...] = ()

    def plus(self, imported: Imported) -> "Tally":
        """With one more file."""
        return Tally(
            stored=self.stored + imported.stored,
            known=self.known + imported.known,
            rejected=self.rejected + imported.rejected,
            damaged=self.damaged + ((str(imported.fault),) if imported.fault else ()),
        )

    def __str__(self) -> str:
        return (
            f"{self.stored:,} killmails stored, {self.known:,} known before, "
            f"{self.rejected:,} in quarantine"
        )


def backfill(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[START [END]]",
            help="First and last day, like 2026-11-19 or `yesterday`; END is START where it is left out.",
        ),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(
            "--file",
            help="Instead of days: an archive on disk, killmails-YYYY-MM-DD.tar.bz2; again for more.",
        ),
    ] = None,
) -> None:
    """Import days of killmails. Importing one twice changes nothing; nobody is alerted.

    Days are downloaded from EVE Ref, two at a time. What was cut off goes on at the next run, days that are complete
    are not downloaded again unless EVE Ref has written them anew. Exit code 3: not all of it is complete.
    """
    if file:
        _backfill_files([*file, *map(Path, words or [])])
    else:
        _backfill_days(_parse_days(words or []))


# Days


def _parse_days(words: Sequence[str]) -> list[date]:
    if not 1 <= len(words) <= 2:
        raise typer.BadParameter("Say which days: START, or START and END, or --file FILE.")
    first, last = _parse_day(words[0]), _parse_day(words[-1])
    try:
        check_range(first, last, today=system_clock().date())
    except UserError as error:
        raise typer.BadParameter(str(error)) from error
    return days_between(first, last)


def _parse_day(text: str) -> date:
    if text.strip().casefold() == "yesterday":
        return system_clock().date() - timedelta(days=1)
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day. Write it like 2026-11-19.") from error


def _backfill_days(days: Sequence[date]) -> None:
    settings = Settings.read()
    if settings.log.level == "info":  # the bar and the table say it all
        set_up_logging(settings.log.model_copy(update={"level": "warning"}))
    else:
        set_up_logging(settings.log)
    brought, tally = asyncio.run(_bring(settings, days, Console(stderr=True)))
    for line in describe_days(brought):
        typer.echo(line)
    typer.echo(str(tally))
    if not any(day.imported_at for day in brought):
        raise typer.Exit(FAILED)
    if not all(day.is_complete for day in brought):
        raise typer.Exit(DONE_IN_PART)


async def _bring(
    settings: Settings, days: Sequence[date], console: Console
) -> tuple[list[Day], Tally]:
    async with open_house(settings, online=True) as house:
        with _progress(console) as progress, _no_search_for_cycles():
            bar = Bar(progress, len(days))
            brought = await house.services.backfill.bring(days, bar, batch=BATCH)
        return brought, bar.tally


def describe_days(days: Sequence[Day]) -> Iterator[str]:
    """A table: what is published, what is stored, and what that means."""
    yield f"{'day':<10}  {'published':>9}  {'stored':>9}"
    for day in days:
        published = "unknown" if day.published is None else f"{day.published:,}"
        reason = f": {day.error}" if day.error else ""
        state = "not fetched" if day.state is DayState.WANTED else day.state.value
        yield f"{day.day}  {published:>9}  {day.stored:>9,}  {state}{reason}"
    complete = sum(day.is_complete for day in days)
    yield f"{complete:,} of {len(days):,} days complete"


# Files


def _backfill_files(files: list[Path]) -> None:
    settings = Settings.read()
    set_up_logging(settings.log)
    tally = asyncio.run(_import_files(settings, files, Console(stderr=True)))
    typer.echo(str(tally))
    for fault in tally.damaged:
        typer.echo(f"warroom: {fault}", err=True)
    if tally.damaged or tally.rejected:
        raise typer.Exit(DONE_IN_PART)


async def _import_files(settings: Settings, files: list[Path], console: Console) -> Tally:
    async with open_house(settings, online=False) as house:
        with _progress(console) as progress:
            return await import_archives(house, files, progress)


async def import_archives(house: House, files: list[Path], progress: Progress) -> Tally:
    """Take every archive in; a damaged one gives what can be read of it, and the next go on."""
    bar = Bar(progress, len(files))
    with _no_search_for_cycles():
        for path in files:
            bar.begin(path.stat().st_size if path.exists() else 0)
            batches = stream_archive(path, batch=BATCH, on_read=bar.read_to)
            imported = await import_records(
                batches, house.pipeline.take, clock=house.clock, on_taken=bar.taken
            )
            bar.end(imported)
    return bar.tally


# The bar


def silent_progress() -> Progress:
    """A bar that nobody sees."""
    return Progress(disable=True)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.fields[day]}/{task.total:.0f} days"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[fetched]}"),
        TextColumn("{task.fields[mails]:,} killmails"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
        console=console,
    )


class Bar:
    """The progress bar and the tally: hears of downloads and imports (it is a worker's `Listener`), a day at a time."""

    _STEPS = 100

    def __init__(self, progress: Progress, days: int) -> None:
        self.tally = Tally()
        self._progress = progress
        self._task = progress.add_task(
            "", total=days, day=0, mails=0, rate=0.0, fetched="nothing fetched"
        )
        self._done = 0
        self._size = 0
        self._step = 0
        self._fetched: dict[date, int] = {}

    # What a worker tells

    def on_fetched(self, day: Day, size: int) -> None:
        """Downloaded so far."""
        self._fetched[day.day] = size
        megabytes = sum(self._fetched.values()) / 1e6
        self._progress.update(self._task, fetched=f"{megabytes:,.1f} MB fetched")

    def on_begin(self, day: Day, size: int) -> None:  # noqa: ARG002 - one at a time
        """A file is being imported."""
        self.begin(size)

    def on_read(self, day: Day, position: int) -> None:  # noqa: ARG002
        """How far."""
        self.read_to(position)

    def on_taken(self, day: Day, killmails: int) -> None:  # noqa: ARG002
        """How many."""
        self.taken(killmails)

    def on_done(self, day: Day, imported: Imported | None) -> None:  # noqa: ARG002
        """One day less."""
        self.end(imported)

    # What an import tells

    def begin(self, size: int) -> None:
        """A file of that size is being read."""
        self._size, self._step = size, 0
        self._progress.update(self._task, day=self._done + 1)

    def read_to(self, position: int) -> None:
        """Called for every killmail, by another thread: shown a hundred times a day, no more."""
        step = position * self._STEPS // max(self._size, 1)
        if step > self._step:
            self._step = step
            self._progress.update(self._task, completed=self._done + step / self._STEPS)

    def taken(self, killmails: int) -> None:
        """So many of the file are stored."""
        mails = self.tally.stored + self.tally.known + killmails
        elapsed = self._progress.tasks[0].elapsed or 0.0
        self._progress.update(self._task, mails=mails, rate=mails / elapsed if elapsed else 0.0)

    def end(self, imported: Imported | None) -> None:
        """The day is done, if not as it should be."""
        self._done += 1
        if imported is not None:
            self.tally = self.tally.plus(imported)
        self._progress.update(self._task, day=self._done, completed=self._done)
        gc.collect()  # what little the libraries left behind, once a day of killmails


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Killmails hold no reference cycles, and looking for some among millions of objects takes a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
