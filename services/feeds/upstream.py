"""Asking a feed's service with manners: a ban is waited out (over restarts too), an outage is told at each end.

Whoever asks goes through here (the live reader, the reader of what is left, the search for missing numbers), so that a
403 for one silences all. While the service has trouble, only the live reader goes on asking: the others wait.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from services.domain.clock import Clock
from services.domain.trouble import Trouble, TroubleWatch
from services.feeds.client import Answer, FeedClient, Verdict
from services.feeds.items import PauseMemory
from services.feeds.pace import Sleep

log = structlog.get_logger(__name__)

_FAULTS = frozenset({Verdict.FAULT, Verdict.THROTTLED})


def is_proper(answer: Answer) -> bool:
    """Whether R2Z2 is well that answers so: a number that is not there yet is a proper answer."""
    return answer.verdict not in _FAULTS


class Manners(Protocol):
    """How long to wait after what, in seconds (`FeedSettings`, `FallbackSettings`)."""

    @property
    def ban_seconds(self) -> float: ...  # noqa: D102 - said by the settings
    @property
    def backoff_seconds(self) -> float: ...  # noqa: D102
    @property
    def backoff_cap_seconds(self) -> float: ...  # noqa: D102
    @property
    def longest_retry_after_seconds(self) -> float: ...  # noqa: D102


_PAUSE_LOOK = timedelta(seconds=10)
"""How often the memory is asked for a ban. A ban that is over stays there, and says nothing."""


class Upstream:
    """The service as the feed sees it: answers, and how it has been doing lately.

    `down` and `banned` are the troubles that are told; `proper` says which answers mean that all is well.
    """

    def __init__(
        self,
        client: FeedClient,
        settings: Manners,
        *,
        memory: PauseMemory,
        clock: Clock,
        sleep: Sleep,
        patient_sleep: Sleep,
        jitter: Callable[[], float],
        watch: TroubleWatch,
        down: Trouble = Trouble.FEED_DOWN,
        banned: Trouble = Trouble.FEED_BANNED,
        proper: Callable[[Answer], bool] = is_proper,
    ) -> None:
        self._client = client
        self._settings = settings
        self._memory = memory
        self._clock = clock
        self._sleep = sleep
        self._patient_sleep = patient_sleep
        self._jitter = jitter
        self._watch = watch
        self._down = down
        self._banned = banned
        self._proper = proper
        self._pause_loaded_at: datetime | None = None
        self._quiet_until: datetime | None = None
        """Until when nobody asks after a 429, whoever earned it."""
        self.faults = 0
        """Passing faults since the last proper answer."""
        self.failing_since: datetime | None = None
        """When the first of them came."""
        self.paused_until: datetime | None = None
        self.last_error: str | None = None
        self.last_success_at: datetime | None = None

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._client.requests

    @property
    def is_well(self) -> bool:
        """False during a ban and from a fault to the next proper answer."""
        return self.paused_until is None and self.last_error is None

    async def load_pause(self) -> None:
        """Take up a ban that somebody else earned at this host: an earlier process, or whoever reads its history."""
        now = self._clock()
        if self._pause_loaded_at is not None and now - self._pause_loaded_at < _PAUSE_LOOK:
            return
        found = await self._memory.load_pause()
        self._pause_loaded_at = now  # not before: whoever asks meanwhile must hear of it, too
        if found is not None and found > max(now, self.paused_until or now):
            self.last_error = self.last_error or "banned (told by another reader of this host)"
            self.failing_since = self.failing_since or now
            self.paused_until = found
            self._tell_pause(found)

    async def ask(self, path: str, *, patient: bool = False) -> Answer:
        """One question, not before a ban is over. `patient`: others go before."""
        await self._wait_for_turn(path, patient=patient)
        answer = await self._client.fetch(path)
        if answer.verdict is Verdict.BANNED:
            await self._begin_pause(answer.reason)
        elif self._proper(answer):
            self._note_success()
        else:
            self.note_fault(answer.reason or "an answer of unknown shape")
        if answer.verdict is Verdict.THROTTLED:
            self._quiet_until = self._clock() + timedelta(seconds=self.pause_after(answer))
        return answer

    def note_fault(self, reason: str) -> None:
        """Something passing is wrong."""
        self.faults += 1
        self.last_error = reason
        self.failing_since = self.failing_since or self._clock()
        self._watch.begins(self._down, reason)

    def pause_after(self, answer: Answer) -> float:
        """Seconds before the next try: the service's own wish within reason, else a growing pause.

        0 after a ban, which the next question waits out.
        """
        if answer.verdict is Verdict.BANNED:
            return 0.0
        return max(self.backoff(self.faults), self.wish_of(answer))

    def wish_of(self, answer: Answer) -> float:
        """Seconds for which the service asked to be left alone, within reason; 0 when it did not ask."""
        return min(answer.wait or 0.0, self._settings.longest_retry_after_seconds)

    def backoff(self, tries: int) -> float:
        """Seconds that double with each try up to the cap; from half to all of it, so that clients fall out of step."""
        full = self._settings.backoff_seconds * 2.0 ** min(max(0, tries - 1), 20)
        return min(full, self._settings.backoff_cap_seconds) * (0.5 + self._jitter() / 2)

    def _note_success(self) -> None:
        self.last_success_at = self._clock()
        if self.paused_until is not None:
            return  # it was under way when somebody else was banned
        self.faults = 0
        self.failing_since = None
        self.last_error = None
        self._watch.ends(self._down)
        self._watch.ends(self._banned)

    async def _begin_pause(self, reason: str) -> None:
        self.last_error = f"banned ({reason})"
        self.failing_since = self.failing_since or self._clock()
        self.paused_until = self._clock() + timedelta(seconds=self._settings.ban_seconds)
        await self._memory.save_pause(self.paused_until)
        self._tell_pause(self.paused_until)

    def _tell_pause(self, until: datetime) -> None:
        self._watch.begins(self._banned, f"no question before {until:%Y-%m-%d %H:%M} EVE")

    async def _wait_for_turn(self, path: str, *, patient: bool) -> None:
        """Whoever waited for a turn while somebody else was told to stop does not use it."""
        sleep = self._patient_sleep if patient else self._sleep
        while True:
            await self._wait_out_pause(sleep)
            await self._wait_out_throttle(sleep)
            await self._client.turn(path, patient=patient)
            if self.paused_until is None and self._quiet_until is None:
                return

    async def _wait_out_throttle(self, sleep: Sleep) -> None:
        """A clock that was set back is not waited for."""
        longest = max(
            self._settings.longest_retry_after_seconds, self._settings.backoff_cap_seconds
        )
        while self._quiet_until is not None:
            left = (self._quiet_until - self._clock()).total_seconds()
            if not 0 < left <= longest:
                self._quiet_until = None
            else:
                await sleep(left)

    async def _wait_out_pause(self, sleep: Sleep) -> None:
        await self.load_pause()
        while (left := self.pause_left()) > 0:
            await sleep(min(left, self._settings.ban_seconds))
        if self.paused_until is not None:
            self.paused_until = (
                None  # a later ban of somebody else's stands in the memory, and is found there
            )

    def pause_left(self) -> float:
        """Seconds until a ban is over; 0 when there is none."""
        if self.paused_until is None:
            return 0.0
        return max(0.0, (self.paused_until - self._clock()).total_seconds())
