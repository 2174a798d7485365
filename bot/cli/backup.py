"""`warroom backup`: a whole copy of the database, while the bot runs.

The database is only read: an upgrade's tables are not brought into it by somebody who wants a copy from before.
"""

from pathlib import Path
from typing import Annotated

import typer

from bot.settings import Settings
from services.storage.backup import copy_sqlite
from services.storage.database import sqlite_file
from services.storage.errors import StorageError


def backup(
    file: Annotated[
        Path, typer.Argument(help="Where the copy goes; an older copy there is replaced.")
    ],
) -> None:
    """Copy the SQLite database, and check the copy."""
    source = sqlite_file(Settings.read().database.url)
    if source is None:
        raise StorageError("This database is PostgreSQL: use pg_dump for a copy of it.")
    copy_sqlite(source, file)
    typer.echo(f"{file}: {file.stat().st_size:,} bytes, checked")
