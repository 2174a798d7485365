"""EVE Ref's archives of killmails: one for each day since 2007, written anew when late killmails come.

A HEAD tells whether a day is another than the one that was imported; only then it is downloaded.
"""

from collections.abc import AsyncGenerator, Mapping
from datetime import date
from pathlib import Path

from services.domain.days import Day, Source
from services.feeds.archive import OnRead, Record, stream_archive
from services.feeds.day_files import DayFile, Totals
from services.feeds.download import FileHost, OnBytes

PARALLEL = 2
"""The host refuses those who ask for much more at once."""
_TOTALS_LIMIT = 4 * 1024 * 1024


class EveRef:
    """EVE Ref's days."""

    source = Source.EVEREF
    parallel = PARALLEL

    def __init__(self, host: FileHost) -> None:
        self._host = host
        self._totals = Totals(host, "/killmails/totals.json", limit=_TOTALS_LIMIT)

    async def fetch_totals(self) -> Mapping[date, int]:
        """Killmails of each day. Raises NotThere, HostPaused, FetchFailed."""
        return await self._totals.fetch()

    async def fetch(
        self,
        day: Day,
        folder: Path,
        *,
        published: int | None,  # noqa: ARG002 - the count says less than the file's own version
        on_bytes: OnBytes,
    ) -> DayFile | None:
        """Bring a day's archive; None when it still is the one that was imported.

        Raises:
            NotThere, HostPaused, FetchFailed.
        """
        name = f"killmails-{day.day}.tar.bz2"
        path = f"/killmails/{day.day.year}/{name}"
        edition = await self._host.fetch_edition(path)
        if edition.version and edition.version == day.version:
            return None
        target = folder / name
        edition = await self._host.fetch_file(
            path, target, edition=edition, begins_with=b"BZh", on_bytes=on_bytes
        )
        return DayFile(path=target, version=edition.version, size=target.stat().st_size)

    def read(
        self, file: DayFile, *, batch: int, on_read: OnRead
    ) -> AsyncGenerator[list[Record], None]:
        """The killmails in batches. Raises ArchiveError, after what could be read."""
        return stream_archive(file.path, batch=batch, on_read=on_read)
