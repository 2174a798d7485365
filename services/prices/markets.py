"""Asking a market service: one request at a time and one a second, a body that is checked before it is believed.

Nothing is repeated here: whoever asked knows whether the answer is still wanted.
"""

import asyncio
from collections.abc import Mapping

import aiohttp

from services.domain.clock import Clock
from services.feeds.http import BodyTooLarge, read_capped
from services.feeds.pace import Pace, Sleep
from services.prices.errors import QuotesUnavailable

_PER_SECOND = 1.0
_BODY_LIMIT = 8 * 1024 * 1024


class MarketService:
    """One host. The session is the caller's, carries the User-Agent, and is not closed here."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        *,
        clock: Clock,
        headers: Mapping[str, str] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers or {})
        self._pace = Pace(clock, sleep, requests_per_second=_PER_SECOND, quiet_seconds=0)

    async def fetch(
        self, path: str, *, params: Mapping[str, str] | None = None, text: str | None = None
    ) -> bytes:
        """The body of a GET, or of a POST where there is a `text` to send.

        Raises:
            QuotesUnavailable: unreachable, refused, busy, or no JSON.
        """
        await self._pace.turn(path)
        try:
            async with self._session.request(
                "GET" if text is None else "POST",
                self._base_url + path,
                params=params,
                data=text,
                headers=self._headers | ({"Content-Type": "text/plain"} if text else {}),
                allow_redirects=False,
            ) as response:
                body = await read_capped(response, _BODY_LIMIT)
                status, wish = response.status, response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError, BodyTooLarge) as error:
            reason = str(error) or type(error).__name__
            raise QuotesUnavailable(reason) from error
        if status != 200:
            seconds = float(wish) if wish.isdecimal() and len(wish) < 7 else None
            raise QuotesUnavailable(f"status {status}", retry_after=seconds)
        if body.lstrip()[:1] not in (b"{", b"["):
            raise QuotesUnavailable("a page or text instead of JSON")
        return body
