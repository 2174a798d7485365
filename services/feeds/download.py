"""Asking a host that keeps files for free: slowly, never twice for the same bytes, and not at all during a ban.

A download that was cut off, or whose process was killed, goes on where it stopped while the file is still the same
(Range with If-Range). A refusal (403) is remembered where other processes and the live feed look for it, and is looked
for there before each question. What may pass is tried again a few times, with pauses that grow; an answer "not so fast"
(429) silences everybody who asks this host.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeVar

import aiohttp

from services.domain.clock import Clock
from services.domain.trouble import Trouble, TroubleWatch
from services.feeds.errors import FeedError
from services.feeds.http import BodyTooLarge, read_capped
from services.feeds.items import PauseMemory
from services.feeds.pace import Pace, Sleep
from services.feeds.part_file import Edition, PartFile

T = TypeVar("T")
OnBytes = Callable[[int], None]
"""Told how many bytes of a file are there."""

_CHUNK = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=3600.0, sock_connect=30.0, sock_read=60.0)
"""A day of killmails may take a while on a thin line; a minute without a byte is an end."""
_UNTOUCHED = {"Accept-Encoding": "identity"}
_PACKED = {"Accept-Encoding": "gzip"}


class FetchFailed(FeedError):
    """It could not be fetched now; the reason is for a person."""


class NotThere(FeedError):
    """The host does not have it (yet)."""


class HostPaused(FeedError):
    """The host refuses us, or did a while ago: nothing may be asked before `until`."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(f"{host} refuses us: no question before {until:%Y-%m-%d %H:%M} EVE")
        self.until = until


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRules:
    """How one host wants to be asked. Times in seconds."""

    name: str
    """In the table of days and among the troubles."""
    title: str
    """For people."""
    requests_per_second: float
    ban: float = 3600.0
    throttled: float = 30.0
    """After a 429 without Retry-After; doubles."""
    fault: float = 2.0
    """After what may pass; doubles."""
    longest: float = 3600.0
    tries: int = 5
    largest: int = 1 << 30
    """Bytes of one file, at the most."""


class _Passing(Exception):
    """It may work the next time. `wait`: seconds that the host asked for; `throttled`: it said 429."""

    def __init__(self, reason: str, *, wait: float | None = None, throttled: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.throttled = throttled


class _WrongPart(_Passing):
    """What is there already is no beginning of what the host has."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    edition: Edition | None
    held: int
    begins_with: bytes

    @property
    def headers(self) -> dict[str, str]:
        if self.edition is None:
            return _PACKED
        if not self.held:
            return _UNTOUCHED
        return {**_UNTOUCHED, "Range": f"bytes={self.held}-", "If-Range": self.edition.version}

    def compare(self, first_byte: int | None) -> None:
        """Raise where another part comes than was asked for."""
        if first_byte != self.held:
            raise _WrongPart("another part came than was asked for")


class FileHost:
    """One host. How many ask it at once is the callers' business."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        rules: HostRules,
        *,
        memory: PauseMemory,
        clock: Clock,
        sleep: Sleep,
        watch: TroubleWatch,
    ) -> None:
        self._session = session
        self._base = base_url.rstrip("/")
        self._rules = rules
        self._memory = memory
        self._clock = clock
        self._sleep = sleep
        self._watch = watch
        self._pace = Pace(
            clock, sleep, requests_per_second=rules.requests_per_second, quiet_seconds=0.0
        )
        self._quiet_until: datetime | None = None
        self._refused_until: datetime | None = None

    # Questions

    async def fetch_small(
        self, path: str, *, limit: int, version: str = ""
    ) -> tuple[bytes, Edition] | None:
        """A document of at most `limit` bytes; None when it still is the version that the caller has.

        Raises:
            NotThere, HostPaused, FetchFailed.
        """
        headers = {**_PACKED, **({"If-None-Match": version} if version else {})}

        async def attempt() -> tuple[bytes, Edition] | None:
            async with self._request("GET", path, headers) as response:
                if response.status == 304:
                    return None
                body = await read_capped(response, limit)
                _look_at(body, b"{")
                return body, _edition_of(response)

        return await self._patiently(attempt)

    async def fetch_edition(self, path: str) -> Edition:
        """Which edition of a file there is (HEAD). Raises as `fetch_small`."""

        async def attempt() -> Edition:
            async with self._request("HEAD", path, _UNTOUCHED) as response:
                return _edition_of(response)

        return await self._patiently(attempt)

    async def fetch_file(
        self,
        path: str,
        target: Path,
        *,
        edition: Edition | None = None,
        begins_with: bytes,
        on_bytes: OnBytes = lambda _: None,
    ) -> Edition:
        """Bring a file to `target`; returns its edition. Raises as `fetch_small`.

        With a strong `edition`, what is there of it already is gone on with. Without any, it comes packed for the way,
        which is less for everybody, and cannot be gone on with.
        """
        part = PartFile(target)
        if edition is not None and part.is_whole(edition):
            return edition

        async def attempt() -> Edition:
            held = part.held(edition) if edition is not None else 0
            if edition is not None and held == edition.size:
                part.finish()
                return edition
            return await self._download(path, part, _Wanted(edition, held, begins_with), on_bytes)

        try:
            return await self._patiently(attempt)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise FetchFailed(f"{target.parent} cannot be written: {reason}") from error

    async def _download(
        self, path: str, part: PartFile, wanted: "_Wanted", on_bytes: OnBytes
    ) -> Edition:
        """One try: all of it, or the rest."""
        try:
            async with self._request("GET", path, wanted.headers) as response:
                append = response.status == 206
                if append:
                    wanted.compare(_first_byte(response))
                edition = _edition_of(response)
                if append and wanted.edition is not None:
                    edition = wanted.edition
                size = wanted.held if append else 0
                with part.writing(edition, append=append) as out:
                    async for chunk in response.content.iter_chunked(_CHUNK):
                        if not size:
                            _look_at(chunk, wanted.begins_with)
                        out.write(chunk)
                        size += len(chunk)
                        on_bytes(size)
                        if size > self._rules.largest:
                            part.drop()
                            raise BodyTooLarge(self._rules.largest)
        except _WrongPart:
            part.drop()
            raise
        if not size or size != (edition.size or size):
            raise _Passing(f"cut off after {size} bytes")
        part.finish()
        return edition

    # Manners

    async def _patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        reason = ""
        for tries in range(1, self._rules.tries + 1):
            try:
                found = await attempt()
            except NotThere:
                self._is_well()
                raise
            except _Passing as fault:
                reason = str(fault)
                self._watch.begins(Trouble.HISTORY_DOWN, reason, subject=self._rules.name)
                self._be_quiet(fault, tries)
            else:
                self._is_well()
                return found
        raise FetchFailed(f"{self._rules.title} gives nothing: {reason}")

    def _is_well(self) -> None:
        if self._refused_until is not None and self._clock() < self._refused_until:
            return  # an answer to what was asked before the refusal
        self._watch.ends(Trouble.HISTORY_DOWN, subject=self._rules.name)

    def _be_quiet(self, fault: _Passing, tries: int) -> None:
        rules = self._rules
        first = rules.throttled if fault.throttled else rules.fault
        wait = fault.wait if fault.wait is not None else first * 2.0 ** (tries - 1)
        until = self._clock() + timedelta(seconds=min(wait, rules.longest))
        self._quiet_until = max(until, self._quiet_until or until)

    async def _wait_for_leave(self, path: str) -> None:
        """Until the host may be asked. Raises HostPaused when that is long."""
        while self._quiet_until is not None and (
            left := self._quiet_until - self._clock()
        ) > timedelta(0):
            await self._sleep(left.total_seconds())
        await self._pace.turn(path)
        banned = await self._memory.load_pause()
        if banned is not None and banned > self._clock():
            raise HostPaused(self._rules.title, banned)

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, headers: dict[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One question in its turn; only an answer of use is handed out. What may pass is raised as such."""

        async def in_turn(
            request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            # Also what aiohttp repeats by itself, and where a host sends us on to.
            await self._wait_for_leave(path)
            return await handler(request)

        try:
            async with self._session.request(
                method, self._base + path, headers=headers, timeout=_TIMEOUT, middlewares=(in_turn,)
            ) as response:
                await self._judge(response)
                yield response
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise _Passing(f"{type(error).__name__}: {error}") from error
        except BodyTooLarge as error:
            raise FetchFailed(f"{self._rules.title}: {error}") from error

    async def _judge(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status in {404, 410}:
            raise NotThere(f"{self._rules.title} has no {response.url.path}")
        if status == 403:
            until = self._clock() + timedelta(seconds=self._rules.ban)
            self._refused_until = until
            await self._memory.save_pause(until)
            paused = HostPaused(self._rules.title, until)
            self._watch.begins(Trouble.HISTORY_DOWN, str(paused), subject=self._rules.name)
            raise paused
        if status == 416:
            raise _WrongPart("there is no such part")
        if status not in {200, 206, 304}:
            wait = _retry_after(response, self._clock())
            raise _Passing(f"status {status}", wait=wait, throttled=status == 429)
        if response.content_type == "text/html":
            raise _Passing("a page instead of the file")


def _look_at(first: bytes, wanted: bytes) -> None:
    if not first.lstrip().startswith(wanted):
        raise _Passing("something else instead of the file")


def _edition_of(response: aiohttp.ClientResponse) -> Edition:
    packed = response.headers.get("Content-Encoding", "identity") != "identity"
    version = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
    length = response.headers.get("Content-Length", "")
    return Edition(version, int(length) if length.isdigit() and not packed else None)


def _first_byte(response: aiohttp.ClientResponse) -> int | None:
    """Where the part begins, from `Content-Range: bytes 500-999/1000`."""
    told = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(told) if told.isdigit() else None


def _retry_after(response: aiohttp.ClientResponse, now: datetime) -> float | None:
    """Seconds, from a Retry-After in seconds or as a date; None where there is none or it cannot be read."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
