"""Use cases of alerts: asked for, listed, changed, paused, and matched against what happens."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, Unpack

import structlog

from services.alerts import counts, store
from services.alerts.active import ActiveAlerts, StandingsOf
from services.alerts.document import read_document, to_document
from services.alerts.importing import admitted, checked
from services.alerts.rules import (
    changed,
    check,
    check_among,
    check_breadth,
    check_places,
    check_room,
    completed,
    free_name,
    home_of,
    is_readable,
    meets_battle,
)
from services.alerts.settings import AlertSettings
from services.alerts.watching import Lookout, reminders_of, wanted_kinds
from services.domain.alert import (
    Alert,
    AlertChanges,
    AlertKind,
    AlertRequest,
    AlertState,
    Imported,
    Match,
)
from services.domain.battle import Battle
from services.domain.clock import Clock
from services.domain.delivery import Destination, DestinationKind
from services.domain.errors import NotFound, UserError
from services.domain.guild import GuildSettings
from services.domain.ids import AlertId, ChannelId, GuildId, RegionId, RoleId, SystemId, UserId
from services.domain.killmail import Killmail, Organisation, OrganisationKind, party
from services.domain.occurrence import Occurrence
from services.domain.sovereignty import Campaign
from services.domain.standing import NO_STANDINGS
from services.storage.database import Database, Transaction
from services.universe.universe import Universe

log = structlog.get_logger(__name__)

LONGEST_MUTE = timedelta(days=7)
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
        universe: Universe,
        standings_of: StandingsOf,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._region_of = region_of
        self._unblock = unblock
        self._universe = universe
        self._standings_of = standings_of
        self._active = ActiveAlerts(universe, standings_of)
        self._lookout = Lookout(universe, region_of)
        self._version: datetime | None = None
        self._looked_at: datetime | None = None

    async def add(self, request: AlertRequest) -> Alert:
        """Store an alert; UserError when it would flood or is already there. The channel is tried afresh."""
        request = completed(request, self._settings)
        self._check(request)
        async with self._database.write() as tx:
            present = await store.load_guild(tx, request.guild_id)
            check_room(len(present) + 1, self._settings)
            check_among(request, present)
            alert = await self._add(tx, request)
            await self.touch(tx)
        self._look_again()
        return alert

    async def edit(
        self, guild_id: GuildId, alert_id: AlertId, **changes: Unpack[AlertChanges]
    ) -> Alert:
        """Change what it asks for or how it tells it; UserError as for a new one. What is not named stays.

        An alert whose channel was closed to us wakes when it is given another one.
        """
        async with self._database.write() as tx:
            before = await self._get(tx, guild_id, alert_id, to_change=True)
            alert = completed(changed(before, changes), self._settings)
            # What was let in stays, though the same would be refused as a new one by now.
            self._check(alert, judged=_wish(alert) != _wish(before))
            others = [a for a in await store.load_guild(tx, guild_id) if a.id != alert_id]
            check_among(alert, others)
            await store.save(tx, alert, before=before)
            if alert.channel_id != before.channel_id:
                await self._unblock(tx, _channel(alert.channel_id))
                if before.state is AlertState.BLOCKED:
                    await store.set_state(tx, [alert_id], AlertState.ACTIVE, reason=None)
            await self.touch(tx)
        self._look_again()
        return await self.get(guild_id, alert_id)

    async def copy(
        self, guild_id: GuildId, alert_id: AlertId, channel_id: ChannelId, *, by: UserId
    ) -> Alert:
        """The same alert once more, active, in another channel; its name gets a number."""
        async with self._database.read() as tx:
            present = await store.load_guild(tx, guild_id)
            alert = await self._get(tx, guild_id, alert_id)
        request = _request(alert, channel_id=channel_id, created_by=by)
        return await self.add(replace(request, name=free_name(request.name, present)))

    async def export(self, guild_id: GuildId) -> dict[str, Any]:
        """A server's alerts as a document (`services.alerts.document`)."""
        async with self._database.read() as tx:
            return to_document(await store.load_guild(tx, guild_id))

    async def import_(
        self,
        guild_id: GuildId,
        data: object,
        *,
        by: UserId,
        channel_id: ChannelId,
        roles: Collection[RoleId] = (),
    ) -> Imported:
        """Add the alerts of a document to this channel, active; those already there are passed over.

        `roles`: those that `by` may call; an alert that would call another one calls nobody. Raises UserError that
        names the place of a fault; nothing is added then.
        """
        asked = read_document(
            data, guild_id=guild_id, channel_id=channel_id, by=by, universe=self._universe
        )
        # Nobody waits to write while a long document is looked through.
        asked = checked(asked, settings=self._settings, check=self._check)
        async with self._database.write() as tx:
            present = await store.load_guild(tx, guild_id)
            requests, told = admitted(asked, present, roles=roles, settings=self._settings)
            added = [await self._add(tx, request) for request in requests]
            await self.touch(tx)
        self._look_again()
        return Imported(added=tuple(added), skipped=tuple(told))

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
            await store.remove(tx, alert_id)
            await counts.forget(tx, [alert_id])
            await self.touch(tx)
        self._look_again()
        return alert

    async def pause(self, guild_id: GuildId, alert_id: AlertId, *, by: UserId) -> Alert:
        """Let it rest; what it already posted is still brought to its end."""
        async with self._database.write() as tx:
            alert = await self._get(tx, guild_id, alert_id)
            if alert.state is AlertState.PAUSED:
                raise UserError(f"Alert #{alert_id} is paused already.")
            await store.set_state(tx, [alert_id], AlertState.PAUSED, reason=f"paused by <@{by}>")
            await self.touch(tx)
        self._look_again()
        return await self.get(guild_id, alert_id)

    async def resume(self, guild_id: GuildId, alert_id: AlertId) -> Alert:
        """Wake it, and try its channel again if Discord had refused it."""
        async with self._database.write() as tx:
            alert = await self._get(tx, guild_id, alert_id)
            if alert.state is AlertState.ACTIVE:
                raise UserError(f"Alert #{alert_id} is active already.")
            if not is_readable(alert):
                raise UserError(f"Alert #{alert_id} cannot be resumed: {alert.reason}.")
            await self._unblock(tx, _channel(alert.channel_id))
            await store.set_state(tx, [alert_id], AlertState.ACTIVE, reason=None)
            await self.touch(tx)
        self._look_again()
        return await self.get(guild_id, alert_id)

    async def mute(
        self, guild_id: GuildId, alert_id: AlertId, *, until: datetime | None, by: UserId
    ) -> Alert:
        """Let it post nothing until then, a week at most; None: it posts again. UserError for a time that is past."""
        now = self._clock()
        if until is not None and not now < until <= now + LONGEST_MUTE:
            raise UserError(
                f"An alert is muted for {LONGEST_MUTE.days} days at most. "
                f"`/alert pause {alert_id}` lets it rest until somebody resumes it."
            )
        async with self._database.write() as tx:
            await self._get(tx, guild_id, alert_id)
            await store.save_mute(tx, alert_id, until)
            await self.touch(tx)
        self._look_again()
        log.info("alert muted", alert=alert_id, guild=guild_id, until=until, by=by)
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
            ids = [alert.id for alert in hit]
            await store.set_state(tx, ids, AlertState.BLOCKED, reason=reason)
            await self.touch(tx)
        return hit

    async def in_channel(self, tx: Transaction, channel_id: ChannelId) -> list[Alert]:
        """A channel's alerts, whatever their state, oldest first."""
        return await store.load_channel(tx, channel_id)

    def home_of(self, alert: Alert) -> SystemId | None:
        """The system that it measures from, where it has one."""
        return home_of(alert)

    async def matching_kill(
        self, tx: Transaction, killmail: Killmail, *, received_at: datetime, revised: bool = False
    ) -> list[Match]:
        """The active alerts that want this kill, oldest first; muted ones too. `revised`: the feed wrote it anew."""
        active = await self._current(tx)
        return active.matching(killmail, received_at=received_at, revised=revised)

    async def matching_battle(self, tx: Transaction, battle: Battle) -> list[Alert]:
        """The active alerts that want this battle as it stands, oldest first; muted ones too."""
        region_id = self._region_of(battle.system_id)
        active = await self._current(tx)
        return [
            alert
            for alert in active.of_kind(AlertKind.BATTLES)
            if meets_battle(alert, battle, region_id)
        ]

    async def matching_occurrence(self, tx: Transaction, occurrence: Occurrence) -> list[Alert]:
        """The active alerts that tell this, oldest first; muted ones too."""
        active = await self._current(tx)
        systems, parties = occurrence.systems, occurrence.parties
        return self._covering(active, active.watching(occurrence.kind), systems, parties)

    async def watching_campaign(self, tx: Transaction, campaign: Campaign) -> list[Alert]:
        """The active alerts on sovereignty that this campaign concerns, oldest first, whatever events they want."""
        active = await self._current(tx)
        defender = campaign.defender_id
        parties = () if defender is None else (party(defender, OrganisationKind.ALLIANCE),)
        alerts = active.of_kind(AlertKind.SOV)
        return self._covering(active, alerts, (campaign.system_id,), parties)

    async def reminders(self, tx: Transaction) -> frozenset[int]:
        """All minutes before a campaign's start at which any active alert reminds."""
        active = await self._current(tx)
        alerts = active.of_kind(AlertKind.SOV)
        return frozenset(minutes for alert in alerts for minutes in reminders_of(alert))

    def _covering(
        self,
        active: ActiveAlerts,
        alerts: Sequence[Alert],
        systems: Sequence[SystemId],
        parties: Sequence[Organisation],
    ) -> list[Alert]:
        return [
            alert
            for alert in alerts
            if self._lookout.covers(
                alert.scope, systems, parties, standings=active.standings(alert.guild_id)
            )
        ]

    async def told_of(
        self, tx: Transaction, request: AlertRequest, found: Sequence[Occurrence]
    ) -> list[Occurrence]:
        """Those that this alert, stored or only asked for, would tell; in the order given."""
        request = completed(request, self._settings)
        standings = (await self._standings_of(tx)).get(request.guild_id, NO_STANDINGS)
        kinds = wanted_kinds(request)
        return [
            one
            for one in found
            if one.kind in kinds
            and self._lookout.covers(request.scope, one.systems, one.parties, standings=standings)
        ]

    async def touch(self, tx: Transaction) -> None:
        """Something that alerts depend on changed: every copy in memory, of whatever process, is stale."""
        await store.touch_version(tx, now=self._clock())
        self._look_again()

    async def forget_guild(self, tx: Transaction, guild_id: GuildId) -> None:
        """Delete a server's alerts and what was counted for them, in the caller's transaction."""
        await counts.forget_guild(tx, guild_id)
        await store.forget_guild(tx, guild_id)
        await self.touch(tx)

    async def on_guild_changed(self, tx: Transaction, settings: GuildSettings) -> None:
        """A server came or went: its alerts wake or rest.

        What Discord refused meanwhile it refused because the bot was gone: after a return each channel is tried again.
        """
        if settings.left_at is None:
            for channel_id in await store.wake_blocked(tx, settings.guild_id):
                await self._unblock(tx, _channel(channel_id))
        await self.touch(tx)

    async def _current(self, tx: Transaction) -> ActiveAlerts:
        """Ask at most once a second whether anything changed; changes made here are known at once."""
        now = self._clock()
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at < _FRESH:
            version = await store.load_version(tx)
            if version is None or version != self._version:
                await self._active.renew(tx)
                self._version = version
            self._looked_at = now
        return self._active

    def _check(self, request: AlertRequest, *, judged: bool = True) -> None:
        """Raise UserError for what makes no sense by itself. `judged`: also for what lets too many kills through."""
        check(request, self._settings)
        if judged:
            check_breadth(request)
        check_places(request, self._universe)

    async def _add(self, tx: Transaction, request: AlertRequest) -> Alert:
        await self._unblock(tx, _channel(request.channel_id))
        return await store.add(tx, request, now=self._clock())

    async def _get(
        self, tx: Transaction, guild_id: GuildId, alert_id: AlertId, *, to_change: bool = False
    ) -> Alert:
        alert = await store.find(tx, guild_id, alert_id, to_change=to_change)
        if alert is None:
            raise NotFound(
                f"This server has no alert #{alert_id}. `/alert list` shows those it has."
            )
        return alert

    def _look_again(self) -> None:
        self._looked_at = None


def _channel(channel_id: ChannelId) -> Destination:
    return Destination(DestinationKind.CHANNEL, channel_id)


def _wish(request: AlertRequest) -> tuple[object, ...]:
    """What decides how much it lets through."""
    return request.filter, request.scope, request.events


def _request(alert: Alert, **changes: Any) -> AlertRequest:
    """What an alert asks for, without what it has become."""
    asked = {field.name: getattr(alert, field.name) for field in fields(AlertRequest)}
    return AlertRequest(**(asked | changes))
