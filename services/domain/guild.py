"""A Discord server's own settings."""

from dataclasses import dataclass
from datetime import datetime

from services.domain.ids import ChannelId, GuildId
from services.domain.quiet import QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSettings:
    """What `/config` shows. Times are shown in `time_zone` beside EVE time (an IANA name such as `Europe/Berlin`)."""

    guild_id: GuildId
    time_zone: str = "UTC"
    notices_channel_id: ChannelId | None = None
    quiet: QuietHours | None = None
    """For every alert that has none of its own."""
    left_at: datetime | None = None
    """Set when the bot left the server; its data is deleted 30 days later."""
