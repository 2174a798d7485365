"""Battles have kinds, places and an index; servers move parties; who knows whom is learnt; fits are fetched."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _alter_battles() -> None:
    for column in (
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("space", sa.String(length=8), nullable=True),
        sa.Column("capitals", sa.Integer(), server_default="0", nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("battles", column)


def _create_index() -> None:
    op.create_table(
        "battle_index",
        sa.Column("entity_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("battle_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("entity_id", "battle_key", name=op.f("pk_battle_index")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_battle_index_battle_key", "battle_index", ["battle_key"], unique=False)


FILL_INDEX = """
WITH named AS (
    SELECT killmail_id, character_id, corporation_id, alliance_id, faction_id FROM participants
    UNION ALL SELECT id, character_id, corporation_id, alliance_id, faction_id FROM killmails
), people AS (
    SELECT battle_key, character_id, alliance_id, faction_id,
        CASE WHEN corporation_id NOT BETWEEN 1000000 AND 1999999 THEN corporation_id END AS corporation_id
    FROM battle_killmails JOIN named ON named.killmail_id = battle_killmails.killmail_id
), fighters AS (
    SELECT people.*, COALESCE(alliance_id, corporation_id,
        CASE WHEN character_id IS NOT NULL THEN COALESCE(faction_id, character_id) END) AS party_id
    FROM people
), entries AS (
    SELECT party_id AS entity_id, battle_key, party_id FROM fighters WHERE party_id IS NOT NULL
    UNION ALL SELECT character_id, battle_key, party_id FROM fighters WHERE character_id IS NOT NULL
    UNION ALL SELECT corporation_id, battle_key, party_id FROM fighters WHERE corporation_id IS NOT NULL
    UNION ALL SELECT system_id, key, CAST(NULL AS BIGINT) FROM battles
    UNION ALL SELECT region_id, key, CAST(NULL AS BIGINT) FROM battles WHERE region_id IS NOT NULL
)
INSERT INTO battle_index (entity_id, battle_key, party_id)
SELECT entity_id, battle_key, MIN(party_id) FROM entries GROUP BY entity_id, battle_key
"""
"""Everybody on the mails of the battles that stand (those whose details were pruned are on no mail any more), with the
party they fought for, and where it was. SQLite and PostgreSQL read it alike."""


def _create_moves() -> None:
    op.create_table(
        "battle_moves",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("battle_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("party_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("party_kind", sa.String(length=16), nullable=False),
        sa.Column("beside_id", sa.BigInteger(), nullable=True),
        sa.Column("beside_kind", sa.String(length=16), nullable=True),
        sa.Column("moved_by", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "battle_key", "party_id", name=op.f("pk_battle_moves")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_battle_moves_battle_key", "battle_moves", ["battle_key"], unique=False)


def _create_acquaintances() -> None:
    op.create_table(
        "acquaintances",
        sa.Column("week", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("one_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("other_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("week", "one_id", "other_id", name=op.f("pk_acquaintances")),
        sqlite_with_rowid=False,
    )


def _create_fetches() -> None:
    op.create_table(
        "fetches",
        sa.Column("killmail_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("items", sa.LargeBinary(), nullable=True),
        sa.Column("wanted_at", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("killmail_id", name=op.f("pk_fetches")),
    )
    op.create_index("ix_fetches_next_try_at", "fetches", ["next_try_at"], unique=False)


def upgrade() -> None:
    """Add what is missing."""
    _alter_battles()
    op.add_column("alerts", sa.Column("updates", sa.String(length=8), nullable=True))
    _create_index()
    op.execute(FILL_INDEX)
    _create_moves()
    _create_acquaintances()
    _create_fetches()
