"""`warroom` and its commands."""

from typing import Annotated

import typer

from bot.cli import sde
from bot.cli.backfill import backfill
from bot.cli.backup import backup
from bot.cli.battles import battles
from bot.cli.demo import demo, demo_build
from bot.cli.health import health
from bot.cli.heatmap import heatmap
from bot.cli.invite import invite
from bot.cli.kills import kills
from bot.cli.run import run
from bot.cli.typical import typical_build
from bot.version import running_version

app = typer.Typer(
    name="warroom",
    help="War Room: tells EVE Online groups on Discord where the fights are.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (run, demo, backfill, battles, kills, heatmap, invite, health, backup):
    app.command()(command)
app.command(name="demo-build", hidden=True)(demo_build)
app.command(name="typical-build", hidden=True)(typical_build)
app.add_typer(sde.app, name="sde")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"War Room {running_version()}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """War Room: tells EVE Online groups on Discord where the fights are."""
