"""What the live feeds hand out, what they need remembered, and how they tell of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    asked_at: datetime | None = field(default=None, compare=False)
    """When it was asked for: what was written after that is not what came."""


@dataclass(frozen=True, slots=True)
class FileRewritten:
    """The file of this older number was written anew: to be read again, however long that takes."""

    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchOpened:
    """The live cursor jumps over these numbers (both included); somebody else reads them."""

    first: int
    last: int
    since: datetime | None
    """When the number before them was published, or earlier; None when that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchRead:
    """The stretch that begins with `first` has been read up to and including `position`."""

    first: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFound:
    """These numbers (both included) will not come any more: what they held must be looked for in the history.

    `since` and `until`: when the numbers before and after them were published, as well as is known.
    """

    first: int
    last: int
    since: datetime | None
    until: datetime


FeedNote = Hole | HoleFilled | FileRewritten | StretchOpened | StretchRead | GapFound
"""What a feed wants remembered in the transaction that stores what it handed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One step of a feed: a killmail, something that could not be read, or only something to remember."""

    cursor: int | None
    """The number that is done once this item is stored; None for what came out of turn and moves no cursor."""
    arrival: Arrival | None = None
    rejected: Rejected | None = None
    notes: tuple[FeedNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Numbers from `first` to `last` that the live cursor jumped over, read up to and including `position`."""

    first: int
    last: int
    position: int
    opened_at: datetime
    since: datetime | None

    @property
    def left(self) -> int:
        """How many are still to be read."""
        return self.last - self.position


@dataclass(frozen=True, slots=True, kw_only=True)
class DueHole:
    """A number to look for now. `revised`: it was read once, and its file was written anew since."""

    sequence: int
    revised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HoleCounts:
    """How many numbers are looked for, and how many were given up (what those held is looked for in the history)."""

    open: int = 0
    given_up: int = 0


class PauseMemory(Protocol):
    """A ban that outlives the process."""

    async def load_pause(self) -> datetime | None:
        """Until when the feed must stay silent; None when it may ask."""

    async def save_pause(self, until: datetime | None) -> None:
        """Remember (or forget) a ban."""


class CursorMemory(PauseMemory, Protocol):
    """What a feed with one cursor remembers. The cursor is only read: the consumer moves it with what it stores."""

    async def load_cursor(self) -> int | None:
        """The last number that is done; None before the first."""

    async def load_cursor_time(self) -> datetime | None:
        """When the cursor last moved; None before the first."""


class FeedMemory(CursorMemory, Protocol):
    """What outlives the process. Stretches and gaps are written by the consumer, from notes."""

    async def load_stretches(self) -> Sequence[Stretch]:
        """Those not yet read to their end, lowest first."""

    async def due_holes(self, now: datetime) -> Sequence[DueHole]:
        """Missing numbers that should be looked for now."""

    async def load_next_hole_at(self) -> datetime | None:
        """When the next missing number is due; None when none is missing."""

    async def count_holes(self) -> HoleCounts:
        """How many there are."""

    async def save_hole_attempt(self, sequence: int, *, now: datetime) -> None:
        """A missing number was looked for, in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """How the feed stands at one moment."""

    sequence: int | None
    """The last number that the live reader handed out."""
    caught_up: bool
    """Nothing newer was there when last asked. What is left of earlier numbers stands in `backlog`."""
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
    started_at: datetime | None = None
    """When this process began to feed."""
    failing_since: datetime | None = None
    """Since when no proper answer has come; None when the last one was proper."""
    last_new_at: datetime | None = None
    """When a killmail with a new number last came; None when none has since the start."""
    backlog: int = 0
    """Earlier numbers that are still to be read."""
    holes: HoleCounts = HoleCounts()
    fallback: bool = False
    """Killmails come from the second feed at this moment."""
