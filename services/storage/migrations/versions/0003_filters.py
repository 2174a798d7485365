"""Alerts ask by filter, and say how they look, when they rest and what became of what they watched."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _alter_alerts() -> None:
    for column in (
        sa.Column("name", sa.String(length=100), nullable=True),
        sa.Column("filter", sa.Text(), nullable=True),
        sa.Column("style", sa.String(length=16), nullable=True),
        sa.Column("hidden", sa.Text(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("ping_minutes", sa.Integer(), nullable=True),
        sa.Column("cooldown_minutes", sa.Integer(), nullable=True),
        sa.Column("quiet_start", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_end", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_mode", sa.String(length=8), nullable=True),
        sa.Column("muted_until", sa.BigInteger(), nullable=True),
    ):
        op.add_column("alerts", column)


def _filter_kill_alerts() -> None:
    """What an alert for kills asked for by region and value becomes a filter that asks for the same."""
    table = sa.table(
        "alerts",
        *(sa.column(name) for name in ("id", "kind", "region_id", "min_isk", "filter")),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(table).where(table.c.kind == "kills")).all():
        conditions = []
        if row.region_id is not None:
            conditions.append({"field": "region", "op": "is", "value": row.region_id})
        if row.min_isk is not None:
            conditions.append({"field": "isk", "op": ">=", "value": row.min_isk})
        data = json.dumps({"version": 1, "all": conditions}, separators=(",", ":"))
        values = {"filter": data, "region_id": None, "min_isk": None}
        connection.execute(sa.update(table).where(table.c.id == row.id).values(values))


def _alter_guilds() -> None:
    op.add_column("guilds", sa.Column("quiet_start", sa.SmallInteger(), nullable=True))
    op.add_column("guilds", sa.Column("quiet_end", sa.SmallInteger(), nullable=True))
    op.add_column("guilds", sa.Column("quiet_mode", sa.String(length=8), nullable=True))


def _create_standings() -> None:
    op.create_table(
        "standings",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("standing", sa.String(length=8), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "entity_id", name=op.f("pk_standings")),
        sqlite_with_rowid=False,
    )


def _create_counters() -> None:
    op.create_table(
        "alert_hours",
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "hour", "outcome", name=op.f("pk_alert_hours")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alert_hours_hour", "alert_hours", ["hour"], unique=False)
    op.create_table(
        "channel_hours",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "hour", name=op.f("pk_channel_hours")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_channel_hours_hour", "channel_hours", ["hour"], unique=False)


def _create_calls() -> None:
    op.create_table(
        "alert_calls",
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("killmail_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("called_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "killmail_id", name=op.f("pk_alert_calls")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alert_calls_called_at", "alert_calls", ["called_at"], unique=False)


def _alter_killmails() -> None:
    op.add_column("killmails", sa.Column("value_dropped", sa.Float(), nullable=True))


def upgrade() -> None:
    """Add what is missing."""
    _alter_alerts()
    _filter_kill_alerts()
    _alter_guilds()
    _create_standings()
    _create_counters()
    _create_calls()
    _alter_killmails()
