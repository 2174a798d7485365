"""Settings of incursions."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field


class IncursionSettings(BaseModel):
    """How incursions are followed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    pace_seconds: float = Field(default=300.0, ge=60)
    """Seconds between two questions. Default five minutes: as long as ESI keeps an answer."""
    doubt_minutes: float = Field(default=30.0, ge=0)
    """Minutes for which an answer with fewer than half of the incursions that were there must be repeated before it is
    believed. Default 30: ESI's hiccups and the daily restart are over by then, and no news of an end is that urgent."""
    keep_days: int = Field(default=400, ge=1)
    """Days for which incursions that are gone are kept. Default 400: as long as what happened; some kilobytes."""

    @property
    def pace(self) -> timedelta:
        """The same as a span."""
        return timedelta(seconds=self.pace_seconds)

    @property
    def doubt(self) -> timedelta:
        """The same as a span."""
        return timedelta(minutes=self.doubt_minutes)
