"""How the last look for a newer build ended, kept in a small file beside the compiled one.

The file is a convenience: one that is missing, damaged or cannot be written means that the next look comes sooner,
never that something goes wrong. Command line and bot share it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import structlog

from services.universe.compile import replace_file
from services.universe.errors import SdeError

Moment = Annotated[datetime, msgspec.Meta(tz=True)]

log = structlog.get_logger(__name__)


class Verdict(StrEnum):
    """How a look ended."""

    UP_TO_DATE = "up to date"
    UPDATED = "updated"
    REFUSED = "refused"
    """There is a newer build, and it is damaged or holds less than it should."""
    UNAVAILABLE = "unavailable"
    """The publisher does not answer, or there is no room; the next look may succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One look for a newer build."""

    verdict: Verdict
    at: Moment
    before: int
    """The build in use before."""
    build: int
    """The build in use after it."""
    newest: int | None = None
    """The newest build that the publisher names, where it said so."""
    reason: str = ""
    """One line for a person: why it was refused or unavailable."""
    received: int = 0
    """Bytes downloaded."""

    @property
    def is_good(self) -> bool:
        """The build in use is the newest one."""
        return self.verdict in (Verdict.UP_TO_DATE, Verdict.UPDATED)


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What one look leaves for the next."""

    last: Outcome | None = None
    etag: str | None = None
    """With which `newest` was named."""
    newest: int | None = None
    failing_since: Moment | None = None
    """The first look that failed since the last that did not."""

    @classmethod
    def load(cls, file: Path) -> "Memory":
        """Read it; an empty one where there is none that can be read."""
        try:
            return msgspec.json.decode(file.read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("memory of updates not read", file=str(file), reason=str(error))
            return cls()

    def save(self, file: Path) -> None:
        """Write it; what cannot be written is told in the log."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(file, msgspec.json.encode(self))
        except (OSError, SdeError) as error:
            log.warning("memory of updates not kept", reason=str(error))
