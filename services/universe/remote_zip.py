"""Some files out of a large zip on the network, without fetching the rest.

A zip has its directory at its end. So the end is asked for first, then the stretches in which the wanted files lie,
and each is written at its own place into a file as long as the zip; what lies between stays empty and takes no room
on the disk. The result is a zip that any reader opens, good for the wanted files. A server that gives no parts, or
whose answers do not fit together, is asked for the whole. Either way every wanted file is read to its end and
compared with its checksum before anybody else sees it.
"""

import asyncio
import re
import zipfile
import zlib
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import aiohttp
import structlog

from services.universe.errors import UniverseUnavailable
from services.universe.settings import UniverseSettings

TAIL_BYTES = 128 * 1024
"""Asked for at the end of the zip; the directory of its 80 files has about 10 kB."""
GAP_BYTES = 256 * 1024
"""Unwanted bytes between two wanted files that are fetched rather than asked around."""
SPACING_SECONDS = 1.0
"""Between two requests."""
_CHUNK = 64 * 1024
_PLACE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What zipfile raises for damage, unknown packing and encryption."""

Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was received."""

    received: int
    """Bytes."""
    whole: bool
    """The whole zip, not its parts."""


class _NoParts(Exception):
    """The parts cannot be had, or do not fit together; the text says why."""


class RemoteZip:
    """One zip at one address. The session is the caller's and is not closed here."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        settings: UniverseSettings,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._session = session
        self._url = url
        self._settings = settings
        self._sleep = sleep
        self._received = 0

    async def fetch(self, wanted: Collection[str], into: Path) -> Fetched:
        """Write a zip that holds at least the `wanted` files (by their last name) that the published one holds.

        Raises:
            UniverseUnavailable: it cannot be had whole and undamaged, or not be written.
        """
        self._received = 0
        try:
            try:
                whole = await self._fetch_parts(wanted, into)
            except _NoParts as reason:
                log.info("static data fetched whole", reason=str(reason))
                await self._sleep(SPACING_SECONDS)
                await self._fetch_whole(into)
                whole = True
            if whole:
                await self._check_whole(wanted, into)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UniverseUnavailable(
                f"the download broke off ({str(error) or type(error).__name__})"
            ) from error
        except OSError as error:
            raise UniverseUnavailable(f"the download cannot be stored ({error})") from error
        return Fetched(received=self._received, whole=whole)

    async def _fetch_parts(self, wanted: Collection[str], into: Path) -> bool:
        """True if the server gave the whole zip in answer to the first question."""
        with into.open("w+b") as stream:
            async with self._ask(f"bytes=-{TAIL_BYTES}") as response:
                if response.status == 200:
                    await self._receive(response, stream, limit=self._settings.zip_limit_bytes)
                    return True
                first, last, total = _place(response)
                if last != total - 1 or total > self._settings.zip_limit_bytes:
                    raise _NoParts(f"its end was given as {first}-{last} of {total}")
                await self._receive_part(response, stream, first=first, last=last)
                etag = response.headers.get("ETag", "")
            stream.truncate(total)
            stream.flush()
            for begin, end in await asyncio.to_thread(_stretches, into, wanted, first):
                await self._sleep(SPACING_SECONDS)
                async with self._ask(f"bytes={begin}-{end - 1}", same_as=etag) as response:
                    if _place(response) != (begin, end - 1, total):
                        raise _NoParts("a part of another length than asked for came")
                    await self._receive_part(response, stream, first=begin, last=end - 1)
        try:
            await asyncio.to_thread(self._check, into, wanted)
        except _BROKEN as error:
            raise _NoParts(f"the parts do not fit together ({error})") from error
        return False

    async def _fetch_whole(self, into: Path) -> None:
        with into.open("w+b") as stream:
            async with self._ask(None) as response:
                if response.status != 200:
                    raise UniverseUnavailable(f"the download was answered with {response.status}")
                await self._receive(response, stream, limit=self._settings.zip_limit_bytes)

    async def _check_whole(self, wanted: Collection[str], into: Path) -> None:
        try:
            await asyncio.to_thread(self._check, into, wanted)
        except _BROKEN as error:
            raise UniverseUnavailable(f"what came is no whole zip file ({error})") from error

    def _ask(
        self, part: str | None, *, same_as: str = ""
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        headers = {"Accept-Encoding": "identity"}
        if part is not None:
            headers["Range"] = part
        if same_as.startswith('"'):  # a weak one may not be asked about
            headers["If-Range"] = same_as
        times = aiohttp.ClientTimeout(
            total=self._settings.timeout_seconds,
            sock_connect=self._settings.stall_seconds,
            sock_read=self._settings.stall_seconds,
        )
        return self._session.get(self._url, headers=headers, timeout=times)

    async def _receive_part(
        self, response: aiohttp.ClientResponse, stream: BinaryIO, *, first: int, last: int
    ) -> None:
        stream.seek(first)
        wanted = last - first + 1
        if await self._receive(response, stream, limit=wanted) != wanted:
            raise _NoParts("a part was shorter than its own heading says")

    async def _receive(
        self, response: aiohttp.ClientResponse, stream: BinaryIO, *, limit: int
    ) -> int:
        got = 0
        async for chunk in response.content.iter_chunked(_CHUNK):
            got += len(chunk)
            self._received += len(chunk)
            if got > limit:
                raise UniverseUnavailable(f"the download exceeds {limit} bytes")
            stream.write(chunk)
        return got

    def _check(self, path: Path, wanted: Collection[str]) -> None:
        """Read every wanted file to its end; zipfile compares the checksums."""
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, wanted)
            if sum(member.file_size for member in members) > self._settings.unpacked_limit_bytes:
                raise UniverseUnavailable("the files of the download unpack to far too much")
            for member in members:
                with archive.open(member) as stream:
                    while stream.read(1024 * 1024):
                        pass


def _place(response: aiohttp.ClientResponse) -> tuple[int, int, int]:
    """First byte, last byte, length of the whole, as the answer's heading says."""
    if response.status in (403, 404, 429) or response.status >= 500:
        raise UniverseUnavailable(f"the download was answered with {response.status}")
    found = _PLACE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status != 206 or found is None:
        raise _NoParts(f"a part was answered with {response.status}")
    first, last, total = (int(number) for number in found.groups())
    if not first <= last < total:
        raise _NoParts(f"a part was given as {first}-{last} of {total}")
    return first, last, total


def _members(archive: zipfile.ZipFile, wanted: Collection[str]) -> list[zipfile.ZipInfo]:
    return [info for info in archive.infolist() if PurePosixPath(info.filename).name in wanted]


def _stretches(path: Path, wanted: Collection[str], tail: int) -> list[tuple[int, int]]:
    """Where the wanted files lie, [begin, end), as far as it lies before `tail`; near ones are joined."""
    try:
        with zipfile.ZipFile(path) as archive:
            begins = sorted(info.header_offset for info in archive.infolist())
            mine = sorted(info.header_offset for info in _members(archive, wanted))
    except _BROKEN as error:
        raise _NoParts(f"its end holds no directory ({error})") from error
    ends = dict(zip(begins, [*begins[1:], tail], strict=True))
    stretches: list[tuple[int, int]] = []
    for begin in mine:
        end = min(ends[begin], tail)
        if begin >= end:
            continue
        near = stretches and begin - stretches[-1][1] <= GAP_BYTES
        stretches.append((stretches.pop()[0] if near else begin, end))
    return stretches
