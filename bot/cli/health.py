"""`warroom health`: says whether the running bot is alive; for the container's health check.

Exit code 0: well. 1: a part gives no sign of life, or the database cannot be asked. 2: the settings cannot work.
"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.heart import find_dead
from bot.rehearsal import DATABASE
from bot.settings import Settings
from services.domain.clock import system_clock
from services.storage.database import Database, sqlite_file
from services.storage.settings import DatabaseSettings
from services.troubles.overlooking import Overlooking


def health(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask the dry run, which has a database of its own.")
    ] = False,
    page: Annotated[Path, typer.Option(help="Where that dry run writes its page.")] = Path(
        "demo/index.html"
    ),
) -> None:
    """Exit code 0 when every part that runs (feed, outbox, gateway) showed a sign of life within 120 s, else 1."""
    database = Settings.read().database
    if dry_run:
        address = f"sqlite+aiosqlite:///{page.parent / DATABASE}"
        database = database.model_copy(update={"url": address})
    faults = asyncio.run(_check(database))
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo("well")


async def _check(settings: DatabaseSettings) -> list[str]:
    """Raises StorageError for a database that cannot be opened."""
    file = sqlite_file(settings.url)
    if file is not None and not file.exists():
        return [f"nothing ever ran here: there is no {file}"]
    database = await Database.open(settings)
    try:
        with Overlooking(database):
            return await find_dead(database, clock=system_clock)
    finally:
        await database.close()
    return ["the database does not answer"]
