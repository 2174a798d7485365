"""The queries of servers' own timers."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select

from services.domain.ids import GuildId, UserId
from services.domain.timer import OwnTimer, TimerRequest
from services.storage.database import Transaction
from services.storage.guild_tables import guilds, timers
from services.timers.rules import LONGEST_REMINDER, due


async def add(tx: Transaction, request: TimerRequest, *, now: datetime) -> OwnTimer:
    """Store a new timer."""
    statement = (
        timers.insert()
        .values(
            guild_id=request.guild_id,
            channel_id=request.channel_id,
            what=request.what,
            system_id=request.system_id,
            at=request.at,
            note=request.note,
            role_id=request.role_id,
            reminders=",".join(str(minute) for minute in request.reminders),
            on_boards=request.on_boards,
            created_by=request.created_by,
            created_at=now,
        )
        .returning(timers)
    )
    return _to_timer((await tx.execute(statement)).one())


async def find(tx: Transaction, guild_id: GuildId, timer_id: int) -> OwnTimer | None:
    """One of a server's timers."""
    query = select(timers).where(timers.c.guild_id == guild_id, timers.c.id == timer_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _to_timer(row)


async def load_upcoming(
    tx: Transaction, guild_id: GuildId, *, since: datetime
) -> tuple[OwnTimer, ...]:
    """A server's timers whose time is `since` or later, by time."""
    query = (
        select(timers)
        .where(timers.c.guild_id == guild_id, timers.c.at >= since)
        .order_by(timers.c.at, timers.c.id)
    )
    return tuple(_to_timer(row) for row in (await tx.execute(query)).all())


async def load_for_boards(
    tx: Transaction, guild_ids: Collection[GuildId], *, since: datetime
) -> dict[GuildId, list[OwnTimer]]:
    """The timers of some hundred servers that may stand on boards and whose time is `since` or later, by time."""
    query = (
        select(timers)
        .where(timers.c.guild_id.in_(guild_ids), timers.c.at >= since, timers.c.on_boards)
        .order_by(timers.c.at, timers.c.id)
    )
    found: dict[GuildId, list[OwnTimer]] = {}
    for row in (await tx.execute(query)).all():
        found.setdefault(row.guild_id, []).append(_to_timer(row))
    return found


async def load_channel(
    tx: Transaction, channel_id: int, *, since: datetime
) -> tuple[OwnTimer, ...]:
    """A channel's timers whose time is `since` or later, by time."""
    query = (
        select(timers)
        .where(timers.c.channel_id == channel_id, timers.c.at >= since)
        .order_by(timers.c.at, timers.c.id)
    )
    return tuple(_to_timer(row) for row in (await tx.execute(query)).all())


async def load_between(
    tx: Transaction, after: datetime, until: datetime
) -> list[tuple[OwnTimer, int]]:
    """Timers of all servers of which a moment fell in (after, until], by time, each with the minutes of that moment.

    Of several the last one (see `rules.due`); 0: the time itself. Those of servers that the bot has left rest.
    """
    gone = select(guilds.c.guild_id).where(guilds.c.left_at.is_not(None))
    query = (
        select(timers)
        .where(
            timers.c.at > after,
            timers.c.at <= until + timedelta(minutes=LONGEST_REMINDER),
            timers.c.guild_id.not_in(gone),
        )
        .order_by(timers.c.at, timers.c.id)
    )
    found = [_to_timer(row) for row in (await tx.execute(query)).all()]
    fell = ((timer, due(timer, after, until)) for timer in found)
    return [(timer, minutes) for timer, minutes in fell if minutes is not None]


async def count_ahead(tx: Transaction, guild_id: GuildId, *, now: datetime) -> Counter[UserId]:
    """How many of a server's timers lie ahead, by who made them."""
    query = (
        select(timers.c.created_by, func.count().label("ahead"))
        .where(timers.c.guild_id == guild_id, timers.c.at > now)
        .group_by(timers.c.created_by)
    )
    return Counter({UserId(row.created_by): row.ahead for row in await tx.execute(query)})


async def remove(tx: Transaction, timer_id: int) -> None:
    """Delete a timer."""
    await tx.execute(delete(timers).where(timers.c.id == timer_id))


async def forget_guild(tx: Transaction, guild_id: GuildId) -> None:
    """Delete a server's timers."""
    await tx.execute(delete(timers).where(timers.c.guild_id == guild_id))


async def prune(tx: Transaction, *, before: datetime) -> None:
    """Delete those whose time was before that."""
    await tx.execute(delete(timers).where(timers.c.at < before))


def _to_timer(row: Row[*tuple[Any, ...]]) -> OwnTimer:
    return OwnTimer(
        id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        what=row.what,
        system_id=row.system_id,
        at=row.at,
        note=row.note,
        role_id=row.role_id,
        reminders=tuple(int(minute) for minute in row.reminders.split(",") if minute),
        on_boards=row.on_boards,
        created_by=row.created_by,
        created_at=row.created_at,
    )
