"""`warroom sde`: the game's static data, compiled into the file that the bot reads at start."""

from pathlib import Path
from typing import Annotated

import typer

from services.universe.compile import build_universe
from services.universe.universe import shipped_file

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
