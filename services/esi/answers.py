"""Answers that hold for a time are asked for once: kept until they expire, then confirmed by their ETag.

ESI bans who goes around its cache. So nothing is asked before it expires, not even after a restart, unless an answer is
known to be behind another of the same set. Two who want the same at once ask once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from weakref import WeakValueDictionary

import structlog

from services.domain.clock import Clock
from services.esi.answer import EsiAnswer
from services.esi.errors import EsiUnavailable
from services.esi.memory import EsiMemory, EsiMemoryError, StoredAnswer
from services.esi.settings import EsiSettings

log = structlog.get_logger(__name__)

Fetch = Callable[[str, str | None], Awaitable[EsiAnswer]]
"""Asks ESI for a path, with the ETag of an earlier answer."""


class Answers:
    """What ESI said, for as long as it holds."""

    def __init__(
        self, memory: EsiMemory, fetch: Fetch, *, settings: EsiSettings, clock: Clock
    ) -> None:
        self._memory = memory
        self._fetch = fetch
        self._settings = settings
        self._clock = clock
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.from_store = 0
        """Answers that still held, so that nobody was asked."""

    async def get(self, path: str, *, behind: datetime | None = None) -> EsiAnswer:
        """The answer with its body, kept or new.

        `behind`: an answer made before this moment is confirmed even while it holds.

        Raises EsiUnavailable, EsiRefused.
        """
        async with self._lock(path):
            stored = await self._find(path)
            held = stored.body if stored else None
            if stored is None or held is None:
                return await self._ask(path, None, keep_body=True)
            if self._holds(stored) and not _is_behind(stored, behind):
                self.from_store += 1
                return _handed_out(stored, held)
            answer = await self._ask(path, stored.etag, keep_body=True)
            if answer.status != 304:
                return answer
            confirmed = self._confirmed(stored, answer)
            await self._save(confirmed, confirmed=True)
            return _handed_out(confirmed, held)

    async def get_changed(self, path: str, etag: str | None) -> EsiAnswer:
        """The answer for a caller who keeps what it says, and holds the one of `etag`: 304 while that one holds.

        Raises EsiUnavailable, EsiRefused.
        """
        async with self._lock(path):
            stored = await self._find(path)
            known = stored if stored is not None and etag and stored.etag == etag else None
            if known is not None and self._holds(known):
                self.from_store += 1
                return _unchanged(known)
            answer = await self._ask(path, etag, keep_body=False)
            if answer.status != 304:
                return answer
            now = self._clock()
            confirmed = self._confirmed(
                known or _bodiless(path, replace(answer, etag=etag), now), answer
            )
            await self._save(confirmed)
            return _unchanged(confirmed)

    def _lock(self, path: str) -> asyncio.Lock:
        return self._asking.setdefault(path, asyncio.Lock())

    def _holds(self, stored: StoredAnswer) -> bool:
        """A clock that was set back is not believed: then nobody knows how old the answer is."""
        return stored.fetched_at <= self._clock() < stored.expires_at

    async def _find(self, path: str) -> StoredAnswer | None:
        try:
            return await self._memory.find_answer(path)
        except EsiMemoryError as error:
            raise EsiUnavailable(f"what ESI said last cannot be read ({error})") from error

    async def _ask(self, path: str, etag: str | None, *, keep_body: bool) -> EsiAnswer:
        """Ask, and keep a new answer."""
        answer = await self._fetch(path, etag)
        if answer.status == 304:
            return answer
        kept = _bodiless(path, answer, self._clock())
        if keep_body:
            fits = len(answer.body) <= self._settings.kept_body_bytes
            kept = replace(kept, body=answer.body if fits else None)
        await self._save(kept)
        return answer

    async def _save(self, answer: StoredAnswer, *, confirmed: bool = False) -> None:
        """What cannot be kept was asked for all the same: it is handed out, and asked for again next time."""
        try:
            if confirmed:
                await self._memory.save_confirmed(answer)
            else:
                await self._memory.save_answer(answer)
        except EsiMemoryError as error:
            log.warning("esi answer not kept", path=answer.path, reason=str(error))

    def _confirmed(self, stored: StoredAnswer, answer: EsiAnswer) -> StoredAnswer:
        now = self._clock()
        return replace(stored, fetched_at=now, expires_at=answer.expires_at or now)


def _is_behind(stored: StoredAnswer, moment: datetime | None) -> bool:
    return moment is not None and stored.modified_at is not None and stored.modified_at < moment


def _bodiless(path: str, answer: EsiAnswer, now: datetime) -> StoredAnswer:
    return StoredAnswer(
        path=path,
        etag=answer.etag,
        body=None,
        fetched_at=now,
        expires_at=answer.expires_at or now,
        modified_at=answer.modified_at,
        pages=answer.pages,
    )


def _handed_out(stored: StoredAnswer, body: bytes) -> EsiAnswer:
    return replace(_unchanged(stored), status=200, body=body)


def _unchanged(stored: StoredAnswer) -> EsiAnswer:
    return EsiAnswer(
        status=304,
        body=b"",
        etag=stored.etag,
        expires_at=stored.expires_at,
        modified_at=stored.modified_at,
        pages=stored.pages,
        unchanged=True,
    )
