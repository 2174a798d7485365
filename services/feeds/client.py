"""One question to a feed's service, one answer. Judges what came back by status and first byte; decides nothing.

No answer is ever raised: an unreachable host is an answer too, and the feed decides what each means.
"""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum, auto

import aiohttp
import msgspec

from services.domain.clock import Clock
from services.feeds.http import BodyTooLarge, read_capped
from services.feeds.pace import Pace


class Verdict(Enum):
    """What an answer means."""

    FOUND = auto()
    """A body that may be JSON."""
    MISSING = auto()
    """Not there: not yet, no more, or never."""
    BANNED = auto()
    THROTTLED = auto()
    FAULT = auto()
    """A passing fault of the service or of the way to it."""
    CUT = auto()
    """The body ended early or was badly packed."""
    TOO_LARGE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer: `body` when found, `reason` in words when not, `wait` in seconds when the service named a time."""

    verdict: Verdict
    body: bytes = b""
    reason: str = ""
    wait: float | None = None


_HEADERS = {"Accept-Encoding": "gzip"}
_MISSING_STATUS = frozenset({404, 410})


class FeedClient:
    """Asks for one file at a time, in its turn."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        *,
        pace: Pace,
        clock: Clock,
        body_limit: int,
    ) -> None:
        self._session = session
        self._base = base_url.rstrip("/")
        self._pace = pace
        self._clock = clock
        self._body_limit = body_limit
        self.requests = 0

    async def turn(self, path: str, *, patient: bool = False) -> None:
        """Wait for the turn to ask for a path, and take it. `patient`: let others go before."""
        await self._pace.turn(path, patient=patient)

    async def fetch(self, path: str) -> Answer:
        """Ask for a path (it begins with a slash), having taken its turn."""
        sent = 0

        async def count_and_pace(
            request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            # aiohttp repeats a request by itself when a connection breaks, and follows redirects: those take turns too.
            nonlocal sent
            if sent:
                await self._pace.turn(path)
            sent += 1
            self.requests += 1
            return await handler(request)

        try:
            async with self._session.get(
                self._base + path, headers=_HEADERS, middlewares=(count_and_pace,)
            ) as response:
                answer = await self._judge(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Answer(verdict=Verdict.FAULT, reason=f"{type(error).__name__}: {error}")
        if answer.verdict is Verdict.MISSING:
            self._pace.was_missing(path)
        return answer

    async def _judge(self, response: aiohttp.ClientResponse) -> Answer:
        status = response.status
        if status == 200:
            return await self._read(response, wait=_exhausted_for(response))
        reason = f"status {status}"
        if status in _MISSING_STATUS:
            return Answer(verdict=Verdict.MISSING, reason=reason)
        if status == 403:
            return Answer(verdict=Verdict.BANNED, reason=reason)
        wait = self._retry_after(response)
        verdict = Verdict.THROTTLED if status == 429 else Verdict.FAULT
        return Answer(verdict=verdict, reason=reason, wait=wait)

    async def _read(self, response: aiohttp.ClientResponse, *, wait: float | None) -> Answer:
        try:
            body = await read_capped(response, self._body_limit)
        except BodyTooLarge as error:
            return Answer(verdict=Verdict.TOO_LARGE, reason=str(error))
        except aiohttp.ClientPayloadError as error:
            return Answer(verdict=Verdict.CUT, reason=f"broken body: {error}")
        if not _may_be_json(body):
            return Answer(verdict=Verdict.FAULT, reason="a page or text instead of JSON")
        return Answer(verdict=Verdict.FOUND, body=body, wait=wait)

    def _retry_after(self, response: aiohttp.ClientResponse) -> float | None:
        """Seconds, from a Retry-After in seconds or as a date; None where there is none or it cannot be read."""
        text = response.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - self._clock()).total_seconds())


def _exhausted_for(response: aiohttp.ClientResponse) -> float | None:
    """Seconds until a service that counts requests suffers another; None while it does."""
    remaining = response.headers.get("RateLimit-Remaining", "").strip()
    reset = response.headers.get("RateLimit-Reset", "").strip()
    if remaining == "0" and reset.isascii() and reset.isdigit():
        return float(reset[:9])
    return None


def _may_be_json(body: bytes) -> bool:
    """An object or a list, whole or cut off; or any other JSON that is whole. Error pages and texts are neither."""
    if body.lstrip()[:1] in (b"{", b"["):
        return True
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
