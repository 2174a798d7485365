"""Asks one source for ever: fetch when the last answer has expired, keep, compare, tell.

What an answer changes, what is told of it and that it was taken are written in one transaction. A source that does not
answer, or not with something that can be believed, changes nothing: what is kept stays, and is shown with its age. It
is asked again after a pause that grows with each fault.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from services.domain.clock import Clock
from services.domain.occurrence import Occurrence
from services.domain.trouble import NoWatch, Trouble, TroubleWatch
from services.polling.source import Doubted, Fetched, Moment, Source, SourceFault
from services.polling.store import PollState, load_poll, save_poll
from services.storage.database import Database, Transaction

log = structlog.get_logger(__name__)

T = TypeVar("T")

Sleep = Callable[[float], Awaitable[None]]
Tell = Callable[[Transaction, Sequence[Occurrence], Moment], Awaitable[None]]
"""Keeps occurrences and tells the channels that want them, in the caller's transaction."""

_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(minutes=15)
_BACKWARDS = timedelta(hours=1)
"""For so long an answer must be repeated that is older than the one before."""
_LONGEST_WAIT = timedelta(days=2)
"""No answer is believed to last longer (unless its pace is slower): else one wrong header would end the asking."""
_LOOK = 1.0
"""Seconds between two looks at whether the source is due."""


class Poller(Generic[T]):
    """One source and its loop."""

    def __init__(
        self,
        database: Database,
        source: Source[T],
        *,
        tell: Tell,
        clock: Clock,
        ring: Callable[[], None],
        watch: TroubleWatch | None = None,
    ) -> None:
        """Make it.

        Args:
            database: where everything is kept.
            source: what is asked.
            tell: keeps and tells what happened.
            clock: the time.
            ring: called when messages may have become due.
            watch: is told when the source is stale.
        """
        self._database = database
        self._source = source
        self._tell = tell
        self._clock = clock
        self._ring = ring
        self._watch = watch or NoWatch()
        self._quiet: tuple[datetime, datetime] | None = None
        """From when until when there is nothing to ask; a clock that was set back is before both."""

    @property
    def name(self) -> str:
        """The source's."""
        return self._source.name

    @property
    def pace(self) -> timedelta:
        """The least time between two questions to it."""
        return self._source.pace

    async def run(self, sleep: Sleep = asyncio.sleep) -> None:
        """Never ends."""
        while True:
            await self.step()
            await sleep(_LOOK)

    async def step(self) -> bool:
        """Ask the source if it is due; true where a good answer was taken."""
        now = self._clock()
        if self._quiet is not None and self._quiet[0] <= now < self._quiet[1]:
            return False
        async with self._database.read() as tx:
            state = await load_poll(tx, self.name, pace=self._source.pace)
        if state.due_at is not None and _lies_ahead(state, state.due_at, now):
            self._quiet = now, state.due_at
            self._tell_age(state, now)
            return False
        state = _without_old_doubts(state, now)
        # Whatever goes wrong from here on, the source is not asked again at once.
        self._quiet = now, now + min(state.pace, _LONGEST_PAUSE)
        expires_at = None
        try:
            fetched = await self._source.fetch(state.etag)
            expires_at = fetched.expires_at
            await self._take(state, fetched)
        except SourceFault as fault:
            await self._note(state, fault, expires_at=expires_at)
            return False
        return True

    async def _take(self, state: PollState, fetched: Fetched[T]) -> None:
        now = self._clock()
        moment = Moment(
            now=now,
            at=_true_at(state, fetched, now),
            before=state.at,
            doubts=state.doubts,
            doubted_since=state.doubted_since,
        )
        _refuse_older(state, fetched, moment)
        made = state.modified_at if fetched.value is None else fetched.modified_at
        new = PollState(
            name=state.name,
            pace=state.pace,
            checked_at=now,
            at=moment.at,
            modified_at=None if fetched.mirror else made,
            due_at=_due(state, now, fetched.expires_at),
            etag=fetched.etag or (state.etag if fetched.value is None else None),
            mirror=fetched.mirror,
        )
        async with self._database.write() as tx:
            found = await self._source.take(tx, fetched.value, moment)
            if moment.is_first:
                found = ()
            if found:
                await self._tell(tx, found, moment)
            await save_poll(tx, new)
        if state.faults:
            log.info("source answers again", source=self.name, faults=state.faults)
        self._quiet = now, new.due_at or now
        self._watch.ends(Trouble.SOURCE_STALE, subject=self.name)
        if found:
            self._ring()

    async def _note(
        self, state: PollState, fault: SourceFault, *, expires_at: datetime | None
    ) -> None:
        """What was known stays; the source is left alone for a while."""
        now = self._clock()
        doubted = isinstance(fault, Doubted)
        # What is doubted is asked for again at the usual pace: only more answers can settle it.
        new = replace(
            state,
            due_at=_due(state, now, expires_at) if doubted else now + _pause(state),
            faults=state.faults + 1,
            fault=str(fault)[:500],
            doubts=state.doubts + 1 if doubted else 0,
            doubted_since=(state.doubted_since or now) if doubted else None,
        )
        async with self._database.write() as tx:
            await save_poll(tx, new)
        if state.faults == 0:
            log.warning("source gives nothing", source=self.name, reason=str(fault))
        self._quiet = now, new.due_at or now
        self._tell_age(new, now)

    def _tell_age(self, state: PollState, now: datetime) -> None:
        if state.faults and state.freshness(now).is_stale:
            self._watch.begins(Trouble.SOURCE_STALE, state.fault or "no answer", subject=self.name)


def _without_old_doubts(state: PollState, now: datetime) -> PollState:
    """What was said before a silence, and is said after it, has not been said for that long."""
    if state.due_at is None or now - state.due_at <= max(_LONGEST_PAUSE, state.pace):
        return state
    return replace(state, doubts=0, doubted_since=None)


def _true_at(state: PollState, fetched: Fetched[T], now: datetime) -> datetime:
    """When what an answer tells was true: when it was made, or now where the source says that it still is.

    A mirror that gives the same copy again says nothing of the present.
    """
    if fetched.value is not None:
        return min(fetched.modified_at or now, now)
    return state.at if fetched.mirror and state.at is not None else now


def _refuse_older(state: PollState, fetched: Fetched[T], moment: Moment) -> None:
    """One of several servers may still give what the others have replaced, and so may a mirror. Raises Doubted.

    What the source itself repeats for long is believed in the end: its clock was wrong before.
    """
    held = state.at if fetched.mirror else state.modified_at
    if fetched.value is None or fetched.modified_at is None or held is None:
        return
    repeated = not fetched.mirror and moment.has_doubted_for(_BACKWARDS)
    if fetched.modified_at < held <= moment.now and not repeated:
        msg = f"its answer of {fetched.modified_at:%H:%M:%S} is older than the one before, of {held:%H:%M:%S}"
        raise Doubted(msg)


def _due(state: PollState, now: datetime, expires_at: datetime | None) -> datetime:
    """When the source may be asked next: nothing newer is to be had before an answer expires, believed or not."""
    return min(max(now + state.pace, expires_at or now), now + _longest_wait(state))


def _pause(state: PollState) -> timedelta:
    """How long a source that gives nothing is left alone; one that is asked daily is not given up for a day."""
    doubled: int = 2 ** min(state.faults, 6)
    return min(min(state.pace, _FIRST_PAUSE) * doubled, _LONGEST_PAUSE)


def _lies_ahead(state: PollState, due: datetime, now: datetime) -> bool:
    """Not due yet, by a clock that can be believed.

    What was checked in the future, or is due further ahead than any answer lasts, was written before the clock was set
    back.
    """
    was_set_back = state.checked_at is not None and state.checked_at > now
    return not was_set_back and now < due <= now + _longest_wait(state)


def _longest_wait(state: PollState) -> timedelta:
    return max(_LONGEST_WAIT, 2 * state.pace)
