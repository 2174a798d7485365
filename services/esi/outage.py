"""ESI out of order: it is asked ever more rarely, and told as a trouble when that is none of its daily downtime.

After three faults in a row nobody asks for a few seconds, then one question goes out to see; the quiet grows with each
fault and ends with the first proper answer. Around 11:00 UTC the game restarts, and nothing is told before 11:45.
"""

from collections.abc import Callable
from datetime import datetime, time

from services.domain.clock import Clock
from services.domain.trouble import Trouble, TroubleWatch
from services.esi.settings import EsiSettings

_DOWNTIME = time(10, 58), time(11, 45)
_BORNE = 2
"""Faults in a row that silence nobody: one route may have a bad moment."""
_LEAST = 2


def is_downtime(moment: datetime) -> bool:
    """True while ESI may be expected to be away."""
    return _DOWNTIME[0] <= moment.time() < _DOWNTIME[1]


class Outage:
    """How ESI is doing."""

    def __init__(
        self,
        settings: EsiSettings,
        *,
        clock: Clock,
        watch: TroubleWatch,
        jitter: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._watch = watch
        self._jitter = jitter
        self._faults = 0
        self._fault_at: datetime | None = None
        self._quiet = 0.0
        self._probing = False
        self.failing_since: datetime | None = None
        """When the first of the faults came; None while ESI answers."""
        self.last_success_at: datetime | None = None

    @property
    def quiet_left(self) -> float:
        """Seconds until somebody may ask; 0: now."""
        if self._fault_at is None or self._faults <= _BORNE:
            return 0.0
        left = self._quiet - (self._clock() - self._fault_at).total_seconds()
        if 0 < left <= self._quiet:
            return left
        return self._settings.outage_quiet_seconds if self._probing else 0.0

    def begin_question(self) -> bool:
        """Somebody asks. True: it is the one question that goes out to see, and `end_question` must follow."""
        if self._faults <= _BORNE:
            return False
        self._probing = True
        return True

    def end_question(self) -> None:
        """The one question is answered, or never will be."""
        self._probing = False

    def note_success(self) -> None:
        """A proper answer, whatever it says."""
        self._faults, self._quiet, self._fault_at = 0, 0.0, None
        self.failing_since = None
        self.last_success_at = self._clock()
        self._watch.ends(Trouble.ESI_DOWN)

    def note_fault(self, reason: str, *, wish: float | None = None) -> None:
        """Something passing is wrong. `wish`: seconds for which ESI itself asks to be left alone."""
        now = self._clock()
        # What was on its way when the quiet began counts once.
        if self._faults <= _BORNE or self._probing:
            self._faults += 1
            self._fault_at = now
            self._quiet = self._grown()
        if wish:
            self._faults, self._fault_at = max(self._faults, _BORNE + 1), now
            self._quiet = max(self._quiet, min(wish, self._settings.longest_pause_seconds))
        self.failing_since = min(self.failing_since or now, now)
        failing = (now - self.failing_since).total_seconds()
        lasting = self._faults >= _LEAST and failing >= self._settings.outage_told_seconds
        if lasting and not is_downtime(now):
            self._watch.begins(Trouble.ESI_DOWN, reason)

    def _grown(self) -> float:
        """From half to all of a time that doubles with each fault, so that clients fall out of step."""
        doubled = min(max(0, self._faults - _BORNE - 1), 20)
        full = self._settings.outage_quiet_seconds * 2.0**doubled
        return min(full, self._settings.outage_longest_quiet_seconds) * (0.5 + self._jitter() / 2)
