"""The queries of alerts.

A row that this version cannot read (a newer one wrote its filter, or it is damaged) is an alert that is blocked, with
the reason why; the row stays as it is, so that whoever can read it goes on with it. One bad row silences no other.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, update

from services.alerts import scopes
from services.alerts.rules import UNREADABLE_FILTER, UNREADABLE_SCOPE
from services.domain.alert import (
    Alert,
    AlertKind,
    AlertRequest,
    AlertState,
    CardPart,
    CardStyle,
    Updates,
)
from services.domain.filter import Filter
from services.domain.ids import AlertId, ChannelId, GuildId
from services.domain.occurrence import OccurrenceKind, Scope
from services.domain.quiet import QuietHours, QuietMode
from services.filters.data import decode, encode
from services.filters.errors import FilterFault
from services.storage.database import Transaction
from services.storage.guild_tables import alerts, guilds
from services.storage.marks import load_mark_time, touch_mark

AlertRow = Row[*tuple[Any, ...]]

_VERSION = "alerts"


async def load_active(tx: Transaction) -> Sequence[AlertRow]:
    """The row of every alert that is to be served, oldest first; those of servers that the bot has left rest."""
    gone = select(guilds.c.guild_id).where(guilds.c.left_at.is_not(None))
    query = _alerts().where(alerts.c.state == AlertState.ACTIVE, alerts.c.guild_id.not_in(gone))
    return (await tx.execute(query)).all()


async def load_guild(tx: Transaction, guild_id: GuildId) -> list[Alert]:
    """A server's alerts, oldest first."""
    query = _alerts().where(alerts.c.guild_id == guild_id)
    return [to_alert(row) for row in (await tx.execute(query)).all()]


async def load_channel(tx: Transaction, channel_id: ChannelId) -> list[Alert]:
    """A channel's alerts, oldest first."""
    query = _alerts().where(alerts.c.channel_id == channel_id)
    return [to_alert(row) for row in (await tx.execute(query)).all()]


async def count(tx: Transaction) -> int:
    """How many alerts there are, active or not."""
    return int(await tx.scalar(select(func.count()).select_from(alerts)) or 0)


async def find(
    tx: Transaction, guild_id: GuildId, alert_id: AlertId, *, to_change: bool = False
) -> Alert | None:
    """One of a server's alerts. `to_change`: nobody else changes it meanwhile."""
    query = _alerts().where(alerts.c.guild_id == guild_id, alerts.c.id == alert_id)
    if to_change:
        query = query.with_for_update()
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else to_alert(row)


def _alerts() -> Select[*tuple[Any, ...]]:
    """Oldest first. What a newer version watches beside kills and battles is passed over."""
    return select(alerts).where(alerts.c.kind.in_(list(AlertKind))).order_by(alerts.c.id)


async def add(tx: Transaction, request: AlertRequest, *, now: datetime) -> Alert:
    """Store a new alert."""
    statement = (
        alerts.insert()
        .values(
            **_columns(request),
            guild_id=request.guild_id,
            kind=request.kind,
            created_by=request.created_by,
            created_at=now,
            state=AlertState.ACTIVE,
        )
        .returning(alerts)
    )
    return to_alert((await tx.execute(statement)).one())


async def save(tx: Transaction, alert: Alert, *, before: Alert) -> None:
    """Store what an alert asks for now and did not before; its state is another matter (`set_state`)."""
    known = _columns(before)
    new = {name: value for name, value in _columns(alert).items() if value != known[name]}
    if new:
        await tx.execute(update(alerts).where(alerts.c.id == alert.id).values(**new))


async def save_mute(tx: Transaction, alert_id: AlertId, until: datetime | None) -> None:
    """Until when it posts nothing; None: it posts."""
    await tx.execute(update(alerts).where(alerts.c.id == alert_id).values(muted_until=until))


async def set_state(
    tx: Transaction, ids: Sequence[AlertId], state: AlertState, *, reason: str | None
) -> None:
    """Pause, block or wake alerts."""
    await tx.execute(update(alerts).where(alerts.c.id.in_(ids)).values(state=state, reason=reason))


async def wake_blocked(tx: Transaction, guild_id: GuildId) -> set[ChannelId]:
    """Whatever Discord had refused in a server is active again; returns the channels."""
    statement = (
        update(alerts)
        .where(alerts.c.guild_id == guild_id, alerts.c.state == AlertState.BLOCKED)
        .values(state=AlertState.ACTIVE, reason=None)
        .returning(alerts.c.channel_id)
    )
    return {row.channel_id for row in (await tx.execute(statement)).all()}


async def remove(tx: Transaction, alert_id: AlertId) -> None:
    """Delete an alert; what it posted stays and is still brought to its end."""
    await tx.execute(delete(alerts).where(alerts.c.id == alert_id))


async def forget_guild(tx: Transaction, guild_id: GuildId) -> None:
    """Delete a server's alerts."""
    await tx.execute(delete(alerts).where(alerts.c.guild_id == guild_id))


async def load_version(tx: Transaction) -> datetime | None:
    """When anything that alerts depend on last changed: another value than last time says that a copy is stale."""
    return await load_mark_time(tx, _VERSION)


async def touch_version(tx: Transaction, *, now: datetime) -> None:
    """Make every copy in memory stale."""
    await touch_mark(tx, _VERSION, now=now)


def _columns(request: AlertRequest) -> dict[str, Any]:
    quiet = request.quiet
    return {
        "channel_id": request.channel_id,
        "name": request.name,
        "filter": None if request.filter is None else encode(request.filter),
        "region_id": request.region_id,
        "min_kills": request.min_kills,
        "min_isk": request.min_isk,
        "role_id": request.role_id,
        "user_id": request.user_id,
        "ping_minutes": request.ping_minutes,
        "cooldown_minutes": request.cooldown_minutes,
        "style": request.style,
        "hidden": ",".join(sorted(request.hidden)) or None,
        "quiet_start": None if quiet is None else quiet.start,
        "quiet_end": None if quiet is None else quiet.end,
        "quiet_mode": None if quiet is None else quiet.mode,
        "updates": None if request.updates is Updates.NONE else request.updates,
        "scope": None if request.scope is None else scopes.encode(request.scope),
        "events": ",".join(sorted(request.events)) or None,
        "reminders": None
        if request.reminders is None
        else ",".join(str(minutes) for minutes in request.reminders),
    }


def to_alert(row: AlertRow) -> Alert:
    """What a row says; what it says in a newer version's words is as if it were not said.

    But for what it asks for (filter, scope, events): who cannot be understood is not served at all.
    """
    filter_, state, reason = _read_filter(row), _state(row), row.reason
    if row.kind == AlertKind.KILLS and filter_ is None:
        state, reason = AlertState.BLOCKED, UNREADABLE_FILTER
    try:
        scope, events = _read_scope(row), _read_events(row)
    except FilterFault:
        scope, events = None, frozenset()
        state, reason = AlertState.BLOCKED, UNREADABLE_SCOPE
    return Alert(
        id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        kind=AlertKind(row.kind),
        created_by=row.created_by,
        name=row.name,
        filter=filter_,
        region_id=row.region_id,
        min_kills=row.min_kills,
        min_isk=row.min_isk,
        role_id=row.role_id,
        user_id=row.user_id,
        ping_minutes=row.ping_minutes,
        cooldown_minutes=row.cooldown_minutes,
        style=CardStyle(row.style) if row.style in _STYLES else CardStyle.FULL,
        hidden=_hidden((row.hidden or "").split(",")),
        quiet=_quiet(row),
        updates=Updates(row.updates) if row.updates in _UPDATES else Updates.NONE,
        scope=scope,
        events=events,
        reminders=_read_reminders(row.reminders),
        created_at=row.created_at,
        state=state,
        reason=reason,
        muted_until=row.muted_until,
    )


_STYLES = frozenset(CardStyle)
_PARTS = frozenset(CardPart)
_STATES = frozenset(AlertState)
_MODES = frozenset(QuietMode)
_UPDATES = frozenset(Updates)


def _read_filter(row: AlertRow) -> Filter | None:
    if row.kind != AlertKind.KILLS or row.filter is None:
        return None
    try:
        return decode(row.filter)
    except FilterFault:
        return None


def _read_scope(row: AlertRow) -> Scope | None:
    return None if row.scope is None else scopes.decode(row.scope)


def _read_events(row: AlertRow) -> frozenset[OccurrenceKind]:
    return scopes.read_events([] if row.events is None else row.events.split(","))


def _read_reminders(stored: str | None) -> tuple[int, ...] | None:
    if stored is None:
        return None
    return tuple(int(minutes) for minutes in stored.split(",") if minutes.isdecimal())


def _state(row: AlertRow) -> AlertState:
    return AlertState(row.state) if row.state in _STATES else AlertState.PAUSED


def _hidden(names: Iterable[str]) -> frozenset[CardPart]:
    return frozenset(CardPart(name) for name in names if name in _PARTS)


def _quiet(row: AlertRow) -> QuietHours | None:
    if row.quiet_start is None or row.quiet_end is None or row.quiet_mode not in _MODES:
        return None
    return QuietHours(start=row.quiet_start, end=row.quiet_end, mode=QuietMode(row.quiet_mode))
