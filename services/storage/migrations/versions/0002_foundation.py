"""What feeds, history, the game's API, names and prices must remember, and what is wrong at the moment."""

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
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_troubles")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_troubles_ended_at", "troubles", ["ended_at"], unique=False)


def upgrade() -> None:
    """Add what is missing."""
    _create_troubles()
