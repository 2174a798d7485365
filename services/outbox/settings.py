"""Settings of the outbox."""

from pydantic import BaseModel, ConfigDict, Field


class OutboxSettings(BaseModel):
    """How messages leave."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    parallel_channels: int = Field(default=8, ge=1)
    """Channels served at the same time. Discord allows about 50 requests a second for a bot in all; eight channels
    at its usual answer times stay well below."""

    edit_spacing_seconds: float = Field(default=60.0, ge=0)
    """Seconds between two edits of one message. Discord limits edits of older messages per channel; a minute keeps a
    busy channel below that, and nobody reads faster."""

    nonce_seconds: float = Field(default=120.0, gt=0)
    """For how long after a lost answer a post is simply repeated with its nonce, in seconds. Discord remembers nonces
    for a few minutes; two are safe."""

    idle_seconds: float = Field(default=1.0, gt=0)
    """How often the table is looked at when nobody rang, in seconds. Rows that wait for their time are found so."""

    max_attempts: int = Field(default=50, ge=1)
    """Tries before a message that fails in a passing way is given up. With pauses that grow to ten minutes this is
    most of a day: longer than any outage of Discord so far."""

    sole_worker: bool = True
    """True where one process serves this database: rows a dead process left behind are taken over at once. With several
    on one PostgreSQL set it to false; then such rows are taken over only when their lease has run out."""

    keep_days: int = Field(default=30, ge=1)
    """Days for which delivered rows are kept. They guard against posting twice, and late mails arrive within days."""
