"""The queries of alerts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from services.domain.alert import Alert, AlertKind, AlertRequest, AlertState
from services.domain.ids import AlertId, ChannelId, GuildId
from services.storage.database import Transaction
from services.storage.marks import load_mark_time, save_mark
from services.storage.tables import alerts, guilds

_VERSION = "alerts"
_TICK = timedelta(milliseconds=1)


async def load_active(tx: Transaction) -> list[Alert]:
    """Every alert that is to be served, oldest first; those of servers that the bot has left rest."""
    gone = select(guilds.c.guild_id).where(guilds.c.left_at.is_not(None))
    query = select(alerts).where(
        alerts.c.state == AlertState.ACTIVE, alerts.c.guild_id.not_in(gone)
    )
    return [_alert(row) for row in (await tx.execute(query.order_by(alerts.c.id))).all()]


async def load_guild(tx: Transaction, guild_id: GuildId) -> list[Alert]:
    """A server's alerts, oldest first."""
    query = select(alerts).where(alerts.c.guild_id == guild_id).order_by(alerts.c.id)
    return [_alert(row) for row in (await tx.execute(query)).all()]


async def count(tx: Transaction) -> int:
    """How many alerts there are, active or not."""
    return int(await tx.scalar(select(func.count()).select_from(alerts)) or 0)


async def find(tx: Transaction, guild_id: GuildId, alert_id: AlertId) -> Alert | None:
    """One of a server's alerts."""
    query = select(alerts).where(alerts.c.guild_id == guild_id, alerts.c.id == alert_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _alert(row)


async def add(tx: Transaction, request: AlertRequest, *, now: datetime) -> Alert:
    """Store a new alert."""
    statement = (
        alerts.insert()
        .values(
            guild_id=request.guild_id,
            channel_id=request.channel_id,
            kind=request.kind,
            region_id=request.region_id,
            min_kills=request.min_kills,
            min_isk=request.min_isk,
            role_id=request.role_id,
            created_by=request.created_by,
            created_at=now,
            state=AlertState.ACTIVE,
        )
        .returning(alerts)
    )
    row = (await tx.execute(statement)).one()
    await touch_version(tx, now=now)
    return _alert(row)


async def remove(tx: Transaction, alert_id: AlertId, *, now: datetime) -> None:
    """Delete an alert; what it posted stays and is still brought to its end."""
    await tx.execute(delete(alerts).where(alerts.c.id == alert_id))
    await touch_version(tx, now=now)


async def set_state(
    tx: Transaction, ids: Sequence[AlertId], state: AlertState, *, reason: str | None, now: datetime
) -> None:
    """Pause, block or wake alerts."""
    await tx.execute(update(alerts).where(alerts.c.id.in_(ids)).values(state=state, reason=reason))
    await touch_version(tx, now=now)


async def load_channel(tx: Transaction, channel_id: ChannelId) -> list[Alert]:
    """A channel's alerts, oldest first."""
    query = select(alerts).where(alerts.c.channel_id == channel_id).order_by(alerts.c.id)
    return [_alert(row) for row in (await tx.execute(query)).all()]


async def forget_guild(tx: Transaction, guild_id: GuildId, *, now: datetime) -> None:
    """Delete a server's alerts."""
    await tx.execute(delete(alerts).where(alerts.c.guild_id == guild_id))
    await touch_version(tx, now=now)


async def load_version(tx: Transaction) -> datetime | None:
    """When any alert last changed: another value than last time means that a copy in memory is stale."""
    return await load_mark_time(tx, _VERSION)


async def touch_version(tx: Transaction, *, now: datetime) -> None:
    """Make every copy in memory stale. Two changes in one millisecond must differ, hence never the same time twice."""
    before = await load_version(tx)
    if before is not None and now < before + _TICK:
        now = before + _TICK
    await save_mark(tx, _VERSION, now=now)


def _alert(row: Row[*tuple[Any, ...]]) -> Alert:
    return Alert(
        id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        kind=AlertKind(row.kind),
        created_by=row.created_by,
        region_id=row.region_id,
        min_kills=row.min_kills,
        min_isk=row.min_isk,
        role_id=row.role_id,
        created_at=row.created_at,
        state=AlertState(row.state),
        reason=row.reason,
    )
