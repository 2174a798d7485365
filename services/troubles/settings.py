"""Settings of troubles."""

from pydantic import BaseModel, ConfigDict, Field


class TroubleSettings(BaseModel):
    """What counts as trouble where nobody else can say."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    disk_free_mb: int = Field(default=500, ge=0)
    """Megabytes free where the SQLite file lies, below which you are told that the disk is nearly full. 500 are a month
    of killmails and room for a migration's backup of a small database. 0: never looked at."""

    keep_days: int = Field(default=90, ge=1)
    """Days for which troubles that are over are remembered. A season is enough to see what comes back."""
