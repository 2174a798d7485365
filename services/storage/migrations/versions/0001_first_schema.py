"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("min_kills", sa.Integer(), nullable=True),
        sa.Column("min_isk", sa.Float(), nullable=True),
        sa.Column("role_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_channel_id", "alerts", ["channel_id"], unique=False)
    op.create_index("ix_alerts_guild_id", "alerts", ["guild_id"], unique=False)


def _create_battle_ids() -> None:
    op.create_table(
        "battle_ids",
        sa.Column("public_id", sa.String(length=64), nullable=False),
        sa.Column("stem", sa.String(length=64), nullable=False),
        sa.Column("battle_key", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("public_id", name=op.f("pk_battle_ids")),
    )
    op.create_index("ix_battle_ids_battle_key", "battle_ids", ["battle_key"], unique=False)
    op.create_index("ix_battle_ids_stem", "battle_ids", ["stem"], unique=False)


def _create_battle_killmails() -> None:
    op.create_table(
        "battle_killmails",
        sa.Column("killmail_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("battle_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("killmail_id", name=op.f("pk_battle_killmails")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_battle_killmails_battle_key", "battle_killmails", ["battle_key"], unique=False
    )


def _create_battles() -> None:
    op.create_table(
        "battles",
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=64), nullable=False),
        sa.Column("stem", sa.String(length=64), nullable=False),
        sa.Column("lowest", sa.BigInteger(), nullable=False),
        sa.Column("system_id", sa.BigInteger(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("pilots", sa.Integer(), nullable=False),
        sa.Column("isk", sa.Float(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.Float(), nullable=False),
        sa.Column("sides", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_battles")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_battles_end", "battles", ["end"], unique=False)
    op.create_index("ix_battles_state", "battles", ["state"], unique=False)
    op.create_index("ix_battles_stem", "battles", ["stem"], unique=False)
    op.create_index("ix_battles_system_end", "battles", ["system_id", "end"], unique=False)


def _create_cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )


def _create_destinations() -> None:
    op.create_table(
        "destinations",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("blocked_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_destinations")),
    )


def _create_guilds() -> None:
    op.create_table(
        "guilds",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("notices_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guilds")),
    )


def _create_holes() -> None:
    op.create_table(
        "holes",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=True),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_holes")),
    )


def _create_item_sums() -> None:
    op.create_table(
        "item_sums",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("system_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("destroyed", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "system_id", "type_id", name=op.f("pk_item_sums")),
        sqlite_with_rowid=False,
    )


def _create_killmails() -> None:
    op.create_table(
        "killmails",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("system_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("moon_id", sa.BigInteger(), nullable=True),
        sa.Column("x", sa.Float(), nullable=True),
        sa.Column("y", sa.Float(), nullable=True),
        sa.Column("z", sa.Float(), nullable=True),
        sa.Column("character_id", sa.BigInteger(), nullable=True),
        sa.Column("corporation_id", sa.BigInteger(), nullable=True),
        sa.Column("alliance_id", sa.BigInteger(), nullable=True),
        sa.Column("faction_id", sa.BigInteger(), nullable=True),
        sa.Column("ship_type_id", sa.BigInteger(), nullable=True),
        sa.Column("damage_taken", sa.BigInteger(), nullable=False),
        sa.Column("war_id", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("value_source", sa.SmallInteger(), nullable=False),
        sa.Column("npc", sa.Boolean(), nullable=True),
        sa.Column("solo", sa.Boolean(), nullable=True),
        sa.Column("awox", sa.Boolean(), nullable=True),
        sa.Column("labels", sa.Text(), nullable=True),
        sa.Column("attackers", sa.Integer(), nullable=False),
        sa.Column("by_players", sa.Boolean(), nullable=False),
        sa.Column("items", sa.LargeBinary(), nullable=True),
        sa.Column("pruned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_killmails")),
    )
    op.create_index("ix_killmails_system_time", "killmails", ["system_id", "time"], unique=False)
    op.create_index("ix_killmails_time", "killmails", ["time"], unique=False)
    op.create_index(
        "ix_killmails_unpruned",
        "killmails",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("pruned = 0"),
        postgresql_where=sa.text("NOT pruned"),
    )


def _create_marks() -> None:
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )


def _create_names() -> None:
    op.create_table(
        "names",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("ticker", sa.String(length=16), nullable=True),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_names")),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("destination_kind", sa.String(length=8), nullable=False),
        sa.Column("destination_id", sa.BigInteger(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=96), nullable=False),
        sa.Column("reply_to", sa.String(length=96), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sent_revision", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=25), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.String(length=36), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("unsure_since", sa.BigInteger(), nullable=True),
        sa.Column("unsure_revision", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "destination_kind",
            "destination_id",
            "dedupe_key",
            name=op.f("uq_outbox_destination_kind_destination_id_dedupe_key"),
        ),
    )
    op.create_index("ix_outbox_dedupe_key", "outbox", ["dedupe_key"], unique=False)
    op.create_index("ix_outbox_guild_id", "outbox", ["guild_id"], unique=False)
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"], unique=False)


def _create_participants() -> None:
    op.create_table(
        "participants",
        sa.Column("killmail_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("character_id", sa.BigInteger(), nullable=True),
        sa.Column("corporation_id", sa.BigInteger(), nullable=True),
        sa.Column("alliance_id", sa.BigInteger(), nullable=True),
        sa.Column("faction_id", sa.BigInteger(), nullable=True),
        sa.Column("ship_type_id", sa.BigInteger(), nullable=True),
        sa.Column("weapon_type_id", sa.BigInteger(), nullable=True),
        sa.Column("damage", sa.BigInteger(), nullable=False),
        sa.Column("final_blow", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("killmail_id", "ordinal", name=op.f("pk_participants")),
        sqlite_with_rowid=False,
    )


def _create_prices() -> None:
    op.create_table(
        "prices",
        sa.Column("type_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("adjusted", sa.Float(), nullable=True),
        sa.Column("average", sa.Float(), nullable=True),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("type_id", name=op.f("pk_prices")),
    )


def _create_quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("source", "reference", name=op.f("uq_quarantine_source_reference")),
    )


def upgrade() -> None:
    """Create every table."""
    _create_alerts()
    _create_battle_ids()
    _create_battle_killmails()
    _create_battles()
    _create_cursors()
    _create_destinations()
    _create_guilds()
    _create_holes()
    _create_item_sums()
    _create_killmails()
    _create_marks()
    _create_names()
    _create_outbox()
    _create_participants()
    _create_prices()
    _create_quarantine()
