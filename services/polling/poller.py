"""Asks one source for ever: fetch when the last answer has expired, keep, compare, tell.

What an answer changes, what is told of it and that it was taken are written in one transaction, which has the turn
from its beginning. Where another process has taken an answer since this one was asked for, this one is thrown away:
nothing is told or counted twice, and nothing older is put in the place of something newer.

A source that does not answer, or not with something that can be believed, changes nothing: what is kept stays, and is
shown with its age. It is asked again after a pause that grows with each fault.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from services.domain.clock import Clock
from services.domain.occurrence import Occurrence
from services.domain.trouble import NoWatch, Trouble, TroubleWatch
from services.polling.rules import (
    LONGEST_PAUSE,
    etag_of,
    faulted,
    last_answer,
    lies_ahead,
    moment_of,
    refuse_older,
    taken,
    without_old_doubts,
)
from services.polling.source import Fetched, Moment, Source, SourceFault
from services.polling.store import PollState, load_poll, save_poll
from services.storage.database import Database, Transaction
from services.storage.turns import NEWS, take_turn

log = structlog.get_logger(__name__)

T = TypeVar("T")

Sleep = Callable[[float], Awaitable[None]]
Tell = Callable[[Transaction, Sequence[Occurrence], Moment], Awaitable[None]]
"""Keeps occurrences and tells the channels that want them, in the caller's transaction."""

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
            state = await self._load(tx)
        if state.due_at is not None and lies_ahead(state, state.due_at, now):
            self._quiet = now, state.due_at
            self._tell_age(state, now)
            return False
        # Whatever goes wrong from here on, the source is not asked again at once.
        self._quiet = now, now + min(state.pace, LONGEST_PAUSE)
        expires_at = None
        try:
            fetched = await self._source.fetch(etag_of(state))
            expires_at = fetched.expires_at
            return await self._take(state, fetched)
        except SourceFault as fault:
            await self._note(state, fault, expires_at=expires_at)
            return False

    async def _load(self, tx: Transaction) -> PollState:
        return await load_poll(tx, self.name, pace=self._source.pace)

    async def _take(self, asked: PollState, fetched: Fetched[T]) -> bool:
        """`asked`: how the source stood when it was asked. False: the answer was not wanted any more."""
        async with self._database.write() as tx:
            await take_turn(tx, NEWS)
            now = self._clock()
            state = await self._load(tx)
            if last_answer(state) != last_answer(asked):
                self._give_way()
                return False
            state = without_old_doubts(state, now)
            moment = moment_of(state, fetched, now)
            refuse_older(state, fetched, moment)
            found = await self._source.take(tx, fetched.value, moment)
            if moment.is_first:
                found = ()
            if found:
                await self._tell(tx, found, moment)
            new = taken(state, fetched, moment)
            await save_poll(tx, new)
        if state.faults:
            log.info("source answers again", source=self.name, faults=state.faults)
        self._quiet = now, new.due_at or now
        self._watch.ends(Trouble.SOURCE_STALE, subject=self.name)
        if found:
            self._ring()
        return True

    async def _note(
        self, asked: PollState, fault: SourceFault, *, expires_at: datetime | None
    ) -> None:
        """What was known stays; the source is left alone for a while. One answer that two have counts once."""
        async with self._database.write() as tx:
            await take_turn(tx, NEWS)
            now = self._clock()
            state = await self._load(tx)
            if state != asked:
                self._give_way()
                return
            state = without_old_doubts(state, now)
            new = faulted(state, fault, expires_at=expires_at, now=now)
            await save_poll(tx, new)
        if state.faults == 0:
            log.warning("source gives nothing", source=self.name, reason=str(fault))
        self._quiet = now, new.due_at or now
        self._tell_age(new, now)

    def _give_way(self) -> None:
        """Another process was quicker; when the source is due next is known from what that one wrote."""
        log.debug("another process was quicker", source=self.name)
        self._quiet = None

    def _tell_age(self, state: PollState, now: datetime) -> None:
        if state.faults and state.freshness(now).is_stale:
            self._watch.begins(Trouble.SOURCE_STALE, state.fault or "no answer", subject=self.name)
