"""What a polled source is: how it is fetched, and what an answer changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from services.domain.errors import WarRoomError
from services.domain.occurrence import Occurrence
from services.storage.database import Transaction

T = TypeVar("T")


class SourceFault(WarRoomError):
    """The source gave nothing that can be used now. The text is one line for a person."""


FEW = "few"
"""An answer names less than can be believed: what a doubt is about unless its source says otherwise."""
EMPTY = "empty"
"""It names nothing at all, for sources that doubt that apart from `FEW`."""
AGE = "age"
"""It is older than the one before."""


class Doubted(SourceFault):
    """The answer can be read and cannot be believed: empty, or a fraction of what it was. Nothing of it is taken."""

    def __init__(self, reason: str, about: str = FEW) -> None:
        """Make it.

        Args:
            reason: one line for a person.
            about: what cannot be believed, at most 16 characters; doubts about something else begin anew.
        """
        super().__init__(reason)
        self.about = about


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Generic[T]):
    """A good answer. `value` is None where it is the same as the last one."""

    value: T | None
    etag: str | None = None
    expires_at: datetime | None = None
    """Nothing newer is to be had before."""
    modified_at: datetime | None = None
    """When what it tells was made, where the source says so."""
    mirror: bool = False
    """It comes from a mirror."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When an answer came, and what came before it."""

    now: datetime
    at: datetime
    """When what the answer tells was true: when it was made, where it says so; now where it is the same once more."""
    before: datetime | None = None
    """`at` of the good answer before; None: this is the first."""
    doubts: int = 0
    """Answers that were doubted since then for the same reason, one after the other."""
    doubted_since: datetime | None = None
    """When the first of them came."""
    doubted: str | None = FEW
    """What could not be believed in them (`Doubted.about`)."""

    @property
    def is_first(self) -> bool:
        """Nothing was known before: whatever the answer says is no change."""
        return self.before is None

    def since(self, pace: timedelta) -> datetime | None:
        """When the source was last heard, where that is longer ago than usual (`Occurrence.since`)."""
        late = self.before is not None and self.at - self.before > 2 * pace
        return self.before if late else None

    def has_doubted_for(self, length: timedelta, about: str = FEW, *, times: int = 0) -> bool:
        """Answers that cannot be believed for this reason came for so long and so often, and nothing else."""
        if self.doubted_since is None or self.doubted != about or self.doubts < times:
            return False
        return self.now - self.doubted_since >= length


class Source(Protocol[T]):
    """One source. Everything that it must know between two answers lies in the database."""

    @property
    def name(self) -> str:
        """Unique, at most 32 characters; in the log, the troubles and the manual."""
        ...

    @property
    def pace(self) -> timedelta:
        """The least time between two questions."""
        ...

    async def fetch(self, etag: str | None) -> Fetched[T]:
        """Ask. `etag`: of the last good answer. Raises SourceFault."""
        ...

    async def take(self, tx: Transaction, value: T | None, moment: Moment) -> Sequence[Occurrence]:
        """Compare with what is kept, keep what is new, return what happened; None: the same answer once more.

        In the caller's transaction, which also marks the answer as taken: killed at any instant, all of it is done or
        nothing. Raises Doubted for what cannot be believed.
        """
        ...
