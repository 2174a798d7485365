"""One token bucket, counted as ESI counts: what was spent returns when the window has passed over it.

A bucket never runs dry: each request holds what the dearest answer would cost (5) until its answer is there, and some
tokens are left alone for whoever else shares the address. While more than half is left nobody waits; below, requests
are spaced so that what is left lasts for a whole window.

ESI's own count (`X-Ratelimit-Remaining`) holds over ours: what it counts and we do not know of was spent by somebody
else, or by us before a restart, and returns a window after it was last seen.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from services.esi.routes import Limit

DEAREST = 5
_USUAL = 2
_COSTS = {2: 2, 3: 1, 4: 5, 5: 0}
"""By the first digit of the status."""
_THROTTLED = 429
_RESERVED = 0.05
_NOTHING = 0.001
"""Seconds that are not worth a wait."""
_UNREAD = 0.25
"""Before the first answer so much of the bucket is believed to be left: an earlier process may have spent the rest."""


def cost_of(status: int) -> int:
    """Tokens that an answer costs. A 429 is free."""
    return 0 if status == _THROTTLED else _COSTS.get(status // 100, DEAREST)


@dataclass(slots=True)
class _Spent:
    at: datetime
    tokens: int
    lost: bool = False
    """The answer never came: nobody knows whether ESI counted it."""


class Bucket:
    """Not for two event loops; every method does its work at once."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.read_at: datetime | None = None
        """When ESI last said how many are left."""
        self._spent: deque[_Spent] = deque()
        self._foreign: _Spent | None = None
        self._held = 0
        self._last: datetime | None = None

    def left(self, now: datetime) -> int:
        """Tokens that nobody has spent or holds; less than 0 when somebody else spent what we hold."""
        self._forget(now)
        foreign = self._foreign.tokens if self._foreign else 0
        return self.limit.tokens - sum(s.tokens for s in self._spent) - foreign - self._held

    def hold(self, now: datetime) -> None:
        """Hold the tokens of one request that is sent now. Only when `wait` says 0."""
        self._held += DEAREST
        self._last = now

    def wait(self, now: datetime) -> float:
        """Seconds until one more request may be sent; 0: now."""
        room = self._room(now)
        if room < DEAREST:
            return self._until_room(now)
        if self.read_at is None or room >= self.limit.tokens / 2:
            return 0.0
        return self._spacing_left(now, room)

    def settle(self, status: int | None, *, now: datetime) -> None:
        """The answer is there and costs what it costs; None: it never came, and may have cost anything."""
        self._held -= DEAREST
        tokens = DEAREST if status is None else cost_of(status)
        if tokens:
            self._spent.append(_Spent(now, tokens, lost=status is None))

    def release(self) -> None:
        """The request was not sent."""
        self._held -= DEAREST

    def take_reading(self, limit: Limit, remaining: int | None, *, now: datetime) -> None:
        """Take ESI's word. After `settle`, so that the answer's own cost is among what we know of."""
        self.limit = limit
        if remaining is None:
            return
        self._forget(now)
        used = limit.tokens - remaining
        while sum(s.tokens for s in self._spent) > used and (lost := self._oldest_lost()):
            self._spent.remove(lost)
        unknown = used - sum(s.tokens for s in self._spent)
        self._foreign = _Spent(now, unknown) if unknown > 0 else None
        self.read_at = now

    def _oldest_lost(self) -> _Spent | None:
        return next((spent for spent in self._spent if spent.lost), None)

    def _room(self, now: datetime) -> float:
        left = float(self.left(now))
        if self.read_at is None:
            return left - (1 - _UNREAD) * self.limit.tokens
        # The smallest bucket has 15 tokens: there the reserve is less than one request.
        return left - _RESERVED * self.limit.tokens

    def _until_room(self, now: datetime) -> float:
        """Seconds until enough tokens have returned; what is held is settled within the time of a request."""
        missing = DEAREST - self._room(now)
        returning = sorted(
            [*self._spent, *([self._foreign] if self._foreign else [])], key=lambda s: s.at
        )
        for spent in returning:
            missing -= spent.tokens
            if missing <= 0:
                return max(0.1, self.limit.window - (now - spent.at).total_seconds())
        return 1.0

    def _spacing_left(self, now: datetime, room: float) -> float:
        if self._last is None:
            return 0.0
        spacing = _USUAL * self.limit.window / room
        left = spacing - (now - self._last).total_seconds()
        return left if left > _NOTHING else 0.0

    def _forget(self, now: datetime) -> None:
        """What the window has passed over. A clock that was set back counts as no time passed."""
        for spent in (*self._spent, *([self._foreign] if self._foreign else [])):
            spent.at = min(spent.at, now)
        self._last = min(self._last, now) if self._last else None
        while self._spent and self._is_over(self._spent[0], now):
            self._spent.popleft()
        if self._foreign and self._is_over(self._foreign, now):
            self._foreign = None

    def _is_over(self, spent: _Spent, now: datetime) -> bool:
        return (now - spent.at).total_seconds() >= self.limit.window
