"""What came in since the process started, in plain counters; and how long it took from the feed to the database."""

from bisect import bisect_left
from dataclasses import dataclass, field

LAG_BOUNDS = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
"""Seconds. A killmail appears every six or seven; five minutes are a backlog."""


@dataclass(slots=True)
class Lag:
    """Seconds from publication to storage, as a histogram."""

    buckets: list[int] = field(default_factory=lambda: [0] * len(LAG_BOUNDS))
    """How many took at most as long as the bound of the same place in `LAG_BOUNDS`; those within a bound are within all
    larger ones."""
    count: int = 0
    sum: float = 0.0
    last: float | None = None
    """Of the latest that came; None before the first."""

    def add(self, seconds: float) -> None:
        """One more. Clocks differ: what seems to come before its publication took no time."""
        seconds = max(0.0, seconds)
        for place in range(bisect_left(LAG_BOUNDS, seconds), len(LAG_BOUNDS)):
            self.buckets[place] += 1
        self.count += 1
        self.sum += seconds
        self.last = seconds


@dataclass(slots=True)
class Tally:
    """Killmails since the process started, live and backfilled; only what was committed counts."""

    stored: int = 0
    known: int = 0
    """Came again and said nothing new."""
    revised: int = 0
    """Came again and changed what is stored."""
    rejected: int = 0
    """Went into quarantine."""
    lag: Lag = field(default_factory=Lag)
    """Of new killmails that came live and say when they were published."""
