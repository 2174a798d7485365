"""`warroom demo`: a recorded evening through the whole bot, onto a page. And how that recording is made."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Column, Table

from bot.cli.times import parse_moment
from bot.demonstration import Shown, show
from bot.logs import set_up_logging
from bot.presentation.phrases import counted
from bot.replay import Scene
from bot.settings import LogSettings
from services.feeds.recording import read_recording, write_recording
from services.feeds.recording_build import build_recording


def demo(
    folder: Annotated[Path, typer.Option(help="Where the page and the database go.")] = Path(
        "demo"
    ),
    recording: Annotated[
        Path | None, typer.Option(help="Another recording than the shipped one.")
    ] = None,
) -> None:
    """Show what War Room does: an evening of real kills, replayed onto a page. Needs no network and no token."""
    set_up_logging(LogSettings(level="warning"))
    console = Console(highlight=False)
    started = time.monotonic()
    evening = read_recording(recording)
    console.print(
        f"[bold]War Room[/] replays {evening.start:%d %B %Y}, {evening.start:%H:%M}\N{EN DASH}"
        f"{evening.end:%H:%M} EVE: {len(evening.killmails):,} real kills.",
        soft_wrap=True,
    )
    with _progress(console) as on_scene:
        shown = asyncio.run(show(evening, folder, on_scene=on_scene))
    _tell(console, shown, seconds=time.monotonic() - started)


def demo_build(
    archives: Annotated[list[Path], typer.Argument(help="EVE Ref's daily archives.")],
    names: Annotated[
        Path, typer.Option(help="A folder with alliances.json and corporations.json.")
    ],
    start: Annotated[datetime, typer.Option(parser=parse_moment, help="From this EVE time on.")],
    end: Annotated[datetime, typer.Option(parser=parse_moment, help="Up to this EVE time.")],
    out: Annotated[Path, typer.Option(help="The recording to write.")],
) -> None:
    """Compile a recording for the demo from archives: facts only, the same bytes each time."""
    recording = build_recording(archives, names, start=start, end=end)
    size = write_recording(recording, out)
    typer.echo(
        f"{out}: {len(recording.killmails):,} killmails, {len(recording.names):,} names, {size:,} bytes"
    )


# The terminal


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[Scene], None]]:
    """One line that tells how the replay goes; where there is no terminal, one line each half hour of the evening."""
    if not console.is_terminal:
        yield _Log(console).on_scene
        return
    progress = Progress(
        SpinnerColumn(),
        TextColumn("[green]{task.percentage:3.0f}%[/]"),
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        console=console,
    )
    with progress:
        task = progress.add_task("opening", total=1.0)

        def on_scene(scene: Scene) -> None:
            progress.update(task, completed=scene.done, description=_line(scene))

        yield on_scene


class _Log:
    """Scenes as lines, now and then."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next: datetime | None = None

    def on_scene(self, scene: Scene) -> None:
        """Print it when half an hour has passed, and at the end."""
        if self._next is None or scene.now >= self._next or scene.done >= 1:
            self._console.print(_line(scene), soft_wrap=True)
            self._next = scene.now + timedelta(minutes=30)


def _line(scene: Scene) -> str:
    """Not wider than 72 letters: it stands in one line of a small terminal."""
    return (
        f"[cyan]{scene.now:%H:%M} EVE[/] · {scene.kills:,} kills · "
        f"battles {scene.open_battles} open, {scene.ended_battles:,} ended · "
        f"{scene.posts:,} posts, {scene.edits:,} edits"
    )


def _tell(console: Console, shown: Shown, *, seconds: float) -> None:
    table = Table(title="The largest battles", title_justify="left", header_style="bold")
    for name in ("Began", "System"):
        table.add_column(name, no_wrap=True)
    for name in ("Kills", "Pilots", "ISK"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Sides", overflow="fold")
    for battle, system, sides in shown.battles:
        table.add_row(
            f"{battle.start:%H:%M}",
            system,
            f"{battle.kills:,}",
            f"{battle.pilots:,}",
            str(battle.isk_destroyed),
            sides,
        )
    scene = shown.scene
    console.print(table)
    console.print(
        f"{counted(scene.posts, 'message')} posted, {counted(scene.edits, 'edit')}; "
        f"{counted(scene.late, 'kill')} came late. It took {seconds:.0f} s. "
        "ISK is estimated from typical losses.",
        soft_wrap=True,
    )
    address = shown.page.resolve().as_uri()
    console.print(f"[bold green]Open [link={address}]{shown.page}[/link] in a browser.[/]")
