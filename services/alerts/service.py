"""Use cases of alerts: asked for, listed, paused, and matched against what happens."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerts import store
from services.alerts.rules import checked, meets_battle, meets_kill
from services.alerts.settings import AlertSettings
from services.domain.alert import Alert, AlertKind, AlertRequest, AlertState
from services.domain.battle import Battle
from services.domain.clock import Clock
from services.domain.delivery import Destination, DestinationKind
from services.domain.errors import NotFound, UserError
from services.domain.guild import GuildSettings
from services.domain.ids import AlertId, ChannelId, GuildId, RegionId, SystemId, UserId
from services.domain.killmail import Killmail
from services.storage.database import Database, Transaction

_FRESH = timedelta(seconds=1)

Unblock = Callable[[Transaction, Destination], Awaitable[None]]
RegionOf = Callable[[SystemId], RegionId | None]


class AlertService:
    """Alerts live in the database; a copy of the active ones is kept and renewed when any of them changed."""

    def __init__(
        self,
        database: Database,
        settings: AlertSettings,
        *,
        clock: Clock,
        region_of: RegionOf,
        unblock: Unblock,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._region_of = region_of
        self._unblock = unblock
        self._active: list[Alert] = []
        self._version: datetime | None = None
        self._looked_at: datetime | None = None

    async def add(self, request: AlertRequest) -> Alert:
        """Store an alert; UserError when it would flood or is already there. The channel is tried afresh."""
        if request.kind is AlertKind.BATTLES and (request.min_kills, request.min_isk) == (
            None,
            None,
        ):
            request = replace(request, min_kills=self._settings.default_min_kills)
        async with self._database.write() as tx:
            present = await store.load_guild(tx, request.guild_id)
            checked(request, present, max_per_guild=self._settings.max_per_guild)
            await self._unblock(tx, _channel(request.channel_id))
            alert = await store.add(tx, request, now=self._clock())
        self.look_again()
        return alert

    async def all_of(self, guild_id: GuildId) -> Sequence[Alert]:
        """A server's alerts, oldest first."""
        async with self._database.read() as tx:
            return await store.load_guild(tx, guild_id)

    async def count(self) -> int:
        """How many alerts all servers have."""
        async with self._database.read() as tx:
            return await store.count(tx)

    async def get(self, guild_id: GuildId, alert_id: AlertId) -> Alert:
        """One of them; NotFound says how to see which there are."""
        async with self._database.read() as tx:
            return await self._get(tx, guild_id, alert_id)

    async def remove(self, guild_id: GuildId, alert_id: AlertId) -> Alert:
        """Delete it; returns what it was."""
        async with self._database.write() as tx:
            alert = await self._get(tx, guild_id, alert_id)
            await store.remove(tx, alert_id, now=self._clock())
        self.look_again()
        return alert

    async def pause(self, guild_id: GuildId, alert_id: AlertId, *, by: UserId) -> Alert:
        """Let it rest; what it already posted is still brought to its end."""
        async with self._database.write() as tx:
            alert = await self._get(tx, guild_id, alert_id)
            if alert.state is AlertState.PAUSED:
                raise UserError(f"Alert #{alert_id} is paused already.")
            await self._set(tx, [alert_id], AlertState.PAUSED, reason=f"paused by <@{by}>")
        return await self.get(guild_id, alert_id)

    async def resume(self, guild_id: GuildId, alert_id: AlertId) -> Alert:
        """Wake it, and try its channel again if Discord had refused it."""
        async with self._database.write() as tx:
            alert = await self._get(tx, guild_id, alert_id)
            if alert.state is AlertState.ACTIVE:
                raise UserError(f"Alert #{alert_id} is active already.")
            await self._unblock(tx, _channel(alert.channel_id))
            await self._set(tx, [alert_id], AlertState.ACTIVE, reason=None)
        return await self.get(guild_id, alert_id)

    async def block_channel(
        self, tx: Transaction, channel_id: ChannelId, reason: str
    ) -> list[Alert]:
        """Discord refuses the channel: its active alerts rest until somebody resumes them. Returns those."""
        hit = [
            alert
            for alert in await store.load_channel(tx, channel_id)
            if alert.state is AlertState.ACTIVE
        ]
        if hit:
            await self._set(tx, [alert.id for alert in hit], AlertState.BLOCKED, reason=reason)
        return hit

    async def in_channel(self, tx: Transaction, channel_id: ChannelId) -> list[Alert]:
        """A channel's alerts, whatever their state, oldest first."""
        return await store.load_channel(tx, channel_id)

    async def matching_kill(self, tx: Transaction, killmail: Killmail) -> list[Alert]:
        """The active alerts that want this kill, oldest first."""
        region_id = self._region_of(killmail.system_id)
        return [a for a in await self._current(tx) if meets_kill(a, killmail, region_id)]

    async def matching_battle(self, tx: Transaction, battle: Battle) -> list[Alert]:
        """The active alerts that want this battle as it stands, oldest first."""
        region_id = self._region_of(battle.system_id)
        return [a for a in await self._current(tx) if meets_battle(a, battle, region_id)]

    async def _current(self, tx: Transaction) -> list[Alert]:
        """Ask at most once a second whether anything changed; changes made here are known at once."""
        now = self._clock()
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < _FRESH:
            return self._active
        version = await store.load_version(tx)
        if version is None or version != self._version:
            self._active = await store.load_active(tx)
            self._version = version
        self._looked_at = now
        return self._active

    async def _get(self, tx: Transaction, guild_id: GuildId, alert_id: AlertId) -> Alert:
        alert = await store.find(tx, guild_id, alert_id)
        if alert is None:
            raise NotFound(
                f"This server has no alert #{alert_id}. `/alert list` shows those it has."
            )
        return alert

    async def _set(
        self, tx: Transaction, ids: list[AlertId], state: AlertState, *, reason: str | None
    ) -> None:
        await store.set_state(tx, ids, state, reason=reason, now=self._clock())
        self.look_again()

    def look_again(self) -> None:
        """Alerts changed: the copy is not to be trusted any more."""
        self._looked_at = None

    async def forget_guild(self, tx: Transaction, guild_id: GuildId) -> None:
        """Delete a server's alerts, in the caller's transaction."""
        await store.forget_guild(tx, guild_id, now=self._clock())
        self.look_again()

    async def on_guild_changed(self, tx: Transaction, settings: GuildSettings) -> None:
        """A server came or went: its alerts wake or rest.

        What Discord refused meanwhile it refused because the bot was gone: after a return each channel is tried again.
        """
        if settings.left_at is None:
            for alert in await store.load_guild(tx, settings.guild_id):
                if alert.state is AlertState.BLOCKED:
                    await self._unblock(tx, _channel(alert.channel_id))
                    await self._set(tx, [alert.id], AlertState.ACTIVE, reason=None)
        await store.touch_version(tx, now=self._clock())
        self.look_again()


def _channel(channel_id: ChannelId) -> Destination:
    return Destination(DestinationKind.CHANNEL, channel_id)
