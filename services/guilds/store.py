"""The queries of servers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, union

from services.domain.guild import GuildSettings
from services.domain.ids import GuildId
from services.domain.quiet import QuietHours, QuietMode
from services.storage.database import Transaction
from services.storage.guild_tables import alerts, boards, guilds, standings, timers
from services.storage.statements import chunks, save


async def load(tx: Transaction, guild_id: GuildId) -> GuildSettings:
    """A server's settings; the defaults where it has no row."""
    return (await load_many(tx, [guild_id]))[guild_id]


async def load_many(tx: Transaction, ids: Iterable[GuildId]) -> dict[GuildId, GuildSettings]:
    """The settings of these servers; every one that is asked for is there."""
    found = {guild_id: GuildSettings(guild_id=guild_id) for guild_id in ids}
    for some in chunks(list(found)):
        for row in (await tx.execute(select(guilds).where(guilds.c.guild_id.in_(some)))).all():
            found[row.guild_id] = GuildSettings(
                guild_id=row.guild_id,
                time_zone=row.time_zone,
                notices_channel_id=row.notices_channel_id,
                quiet=_quiet(row),
                left_at=row.left_at,
            )
    return found


async def save_settings(tx: Transaction, settings: GuildSettings) -> None:
    """Store them."""
    row = {
        "guild_id": settings.guild_id,
        "time_zone": settings.time_zone,
        "notices_channel_id": settings.notices_channel_id,
        "left_at": settings.left_at,
        "quiet_start": settings.quiet.start if settings.quiet else None,
        "quiet_end": settings.quiet.end if settings.quiet else None,
        "quiet_mode": settings.quiet.mode if settings.quiet else None,
    }
    await save(tx, guilds, row)


async def load_left_before(tx: Transaction, moment: datetime) -> list[GuildId]:
    """Servers that the bot left before this."""
    return list(await tx.scalars(select(guilds.c.guild_id).where(guilds.c.left_at < moment)))


async def load_present(tx: Transaction) -> list[GuildId]:
    """Servers that have anything of their own and that the bot has not left, as far as is known."""
    gone = select(guilds.c.guild_id).where(guilds.c.left_at.is_not(None))
    known = union(
        *(select(table.c.guild_id) for table in (guilds, alerts, standings, timers, boards))
    ).subquery()
    return list(await tx.scalars(select(known.c.guild_id).where(known.c.guild_id.not_in(gone))))


async def delete_guild(tx: Transaction, guild_id: GuildId) -> None:
    """Delete its row."""
    await tx.execute(delete(guilds).where(guilds.c.guild_id == guild_id))


def _quiet(row: Row[Any]) -> QuietHours | None:
    if row.quiet_start is None:
        return None
    return QuietHours(start=row.quiet_start, end=row.quiet_end, mode=QuietMode(row.quiet_mode))
