"""What polled sources say of the game, what happened in it, alerts on that, and servers' own timers and boards."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _create_sources() -> None:
    op.create_table(
        "polls",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("modified_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("mirror", sa.Boolean(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("doubted_since", sa.BigInteger(), nullable=True),
        sa.Column("doubted", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_polls")),
    )
    op.create_table(
        "occurrences",
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("topic", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("system_id", sa.BigInteger(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_occurrences")),
    )
    op.create_index("ix_occurrences_system_id_at", "occurrences", ["system_id", "at"], unique=False)
    op.create_index("ix_occurrences_topic_at", "occurrences", ["topic", "at"], unique=False)
    op.create_table(
        "occurrence_parties",
        sa.Column("party_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party_id", "key", name=op.f("pk_occurrence_parties")),
    )
    op.create_table(
        "copies",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_copies")),
    )


def _create_sovereignty() -> None:
    op.create_table(
        "campaigns",
        sa.Column("campaign_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_type", sa.String(length=64), nullable=False),
        sa.Column("system_id", sa.BigInteger(), nullable=False),
        sa.Column("constellation_id", sa.BigInteger(), nullable=True),
        sa.Column("structure_id", sa.BigInteger(), nullable=False),
        sa.Column("defender_id", sa.BigInteger(), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaigns")),
    )
    op.create_index("ix_campaigns_state_start", "campaigns", ["state", "start"], unique=False)
    op.create_index("ix_campaigns_system_id", "campaigns", ["system_id"], unique=False)
    op.create_table(
        "sov_claims",
        sa.Column("system_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder_id", sa.BigInteger(), nullable=True),
        sa.Column("holder_kind", sa.String(length=16), nullable=True),
        sa.Column("corporation_id", sa.BigInteger(), nullable=True),
        sa.Column("claimed_since", sa.BigInteger(), nullable=True),
        sa.Column("is_capital", sa.Boolean(), nullable=False),
        sa.Column("adm", sa.Float(), nullable=True),
        sa.Column("military", sa.SmallInteger(), nullable=True),
        sa.Column("industrial", sa.SmallInteger(), nullable=True),
        sa.Column("strategic", sa.SmallInteger(), nullable=True),
        sa.Column("hub_id", sa.BigInteger(), nullable=True),
        sa.Column("window_start", sa.BigInteger(), nullable=True),
        sa.Column("window_end", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("system_id", name=op.f("pk_sov_claims")),
    )
    op.create_table(
        "sov_history",
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_sov_history")),
    )


def _create_skyhooks() -> None:
    op.create_table(
        "skyhooks",
        sa.Column("planet_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("system_id", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("missed", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("planet_id", "start", name=op.f("pk_skyhooks")),
    )


def _create_warfare() -> None:
    op.create_table(
        "fw_systems",
        sa.Column("system_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("occupier_id", sa.Integer(), nullable=False),
        sa.Column("contested", sa.String(length=32), nullable=False),
        sa.Column("victory_points", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("occupied_since", sa.BigInteger(), nullable=True),
        sa.Column("reset_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("system_id", name=op.f("pk_fw_systems")),
    )
    op.create_table(
        "fw_history",
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_fw_history")),
    )
    op.create_table(
        "fw_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("faction_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pilots", sa.Integer(), nullable=False),
        sa.Column("systems", sa.Integer(), nullable=False),
        sa.Column("kills_yesterday", sa.Integer(), nullable=False),
        sa.Column("kills_week", sa.Integer(), nullable=False),
        sa.Column("kills_total", sa.Integer(), nullable=False),
        sa.Column("points_yesterday", sa.BigInteger(), nullable=False),
        sa.Column("points_week", sa.BigInteger(), nullable=False),
        sa.Column("points_total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "faction_id", name=op.f("pk_fw_days")),
    )


def _create_incursions_and_wars() -> None:
    op.create_table(
        "incursions",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("constellation_id", sa.BigInteger(), nullable=False),
        sa.Column("faction_id", sa.Integer(), nullable=False),
        sa.Column("staging_id", sa.BigInteger(), nullable=False),
        sa.Column("systems", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("influence", sa.Float(), nullable=False),
        sa.Column("has_boss", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=True),
        sa.Column("missed", sa.SmallInteger(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_incursions")),
    )
    op.create_index("ix_incursions_gone", "incursions", ["gone"], unique=False)
    op.create_table(
        "wars",
        sa.Column("war_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("declared", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=True),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.Column("retracted", sa.BigInteger(), nullable=True),
        sa.Column("mutual", sa.Boolean(), nullable=False),
        sa.Column("open_for_allies", sa.Boolean(), nullable=False),
        sa.Column("aggressor_id", sa.BigInteger(), nullable=False),
        sa.Column("aggressor_kind", sa.String(length=16), nullable=False),
        sa.Column("aggressor_ships", sa.Integer(), nullable=False),
        sa.Column("aggressor_isk", sa.Float(), nullable=False),
        sa.Column("defender_id", sa.BigInteger(), nullable=False),
        sa.Column("defender_kind", sa.String(length=16), nullable=False),
        sa.Column("defender_ships", sa.Integer(), nullable=False),
        sa.Column("defender_isk", sa.Float(), nullable=False),
        sa.Column("fetched", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("war_id", name=op.f("pk_wars")),
    )
    op.create_index("ix_wars_due_at", "wars", ["due_at"], unique=False)
    op.create_table(
        "war_parties",
        sa.Column("war_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("party_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("party_kind", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("war_id", "party_id", name=op.f("pk_war_parties")),
    )
    op.create_index("ix_war_parties_party_id", "war_parties", ["party_id"], unique=False)


def _create_own() -> None:
    op.create_table(
        "timers",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=100), nullable=False),
        sa.Column("system_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("role_id", sa.BigInteger(), nullable=True),
        sa.Column("reminders", sa.Text(), nullable=False),
        sa.Column("on_boards", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_timers_at", "timers", ["at"], unique=False)
    op.create_index("ix_timers_guild_id_at", "timers", ["guild_id", "at"], unique=False)
    op.create_table(
        "boards",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("parties", sa.Text(), nullable=False),
        sa.Column("own_timers", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boards")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_boards_guild_id", "boards", ["guild_id"], unique=False)


def upgrade() -> None:
    """Add what is missing."""
    for name in ("scope", "events", "reminders"):
        op.add_column("alerts", sa.Column(name, sa.Text(), nullable=True))
    op.create_index("ix_outbox_reply_to", "outbox", ["reply_to"], unique=False)
    _create_sources()
    _create_sovereignty()
    _create_skyhooks()
    _create_warfare()
    _create_incursions_and_wars()
    _create_own()
