"""When ESI may be asked: some time between any two requests, tokens in the route's bucket, and no pause.

Which bucket a route has is learned from its answers; a 429 pauses its bucket alone (a route without a bucket: that
route), a 420 or 403 everything. Whoever asks during a pause is turned away at once with the time that is left, so that
nobody's reply hangs on it.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from services.domain.clock import Clock
from services.domain.trouble import Trouble
from services.esi.bucket import Bucket
from services.esi.error_limit import ErrorBudget
from services.esi.errors import EsiUnavailable
from services.esi.headers import bucket_reading, error_limit, retry_after
from services.esi.pauses import EVERYTHING, Pauses
from services.esi.routes import KNOWN, Limit
from services.esi.settings import EsiSettings
from services.esi.status import ERROR_LIMIT, BucketStatus

log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds; `asyncio.sleep`, or a test's own."""

BANNED, ERROR_LIMITED, THROTTLED = 403, 420, 429
_ERRORS_A_WINDOW = 100


@dataclass(slots=True, eq=False)
class Turn:
    """One request that may be sent. To be given back."""

    route: str
    bucket: Bucket | None
    settled: bool = False


class Gate:
    """Turns for requests. Safe to share between tasks."""

    def __init__(
        self,
        settings: EsiSettings,
        pauses: Pauses,
        *,
        clock: Clock,
        sleep: Sleep,
        jitter: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._pauses = pauses
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._spacing = 1 / settings.requests_per_second
        self._last_turn: datetime | None = None
        self._turn = asyncio.Lock()
        self._limits: dict[str, Limit | None] = dict(KNOWN)
        self._buckets: dict[str, Bucket] = {}
        self._errors = ErrorBudget(settings.error_reserve)
        self._unlimited: set[Turn] = set()
        self._throttled: Counter[str] = Counter()

    async def turn(self, route: str) -> Turn:
        """Wait for a turn and take it.

        Raises:
            EsiUnavailable: during a pause, or when tokens come too late, with the seconds that are left.
        """
        waited = 0.0
        while True:
            while (wait := self._wait(route)) > 0:
                if waited + wait > self._settings.patience_seconds:
                    raise EsiUnavailable("tokens of ESI are short", retry_after=wait)
                await self._sleep(wait)
                waited += wait
            async with self._turn:
                while (left := self._spacing_left()) > 0:
                    await self._sleep(left)
                if self._wait(route) == 0:
                    return self._take(route)

    def left(self, route: str | None = None) -> float:
        """Seconds until the route may be asked again as ESI wishes; 0 when it may. None: any route."""
        subjects = [EVERYTHING] if route is None else [EVERYTHING, *self._subjects(route)]
        return self._pauses.left(*subjects)

    @property
    def errors_wait(self) -> float:
        """Seconds until routes under the old error limit may be asked again; 0 when they may."""
        return self._errors.wait(self._clock(), on_their_way=len(self._unlimited))

    def heed(self, turn: Turn, status: int, headers: Mapping[str, str]) -> None:
        """Take in what an answer says about limits; said before its body, which may never come."""
        now = self._clock()
        self._settle(turn, status, now)
        reading, errors = bucket_reading(headers), error_limit(headers)
        if reading is not None:
            group = reading.limit.group
            self._limits[turn.route] = reading.limit
            bucket = self._buckets.setdefault(group, Bucket(reading.limit))
            bucket.take_reading(reading.limit, reading.remaining, now=now)
        elif errors is not None:
            self._limits[turn.route] = None
            self._errors.take_reading(errors, now=now)
            if errors.remain <= self._settings.error_reserve:
                log.warning("esi errors are short", left=errors.remain, seconds=errors.reset)
        if status in {BANNED, ERROR_LIMITED, THROTTLED}:
            wish = retry_after(headers, now)
            if wish is None and status == ERROR_LIMITED and errors is not None:
                wish = errors.reset
            self._pause(turn.route, status, wish)

    def give_back(self, turn: Turn, *, sent: bool) -> None:
        """The request is over. One that was sent and never answered may have cost anything."""
        if turn.bucket is not None and not turn.settled and not sent:
            turn.settled = True
            turn.bucket.release()
        self._settle(turn, None, self._clock())

    def answered(self, route: str) -> None:
        """A proper answer came: whatever limited the route is over."""
        subjects = [EVERYTHING, *self._subjects(route)]
        for subject in subjects:
            self._throttled.pop(subject, None)
        self._pauses.answered(subjects)

    def buckets(self) -> tuple[BucketStatus, ...]:
        """Those of which ESI has told something, and the old error limit."""
        now = self._clock()
        found = [
            BucketStatus(
                group=group,
                tokens=bucket.limit.tokens,
                left=bucket.left(now),
                read_at=bucket.read_at,
            )
            for group, bucket in sorted(self._buckets.items())
            if bucket.read_at is not None
        ]
        self._errors.forget(now)
        if self._errors.remain is not None and self._errors.read_at is not None:
            found.append(
                BucketStatus(
                    group=ERROR_LIMIT,
                    tokens=_ERRORS_A_WINDOW,
                    left=self._errors.remain,
                    read_at=self._errors.read_at,
                )
            )
        return tuple(found)

    def _wait(self, route: str) -> float:
        """Seconds until tokens are there."""
        if (left := self.left(route)) > 0:
            raise EsiUnavailable("ESI wants to be left alone", retry_after=left)
        if (bucket := self._bucket(route)) is not None:
            return bucket.wait(self._clock())
        if (left := self.errors_wait) > 0:
            raise EsiUnavailable("too many errors lately", retry_after=left)
        return 0.0

    def _take(self, route: str) -> Turn:
        now = self._clock()
        turn = Turn(route, self._bucket(route))
        if turn.bucket is not None:
            turn.bucket.hold(now)
        else:
            self._unlimited.add(turn)
        self._last_turn = now
        return turn

    def _settle(self, turn: Turn, status: int | None, now: datetime) -> None:
        if not turn.settled:
            turn.settled = True
            if turn.bucket is not None:
                turn.bucket.settle(status, now=now)
            self._unlimited.discard(turn)

    def _bucket(self, route: str) -> Bucket | None:
        limit = self._limits.get(route)
        return None if limit is None else self._buckets.setdefault(limit.group, Bucket(limit))

    def _subjects(self, route: str) -> tuple[str, ...]:
        limit = self._limits.get(route)
        return (route,) if limit is None else (route, limit.group)

    def _pause(self, route: str, status: int, wish: float | None) -> None:
        settings = self._settings
        if status == BANNED:
            reason = "403: we are banned"
            self._begin(EVERYTHING, settings.ban_seconds, reason, trouble=Trouble.ESI_BANNED)
            return
        subject = EVERYTHING if status == ERROR_LIMITED else self._subjects(route)[-1]
        seconds = max(1.0, wish) if wish is not None else self._backoff(subject)
        reason = "420: too many errors" if status == ERROR_LIMITED else "429: too many requests"
        seconds = min(seconds, settings.longest_pause_seconds)
        self._begin(subject, seconds, reason, trouble=Trouble.ESI_LIMITED)

    def _begin(self, subject: str, seconds: float, reason: str, *, trouble: Trouble) -> None:
        self._pauses.begin(subject, seconds, trouble=trouble, reason=reason)

    def _backoff(self, subject: str) -> float:
        """Seconds that double each time; up to half as much again, so that clients fall out of step."""
        doubled = min(self._throttled[subject], 20)
        self._throttled[subject] += 1
        return self._settings.pause_seconds * 2.0**doubled * (1 + self._jitter() / 2)

    def _spacing_left(self) -> float:
        """What is left of the time between two requests. A clock that was set back ends the wait."""
        if self._last_turn is None:
            return 0.0
        left = self._spacing - (self._clock() - self._last_turn).total_seconds()
        return left if 0 < left <= self._spacing else 0.0
