"""`warroom health`: says whether the running bot is alive; for the container's health check."""

import asyncio

import typer

from bot.heart import find_dead
from bot.settings import Settings
from services.domain.clock import system_clock
from services.storage.database import Database, sqlite_file


def health() -> None:
    """Exit code 0 when feed, outbox and gateway showed a sign of life within 120 seconds, else 1."""
    settings = Settings.read()
    faults = asyncio.run(_check(settings))
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo("well")


async def _check(settings: Settings) -> list[str]:
    file = sqlite_file(settings.database.url)
    if file is not None and not file.exists():
        return [f"nothing ever ran here: there is no {file}"]
    database = await Database.open(settings.database)
    try:
        return await find_dead(database, clock=system_clock)
    finally:
        await database.close()
