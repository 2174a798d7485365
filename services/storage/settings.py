"""Settings of the database."""

from pydantic import BaseModel, ConfigDict


class DatabaseSettings(BaseModel):
    """Where the tables live."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    url: str = "sqlite+aiosqlite:///data/warroom.db"
    """SQLAlchemy URL. SQLite in the data folder needs no care; `postgresql+asyncpg://user:password@host/name`
    for those who outgrow one machine."""

    busy_timeout_seconds: float = 30.0
    """How long a SQLite writer waits for another process (a backup, a second command) before it gives up, in seconds.
    Longer than any transaction of ours, shorter than a person's patience."""

    backup_before_migration: bool = True
    """Copy the SQLite file beside itself before its tables are changed; without room for the copy the start is refused.
    Switch off where something else backs up."""
