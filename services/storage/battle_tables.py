"""Battles, by what they are found, and what is known of their parties from before.

A change here needs a migration beside it; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    func,
)

from services.storage.columns import UtcTime
from services.storage.schema import RowId, metadata

battles = Table(
    "battles",
    metadata,
    Column("key", RowId, primary_key=True),
    Column("public_id", String(64), nullable=False),
    Column("stem", String(64), nullable=False),  # the public id without a number behind it
    Column(
        "lowest", BigInteger, nullable=False
    ),  # the lowest killmail id: ranks battles of one stem
    Column("system_id", BigInteger, nullable=False),
    Column("region_id", Integer),
    Column("state", String(8), nullable=False),
    Column("start", UtcTime, nullable=False),
    Column("end", UtcTime, nullable=False),
    Column("kills", Integer, nullable=False),
    Column("pilots", Integer, nullable=False),
    Column("isk", Float, nullable=False),
    Column("unpriced", Integer, nullable=False),
    Column("estimated", Integer, nullable=False),
    Column("certainty", Float, nullable=False),
    Column("sides", LargeBinary, nullable=False),
    Column("kind", String(16)),  # none: stored before kinds were told
    Column("space", String(8)),  # where it began
    Column("capitals", Integer, nullable=False, server_default="0"),
    Column("details", LargeBinary),  # places, most valuable losses, tempo; none: stored before
    Index("ix_battles_stem", "stem"),
    # All that a search asks of a row, so that none is read which is not shown: rows are wide.
    Index(
        "ix_battles_asked",
        *("end", "key", "start", "kills", "pilots", "isk", "kind", "space", "capitals"),
    ),
    Index("ix_battles_state", "state"),
    # Messages are known by their battle's key: the key of one that was taken in must never come again.
    sqlite_autoincrement=True,
)
# Rows of an older version, until they are completed: empty ever after.
Index(
    "ix_battles_incomplete",
    battles.c.key,
    sqlite_where=battles.c.details.is_(None),
    postgresql_where=battles.c.details.is_(None),
)

battle_killmails = Table(
    "battle_killmails",
    metadata,
    Column("killmail_id", BigInteger, primary_key=True, autoincrement=False),
    Column("battle_key", BigInteger, nullable=False),
    Index("ix_battle_killmails_battle_key", "battle_key"),
    sqlite_with_rowid=False,
)

# Who and what a battle can be found by: pilots (until it is frozen), corporations, alliances, systems, regions (their
# ids do not overlap).
battle_index = Table(
    "battle_index",
    metadata,
    Column("entity_id", BigInteger, primary_key=True, autoincrement=False),
    Column("battle_key", BigInteger, primary_key=True, autoincrement=False),
    Column("party_id", BigInteger),  # whom a pilot or corporation fought for; none for places
    Index("ix_battle_index_battle_key", "battle_key"),
    sqlite_with_rowid=False,
)

# Who flew with whom (above 0) and shot at whom (below 0) in a past week, -1 to 1; the smaller id stands first. The pair
# 0 and 0 says that a week has been learnt.
acquaintances = Table(
    "acquaintances",
    metadata,
    Column("week", Integer, primary_key=True, autoincrement=False),  # since 1970, from Mondays
    Column("one_id", BigInteger, primary_key=True, autoincrement=False),
    Column("other_id", BigInteger, primary_key=True, autoincrement=False),
    Column("weight", Float, nullable=False),
    sqlite_with_rowid=False,
)

battle_ids = Table(
    "battle_ids",
    metadata,
    Column("public_id", String(64), primary_key=True),
    Column("stem", String(64), nullable=False),
    Column("battle_key", BigInteger, nullable=False),
    Column("shown", Boolean, nullable=False),
    Index("ix_battle_ids_stem", "stem"),
    Index("ix_battle_ids_battle_key", "battle_key"),
)
# People type ids in any case.
Index("ix_battle_ids_upper", func.upper(battle_ids.c.public_id))
