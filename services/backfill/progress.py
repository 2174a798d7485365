"""How the work of one source goes, in memory: what `/admin backfill` shows while it lasts."""

from datetime import datetime

from services.backfill.importing import Imported
from services.domain.clock import Clock
from services.domain.days import Day, Work


class Progress:
    """Listens to the worker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock()
        self._days = 0
        self._done = 0
        self._current: Day | None = None
        self._begun_at: datetime = self._since
        self._killmails = 0
        """Of the days that are done."""
        self._taken = 0
        """Of the one that is being imported."""
        self._seconds = 0.0
        self._fetched: dict[Day, int] = {}
        self._fetched_before = 0

    def expect(self, days: int) -> None:
        """So many more days are to be worked through."""
        self._days += days

    @property
    def work(self) -> Work:
        """As of now."""
        seconds = self._seconds
        if self._current is not None:
            seconds += (self._clock() - self._begun_at).total_seconds()
        killmails = self._killmails + self._taken
        return Work(
            since=self._since,
            days=self._days,
            done=self._done,
            current=self._current,
            killmails=killmails,
            fetched_bytes=self._fetched_before + sum(self._fetched.values()),
            rate=killmails / seconds if seconds else 0.0,
        )

    # The worker's listener

    def on_fetched(self, day: Day, size: int) -> None:
        """So many bytes of its file are there."""
        self._fetched[day] = size

    def on_begin(self, day: Day, size: int) -> None:  # noqa: ARG002 - shares are not shown here
        """It is being imported."""
        self._current, self._begun_at, self._taken = day, self._clock(), 0

    def on_read(self, day: Day, position: int) -> None:
        """Nothing that is shown here."""

    def on_taken(self, day: Day, killmails: int) -> None:  # noqa: ARG002 - one at a time
        """So many killmails of it are stored."""
        self._taken = killmails

    def on_done(self, day: Day, imported: Imported | None) -> None:
        """One less."""
        self._done += 1
        if imported is not None:
            self._seconds += (self._clock() - self._begun_at).total_seconds()
            self._killmails += imported.stored + imported.known
            self._current, self._taken = None, 0
        for fetched in [other for other in self._fetched if _same(other, day)]:
            self._fetched_before += self._fetched.pop(fetched)


def _same(one: Day, other: Day) -> bool:
    return one.source is other.source and one.day == other.day
