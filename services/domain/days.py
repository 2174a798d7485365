"""Whole days of killmails, as those who keep them publish them: which are wanted, and how each stands here."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

FIRST_DAY = date(2007, 12, 5)
"""The first day of which anybody has killmails."""


class Source(StrEnum):
    """Who keeps days. The value is the name in the database."""

    EVEREF = "everef"
    """EVE Ref's archives: every day since 2007, a while after it ended."""
    ZKILLBOARD = "zkillboard"
    """zKillboard's history: recent days, at about 06:00 EVE after they ended."""


class DayState(StrEnum):
    """How a day stands."""

    WANTED = "wanted"
    """Not fetched yet."""
    ABSENT = "absent"
    """Its publisher does not have it (yet)."""
    INCOMPLETE = "incomplete"
    """Fetched; less is stored than is published, or nobody says how much is published."""
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of one source."""

    source: Source
    day: date
    state: DayState
    wanted_at: datetime
    published: int | None = None
    """Killmails, as the publisher counts; None where that is not known."""
    stored: int = 0
    """Killmails of the day's file that are stored here, whoever brought them first."""
    rejected: int = 0
    """Members of the file that could not be read, or were not believed."""
    version: str | None = None
    """Which edition of the file was imported last; None when it has to be read in any case."""
    size: int | None = None
    """Bytes of that file, as it was downloaded."""
    imported_at: datetime | None = None
    checked_at: datetime | None = None
    """When it was last held against what is published, without a fault."""
    next_check_at: datetime | None = None
    """None: nothing more is to be done."""
    tries: int = 0
    """How often, one after another, it did not become complete."""
    error: str | None = None
    """Why it is not complete, in words."""

    @property
    def name(self) -> str:
        """`everef 2026-11-19`."""
        return f"{self.source.value} {self.day.isoformat()}"

    @property
    def is_complete(self) -> bool:
        """Nothing that its publisher counts is missing here."""
        return self.state is DayState.COMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is being done at this moment, since `since`."""

    since: datetime
    days: int
    """How many days are being worked through."""
    done: int = 0
    current: Day | None = None
    """The one that is being imported."""
    killmails: int = 0
    """Imported since the beginning, stored or known before."""
    fetched_bytes: int = 0
    """Downloaded since the beginning."""
    rate: float = 0.0
    """Killmails a second, of the time spent importing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How days stand: those of the last order, then those that gaps of the feed ask for."""

    first: date | None
    """First and last day of the last order; None before the first."""
    last: date | None
    days: tuple[Day, ...] = ()
    work: Work | None = None
    """None while nothing is being done."""
    gaps: int = 0
    """Gaps of the live feed that are not filled."""


def days_between(first: date, last: date) -> list[date]:
    """Both included, in order; none when `last` is before `first`."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
