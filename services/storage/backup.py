"""Copies of a SQLite file, taken while it is in use (SQLite's own backup, page by page).

A copy is a copy when its name stands there: it is written under another name, synced, read once from its first page to
its last, and only then renamed. Whatever happens before that (no room, a power cut) leaves what stood there before.

The whole copy is read in one transaction. In several, SQLite would begin anew with every killmail that is stored
meanwhile, and of a large file in use never come to an end. Writers do not wait for it: they write into the log beside
the file, which grows until the copy is done.
"""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from services.storage.errors import BackupFailed

_HEADER = b"SQLite format 3\0"
_SPARE_BYTES = 16 * 1024 * 1024
"""Room that must be left when the copy is written: the log goes on growing beside it."""


def copy_sqlite(source: Path, target: Path) -> None:
    """Write a whole, consistent, checked copy to `target`; an older one there is replaced only when it is complete.

    Raises BackupFailed and leaves no half file behind. Blocks for as long as reading and writing the file takes.
    """
    part = target.with_name(target.name + ".part")
    try:
        _check_places(source, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)
        _check_room(source, target)
        with closing(_open(source)) as reading, closing(sqlite3.connect(part)) as writing:
            # What is half written when the power fails has no name yet; so it is synced once, at the end.
            writing.execute("PRAGMA synchronous=OFF")
            reading.backup(writing, pages=-1)
        _verify(part)
        _sync(part)
        part.replace(target)
        _sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        msg = f"The copy to {target} failed: {error}"
        raise BackupFailed(msg) from error
    finally:
        with suppress(OSError):
            _remove(part)


def _check_places(source: Path, target: Path) -> None:
    """Refuse what would do harm: a copy onto itself, onto a database in use, onto some other file."""
    if not source.exists():
        raise BackupFailed(f"There is no database at {source}.")
    if not target.exists():
        return
    if target.samefile(source):
        raise BackupFailed(f"{target} is the database itself; name another file for the copy.")
    if target.with_name(target.name + "-wal").exists():
        raise BackupFailed(f"{target} is a database in use; name another file for the copy.")
    with target.open("rb") as old:
        start = old.read(len(_HEADER))
    if start and start != _HEADER:
        raise BackupFailed(f"{target} is no older copy; name another file, or move it away.")


def _check_room(source: Path, target: Path) -> None:
    """Refuse before a byte is written where the copy cannot fit."""
    wal = source.with_name(source.name + "-wal")
    needed = source.stat().st_size + (wal.stat().st_size if wal.exists() else 0) + _SPARE_BYTES
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        megabytes = 1_000_000
        msg = (
            f"There is no room for the copy {target}: it needs {needed // megabytes:,} MB, "
            f"and {free // megabytes:,} MB are free."
        )
        raise BackupFailed(msg)


def _open(source: Path) -> sqlite3.Connection:
    """The database, which must be there; opening a path alone would make an empty one."""
    return sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)


def _verify(copy: Path) -> None:
    """Read the copy as a stranger would; raises when something is wrong with it."""
    with closing(_open(copy)) as reading:
        found = [row[0] for row in reading.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        raise sqlite3.DatabaseError(found[0] if found else "it cannot be read")


def _sync(file: Path) -> None:
    with file.open("r+b") as written:
        os.fsync(written.fileno())


def _sync_folder(folder: Path) -> None:
    """The new name, too, must outlive a power cut. Windows has no such thing."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(part: Path) -> None:
    """What an earlier attempt left, its journals included: an old one must not be played into a new file."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        part.with_name(part.name + suffix).unlink(missing_ok=True)
