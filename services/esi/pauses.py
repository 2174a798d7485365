"""What is left alone, until when, over restarts too.

A pause begins the moment an answer asks for it and is written down right after. It is told as a trouble, which ends
with the next answer that its subject gives, or a while after the pause where nobody asks it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from services.domain.clock import Clock
from services.domain.trouble import Trouble, TroubleWatch
from services.esi.memory import EsiMemory, EsiMemoryError, Pause

log = structlog.get_logger(__name__)

EVERYTHING = "all routes"
_FORGOTTEN_AFTER = timedelta(minutes=10)
_SET_BACK = timedelta(minutes=5)
"""A pause that seems to begin so far ahead was begun by a clock that has been set back since."""


class Pauses:
    """One for a client. `load` comes first."""

    def __init__(self, memory: EsiMemory, *, clock: Clock, watch: TroubleWatch) -> None:
        self._memory = memory
        self._clock = clock
        self._watch = watch
        self._pauses: dict[str, Pause] = {}
        self._unsaved: set[str] = set()
        self._loaded = False

    async def load(self) -> None:
        """Take up what an earlier process was asked. Only the first call that succeeds does anything.

        Raises EsiMemoryError.
        """
        if self._loaded:
            return
        for pause in await self._memory.load_pauses():
            self._pauses.setdefault(pause.subject, pause)
            if self.left(pause.subject) > 0:
                self._tell(pause)
        self._loaded = True

    def begin(self, subject: str, seconds: float, *, trouble: Trouble, reason: str) -> None:
        """Leave it alone for so long from now; a longer pause already begun stays."""
        if seconds <= self.left(subject):
            return
        now = self._clock()
        pause = Pause(
            subject=subject,
            trouble=trouble,
            since=now,
            until=now + timedelta(seconds=seconds),
            reason=reason,
        )
        self._pauses[subject] = pause
        self._unsaved.add(subject)
        self._tell(pause)

    def left(self, *subjects: str) -> float:
        """Seconds until all of these may be asked again; 0 when they may."""
        return max((self._left(self._pauses.get(subject)) for subject in subjects), default=0.0)

    def current(self) -> Sequence[Pause]:
        """Those that are not over."""
        return [pause for pause in self._pauses.values() if self._left(pause) > 0]

    def answered(self, subjects: Iterable[str]) -> None:
        """These have given a proper answer: what was wrong with them is over, even from before this process."""
        self._watch.ends(Trouble.ESI_BANNED)
        for subject in subjects:
            self._watch.ends(Trouble.ESI_LIMITED, subject=subject)
            self._end_if_over(subject, timedelta(0))
        for subject in list(self._pauses):
            self._end_if_over(subject, _FORGOTTEN_AFTER)

    async def save(self) -> None:
        """Write down what has changed. What cannot be written is tried again at the next call."""
        for subject in list(self._unsaved):
            pause = self._pauses.get(subject)
            try:
                if pause is None:
                    await self._memory.drop_pause(subject)
                else:
                    await self._memory.save_pause(pause)
            except EsiMemoryError as error:
                log.warning("esi pause not saved", subject=subject, reason=str(error))
                return
            if self._pauses.get(subject) is pause:
                self._unsaved.discard(subject)

    def _end_if_over(self, subject: str, after: timedelta) -> None:
        pause = self._pauses.get(subject)
        if pause is None or self._left(replace(pause, until=pause.until + after)) > 0:
            return
        del self._pauses[subject]
        self._unsaved.add(subject)
        self._watch.ends(pause.trouble, subject=_told_subject(pause))

    def _left(self, pause: Pause | None) -> float:
        if pause is None:
            return 0.0
        now = self._clock()
        if now < pause.since - _SET_BACK:
            return 0.0
        return max(0.0, (pause.until - now).total_seconds())

    def _tell(self, pause: Pause) -> None:
        detail = f"{pause.reason}; no question before {pause.until:%Y-%m-%d %H:%M} EVE"
        self._watch.begins(pause.trouble, detail, subject=_told_subject(pause))


def _told_subject(pause: Pause) -> str:
    return "" if pause.trouble is Trouble.ESI_BANNED else pause.subject
