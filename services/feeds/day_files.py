"""What those who keep whole days have in common: a count of killmails per day, and files that are brought and read."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from services.domain.days import Day, Source
from services.feeds.archive import OnRead, Record
from services.feeds.download import FetchFailed, FileHost, OnBytes
from services.feeds.part_file import PartFile


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFile:
    """A day on disk: `version` says which edition, `size` how many bytes, `beside` what else belongs to it."""

    path: Path
    version: str
    size: int
    beside: tuple[Path, ...] = ()

    def delete(self) -> None:
        """It has been imported, or is no good."""
        for path in (self.path, *self.beside):
            PartFile(path).drop()


class DaySource(Protocol):
    """Somebody who keeps days."""

    @property
    def source(self) -> Source: ...  # noqa: D102 - its name
    @property
    def parallel(self) -> int:
        """How many of its files may be asked for at once."""
        ...

    async def fetch_totals(self) -> Mapping[date, int]:
        """Killmails of each day that it has. Raises NotThere, HostPaused, FetchFailed."""
        ...

    async def fetch(
        self, day: Day, folder: Path, *, published: int | None, on_bytes: OnBytes
    ) -> DayFile | None:
        """Bring a day; None when it still is what was imported. Raises NotThere, HostPaused, FetchFailed."""
        ...

    def read(
        self, file: DayFile, *, batch: int, on_read: OnRead
    ) -> AsyncGenerator[list[Record], None]:
        """Its killmails. Raises ArchiveError after what could be read."""
        ...


class Totals:
    """A `totals.json`, asked for again only when it has changed."""

    def __init__(self, host: FileHost, path: str, *, limit: int) -> None:
        self._host = host
        self._path = path
        self._limit = limit
        self._version = ""
        self._known: Mapping[date, int] = {}

    async def fetch(self) -> Mapping[date, int]:
        """Killmails of each day. Raises NotThere, HostPaused, FetchFailed."""
        found = await self._host.fetch_small(self._path, limit=self._limit, version=self._version)
        if found is not None:
            body, edition = found
            self._known = _parse(body, self._path)
            self._version = edition.version
        return self._known


def _parse(body: bytes, path: str) -> dict[date, int]:
    try:
        counts = msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.MsgspecError, ValueError) as error:
        raise FetchFailed(f"{path} is no count of killmails per day: {error}") from error
    found = ((_to_day(key), count) for key, count in counts.items())
    return {
        day: count
        for day, count in found
        if day is not None and isinstance(count, int) and count >= 0
    }


def _to_day(text: str) -> date | None:
    """`20261119`, or `2026-11-19`."""
    try:
        return datetime.strptime(text.replace("-", ""), "%Y%m%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        return None
