"""The publisher of the static data: which build is the newest, and the files of a build."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import aiohttp
import msgspec

from services.universe import wire
from services.universe.errors import UniverseUnavailable
from services.universe.export import LEAST_ROWS
from services.universe.remote_zip import SPACING_SECONDS, Fetched, RemoteZip, Sleep
from services.universe.settings import UniverseSettings

WANTED = frozenset(f"{name}.jsonl" for name in ("_sde", *LEAST_ROWS))
"""The files of an export that the universe is made of."""
_BODY_LIMIT = 64 * 1024
_decoder = msgspec.json.Decoder(wire.BuildRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest build that the publisher names."""

    build: int
    release_date: datetime
    etag: str | None


class SdePublisher:
    """The session is the caller's, carries the User-Agent, and is not closed here."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: UniverseSettings,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._session = session
        self._settings = settings
        self._base = f"{settings.base_url.rstrip('/')}/tranquility"
        self._sleep = sleep

    async def fetch_latest(self, *, etag: str | None = None) -> Latest | None:
        """The newest build; None if it is still the one that came with this `etag`.

        Raises:
            UniverseUnavailable: no answer, or another than a build.
        """
        headers = {} if etag is None else {"If-None-Match": etag}
        try:
            async with self._session.get(f"{self._base}/latest.jsonl", headers=headers) as response:
                if response.status == 304 and etag is not None:
                    return None
                if response.status != 200:
                    raise UniverseUnavailable(
                        f"the newest build was asked for and answered with {response.status}"
                    )
                body = await _read(response)
                tag = response.headers.get("ETag")
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise UniverseUnavailable(f"the publisher does not answer ({reason})") from error
        try:
            row = _decoder.decode(body.split(b"\n", 1)[0])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise UniverseUnavailable(
                f"the newest build's name cannot be read ({error})"
            ) from error
        return Latest(build=row.build, release_date=row.release_date, etag=tag)

    async def fetch_export(self, build: int, into: Path) -> Fetched:
        """A zip of what the universe is made of. Raises UniverseUnavailable."""
        url = f"{self._base}/eve-online-static-data-{build}-jsonl.zip"
        remote = RemoteZip(self._session, url, settings=self._settings, sleep=self._sleep)
        await self._sleep(SPACING_SECONDS)
        return await remote.fetch(WANTED, into)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts, held = [], 0
    async for part in response.content.iter_any():
        held += len(part)
        if held > _BODY_LIMIT:
            raise UniverseUnavailable("the newest build's name is far too long")
        parts.append(part)
    return b"".join(parts)
