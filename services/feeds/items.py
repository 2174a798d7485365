"""What the live feed hands out, what it needs remembered, and how it tells of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.domain.killmail import Arrival, Rejected


@dataclass(frozen=True, slots=True)
class Hole:
    """A number that is not there although a later one is: to be remembered and looked for again."""

    sequence: int


@dataclass(frozen=True, slots=True)
class HoleFilled:
    """A remembered number that has come. Unmarked it would be found, and stored for nothing, once more."""

    sequence: int


FeedNote = Hole | HoleFilled
"""What the feed wants remembered in the transaction that stores what it handed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One step of the feed: a killmail, something that could not be read, or only something to remember."""

    cursor: int | None
    """The number that is done once this item is stored; None for what came out of turn and moves no cursor."""
    arrival: Arrival | None = None
    rejected: Rejected | None = None
    notes: tuple[FeedNote, ...] = ()


class FeedMemory(Protocol):
    """What outlives the process. The cursor is only read: the consumer moves it with what it stores."""

    async def load_cursor(self) -> int | None:
        """The last number that is done; None before the first."""

    async def load_pause(self) -> datetime | None:
        """Until when the feed must stay silent; None when it may ask."""

    async def save_pause(self, until: datetime | None) -> None:
        """Remember (or forget) a ban."""

    async def due_holes(self, now: datetime) -> Sequence[int]:
        """Missing numbers that should be looked for now."""

    async def save_hole_attempt(self, sequence: int, *, found: bool, now: datetime) -> None:
        """A missing number was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """How the feed stands at one moment."""

    sequence: int | None
    """The last number handed out."""
    caught_up: bool
    """Nothing newer was there when last asked."""
    lag_seconds: float | None
    """0 when caught up; else how long ago the last number handed out was published; None when that is not known."""
    paused_until: datetime | None
    last_error: str | None
    """The fault that lasts at this moment; None when all is well."""
    last_success_at: datetime | None
    """When the service last answered as it should."""
    requests: int
    gap: tuple[int, int] | None
    """First and last number of the latest stretch that had expired before it could be read."""
