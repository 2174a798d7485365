"""Battles have kinds, places and an index; servers move parties; who knows whom is learnt; fits are fetched.

Tables and columns only: what stands in `battles` is completed later, a little at a time (`services.battles.older`).
"""

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
    op.drop_index("ix_battles_end", "battles")
    op.drop_index("ix_battles_system_end", "battles")
    asked = ["end", "key", "start", "kills", "pilots", "isk", "kind", "space", "capitals"]
    op.create_index("ix_battles_asked", "battles", asked, unique=False)
    incomplete = sa.text("details IS NULL")
    op.create_index(
        "ix_battles_incomplete",
        "battles",
        ["key"],
        unique=False,
        sqlite_where=incomplete,
        postgresql_where=incomplete,
    )


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
    _create_moves()
    _create_acquaintances()
    _create_fetches()
