"""What happens in New Eden, what must be remembered of its feeds, and what is told of it.

Battles stand in `battle_tables`, what servers ask for in `guild_tables`. A change here needs a migration beside it; a
test compares the two.

Ids from outside have 64 bits, whatever they are today: a feed must not stumble over a number that does not fit.

Reference first: ids and figures, no raw JSON of the feeds. Victims stand on their killmail's row, attackers in
`participants`; both are pruned after the retention while ids, values and sums stay for ever.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from services.storage.columns import HexBytes, UtcTime
from services.storage.schema import Key, RowId, metadata

killmails = Table(
    "killmails",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", HexBytes, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("system_id", BigInteger, nullable=False),
    Column("location_id", BigInteger),
    Column("moon_id", BigInteger),
    Column("x", Float),
    Column("y", Float),
    Column("z", Float),
    Column("character_id", BigInteger),
    Column("corporation_id", BigInteger),
    Column("alliance_id", BigInteger),
    Column("faction_id", BigInteger),
    Column("ship_type_id", BigInteger),
    Column("damage_taken", BigInteger, nullable=False),
    Column("war_id", BigInteger),
    Column("value", Float),
    Column("value_source", SmallInteger, nullable=False),
    Column("npc", Boolean),
    Column("solo", Boolean),
    Column("awox", Boolean),
    Column("labels", Text),
    Column("attackers", Integer, nullable=False),
    Column("by_players", Boolean, nullable=False),
    Column("items", LargeBinary),
    Column("pruned", Boolean, nullable=False, server_default=false()),
    Column("published_at", UtcTime),  # of the record that stands here; none: from an archive
    Column(
        "value_unpriced", Integer
    ),  # stacks that an estimate says nothing of; none: it speaks of all
    Column("value_dropped", Float),  # the part of the value that was not destroyed; none: not known
    Index("ix_killmails_system_time", "system_id", "time"),
    Index("ix_killmails_time", "time"),
)
# Retention walks this one; it forgets the rows that are done, so that it stays as small as the work.
Index(
    "ix_killmails_unpruned",
    killmails.c.received_at,
    sqlite_where=killmails.c.pruned == false(),
    postgresql_where=killmails.c.pruned == false(),
)

participants = Table(
    "participants",
    metadata,
    Column("killmail_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("character_id", BigInteger),
    Column("corporation_id", BigInteger),
    Column("alliance_id", BigInteger),
    Column("faction_id", BigInteger),
    Column("ship_type_id", BigInteger),
    Column("weapon_type_id", BigInteger),
    Column("damage", BigInteger, nullable=False),
    Column("final_blow", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

item_sums = Table(
    "item_sums",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # 20211130
    Column("system_id", BigInteger, primary_key=True, autoincrement=False),
    Column("type_id", BigInteger, primary_key=True, autoincrement=False),
    Column("destroyed", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What victims had aboard, fetched because somebody asked and it was no longer kept.
fetches = Table(
    "fetches",
    metadata,
    Column("killmail_id", BigInteger, primary_key=True, autoincrement=False),
    Column("state", String(12), nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("error", Text),
    Column("items", LargeBinary),
    Column("wanted_at", UtcTime, nullable=False),
    Column("next_try_at", UtcTime),  # none: nothing more to do
    Column("claimed_at", UtcTime),
    Index("ix_fetches_next_try_at", "next_try_at"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("position", BigInteger),
    Column("paused_until", UtcTime),
    Column("updated_at", UtcTime, nullable=False),
)

holes = Table(
    "holes",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcTime),  # none: found, or given up after an hour
    Column("found", Boolean, nullable=False),
    # The number was read once; its file was written anew, and that is what has to be read.
    Column("revised", Boolean, nullable=False, server_default=false()),
)
# What is looked for is asked every minute, and is little of what stands here.
Index(
    "ix_holes_next_try_at",
    holes.c.next_try_at,
    sqlite_where=holes.c.next_try_at.is_not(None),
    postgresql_where=holes.c.next_try_at.is_not(None),
)

# Numbers that the live feed jumped over, and how far they have been read since.
stretches = Table(
    "stretches",
    metadata,
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),  # the last number that is done
    Column("since", UtcTime),  # when the number before was published, or earlier
    Column("opened_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
)

# Numbers that no feed will give any more. What they held is looked for in the history.
gaps = Table(
    "gaps",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("since", UtcTime),  # when the number before was published, or earlier
    Column("until", UtcTime, nullable=False),  # when the number after was published, or later
    Column("found_at", UtcTime, nullable=False),
    Column("filled_at", UtcTime),
    UniqueConstraint("first"),
)

# Whole days of killmails, wanted from whoever keeps them: what was fetched, what of it is stored.
days = Table(
    "days",
    metadata,
    Column("source", String(16), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),  # 20261119
    Column("state", String(12), nullable=False),
    Column("published", Integer),  # as its publisher counts; none: not known yet
    Column("stored", Integer, nullable=False),  # killmails of its file that are stored here
    Column("rejected", Integer, nullable=False),
    Column("version", Text),  # of the file that was imported last; none: read it again
    Column("size", BigInteger),
    Column("wanted_at", UtcTime, nullable=False),
    Column("imported_at", UtcTime),
    Column("checked_at", UtcTime),  # when it was last held against what is published
    Column("next_check_at", UtcTime),  # none: nothing more to do
    Column("tries", SmallInteger, nullable=False),  # in vain, one after another
    Column("error", Text),
    Index("ix_days_next_check_at", "next_check_at"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source", String(16), nullable=False),
    Column("reference", String(255), nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    UniqueConstraint("source", "reference"),
)

prices = Table(
    "prices",
    metadata,
    Column("type_id", Integer, primary_key=True, autoincrement=False),
    Column("adjusted", Float),
    Column("average", Float),
    Column("fetched_at", UtcTime, nullable=False),
)

quotes = Table(
    "quotes",
    metadata,
    Column("type_id", Integer, primary_key=True, autoincrement=False),
    Column("source", String(16), primary_key=True),
    Column("isk", Float),  # none: the source was asked, and nobody trades it
    Column("fetched_at", UtcTime, nullable=False),
)

names = Table(
    "names",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("category", String(16), nullable=False),
    Column("name", String(255), nullable=False),
    Column("ticker", String(16)),
    Column("fetched_at", UtcTime, nullable=False),
    # As people type them, without case, accents and punctuation: what a search compares.
    Column("name_key", Key),
    Column("ticker_key", Key),
    Column("ticker_at", UtcTime),  # when the game was last asked for the ticker
    Index("ix_names_name_key", "category", "name_key"),
    Index("ix_names_ticker_key", "category", "ticker_key"),
)

# Ids that the game did not know when it was asked.
unknown_names = Table(
    "unknown_names",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", UtcTime, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("guild_id", BigInteger),
    Column("destination_kind", String(8), nullable=False),
    Column("destination_id", BigInteger, nullable=False),
    Column("dedupe_key", String(96), nullable=False),
    Column("reply_to", String(96)),  # the dedupe key of the message that is answered
    Column("kind", String(16), nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("state", String(12), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sent_revision", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("nonce", String(25), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("claimed_by", String(36)),
    Column("claimed_at", UtcTime),
    # A post whose answer was lost: since when, and with which revision, it may stand in the channel.
    Column("unsure_since", UtcTime),
    Column("unsure_revision", Integer),
    Column("message_id", BigInteger),
    Column("sent_at", UtcTime),
    Column("error", Text),
    UniqueConstraint("destination_kind", "destination_id", "dedupe_key"),
    Index("ix_outbox_state_due_at", "state", "due_at"),
    Index("ix_outbox_dedupe_key", "dedupe_key"),
    Index("ix_outbox_guild_id", "guild_id"),
    Index("ix_outbox_reply_to", "reply_to"),
)

# Messages that were drawn before these names were known; they are edited when the names come.
unnamed = Table(
    "unnamed",
    metadata,
    Column("outbox_id", BigInteger, primary_key=True, autoincrement=False),
    Column("entity_id", BigInteger, primary_key=True, autoincrement=False),
    Column("since", UtcTime, nullable=False),
    Index("ix_unnamed_entity_id", "entity_id"),
)

destinations = Table(
    "destinations",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger),
    Column("blocked_at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
)

# What ESI said, until it may be asked again.
esi_answers = Table(
    "esi_answers",
    metadata,
    Column("path", String(255), primary_key=True),  # with its query
    Column("etag", Text),
    Column("body", LargeBinary),  # none: whoever asked keeps it
    Column("packed", Boolean, nullable=False),
    Column("fetched_at", UtcTime, nullable=False),  # or confirmed
    Column("expires_at", UtcTime, nullable=False),
    Column("modified_at", UtcTime),
    Column("pages", Integer),
)

# Buckets and routes of ESI, or all of it, that are to be left alone.
esi_pauses = Table(
    "esi_pauses",
    metadata,
    Column("subject", String(128), primary_key=True),
    Column("banned", Boolean, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

troubles = Table(
    "troubles",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("detail", Text, nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("times", Integer, nullable=False),
    Column("told", String(8), nullable=False),  # nothing, that it began, that it ended
    Index("ix_troubles_ended_at", "ended_at"),
    sqlite_autoincrement=True,  # notices are known by their trouble's number
)
