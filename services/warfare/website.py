"""Asking the game's website about the warzone, and EVE Ref's mirror of it where the website gives nothing.

Nothing of the website is promised: whatever it answers but a list that can be read sends us to the mirror. Each host is
asked once a second at most, and left alone for a while where it refuses us. A mirror that does not say how old its copy
is gives nothing: old news would look like new.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self, TypeVar

import aiohttp

from services.domain.clock import Clock
from services.esi.headers import modified_at, retry_after
from services.feeds.http import BodyTooLarge, read_capped
from services.feeds.pace import Pace, Sleep
from services.polling.source import Fetched, SourceFault
from services.warfare.settings import WarfareSettings

T = TypeVar("T")

_BUSY = 300.0
"""Seconds of silence after a 429 that names no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Something that both hosts have: where."""

    website: str
    mirror: str


class Website:
    """Both hosts. The session is the caller's, carries the User-Agent, and is not closed here."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: WarfareSettings,
        *,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._website = _Host(session, settings.warzone_url, settings, clock=clock, sleep=sleep)
        self._mirror = _Host(session, settings.everef_url, settings, clock=clock, sleep=sleep)

    async def fetch(
        self, page: Page, read: Callable[[bytes], T], *, etag: str | None
    ) -> Fetched[T]:
        """A page; `read` decodes a body and raises SourceFault where it cannot. Raises SourceFault."""
        try:
            answer = await self._website.ask(page.website)
            return Fetched(value=read(answer.body))
        except SourceFault as fault:
            refused = fault
        try:
            return await self._from_mirror(page, read, etag=etag)
        except SourceFault as fault:
            raise SourceFault(f"the website: {refused}; EVE Ref's mirror: {fault}") from fault

    async def _from_mirror(
        self, page: Page, read: Callable[[bytes], T], *, etag: str | None
    ) -> Fetched[T]:
        held = _Copy.parse(etag)
        answer = await self._mirror.ask(page.mirror, etag=held.etag if held else None)
        if not answer.body:
            return Fetched(
                value=None, etag=etag, modified_at=held.modified_at if held else None, mirror=True
            )
        if answer.modified_at is None:
            raise SourceFault("it does not say how old its copy is")
        copy = _Copy(etag=answer.etag, modified_at=answer.modified_at) if answer.etag else None
        return Fetched(
            value=read(answer.body),
            etag=str(copy) if copy else None,
            modified_at=answer.modified_at,
            mirror=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """The mirror's copy that is held. As text it stands in the place of an ETag: a 304 need not repeat its age."""

    etag: str
    modified_at: datetime

    def __str__(self) -> str:
        return f"mirror {self.modified_at.isoformat()} {self.etag}"

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """None for anything that is no such text."""
        mark, _, rest = (text or "").partition(" ")
        made, _, etag = rest.partition(" ")
        if mark != "mirror" or not etag:
            return None
        return cls(etag=etag, modified_at=datetime.fromisoformat(made))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """`body` is empty where the copy with the given ETag still holds."""

    body: bytes
    etag: str | None
    modified_at: datetime | None


class _Host:
    """One host."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        settings: WarfareSettings,
        *,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._settings = settings
        self._clock = clock
        self._pace = Pace(clock, sleep, requests_per_second=1.0, quiet_seconds=0)
        self._quiet_until: datetime | None = None
        self._timeout = aiohttp.ClientTimeout(total=settings.website_timeout_seconds)

    async def ask(self, path: str, *, etag: str | None = None) -> _Answer:
        """Raises SourceFault."""
        longest = timedelta(seconds=self._settings.website_quiet_seconds)
        now = self._clock()
        if self._quiet_until is not None and now < self._quiet_until <= now + longest:
            raise SourceFault(f"left alone until {self._quiet_until:%H:%M} EVE")
        await self._pace.turn(path)
        try:
            async with self._session.get(
                self._base_url + path,
                headers={"Accept": "application/json"} | ({"If-None-Match": etag} if etag else {}),
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                body = await read_capped(response, self._settings.body_limit_bytes)
                return self._judged(response, body, asked_by_tag=etag is not None)
        except (aiohttp.ClientError, TimeoutError, OSError, BodyTooLarge) as error:
            raise SourceFault(str(error) or type(error).__name__) from error

    def _judged(
        self, response: aiohttp.ClientResponse, body: bytes, *, asked_by_tag: bool
    ) -> _Answer:
        status = response.status
        if status in {403, 429}:
            self._leave_alone(response)
        if status != 200 and not (status == 304 and asked_by_tag):
            raise SourceFault(f"status {status}")
        if status == 200 and body.lstrip()[:1] != b"[":
            raise SourceFault("a page or text instead of a list")
        return _Answer(
            body=body if status == 200 else b"",
            etag=response.headers.get("ETag"),
            modified_at=modified_at(response.headers),
        )

    def _leave_alone(self, response: aiohttp.ClientResponse) -> None:
        longest = self._settings.website_quiet_seconds
        seconds = longest
        if response.status == 429:
            asked = retry_after(response.headers, self._clock())
            seconds = min(_BUSY if asked is None else asked, longest)
        self._quiet_until = self._clock() + timedelta(seconds=seconds)
