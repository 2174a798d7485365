"""The ESI client: one question, one answer, ESI's rules kept on the way.

It never repeats a question by itself: who asked knows whether the answer is still wanted. `get` is the way for what is
polled: it keeps answers until they expire, over restarts too.
"""

import asyncio
import random
from collections.abc import Callable

import aiohttp
import msgspec

from services.domain.clock import Clock
from services.domain.trouble import NoWatch, TroubleWatch
from services.esi.answer import EsiAnswer
from services.esi.answers import Answers
from services.esi.asking import Asker
from services.esi.errors import EsiUnavailable
from services.esi.gate import Gate, Sleep
from services.esi.memory import BriefMemory, EsiMemory
from services.esi.outage import Outage
from services.esi.pages import EsiPages, fetch_pages
from services.esi.pauses import Pauses
from services.esi.settings import EsiSettings
from services.esi.status import EsiStatus

__all__ = ["EsiAnswer", "EsiClient"]


class EsiClient:
    """Asks ESI. The session is the caller's, carries the User-Agent, and is not closed here."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: EsiSettings,
        *,
        clock: Clock,
        memory: EsiMemory | None = None,
        watch: TroubleWatch | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Make it.

        Args:
            session: sends the requests.
            settings: where ESI lives, and how it is asked.
            clock: the time.
            memory: keeps answers and pauses; None: for as long as the client lives.
            watch: is told what is wrong.
            sleep: waits that many seconds.
            jitter: from 0 to 1, for pauses that nobody gave a length.
        """
        self._settings = settings
        memory, watch = memory or BriefMemory(), watch or NoWatch()
        self._pauses = Pauses(memory, clock=clock, watch=watch)
        self._gate = Gate(settings, self._pauses, clock=clock, sleep=sleep, jitter=jitter)
        self._outage = Outage(settings, clock=clock, watch=watch, jitter=jitter)
        self._asker = Asker(
            session,
            settings,
            clock=clock,
            gate=self._gate,
            pauses=self._pauses,
            outage=self._outage,
        )
        self._answers = Answers(memory, self._fetch, settings=settings, clock=clock)

    async def load(self) -> None:
        """Take up what an earlier process was asked to leave alone; the first question does so too.

        Raises EsiUnavailable when that cannot be read.
        """
        await self._asker.load()

    @property
    def pause_left(self) -> float:
        """Seconds for which nothing is asked at all; 0 when ESI may be asked."""
        return max(self._gate.left(), self._outage.quiet_left)

    @property
    def status(self) -> EsiStatus:
        """How ESI and this client are doing."""
        return EsiStatus(
            buckets=self._gate.buckets(),
            pauses=tuple(self._pauses.current()),
            requests=dict(self._asker.requests),
            from_store=self._answers.from_store,
            last_success_at=self._outage.last_success_at,
            failing_since=self._outage.failing_since,
            quiet_seconds=self._outage.quiet_left,
        )

    async def get(self, path: str) -> EsiAnswer:
        """A route's answer with its body, kept until it expires and then confirmed or fetched anew.

        Raises:
            EsiUnavailable: there is no usable answer now.
            EsiRefused: ESI refuses this question.
        """
        return await self._answers.get(path)

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        """The same for a caller who keeps what the answer says: only its ETag and expiry are kept here.

        `etag`: of the answer that the caller holds, None where it holds none. While that one holds, the answer is a
        304, before it expires without a question.

        Raises:
            EsiUnavailable: there is no usable answer now.
            EsiRefused: ESI refuses this question.
        """
        return await self._answers.get_changed(path, etag)

    async def get_pages(self, path: str) -> EsiPages:
        """Every page of a list, all of one moment; each is kept as by `get`.

        Raises:
            EsiUnavailable: there is no usable answer now.
            EsiRefused: ESI refuses this question.
        """
        return await fetch_pages(self._answers, path, most=self._settings.most_pages)

    async def get_json(self, path: str, *, etag: str | None = None) -> EsiAnswer:
        """Fetch a route now, and keep nothing: for what is asked once and stored by whoever asks.

        With the ETag of an earlier answer, an unchanged one comes back as 304.

        Raises:
            EsiUnavailable: there is no usable answer now.
            EsiRefused: ESI refuses this question.
        """
        return await self._fetch(path, etag)

    async def post_json(self, path: str, payload: object) -> bytes:
        """Send `payload` as JSON and return the body of the answer.

        Raises:
            EsiUnavailable: there is no usable answer now.
            EsiRefused: ESI refuses this question.
        """
        headers = {"Content-Type": "application/json"}
        body = msgspec.json.encode(payload)
        answer = await self._asker.ask("POST", path, headers=headers, body=body)
        return answer.body

    async def _fetch(self, path: str, etag: str | None) -> EsiAnswer:
        headers = {"If-None-Match": etag} if etag else {}
        answer = await self._asker.ask("GET", path, headers=headers)
        if answer.status == 304 and not etag:
            raise EsiUnavailable("ESI answered 304 to a question without an ETag")
        return answer
