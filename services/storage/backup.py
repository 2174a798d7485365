"""Copies of a SQLite file, taken while it is in use (SQLite's own backup, page by page)."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from services.storage.errors import BackupFailed


def copy_sqlite(source: Path, target: Path) -> None:
    """Write a whole, consistent copy to `target`; an older file there is replaced only when the copy is complete.

    Raises BackupFailed and leaves no half file behind.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(part)) as writing:
            reading.backup(writing, pages=2048)
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        msg = f"The copy to {target} failed: {error}"
        raise BackupFailed(msg) from error
