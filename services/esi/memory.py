"""What must be remembered of ESI, as a port: its answers for as long as they hold, and its wishes to be left alone.

ESI is not asked while this cannot be read: it could have banned us, or the answer could be here.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.domain.errors import WarRoomError
from services.domain.trouble import Trouble

_REMEMBERED = 256


class EsiMemoryError(WarRoomError):
    """The memory cannot be read or written now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """An answer as it is kept."""

    path: str
    """With its query: what was asked."""
    etag: str | None
    body: bytes | None
    """None: whoever asked keeps it."""
    fetched_at: datetime
    """When ESI last gave or confirmed it."""
    expires_at: datetime
    modified_at: datetime | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time for which something is not asked. `subject`: a bucket, a route, or everything."""

    subject: str
    trouble: Trouble
    since: datetime
    until: datetime
    reason: str


class EsiMemory(Protocol):
    """Each method raises EsiMemoryError, and nothing else, where it cannot do its work."""

    async def find_answer(self, path: str) -> StoredAnswer | None:
        """The answer kept for a path, however old."""
        ...

    async def save_answer(self, answer: StoredAnswer) -> None:
        """Keep it, in the place of an earlier one."""
        ...

    async def save_confirmed(self, answer: StoredAnswer) -> None:
        """Keep all of it but the body, which is there already."""
        ...

    async def load_pauses(self) -> Sequence[Pause]:
        """All that were saved and not dropped."""
        ...

    async def save_pause(self, pause: Pause) -> None:
        """Keep it, in the place of an earlier one of the same subject."""
        ...

    async def drop_pause(self, subject: str) -> None:
        """It is over."""
        ...


class BriefMemory:
    """Remembers a few answers for as long as the process lives: where there is no database."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, StoredAnswer] = OrderedDict()

    async def find_answer(self, path: str) -> StoredAnswer | None:
        """The answer kept for a path."""
        return self._answers.get(path)

    async def save_answer(self, answer: StoredAnswer) -> None:
        """Keep it; the oldest gives way."""
        self._answers[answer.path] = answer
        self._answers.move_to_end(answer.path)
        if len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)

    async def save_confirmed(self, answer: StoredAnswer) -> None:
        """The same."""
        await self.save_answer(answer)

    async def load_pauses(self) -> Sequence[Pause]:
        """None: they are the client's own while it lives."""
        return ()

    async def save_pause(self, pause: Pause) -> None:
        """Nothing to do."""

    async def drop_pause(self, subject: str) -> None:
        """Nothing to do."""
