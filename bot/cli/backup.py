"""`warroom backup`: a whole copy of the database, while the bot runs."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import Settings
from services.storage.database import Database


def backup(
    file: Annotated[
        Path, typer.Argument(help="Where the copy goes; an older one there is replaced.")
    ],
) -> None:
    """Copy the SQLite database."""
    settings = Settings.read()
    asyncio.run(_copy(settings, file))
    typer.echo(f"{file}: {file.stat().st_size:,} bytes")


async def _copy(settings: Settings, file: Path) -> None:
    database = await Database.open(settings.database)
    try:
        await database.backup(file)
    finally:
        await database.close()
