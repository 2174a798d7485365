"""What an alert on occurrences would have told, out of those that are kept."""

from dataclasses import dataclass
from datetime import datetime

from services.domain.freshness import Freshness
from services.domain.occurrence import Occurrence, OccurrenceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsTrial:
    """A dry run over [since, until)."""

    since: datetime
    until: datetime
    kept_since: datetime | None
    """When the first answer of the topic's sources was taken; None: never. What was before is not known."""
    matches: int
    kinds: tuple[tuple[OccurrenceKind, int], ...]
    """How many of each, the most first."""
    latest: tuple[Occurrence, ...]
    """At most five, the newest first."""
    messages: int
    """New messages and replies that this would have been, reminders left out."""
    not_kept: tuple[OccurrenceKind, ...] = ()
    """Kinds that it asks for and of which no history is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """A polled source that an alert depends on."""

    name: str
    freshness: Freshness
    fault: str | None = None
    """Why it gives nothing, where it does not."""
