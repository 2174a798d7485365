"""What feeds, history, the game's API, names and prices must remember, and what is wrong at the moment."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _create_troubles() -> None:
    op.create_table(
        "troubles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_troubles")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_troubles_ended_at", "troubles", ["ended_at"], unique=False)


def _create_quotes() -> None:
    op.create_table(
        "quotes",
        sa.Column("type_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("isk", sa.Float(), nullable=True),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("type_id", "source", name=op.f("pk_quotes")),
    )


def _create_stretches_and_gaps() -> None:
    op.create_table(
        "stretches",
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("first", name=op.f("pk_stretches")),
    )
    op.create_table(
        "gaps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("filled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
        sa.UniqueConstraint("first", name=op.f("uq_gaps_first")),
    )


def _create_days() -> None:
    op.create_table(
        "days",
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("wanted_at", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("next_check_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_days")),
    )
    op.create_index("ix_days_next_check_at", "days", ["next_check_at"], unique=False)


def _alter_battle_ids() -> None:
    op.create_index(
        "ix_battle_ids_upper", "battle_ids", [sa.text("upper(public_id)")], unique=False
    )


def _alter_holes() -> None:
    op.add_column(
        "holes", sa.Column("revised", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_holes_next_try_at",
        "holes",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("next_try_at IS NOT NULL"),
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )


def _alter_killmails() -> None:
    op.add_column("killmails", sa.Column("published_at", sa.BigInteger(), nullable=True))
    op.add_column("killmails", sa.Column("value_unpriced", sa.Integer(), nullable=True))


def _key_type() -> sa.types.TypeEngine[str]:
    return sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def _alter_names() -> None:
    op.add_column("names", sa.Column("name_key", _key_type(), nullable=True))
    op.add_column("names", sa.Column("ticker_key", _key_type(), nullable=True))
    op.add_column("names", sa.Column("ticker_at", sa.BigInteger(), nullable=True))
    _fill_name_keys()
    op.create_index("ix_names_name_key", "names", ["category", "name_key"], unique=False)
    op.create_index("ix_names_ticker_key", "names", ["category", "ticker_key"], unique=False)


def _fill_name_keys() -> None:
    """The names stored so far, made searchable as `services.names.rules.search_key` did when this was written."""
    names = sa.table(
        "names",
        *(sa.column(name) for name in ("id", "name", "ticker", "name_key", "ticker_key")),
    )
    connection = op.get_bind()
    filling = (
        names.update()
        .where(names.c.id == sa.bindparam("of"))
        .values(name_key=sa.bindparam("new_name"), ticker_key=sa.bindparam("new_ticker"))
    )
    rows = connection.execute(sa.select(names.c.id, names.c.name, names.c.ticker)).all()
    keyed = [
        {"of": row.id, "new_name": _key(row.name), "new_ticker": _key(row.ticker or "") or None}
        for row in rows
    ]
    for start in range(0, len(keyed), 1000):
        connection.execute(filling, keyed[start : start + 1000])


def _key(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()
    words = re.sub(r"[\W_]+", "", bare)
    return (words or "".join(mark for mark in bare.strip() if mark.isprintable()))[:64]


def _create_unknown_names_and_unnamed() -> None:
    op.create_table(
        "unknown_names",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unknown_names")),
    )
    op.create_table(
        "unnamed",
        sa.Column("outbox_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", "entity_id", name=op.f("pk_unnamed")),
    )
    op.create_index("ix_unnamed_entity_id", "unnamed", ["entity_id"], unique=False)


def _create_esi_memory() -> None:
    op.create_table(
        "esi_answers",
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("packed", sa.Boolean(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_esi_answers")),
    )
    op.create_table(
        "esi_pauses",
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("banned", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_esi_pauses")),
    )


def upgrade() -> None:
    """Add what is missing."""
    _alter_names()
    _create_unknown_names_and_unnamed()
    _alter_killmails()
    _create_stretches_and_gaps()
    _create_days()
    _alter_holes()
    _alter_battle_ids()
    _create_troubles()
    _create_quotes()
    _create_esi_memory()
