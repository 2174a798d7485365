"""What a filter finds among the stored kills: a list, and a dry run that says how much an alert would post."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from services.domain.filter import Filter
from services.domain.killmail import Killmail

FLOOD_A_DAY = 200
"""Matches a day above which an alert is no longer read by anybody: one every seven minutes, day and night."""
_DAY = timedelta(days=1)
_SURE = 1.96
"""Standard deviations on either side that hold the true figure in 19 of 20 cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Stored kills that meet a filter, newest first: one page of them."""

    filter: Filter
    kills: tuple[Killmail, ...]
    since: datetime
    until: datetime
    total: int | None
    """Over all pages; None where counting them would take too long."""
    more: bool
    """There are older ones than those on this page."""
    reached: datetime
    """Looked at back to here: later than `since` where the search was given up, else `since` itself."""
    unknown: int = 0
    """Kills that may or may not meet it: their attackers and items are no longer kept, or nobody labelled them."""
    stored_since: datetime | None = None
    """The earliest stored kill of all; None when there is none."""

    @property
    def complete(self) -> bool:
        """False where the search was given up."""
        return self.reached <= self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One hour, or one day, of a dry run."""

    start: datetime
    matches: float
    """As many as there are; an estimate where only some of the kills were looked at."""
    covered: float
    """The part of it of which kills are stored, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A part of the window in which the same share of the mails was tested, evenly spread over it."""

    share: float
    """1: every one."""
    matches: int
    """Among those that were tested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A dry run of a filter over the stored kills of a window [since, until)."""

    filter: Filter
    since: datetime
    until: datetime
    step: timedelta
    """How long a bar is."""
    bars: tuple[Bar, ...]
    """All of the window, oldest first."""
    layers: tuple[Layer, ...]
    latest: tuple[Killmail, ...]
    """At most five, the newest first; of those tested where not all were."""
    covered: timedelta
    """How much of the window there are stored kills of."""
    killmails: int
    """Stored kills in the window."""
    tested: int
    """How many of them were tested."""
    unknown: int = 0
    """Kills that may or may not meet it: their attackers and items are no longer kept, or nobody labelled them."""

    @property
    def sampled(self) -> bool:
        """True when only a part was tested."""
        return any(layer.share < 1 for layer in self.layers)

    @property
    def share(self) -> float:
        """The part that was tested, 0 to 1."""
        return self.tested / self.killmails if self.killmails else 1.0

    @property
    def matches(self) -> float:
        """Kills that meet it: counted, or estimated from those tested."""
        return sum(layer.matches / layer.share for layer in self.layers)

    @property
    def margin(self) -> float:
        """The true number lies within so much of `matches`, in 19 of 20 cases. 0 where all were tested."""
        variance = sum(
            max(layer.matches, 1) * (1 - layer.share) / layer.share**2 for layer in self.layers
        )
        return _SURE * sqrt(variance)

    @property
    def coverage(self) -> float:
        """The part of the window of which kills are stored, 0 to 1."""
        return min(self.covered / (self.until - self.since), 1.0)

    @property
    def per_day(self) -> float | None:
        """Matches a day, by the time that is stored; None where that is less than an hour and says nothing."""
        if self.covered < timedelta(hours=1):
            return None
        return self.matches / (self.covered / _DAY)

    @property
    def margin_per_day(self) -> float:
        """The margin, a day."""
        return self.margin / (self.covered / _DAY) if self.covered else 0.0

    @property
    def floods(self) -> bool:
        """True when an alert with this filter would be too much for any channel."""
        per_day = self.per_day
        return per_day is not None and per_day > FLOOD_A_DAY
