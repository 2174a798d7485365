"""How many kills and news were posted as messages of their own in a channel, by EVE hour: that is limited."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select

from services.alerts.counts import hour_of
from services.domain.ids import ChannelId
from services.storage.database import Transaction
from services.storage.guild_tables import channel_hours
from services.storage.statements import chunks, insert_or_add

_POSTS = select(channel_hours.c.channel_id, channel_hours.c.posts).where(
    channel_hours.c.channel_id.in_(bindparam("channels", expanding=True)),
    channel_hours.c.hour == bindparam("now"),
)


async def load(
    tx: Transaction, channels: Collection[ChannelId], *, now: datetime
) -> dict[ChannelId, int]:
    """Posts of this hour, by channel; every channel that is asked for is there."""
    found = dict.fromkeys(channels, 0)
    for chunk in chunks(channels):
        rows = await tx.execute(_POSTS, {"channels": chunk, "now": hour_of(now)})
        found |= {ChannelId(row[0]): int(row[1]) for row in rows.all()}
    return found


async def add(tx: Transaction, posted: Mapping[ChannelId, int], *, now: datetime) -> None:
    """Add to the posts of this hour."""
    hour = hour_of(now)
    rows = [
        {"channel_id": channel_id, "hour": hour, "posts": posts}
        for channel_id, posts in sorted(posted.items())
    ]
    if rows:
        await tx.execute(insert_or_add(tx.dialect.name, channel_hours, ("posts",)), rows)
