"""`warroom backfill`: EVE Ref's daily archives from disk, through the same pipeline as the live feed."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from bot.app import House, open_house
from bot.logs import set_up_logging
from bot.settings import Settings
from services.domain.killmail import Arrival, Killmail, Rejected
from services.feeds.archive import stream_archive
from services.feeds.errors import ArchiveError
from services.feeds.intake import Intake

BATCH = 1000
"""Killmails in one transaction: large enough that the transaction itself costs nothing, small enough for memory."""

DONE_IN_PART = 3
_STEP_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a backfill did."""

    stored: int = 0
    known: int = 0
    rejected: int = 0
    damaged: tuple[str, ...] = ()


def backfill(
    file: Annotated[
        list[Path],
        typer.Option(
            "--file", help="An EVE Ref archive, killmails-YYYY-MM-DD.tar.bz2; again for more."
        ),
    ],
    more: Annotated[list[Path] | None, typer.Argument(help="Further archives.")] = None,
) -> None:
    """Import archives of killmails. Importing one twice changes nothing; nobody is alerted."""
    settings = Settings.read()
    set_up_logging(settings.log)
    console = Console(stderr=True)
    tally = asyncio.run(_backfill(settings, [*file, *(more or [])], console))
    typer.echo(
        f"{tally.stored:,} killmails stored, {tally.known:,} known before, "
        f"{tally.rejected:,} in quarantine"
    )
    for fault in tally.damaged:
        typer.echo(f"warroom: {fault}", err=True)
    if tally.damaged or tally.rejected:
        raise typer.Exit(DONE_IN_PART)


async def _backfill(settings: Settings, files: list[Path], console: Console) -> Tally:
    async with open_house(settings, online=False) as house:
        with _progress(console) as progress:
            return await import_archives(house, files, progress)


def silent_progress() -> Progress:
    """A bar that nobody sees."""
    return Progress(disable=True)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.fields[day]}/{task.fields[days]} days"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[mails]:,} killmails"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
        console=console,
    )


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Killmails hold no reference cycles, and looking for some among millions of objects takes a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def import_archives(house: House, files: list[Path], progress: Progress) -> Tally:
    """Take every archive in; a damaged one gives what can be read of it, and the next go on."""
    with _no_search_for_cycles():
        return await _import_all(house, files, progress)


async def _import_all(house: House, files: list[Path], progress: Progress) -> Tally:
    size = sum(path.stat().st_size for path in files if path.exists())
    bar = progress.add_task("", total=size, day=0, days=len(files), mails=0, rate=0.0)
    tally = Tally()
    before = 0
    for day, path in enumerate(files, 1):
        progress.update(bar, day=day)
        tally = await _import(house, path, tally, _Bar(progress, bar, before))
        before += path.stat().st_size if path.exists() else 0
        progress.update(bar, completed=before)
        gc.collect()  # what little the libraries left behind, once a day of killmails
    return tally


@dataclass(frozen=True, slots=True)
class _Bar:
    """The progress bar, told from the reading thread and from the importing task."""

    progress: Progress
    task: TaskID
    before: int

    def on_read(self, position: int) -> None:
        done = self.before + position
        if done - self.progress.tasks[self.task].completed >= _STEP_BYTES:
            self.progress.update(self.task, completed=done)

    def on_stored(self, mails: int) -> None:
        elapsed = self.progress.tasks[self.task].elapsed or 0.0
        self.progress.update(self.task, mails=mails, rate=mails / elapsed if elapsed else 0.0)


async def _import(house: House, path: Path, tally: Tally, bar: _Bar) -> Tally:
    try:
        async with aclosing(stream_archive(path, batch=BATCH, on_read=bar.on_read)) as batches:
            async for records in batches:
                taken = await house.pipeline.take(_intake(house, records))
                tally = replace(
                    tally,
                    stored=tally.stored + taken.stored,
                    known=tally.known + taken.known,
                    rejected=tally.rejected + taken.rejected,
                )
                bar.on_stored(tally.stored + tally.known)
    except ArchiveError as error:
        return replace(tally, damaged=(*tally.damaged, str(error)))
    return tally


def _intake(house: House, records: list[Killmail | Rejected]) -> Intake:
    now = house.clock()
    return Intake(
        live=False,
        arrivals=tuple(
            Arrival(killmail=r, received_at=now) for r in records if isinstance(r, Killmail)
        ),
        rejected=tuple(r for r in records if isinstance(r, Rejected)),
    )
