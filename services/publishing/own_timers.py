"""Reminders of servers' own timers. They know no quiet hours: whoever sets one wants to be told then.

How far was looked stands in the database and moves in the transaction that says what fell into the time since. Which
moments the next minute holds is known by heart, and asked again when a timer was added: looking every few seconds
costs nothing however many timers there are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from services.domain.delivery import Destination, DestinationKind
from services.domain.news import TimerNoteMessage
from services.domain.timer import OwnTimer
from services.outbox import store as outbox
from services.publishing.spots import Desk, Spot
from services.publishing.verdicts import Ages
from services.storage.database import Database, Transaction
from services.storage.guild_tables import timers as table
from services.storage.marks import load_mark_time, save_mark
from services.storage.turns import NEWS, take_turn
from services.timers import store as timers

_MARK = "timers"
_MINUTE = timedelta(minutes=1)
_TOLD_FOR = timedelta(hours=1)
"""How long after its moment a reminder is still worth telling."""


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The moments that lie in the minute after it was looked; of one timer there is one at most."""

    since: datetime
    newest: int
    """The timer that was made last, by then."""
    moments: tuple[datetime, ...]

    def holds(self, now: datetime, newest: int) -> bool:
        """It is still as it was."""
        return self.newest == newest and self.since <= now < self.since + _MINUTE

    def is_calm(self, last: datetime, now: datetime) -> bool:
        """Nothing fell into (last, now]."""
        return last >= self.since and not any(last < moment <= now for moment in self.moments)


class OwnTimers:
    """`look` is to be called every few seconds."""

    def __init__(
        self, database: Database, desk: Desk, *, ages: Ages, ring: Callable[[], None]
    ) -> None:
        """`ring`: called when messages may have become due."""
        self._database = database
        self._desk = desk
        self._ages = ages
        self._ring = ring
        self._ahead: _Ahead | None = None
        self._looked: datetime | None = None

    async def look(self, now: datetime) -> None:
        """Say what fell into the time since the last look. The mark moves when something is said, or once a minute."""
        async with self._database.read() as tx:
            newest = int(await tx.scalar(select(func.max(table.c.id))) or 0)
            ahead, looked = self._ahead, self._looked
            if ahead and looked and ahead.holds(now, newest) and ahead.is_calm(looked, now):
                self._looked = now
                return
            last = await load_mark_time(tx, _MARK)
            recent = last is not None and last <= now < last + _MINUTE
            if last is not None and recent and not await timers.load_between(tx, last, now):
                await self._look_ahead(tx, now, newest)
                return
        async with self._database.write() as tx:
            await take_turn(tx, NEWS)
            last = await load_mark_time(tx, _MARK)
            await save_mark(tx, _MARK, now=now)
            found = [] if last is None else await timers.load_between(tx, last, now)
            for timer, minutes in found:
                await self._tell(tx, timer, minutes, now=now)
            await self._look_ahead(tx, now, newest)
        if found:
            self._ring()

    async def _look_ahead(self, tx: Transaction, now: datetime, newest: int) -> None:
        found = await timers.load_between(tx, now, now + _MINUTE)
        moments = tuple(timer.at - timedelta(minutes=minutes) for timer, minutes in found)
        self._ahead, self._looked = _Ahead(now, newest, moments), now

    async def _tell(self, tx: Transaction, timer: OwnTimer, minutes: int, *, now: datetime) -> None:
        moment = timer.at - timedelta(minutes=minutes)
        message = TimerNoteMessage(
            timer=timer,
            minutes=minutes,
            ping=() if timer.role_id is None else (timer.role_id,),
            ping_until=moment + self._ages.ping,
        )
        spot = Spot(Destination(DestinationKind.CHANNEL, timer.channel_id), timer.guild_id)
        # A channel that was closed once may be open by now, and nobody resumes a timer.
        await outbox.unblock(tx, spot.destination)
        await self._desk.reply(
            tx,
            spot,
            f"timer:{timer.id}:{minutes}",
            message,
            now=now,
            expires_at=max(now, timer.at) + _TOLD_FOR,
            to=None,
        )
