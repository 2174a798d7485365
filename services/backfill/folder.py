"""The folder of downloaded days belongs to one process at a time: two would write into each other's files.

The lock is the operating system's, so it is gone with the process, however that ends.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.domain.errors import WarRoomError


class FolderTaken(WarRoomError):
    """Another process works there, or the folder cannot be used."""


@contextmanager
def own_folder(folder: Path, name: str) -> Iterator[Path]:
    """Have `folder` for oneself, as far as `name` goes. Raises FolderTaken."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f"{name}.lock").open("w")
    except OSError as error:
        raise FolderTaken(f"{folder} cannot be used: {error.strerror or error}") from error
    with lock:
        try:
            _lock(lock.fileno())
        except OSError as error:
            raise FolderTaken(
                f"Another War Room is fetching days into {folder} at this moment. "
                "Wait until it is done, or set backfill.folder to another folder."
            ) from error
        yield folder


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
