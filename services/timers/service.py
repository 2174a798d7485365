"""Use cases of servers' own timers: made, listed, removed. Only their server ever sees them.

A channel that Discord refuses gets nothing until it is tried again (the outbox remembers that): whoever makes a timer
there, or finds that it should be open again, has it tried.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta

from services.domain.clock import Clock
from services.domain.delivery import Destination, DestinationKind
from services.domain.errors import NotFound
from services.domain.ids import ChannelId, GuildId
from services.domain.timer import OwnTimer, TimerRequest
from services.storage.database import Database, Transaction
from services.timers import store
from services.timers.rules import STILL_SHOWN, check, check_room, completed
from services.timers.settings import TimerSettings

Unblock = Callable[[Transaction, Destination], Awaitable[None]]


class TimerService:
    """Timers live in the database alone."""

    def __init__(
        self, database: Database, settings: TimerSettings, *, clock: Clock, unblock: Unblock
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._unblock = unblock

    async def add(self, request: TimerRequest, *, manages: bool = False) -> OwnTimer:
        """Store a timer; UserError for one that cannot be. Its channel is tried afresh.

        `manages`: whoever asks manages its channel, so only the server's limit binds them.
        """
        request, now = completed(request), self._clock()
        check(request, self._settings, now=now)
        async with self._database.write() as tx:
            ahead = await store.count_ahead(tx, request.guild_id, now=now)
            own = ahead[request.created_by]
            check_room(ahead.total(), own, self._settings, manages=manages)
            timer = await store.add(tx, request, now=now)
            await self._unblock(tx, _place(request.channel_id))
        return timer

    async def upcoming(self, guild_id: GuildId) -> tuple[OwnTimer, ...]:
        """A server's timers by time; those past by less than an hour among them."""
        async with self._database.read() as tx:
            return await store.load_upcoming(tx, guild_id, since=self._clock() - STILL_SHOWN)

    async def try_again(self, channels: Collection[ChannelId]) -> None:
        """Channels that look open: those that Discord had refused are tried at the next reminder."""
        if not channels:
            return
        async with self._database.write() as tx:
            for channel_id in channels:
                await self._unblock(tx, _place(channel_id))

    async def get(self, guild_id: GuildId, timer_id: int) -> OwnTimer:
        """One of a server's timers. Raises NotFound."""
        async with self._database.read() as tx:
            return _found(await store.find(tx, guild_id, timer_id), timer_id)

    async def remove(self, guild_id: GuildId, timer_id: int) -> OwnTimer:
        """Delete one; gives what it was. Raises NotFound."""
        async with self._database.write() as tx:
            timer = _found(await store.find(tx, guild_id, timer_id), timer_id)
            await store.remove(tx, timer_id)
        return timer

    async def forget_guild(self, tx: Transaction, guild_id: GuildId) -> None:
        """Delete a server's timers."""
        await store.forget_guild(tx, guild_id)

    async def prune(self) -> None:
        """Forget what is long past."""
        before = self._clock() - timedelta(days=self._settings.keep_days)
        async with self._database.write() as tx:
            await store.prune(tx, before=before)


def _place(channel_id: ChannelId) -> Destination:
    return Destination(DestinationKind.CHANNEL, channel_id)


def _found(timer: OwnTimer | None, timer_id: int) -> OwnTimer:
    if timer is None:
        raise NotFound(
            f"This server has no timer #{timer_id} (any more). `/timer list` shows those that there are."
        )
    return timer
