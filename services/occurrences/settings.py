"""Settings of what is kept of the game's events."""

from pydantic import BaseModel, ConfigDict, Field


class OccurrenceSettings(BaseModel):
    """How long what happened is remembered."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    keep_days: int = Field(default=400, ge=7)
    """Days for which sovereignty changes, flips of the warzone, incursions and wars are kept. Default 400: a year and a
    month, to compare with; some tens of megabytes."""
    keep_frequent_days: int = Field(default=90, ge=7)
    """Days for which moves of a contest's scores and of defence multipliers are kept. Default 90: hundreds come every
    day, and all that they are asked for is what an alert would have told, over 90 days at most."""
