"""`warroom sde`: the game's static data, compiled into the file that the bot reads at start."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import Settings
from bot.version import running_version
from services.domain.clock import system_clock
from services.feeds.http import create_session, user_agent
from services.universe.compile import build_universe
from services.universe.errors import UpdateFailed
from services.universe.outcome import Outcome, Verdict
from services.universe.settings import UniverseSettings
from services.universe.universe import Universe, shipped_file
from services.universe.update import UniverseUpdater

app = typer.Typer(help="The game's static data.", no_args_is_help=True)


@app.callback()
def sde() -> None:
    """The game's static data."""


@app.command()
def build(
    source: Annotated[Path, typer.Argument(help="Folder of SDE JSONL files, or the official zip.")],
    out: Annotated[
        Path | None, typer.Option(help="Compiled file to write; without it, the shipped one.")
    ] = None,
) -> None:
    """Compile SOURCE into the universe. A damaged source changes nothing."""
    target = out or shipped_file()
    made = build_universe(source, target)
    typer.echo(
        f"{target.name}: build {made.build} of {made.release_date:%Y-%m-%d}, "
        f"{made.rows['mapSolarSystems']:,} systems, {made.rows['mapStargates']:,} gates, "
        f"{made.rows['types']:,} types, {made.size / 1e6:.2f} MB"
    )
    for group in made.unclassed_ship_groups:
        typer.echo(f"The ship group {group} has no hull class yet and counts as other.", err=True)


@app.command()
def update() -> None:
    """Fetch the newest static data, if it is newer. A running bot takes it over within the hour."""
    settings = Settings.read()
    header = user_agent(settings.contact or "", running_version())
    universe = Universe.load_newest(settings.universe.file)
    typer.echo(describe(asyncio.run(_look(universe, settings.universe, header)), universe))


async def _look(universe: Universe, settings: UniverseSettings, header: str) -> Outcome:
    async with create_session(header) as session:
        return await UniverseUpdater(universe, session, settings, clock=system_clock).check()


def describe(outcome: Outcome, universe: Universe) -> str:
    """One line on what was done. Raises UpdateFailed when the newest build is not in use."""
    now = f"{outcome.build} of {universe.release_date:%Y-%m-%d}"
    if outcome.verdict is Verdict.UPDATED:
        return (
            f"Static data updated: build {outcome.before} -> {now}, {len(universe.systems):,} systems, "
            f"{len(universe.types):,} types, {outcome.received / 1e6:.1f} MB downloaded."
        )
    if outcome.verdict is Verdict.UP_TO_DATE:
        return f"Static data is up to date: build {now}."
    if outcome.verdict is Verdict.REFUSED:
        raise UpdateFailed(f"build {outcome.newest} is refused, {now} stays: {outcome.reason}")
    raise UpdateFailed(f"static data is not updated, build {now} stays: {outcome.reason}")
