"""Use cases of servers. Leaving only rests a server's data: an invite by mistake or a kick in anger is often undone."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

import structlog
from rapidfuzz import process

from services.domain.clock import Clock
from services.domain.errors import UnknownName
from services.domain.guild import GuildSettings
from services.domain.ids import ChannelId, GuildId
from services.domain.quiet import QuietHours
from services.guilds import store
from services.storage.database import Database, Transaction

log = structlog.get_logger(__name__)

KEPT_AFTER_LEAVING = timedelta(days=30)

Forgetter = Callable[[Transaction, GuildId], Awaitable[None]]
"""Deletes what one feature keeps for a server, in the caller's transaction."""
Changed = Callable[[Transaction, GuildSettings], Awaitable[None]]
"""Told when a server came or went (`left_at` says which), so that what it asked for wakes or rests."""


class GuildService:
    """Settings of servers, and what happens to their data when the bot leaves."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        forgetters: Sequence[Forgetter],
        changed: Changed,
    ) -> None:
        self._database = database
        self._clock = clock
        self._forgetters = tuple(forgetters)
        self._changed = changed

    async def get(self, guild_id: GuildId) -> GuildSettings:
        """A server's settings; the defaults where it set none."""
        async with self._database.read() as tx:
            return await store.load(tx, guild_id)

    async def set_time_zone(self, guild_id: GuildId, name: str) -> GuildSettings:
        """Times are shown in this zone beside EVE time; UnknownName offers the nearest zones."""
        zones = available_timezones()
        exact = next((zone for zone in zones if zone.casefold() == name.strip().casefold()), None)
        if exact is None:
            near = process.extract(name, sorted(zones), limit=3)
            raise UnknownName(name, "time zone", nearest=[zone for zone, *_ in near])
        return await self._change(guild_id, time_zone=ZoneInfo(exact).key)

    async def set_notices_channel(
        self, guild_id: GuildId, channel_id: ChannelId | None
    ) -> GuildSettings:
        """Where the bot speaks about itself; None: to whoever made the alert."""
        return await self._change(guild_id, notices_channel_id=channel_id)

    async def set_quiet(self, guild_id: GuildId, quiet: QuietHours | None) -> GuildSettings:
        """When nobody is called, or nothing is posted, in the server's time zone; None: never."""
        return await self._change(guild_id, quiet=quiet)

    async def on_joined(self, guild_id: GuildId) -> None:
        """The bot is (again) in this server: its alerts wake."""
        if (await self.get(guild_id)).left_at is None:
            return
        await self._change(guild_id, left_at=None)
        log.info("server is back", guild=guild_id)

    async def on_left(self, guild_id: GuildId) -> None:
        """The bot was removed: alerts rest, data goes in 30 days."""
        await self._change(guild_id, left_at=self._clock())
        log.info("server left", guild=guild_id)

    async def reconcile(self, present: Collection[GuildId]) -> None:
        """Which servers the bot is in, all of them: those that came or went while it was away are noted."""
        async with self._database.read() as tx:
            believed = await store.load_present(tx)
        for guild_id in present:
            await self.on_joined(guild_id)
        for guild_id in set(believed) - set(present):
            await self.on_left(guild_id)

    async def forget(self, guild_id: GuildId) -> None:
        """Delete everything kept for a server, at once."""
        async with self._database.write() as tx:
            await self._forget(tx, guild_id)
        log.info("server forgotten", guild=guild_id)

    async def forget_those_gone(self) -> int:
        """Delete the data of servers left more than 30 days ago; returns how many."""
        async with self._database.write() as tx:
            gone = await store.load_left_before(tx, self._clock() - KEPT_AFTER_LEAVING)
            for guild_id in gone:
                await self._forget(tx, guild_id)
        return len(gone)

    async def _forget(self, tx: Transaction, guild_id: GuildId) -> None:
        for forget in self._forgetters:
            await forget(tx, guild_id)
        await store.delete_guild(tx, guild_id)
        await self._changed(tx, GuildSettings(guild_id=guild_id))

    async def _change(self, guild_id: GuildId, **changes: object) -> GuildSettings:
        async with self._database.write() as tx:
            settings = replace(await store.load(tx, guild_id), **changes)  # type: ignore[arg-type]
            await store.save_settings(tx, settings)
            if "left_at" in changes:
                await self._changed(tx, settings)
        return settings
