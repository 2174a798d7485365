"""Settings of what is kept of the game's events."""

from pydantic import BaseModel, ConfigDict, Field


class OccurrenceSettings(BaseModel):
    """How long what happened is remembered."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    keep_days: int = Field(default=400, ge=7)
    """Days for which sovereignty changes, flips of the warzone, incursions and wars are kept. Default 400: a year and a
    month, to compare with; a few megabytes."""
