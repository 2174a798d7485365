"""The queries of servers."""

from datetime import datetime

from sqlalchemy import delete, select, union

from services.domain.guild import GuildSettings
from services.domain.ids import GuildId
from services.storage.database import Transaction
from services.storage.statements import save
from services.storage.tables import alerts, guilds


async def load(tx: Transaction, guild_id: GuildId) -> GuildSettings:
    """A server's settings; the defaults where it has no row."""
    row = (await tx.execute(select(guilds).where(guilds.c.guild_id == guild_id))).one_or_none()
    if row is None:
        return GuildSettings(guild_id=guild_id)
    return GuildSettings(
        guild_id=guild_id,
        time_zone=row.time_zone,
        notices_channel_id=row.notices_channel_id,
        left_at=row.left_at,
    )


async def save_settings(tx: Transaction, settings: GuildSettings) -> None:
    """Store them."""
    row = {
        "guild_id": settings.guild_id,
        "time_zone": settings.time_zone,
        "notices_channel_id": settings.notices_channel_id,
        "left_at": settings.left_at,
    }
    await save(tx, guilds, row)


async def load_left_before(tx: Transaction, moment: datetime) -> list[GuildId]:
    """Servers that the bot left before this."""
    return list(await tx.scalars(select(guilds.c.guild_id).where(guilds.c.left_at < moment)))


async def load_present(tx: Transaction) -> list[GuildId]:
    """Servers that have settings or alerts and that the bot has not left, as far as is known."""
    gone = select(guilds.c.guild_id).where(guilds.c.left_at.is_not(None))
    known = union(select(guilds.c.guild_id), select(alerts.c.guild_id)).subquery()
    return list(await tx.scalars(select(known.c.guild_id).where(known.c.guild_id.not_in(gone))))


async def delete_guild(tx: Transaction, guild_id: GuildId) -> None:
    """Delete its row."""
    await tx.execute(delete(guilds).where(guilds.c.guild_id == guild_id))
