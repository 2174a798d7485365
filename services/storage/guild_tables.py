"""What servers ask for: their settings, alerts, friends and foes, and the counters that say what became of it.

A change here needs a migration beside it; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)

from services.storage.columns import UtcTime
from services.storage.schema import RowId, metadata

guilds = Table(
    "guilds",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("time_zone", String(64), nullable=False),
    Column("notices_channel_id", BigInteger),
    Column("left_at", UtcTime),
    # Quiet hours: minutes after midnight in the server's time zone, and what is held meanwhile; none: none are kept.
    Column("quiet_start", SmallInteger),
    Column("quiet_end", SmallInteger),
    Column("quiet_mode", String(8)),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("region_id", Integer),
    Column("min_kills", Integer),
    Column("min_isk", Float),
    Column("role_id", BigInteger),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("state", String(8), nullable=False),
    Column("reason", Text),
    Column("name", String(100)),
    Column(
        "filter", Text
    ),  # what a kill must meet, as JSON (`services.filters.data`); none: for battles
    Column("style", String(16)),
    Column("hidden", Text),  # parts of the card that are left out, separated by commas
    Column("user_id", BigInteger),  # whom it calls, in place of a role
    Column("ping_minutes", Integer),  # how old what it calls for may be; none: as the operator says
    Column("cooldown_minutes", Integer),  # at most one call in so long; none: as the operator says
    # Its own quiet hours, as in `guilds`; start and end the same: none; no start: the server's.
    Column("quiet_start", SmallInteger),
    Column("quiet_end", SmallInteger),
    Column("quiet_mode", String(8)),
    Column("muted_until", UtcTime),
    Column("updates", String(8)),  # what it tells of a battle beside its message; none: nothing
    Column("scope", Text),  # of alerts on occurrences: where and whom, as JSON; none: everything
    Column("events", Text),  # kinds of occurrences, separated by commas; none: the usual ones
    Column("reminders", Text),  # minutes before, separated by commas; none: the usual; empty: never
    Index("ix_alerts_guild_id", "guild_id"),
    Index("ix_alerts_channel_id", "channel_id"),
    sqlite_autoincrement=True,  # people call alerts by their number: a removed one's is not given again
)

# Who is us, friend or foe to a server.
standings = Table(
    "standings",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("entity_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),  # character, corporation, alliance, faction
    Column("standing", String(8), nullable=False),
    Column("added_by", BigInteger, nullable=False),
    Column("added_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

# What became of the kills of an hour, per alert; alert 0 counts every kill that was looked at.
alert_hours = Table(
    "alert_hours",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),  # since 1970
    Column("outcome", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Index("ix_alert_hours_hour", "hour"),
    sqlite_with_rowid=False,
)

# Posts of kills per channel and hour, which are limited.
channel_hours = Table(
    "channel_hours",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),  # since 1970
    Column("posts", Integer, nullable=False),
    Index("ix_channel_hours_hour", "hour"),
    sqlite_with_rowid=False,
)

# The kills that an alert called somebody for: not too often, and once a fight.
alert_calls = Table(
    "alert_calls",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("killmail_id", BigInteger, primary_key=True, autoincrement=False),
    Column("called_at", UtcTime, nullable=False),
    Index("ix_alert_calls_called_at", "called_at"),
    sqlite_with_rowid=False,
)

# Parties that a server has put on another side of a battle.
battle_moves = Table(
    "battle_moves",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("battle_key", BigInteger, primary_key=True, autoincrement=False),
    Column("party_id", BigInteger, primary_key=True, autoincrement=False),
    Column("party_kind", String(16), nullable=False),
    Column("beside_id", BigInteger),  # with whom it fought; none: for itself
    Column("beside_kind", String(16)),
    Column("moved_by", BigInteger, nullable=False),
    Column("moved_at", UtcTime, nullable=False),
    Index("ix_battle_moves_battle_key", "battle_key"),
    sqlite_with_rowid=False,
)

# A server's own timers.
timers = Table(
    "timers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("what", String(100), nullable=False),
    Column("system_id", BigInteger),
    Column("at", UtcTime, nullable=False),
    Column("note", Text),
    Column("role_id", BigInteger),
    Column("reminders", Text, nullable=False),  # minutes before, separated by commas
    Column("on_boards", Boolean, nullable=False),  # the readers of boards may see it
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_timers_guild_id_at", "guild_id", "at"),
    Index("ix_timers_at", "at"),
    sqlite_autoincrement=True,  # people call timers by their number
)

# Messages that keep themselves up to date with what lies ahead.
boards = Table(
    "boards",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("regions", Text, nullable=False),  # ids, separated by commas
    Column("parties", Text, nullable=False),  # kind:id, separated by commas
    Column("own_timers", Boolean, nullable=False),  # the server's own stand on it too
    Column("generation", Integer, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_boards_guild_id", "guild_id"),
    sqlite_autoincrement=True,
)
