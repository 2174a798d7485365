"""Asking R2Z2 with manners: a ban is waited out (over restarts too), an outage is told once at each end.

Whoever asks goes through here, the live feed as well as the search for missing numbers, so that a 403 for one silences
both.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from services.domain.clock import Clock
from services.feeds.client import Answer, R2Z2Client, Verdict
from services.feeds.items import FeedMemory
from services.feeds.pace import Sleep
from services.feeds.settings import FeedSettings

log = structlog.get_logger(__name__)

_FAULTS = frozenset({Verdict.FAULT, Verdict.THROTTLED})


class Upstream:
    """The service as the feed sees it: answers, and how it has been doing lately."""

    def __init__(
        self,
        client: R2Z2Client,
        settings: FeedSettings,
        *,
        memory: FeedMemory,
        clock: Clock,
        sleep: Sleep,
        jitter: Callable[[], float],
    ) -> None:
        self._client = client
        self._settings = settings
        self._memory = memory
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._pause_loaded = False
        self._outage_since: datetime | None = None
        self.faults = 0
        """Passing faults since the last proper answer."""
        self.paused_until: datetime | None = None
        self.last_error: str | None = None
        self.last_success_at: datetime | None = None

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._client.requests

    async def load_pause(self) -> None:
        """Take up a ban that an earlier process earned. Only the first call does anything."""
        if not self._pause_loaded:
            self.paused_until = await self._memory.load_pause()
            self._pause_loaded = True

    async def ask(self, path: str) -> Answer:
        """One question, not before a ban is over."""
        await self._wait_out_pause()
        answer = await self._client.fetch(path)
        if answer.verdict is Verdict.BANNED:
            await self._begin_pause(answer.reason)
        elif answer.verdict in _FAULTS:
            self.note_fault(answer.reason)
        else:
            self._note_success()
        return answer

    def note_fault(self, reason: str) -> None:
        """Something passing is wrong; the first time since all was well, it is logged."""
        self.faults += 1
        self.last_error = reason
        if self._outage_since is None:
            self._outage_since = self._clock()
            log.warning("feed outage begins", reason=reason)

    def pause_after(self, answer: Answer) -> float:
        """Seconds before the next try: the service's own wish within reason, else a growing pause.

        0 after a ban, which the next question waits out.
        """
        if answer.verdict is Verdict.BANNED:
            return 0.0
        wish = min(answer.wait or 0.0, self._settings.longest_retry_after_seconds)
        return max(self.backoff(self.faults), wish)

    def backoff(self, tries: int) -> float:
        """Seconds that double with each try up to the cap; from half to all of it, so that clients fall out of step."""
        full = self._settings.backoff_seconds * 2.0 ** min(max(0, tries - 1), 20)
        return min(full, self._settings.backoff_cap_seconds) * (0.5 + self._jitter() / 2)

    def _note_success(self) -> None:
        now = self._clock()
        self.faults = 0
        self.last_error = None
        self.last_success_at = now
        if self._outage_since is not None:
            log.info("feed outage ends", seconds=(now - self._outage_since).total_seconds())
            self._outage_since = None

    async def _begin_pause(self, reason: str) -> None:
        self.last_error = f"banned ({reason})"
        self.paused_until = self._clock() + timedelta(seconds=self._settings.ban_seconds)
        await self._memory.save_pause(self.paused_until)
        log.warning("feed banned", until=self.paused_until.isoformat(), reason=reason)

    async def _wait_out_pause(self) -> None:
        await self.load_pause()
        if self.paused_until is None:
            return
        while (left := (self.paused_until - self._clock()).total_seconds()) > 0:
            await self._sleep(min(left, self._settings.ban_seconds))
        self.paused_until = None
        await self._memory.save_pause(None)
        log.info("feed resumes after its ban")
