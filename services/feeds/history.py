"""zKillboard's history: what of each recent day was published, as ESI's killmails, with the hashes in a second file.

It lives at the live feed's host and keeps its rules: few questions, one after another, seconds apart. A day appears at
about 06:00 EVE after it ended and is written anew when late killmails come; `totals.json` tells that.
"""

import mmap
from collections.abc import AsyncGenerator, Generator, Mapping
from datetime import date
from pathlib import Path

import msgspec

from services.domain.days import Day, Source
from services.domain.killmail import Rejected
from services.feeds.archive import OnRead, Record, in_batches
from services.feeds.day_files import DayFile, Totals
from services.feeds.download import FileHost, NotThere, OnBytes
from services.feeds.errors import ArchiveError, WireError
from services.feeds.wire import decode_esi

_SOURCE = "history"
_TOTALS_LIMIT = 4 * 1024 * 1024
_HASHES_LIMIT = 64 * 1024 * 1024


class History:
    """zKillboard's days."""

    source = Source.ZKILLBOARD
    parallel = 1

    def __init__(self, host: FileHost) -> None:
        self._host = host
        self._totals = Totals(host, "/history/totals.json", limit=_TOTALS_LIMIT)

    async def fetch_totals(self) -> Mapping[date, int]:
        """Killmails of each day. Raises NotThere, HostPaused, FetchFailed."""
        return await self._totals.fetch()

    async def fetch(
        self, day: Day, folder: Path, *, published: int | None, on_bytes: OnBytes
    ) -> DayFile | None:
        """Bring a day's two files; None when what was imported is all that is published.

        Raises:
            NotThere, HostPaused, FetchFailed.
        """
        if published is None:
            raise NotThere(f"the history has no {day.day}")
        version = f"{published} killmails"
        if day.version == version:
            return None
        hashes = folder / f"zkillboard-hashes-{day.day}.json"
        path = folder / f"zkillboard-{day.day}.json"
        stamp = f"{day.day:%Y%m%d}"
        await self._host.fetch_file(f"/history/{stamp}.json", hashes, begins_with=b"{")
        await self._host.fetch_file(
            f"/history/raw/{stamp}.json", path, begins_with=b"{", on_bytes=on_bytes
        )
        size = path.stat().st_size
        return DayFile(path=path, version=version, size=size, beside=(hashes,))

    def read(
        self, file: DayFile, *, batch: int, on_read: OnRead
    ) -> AsyncGenerator[list[Record], None]:
        """The killmails in batches. Raises ArchiveError, after what could be read."""
        return in_batches(read_history(file.path, file.beside[0], on_read=on_read), batch)


def read_history(
    path: Path, hashes_path: Path, *, on_read: OnRead | None = None
) -> Generator[Record, None, None]:
    """The killmails of one day; a Rejected for each that cannot be read. One without a hash is given without.

    The file is mapped, not loaded: one killmail at a time is in memory.

    Raises:
        ArchiveError: when a file is no JSON of that shape. Then nothing was given.
    """
    hashes = _read_hashes(hashes_path)
    read = 0
    for number, body in _read_raw(path).items():
        yield _to_record(path, number, bytes(body), hashes.get(number, ""))
        read += len(body)
        if on_read is not None:
            on_read(read)


def _read_raw(path: Path) -> dict[str, msgspec.Raw]:
    """Each killmail's place in the file."""
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return msgspec.json.decode(mapped, type=dict[str, msgspec.Raw])
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise ArchiveError(path, f"no history of a day: {error}", read=0) from error


def _read_hashes(path: Path) -> dict[str, str]:
    try:
        found: dict[str, object] = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise ArchiveError(path, f"no list of hashes: {error}", read=0) from error
    return {number: told for number, told in found.items() if isinstance(told, str)}


def _to_record(path: Path, number: str, body: bytes, killmail_hash: str) -> Record:
    try:
        return decode_esi(body, killmail_hash=killmail_hash)
    except WireError as error:
        reference = f"{path.name}:{number}"
        return Rejected(source=_SOURCE, reference=reference, reason=error.reason, body=body)
