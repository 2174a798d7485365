"""Settings of wars."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field


class WarSettings(BaseModel):
    """How declared wars are followed. Nothing is asked while no server has marked anybody as us or friend."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    pace_seconds: float = Field(default=300.0, ge=60)
    """Seconds between two looks. Default five minutes: ESI itself is asked for the list and for each war once an hour,
    as its answers hold; looks in between catch up with what is new, and tell when a war begins."""
    per_step: int = Field(default=100, ge=1, le=500)
    """Wars asked for in one look, at most. Default 100: 200 of the 3600 tokens that ESI gives a quarter of an hour."""
    first: int = Field(default=1000, ge=1, le=2000)
    """Latest wars that are read the very first time, so many a look. Default 1000: some weeks of wars, within an hour;
    ESI names 2000."""
    fresh_days: float = Field(default=7.0, gt=0)
    """Days after its declaration in which a war that was not known is told as declared. Default a week: an older one
    is no news."""
    keep_days: int = Field(default=400, ge=30)
    """Days for which a war is kept after ESI was last asked for it. Default 400: as long as what happened. Wars that go
    on are asked for again and again, and stay."""

    @property
    def pace(self) -> timedelta:
        """The same as a span."""
        return timedelta(seconds=self.pace_seconds)
