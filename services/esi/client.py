"""The ESI client: one question, one answer, ESI's rules kept on the way.

It never repeats a question by itself: who asked knows whether the answer is still wanted. Bodies are handed out
unparsed (each feature has its own wire models), but only after a look at their first byte: the network before ESI
answers in HTML, with any status, and a page that says 404 must not be taken for ESI's word.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import aiohttp
import msgspec

from services.domain.clock import Clock
from services.esi.errors import EsiRefused, EsiUnavailable
from services.esi.gate import Gate, Sleep
from services.esi.headers import error_limit, expires_at, retry_after
from services.esi.settings import EsiSettings

_CHUNK = 64 * 1024
_SHOWN = 200
_BANNED, _ERROR_LIMITED, _THROTTLED = 403, 420, 429


@dataclass(frozen=True, slots=True, kw_only=True)
class EsiAnswer:
    """What ESI said. `status` is 200, or 304 with an empty body when the given ETag still holds."""

    status: int
    body: bytes
    etag: str | None
    expires_at: datetime | None
    """Until when the answer may be kept without asking again; None where ESI does not say."""


class EsiClient:
    """Asks ESI. The session is the caller's, carries the User-Agent, and is not closed here."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: EsiSettings,
        *,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._session = session
        self._settings = settings
        self._clock = clock
        self._gate = Gate(clock, sleep, requests_per_second=settings.requests_per_second)
        self._headers = {
            "X-Compatibility-Date": settings.compatibility_date,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }

    @property
    def pause_left(self) -> float:
        """Seconds for which ESI is left alone; 0 when it may be asked."""
        return self._gate.pause_left

    async def get_json(self, path: str, *, etag: str | None = None) -> EsiAnswer:
        """Fetch a route (`/markets/prices`). With the ETag of an earlier answer, an unchanged one comes back as 304.

        Raises:
            EsiUnavailable: there is no usable answer now.
            EsiRefused: ESI refuses this question.
        """
        headers = {"If-None-Match": etag} if etag else {}
        answer = await self._ask("GET", path, headers=headers, body=None)
        if answer.status == 304 and not etag:
            raise EsiUnavailable("ESI answered 304 to a question without an ETag")
        return answer

    async def post_json(self, path: str, payload: object) -> bytes:
        """Send `payload` as JSON and return the body of the answer.

        Raises:
            EsiUnavailable: there is no usable answer now.
            EsiRefused: ESI refuses this question.
        """
        headers = {"Content-Type": "application/json"}
        answer = await self._ask("POST", path, headers=headers, body=msgspec.json.encode(payload))
        return answer.body

    async def _ask(
        self, method: str, path: str, *, headers: dict[str, str], body: bytes | None
    ) -> EsiAnswer:
        await self._gate.turn()
        url = self._settings.base_url.rstrip("/") + path
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_seconds)
        try:
            async with self._session.request(
                method,
                url,
                headers=self._headers | headers,
                data=body,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                self._heed(response)
                content = await _read_capped(response, self._settings.body_limit_bytes)
        except TimeoutError as error:
            seconds = self._settings.timeout_seconds
            raise EsiUnavailable(f"ESI did not answer within {seconds:g} s") from error
        except aiohttp.ClientError as error:
            reason = f"ESI cannot be read ({type(error).__name__}: {error})"
            raise EsiUnavailable(reason) from error
        return self._judge(response, content)

    def _heed(self, response: aiohttp.ClientResponse) -> None:
        """Begin a pause where ESI asks for one; said before the body, which may never come."""
        settings, status = self._settings, response.status
        limit = error_limit(response.headers)
        if status == _BANNED:
            self._gate.pause(settings.ban_seconds, "403: banned")
        elif status in {_THROTTLED, _ERROR_LIMITED}:
            wish = retry_after(response.headers, self._clock())
            if wish is None and limit is not None:
                wish = limit.reset
            seconds = min(wish or settings.pause_seconds, settings.longest_pause_seconds)
            self._gate.pause(seconds, f"{status}: too many requests or errors")
        elif limit is not None and limit.remain <= settings.error_reserve:
            seconds = min(limit.reset, settings.longest_pause_seconds)
            self._gate.pause(seconds, f"only {limit.remain} errors left")

    def _judge(self, response: aiohttp.ClientResponse, body: bytes) -> EsiAnswer:
        status, start = response.status, body[:64].lstrip()[:1]
        if status in {_BANNED, _ERROR_LIMITED, _THROTTLED}:
            raise EsiUnavailable(f"ESI answered {status}", retry_after=self._gate.pause_left)
        if status >= 500:
            wish = retry_after(response.headers, self._clock())
            raise EsiUnavailable(f"ESI answered {status}", retry_after=wish)
        if start == b"<":
            raise EsiUnavailable(f"a page of HTML came instead of ESI's answer ({status})")
        if status >= 400:
            raise EsiRefused(status, body[:_SHOWN].decode(errors="replace"))
        if status != 304 and (status >= 300 or start not in {b"{", b"["}):
            raise EsiUnavailable(f"ESI answered {status} without JSON")
        return EsiAnswer(
            status=304 if status == 304 else 200,
            body=body,
            etag=response.headers.get("ETag"),
            expires_at=expires_at(response.headers, self._clock()),
        )


async def _read_capped(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The whole body, unpacked; not more than `limit` bytes of it are ever held."""
    parts, held = [], 0
    async for part in response.content.iter_chunked(_CHUNK):
        held += len(part)
        if held > limit:
            raise EsiUnavailable(f"ESI's answer exceeds {limit} bytes")
        parts.append(part)
    return b"".join(parts)
