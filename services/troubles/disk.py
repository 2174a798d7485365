"""Room where the database lies: looked at now and then, told as a trouble."""

import shutil
from pathlib import Path

from services.domain.trouble import Trouble, TroubleWatch

_MEGABYTE = 1_000_000
_AGAIN = 1.2
"""It is well again a fifth above the limit: writing and tidying up move the figure to and fro."""


class DiskWatch:
    """Looks at one folder's file system. A limit of 0 MB: it looks at nothing."""

    def __init__(self, file: Path | None, watch: TroubleWatch, *, limit_mb: int) -> None:
        self._file = file
        self._watch = watch
        self._limit = limit_mb * _MEGABYTE

    async def look(self) -> None:
        """Look now. Nothing to see where the database is a server elsewhere."""
        if self._file is None or not self._limit:
            return
        try:
            free = shutil.disk_usage(self._file.parent).free
        except OSError:
            return  # a folder that is gone is told by whoever writes there
        if free < self._limit:
            left = f"{free // _MEGABYTE:,} MB are free where the database lies"
            self._watch.begins(Trouble.DISK_LOW, left)
        elif free >= self._limit * _AGAIN:
            self._watch.ends(Trouble.DISK_LOW)
