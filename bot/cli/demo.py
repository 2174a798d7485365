"""`warroom demo`: a recorded evening through the whole bot, onto a page. And how that recording is made.

The demo reads no settings and asks no network: it shows the same to everybody. Its database is made anew each time.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from bot.app import House, open_house
from bot.cli.times import parse_moment
from bot.interaction.backdrop import backdrop, ids_in_battles
from bot.logs import set_up_logging
from bot.page_sender import PageSender
from bot.presentation.battles import headline
from bot.presentation.phrases import counted
from bot.replay import Replay, ReplayClock, Scene
from bot.settings import LogSettings, Settings
from bot.showcase import answers, largest_battles
from services.domain.alert import AlertKind, AlertRequest
from services.domain.battle import Battle
from services.domain.errors import WarRoomError
from services.domain.ids import ChannelId, GuildId, KillmailId, RegionId, RoleId, UserId
from services.feeds.recording import Recording, read_recording, write_recording
from services.feeds.recording_build import build_recording
from services.storage.settings import DatabaseSettings
from services.universe.model import NameKind

PAGE = "index.html"
GUILD = GuildId(1)
BATTLES, BIG_KILLS, REGION = ChannelId(11), ChannelId(12), ChannelId(13)
DEFENCE = RoleId(21)
NAMES = {BATTLES: "war-room", BIG_KILLS: "big-kills", REGION: "insmother", DEFENCE: "Home defence"}
HOME_REGION = "Insmother"
REPLIES = "replies"
TABLE_ROWS = 8


class DemoFailed(WarRoomError):
    """The demo came to its end and has nothing to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a demo did, and where it can be seen."""

    scene: Scene
    battles: tuple[tuple[Battle, str, str], ...]
    """Each with its system's name and its headline."""
    page: Path


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
    console = Console()
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


async def show(
    recording: Recording, folder: Path, *, on_scene: Callable[[Scene], None] = lambda _: None
) -> Shown:
    """Replay onto `folder`/index.html. Raises DemoFailed when nothing was posted, or nothing can be written."""
    try:
        shown = await _show(recording, folder, on_scene)
    except OSError as error:
        raise DemoFailed(f"{folder} cannot be written: {error.strerror or error}") from error
    if not shown.scene.posts:
        raise DemoFailed(
            "The replay posted nothing: nothing in the recording meets the demo's alerts."
        )
    return shown


async def _show(recording: Recording, folder: Path, on_scene: Callable[[Scene], None]) -> Shown:
    page = folder / PAGE
    page.unlink(missing_ok=True)
    clock = ReplayClock(recording.start)
    async with open_house(fresh_settings(folder), online=False, clock=clock) as house:
        await _prepare(house, recording)
        sender = PageSender(
            house,
            page,
            title="War Room",
            subtitle=f"demo: {recording.start:%d %B %Y}, replayed",
            names=NAMES,
        )
        try:
            scene = await Replay(house, sender, recording, clock=clock).run(on_scene)
            await _ask(house, sender, recording)
        finally:
            await sender.close()
        battles = await _largest(house, recording)
    if not scene.posts:
        raise DemoFailed(
            "The replay posted nothing: the recording holds nothing that anybody asked for."
        )
    return Shown(scene=scene, battles=battles, page=page)


def fresh_settings(folder: Path) -> Settings:
    """Every default, and a new database in `folder`. The operator's settings are not looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "warroom.db"
    for leftover in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        leftover.unlink(missing_ok=True)
    database = DatabaseSettings(url=f"sqlite+aiosqlite:///{file}")
    return Settings.model_construct(database=database)


async def _prepare(house: House, recording: Recording) -> None:
    """The names of those who fight, and what the demo's server asks for."""
    names = recording.names.items()
    await house.services.names.seed(
        [(who.id, who.kind.value, name.name, name.ticker) for who, name in names]
    )
    region = house.services.universe.find_by_name(HOME_REGION, NameKind.REGION)
    home = None if region is None else RegionId(region)
    for channel, kind, wanted in (
        (BATTLES, AlertKind.BATTLES, {"min_kills": 10}),
        (BATTLES, AlertKind.BATTLES, {"min_isk": 5e9}),
        (BIG_KILLS, AlertKind.KILLS, {"min_isk": 1e9}),
        (REGION, AlertKind.BATTLES, {"min_kills": 5, "region_id": home, "role_id": DEFENCE}),
        (REGION, AlertKind.KILLS, {"min_isk": 3e8, "region_id": home}),
    ):
        await house.services.alerts.add(
            AlertRequest(
                guild_id=GUILD, channel_id=channel, kind=kind, created_by=UserId(1), **wanted
            )
        )


async def _ask(house: House, sender: PageSender, recording: Recording) -> None:
    """What people would ask afterwards."""
    hours = _hours(house, recording)
    best = _most_valuable(house, recording)
    async for answer in answers(house.services, GUILD, hours=hours, best_kill=best):
        sender.reply(REPLIES, answer.card, to=answer.asked)


def _hours(house: House, recording: Recording) -> int:
    """Whole hours that hold the recording."""
    return -(-(house.clock() - recording.start) // timedelta(hours=1))


def _most_valuable(house: House, recording: Recording) -> KillmailId | None:
    priced = (house.prices.value_of(mail) for mail in recording.killmails)
    best = max(priced, key=lambda mail: (mail.value.isk or 0.0, mail.id), default=None)
    return None if best is None else best.id


async def _largest(house: House, recording: Recording) -> tuple[tuple[Battle, str, str], ...]:
    battles = (await largest_battles(house.services, since=recording.start))[:TABLE_ROWS]
    scene = await backdrop(house.services, GUILD, ids=ids_in_battles(battles))
    lexicon = scene.lexicon
    return tuple((b, lexicon.system_name(b.system_id), headline(b, lexicon)) for b in battles)


# The terminal


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[Scene], None]]:
    """One line that tells how the replay goes; where there is no terminal, one line each half hour of the evening."""
    if not console.is_terminal:
        yield _Log(console).on_scene
        return
    progress = Progress(
        SpinnerColumn(), BarColumn(bar_width=20), TextColumn("{task.description}"), console=console
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
    return (
        f"[cyan]{scene.now:%H:%M} EVE[/]  {scene.kills:,} kills ({scene.late} late)  "
        f"battles {scene.open_battles} open, {scene.ended_battles:,} ended  "
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
        f"{counted(scene.posts, 'message')} posted, {counted(scene.edits, 'edit')}, in {seconds:.0f} s. "
        f"ISK is estimated from typical losses."
    )
    console.print(
        f"[bold green]Open [link={shown.page.resolve().as_uri()}]{shown.page}[/link] in a browser.[/]"
    )
