"""What polled sources say of the game: sovereignty, faction warfare, incursions, wars, and what happened in them.

A change here needs a migration beside it; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from services.storage.columns import UtcTime
from services.storage.schema import metadata

# How each polled source stands.
polls = Table(
    "polls",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("checked_at", UtcTime),  # the last good answer
    Column("at", UtcTime),  # when what it told was true
    Column("modified_at", UtcTime),  # when the source itself says that what is held was made
    Column("due_at", UtcTime),
    Column("etag", Text),
    Column("mirror", Boolean, nullable=False),
    Column("faults", Integer, nullable=False),
    Column("fault", Text),
    Column("doubts", Integer, nullable=False),
    Column("doubted_since", UtcTime),
    Column("doubted", String(16)),  # what could not be believed
)

# What happened, once each.
occurrences = Table(
    "occurrences",
    metadata,
    Column("key", String(96), primary_key=True),
    Column("topic", String(16), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("system_id", BigInteger),  # the one that it is about
    Column("payload", LargeBinary, nullable=False),  # all of it, as JSON
    Index("ix_occurrences_topic_at", "topic", "at"),
    Index("ix_occurrences_system_id_at", "system_id", "at"),
)

# Whom they concern. Ids of organisations are unlike each other whatever their kind.
occurrence_parties = Table(
    "occurrence_parties",
    metadata,
    Column("party_id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(96), primary_key=True),
    Column("at", UtcTime, nullable=False),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign_id", BigInteger, primary_key=True, autoincrement=False),
    Column("event_type", String(64), nullable=False),
    Column("system_id", BigInteger, nullable=False),
    Column("constellation_id", BigInteger),
    Column("structure_id", BigInteger, nullable=False),
    Column("defender_id", BigInteger),
    Column("start", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("first_seen", UtcTime, nullable=False),
    Column("seen", UtcTime, nullable=False),
    Column("details", LargeBinary, nullable=False),  # scores, participants
    Column("verdict", String(16)),
    Column("ground", Text),
    Column("ended", UtcTime),
    Index("ix_campaigns_state_start", "state", "start"),
    Index("ix_campaigns_system_id", "system_id"),
)

# Who holds what now.
sov_claims = Table(
    "sov_claims",
    metadata,
    Column("system_id", BigInteger, primary_key=True, autoincrement=False),
    Column("holder_id", BigInteger),
    Column("holder_kind", String(16)),
    Column("corporation_id", BigInteger),
    Column("claimed_since", UtcTime),
    Column("is_capital", Boolean, nullable=False),
    Column("adm", Float),
    Column("military", SmallInteger),
    Column("industrial", SmallInteger),
    Column("strategic", SmallInteger),
    Column("hub_id", BigInteger),
    Column("window_start", UtcTime),
    Column("window_end", UtcTime),
)

# What changed from one snapshot to the next, packed (`services.sovereignty.changes`).
sov_history = Table(
    "sov_history",
    metadata,
    Column("at", UtcTime, primary_key=True),
    Column("changes", LargeBinary, nullable=False),
)

skyhooks = Table(
    "skyhooks",
    metadata,
    Column("planet_id", BigInteger, primary_key=True, autoincrement=False),
    Column("system_id", BigInteger, nullable=False),
    Column("start", UtcTime, primary_key=True),
    Column("end", UtcTime, nullable=False),
    Column("missed", SmallInteger, nullable=False),  # good answers without it, one after the other
)

# The warzone as it is.
fw_systems = Table(
    "fw_systems",
    metadata,
    Column("system_id", BigInteger, primary_key=True, autoincrement=False),
    Column("owner_id", Integer, nullable=False),
    Column("occupier_id", Integer, nullable=False),
    Column("contested", String(32), nullable=False),
    Column("victory_points", Integer, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("role", String(32)),
    Column("occupied_since", UtcTime),
    Column("reset_at", UtcTime),
)

# What changed from one snapshot to the next, packed (`services.warfare.changes`).
fw_history = Table(
    "fw_history",
    metadata,
    Column("at", UtcTime, primary_key=True),
    Column("changes", LargeBinary, nullable=False),
)

fw_days = Table(
    "fw_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("faction_id", Integer, primary_key=True, autoincrement=False),
    Column("pilots", Integer, nullable=False),
    Column("systems", Integer, nullable=False),
    Column("kills_yesterday", Integer, nullable=False),
    Column("kills_week", Integer, nullable=False),
    Column("kills_total", Integer, nullable=False),
    Column("points_yesterday", BigInteger, nullable=False),
    Column("points_week", BigInteger, nullable=False),
    Column("points_total", BigInteger, nullable=False),
)

# The last good copy of what is small and kept whole: advantages, insurgencies, who is at war with whom.
copies = Table(
    "copies",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

incursions = Table(
    "incursions",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("constellation_id", BigInteger, nullable=False),
    Column("faction_id", Integer, nullable=False),
    Column("staging_id", BigInteger, nullable=False),
    Column("systems", Text, nullable=False),  # ids, separated by commas
    Column("state", String(32), nullable=False),
    Column("influence", Float, nullable=False),
    Column("has_boss", Boolean, nullable=False),
    Column("first_seen", UtcTime, nullable=False),
    Column("seen", UtcTime, nullable=False),
    Column("state_since", UtcTime),
    Column("missed", SmallInteger, nullable=False),  # good answers without it, one after the other
    Column("gone", UtcTime),
    Index("ix_incursions_gone", "gone"),
)

wars = Table(
    "wars",
    metadata,
    Column("war_id", BigInteger, primary_key=True, autoincrement=False),
    Column("declared", UtcTime, nullable=False),
    Column("started", UtcTime),
    Column("finished", UtcTime),
    Column("retracted", UtcTime),
    Column("mutual", Boolean, nullable=False),
    Column("open_for_allies", Boolean, nullable=False),
    Column("aggressor_id", BigInteger, nullable=False),
    Column("aggressor_kind", String(16), nullable=False),
    Column("aggressor_ships", Integer, nullable=False),
    Column("aggressor_isk", Float, nullable=False),
    Column("defender_id", BigInteger, nullable=False),
    Column("defender_kind", String(16), nullable=False),
    Column("defender_ships", Integer, nullable=False),
    Column("defender_isk", Float, nullable=False),
    Column("fetched", UtcTime, nullable=False),
    Column("due_at", UtcTime),  # when it is asked for next; none: never again
    Index("ix_wars_due_at", "due_at"),
)

# Everybody in a war, by whom it is found.
war_parties = Table(
    "war_parties",
    metadata,
    Column("war_id", BigInteger, primary_key=True, autoincrement=False),
    Column("party_id", BigInteger, primary_key=True, autoincrement=False),
    Column("party_kind", String(16), nullable=False),
    Column("role", String(16), nullable=False),  # aggressor, defender, ally
    Index("ix_war_parties_party_id", "party_id"),
)
