"""One question to ESI and its answer, judged.

Bodies are handed on unparsed (each feature has its own wire models), but only after a look at their first byte: the
network before ESI answers in HTML, with any status, and a page that says 404 must not be taken for ESI's word.
"""

from collections import Counter

import aiohttp

from services.domain.clock import Clock
from services.esi.answer import EsiAnswer
from services.esi.errors import EsiRefused, EsiUnavailable
from services.esi.gate import BANNED, ERROR_LIMITED, THROTTLED, Gate, Turn
from services.esi.headers import expires_at, modified_at, pages, retry_after
from services.esi.memory import EsiMemoryError
from services.esi.outage import Outage
from services.esi.pauses import Pauses
from services.esi.routes import template
from services.esi.settings import EsiSettings

_CHUNK = 64 * 1024
_SHOWN = 200
_LIMITS = frozenset({BANNED, ERROR_LIMITED, THROTTLED})


class Asker:
    """Sends requests, at the gate's pace. The session is the caller's."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: EsiSettings,
        *,
        clock: Clock,
        gate: Gate,
        pauses: Pauses,
        outage: Outage,
    ) -> None:
        self._session = session
        self._settings = settings
        self._clock = clock
        self._gate = gate
        self._pauses = pauses
        self._outage = outage
        self._base_url = settings.base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds)
        self._headers = {
            "X-Compatibility-Date": settings.compatibility_date,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        self.requests: Counter[str] = Counter()
        """By outcome, as `EsiStatus.requests`."""

    async def load(self) -> None:
        """Take up pauses of an earlier process. Raises EsiUnavailable: nobody knows whether ESI may be asked."""
        try:
            await self._pauses.load()
        except EsiMemoryError as error:
            raise EsiUnavailable(f"what ESI asked of us cannot be read ({error})") from error

    async def ask(
        self, method: str, path: str, *, headers: dict[str, str], body: bytes | None = None
    ) -> EsiAnswer:
        """One request.

        Raises:
            EsiUnavailable: there is no usable answer now.
            EsiRefused: ESI refuses this question.
        """
        await self.load()
        self._refuse_during_outage()
        turn = await self._gate.turn(template(path))
        try:
            self._refuse_during_outage()
        except EsiUnavailable:
            self._gate.give_back(turn, sent=False)
            raise
        probing = self._outage.begin_question()
        try:
            response, content = await self._send(
                turn, method, path, headers=self._headers | headers, body=body
            )
            return self._judge(turn, response, content)
        finally:
            self._gate.give_back(turn, sent=True)
            if probing:
                self._outage.end_question()
            await self._pauses.save()

    def _refuse_during_outage(self) -> None:
        if (left := self._outage.quiet_left) > 0:
            raise EsiUnavailable("ESI is out of order", retry_after=left)

    async def _send(
        self, turn: Turn, method: str, path: str, *, headers: dict[str, str], body: bytes | None
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        try:
            async with self._session.request(
                method,
                self._base_url + path,
                headers=headers,
                data=body,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                self.requests[_outcome(response.status)] += 1
                self._gate.heed(turn, response.status, response.headers)
                if response.status in _LIMITS:
                    await self._pauses.save()
                return response, await _read_capped(response, self._settings.body_limit_bytes)
        except TimeoutError as error:
            seconds = self._settings.timeout_seconds
            raise self._failed(turn, f"ESI did not answer within {seconds:g} s") from error
        except aiohttp.ClientError as error:
            reason = f"ESI cannot be read ({type(error).__name__}: {error})"
            raise self._failed(turn, reason) from error

    def _failed(self, turn: Turn, reason: str) -> EsiUnavailable:
        if not turn.settled:
            self.requests["failed"] += 1
        return self._fault(reason)

    def _fault(self, reason: str, *, wish: float | None = None) -> EsiUnavailable:
        self._outage.note_fault(reason, wish=wish)
        return EsiUnavailable(reason, retry_after=wish or self._outage.quiet_left or None)

    def _judge(self, turn: Turn, response: aiohttp.ClientResponse, body: bytes) -> EsiAnswer:
        status, start, headers = response.status, body[:64].lstrip()[:1], response.headers
        now = self._clock()
        if status in _LIMITS:
            left = self._gate.left(turn.route)
            raise EsiUnavailable(f"ESI answered {status}", retry_after=left)
        if status >= 500:
            raise self._fault(f"ESI answered {status}", wish=retry_after(headers, now))
        if start == b"<":
            raise self._fault(f"a page of HTML came instead of ESI's answer ({status})")
        if status < 400 and status != 304 and (status >= 300 or start not in {b"{", b"["}):
            raise self._fault(f"ESI answered {status} without JSON")
        self._outage.note_success()
        self._gate.answered(turn.route)
        if status >= 400:
            raise EsiRefused(status, body[:_SHOWN].decode(errors="replace"))
        return EsiAnswer(
            status=304 if status == 304 else 200,
            body=body,
            etag=headers.get("ETag"),
            expires_at=expires_at(headers, now),
            modified_at=modified_at(headers),
            pages=pages(headers),
        )


def _outcome(status: int) -> str:
    return str(status) if status in _LIMITS or status == 304 else f"{status // 100}xx"


async def _read_capped(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The whole body, unpacked; not more than `limit` bytes of it are ever held."""
    parts, held = [], 0
    async for part in response.content.iter_chunked(_CHUNK):
        held += len(part)
        if held > limit:
            raise EsiUnavailable(f"ESI's answer exceeds {limit} bytes")
        parts.append(part)
    return b"".join(parts)
