"""What a feed hands to the pipeline at once: killmails, what could not be read, and what the feed wants remembered.

All of it is written in one transaction, so that a feed never remembers what was not stored, nor forgets what was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.domain.killmail import Arrival, Rejected
from services.feeds.items import FeedItem, FeedNote, StretchOpened


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One transaction's worth. `cursor` is the feed's name and how far this takes it."""

    live: bool
    """False while backfilling: nobody is told of what is new."""
    arrivals: tuple[Arrival, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[FeedNote, ...] = ()
    cursor: tuple[str, int] | None = None
    behind: bool = False
    """The feed still has a backlog to read: what came late is gathered in one summary that goes on."""


def intake_of(items: Sequence[FeedItem], *, feed: str, behind: bool = False) -> Intake:
    """What a live feed hands over at once, for the pipeline."""
    cursors = [item.cursor for item in items if item.cursor is not None]
    notes = tuple(note for item in items for note in item.notes)
    return Intake(
        live=True,
        arrivals=tuple(item.arrival for item in items if item.arrival is not None),
        rejected=tuple(item.rejected for item in items if item.rejected is not None),
        notes=notes,
        cursor=(feed, max(cursors)) if cursors else None,
        behind=behind or any(isinstance(note, StretchOpened) for note in notes),
    )
