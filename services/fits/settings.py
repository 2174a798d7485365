"""Settings of the fits that are fetched on request."""

from pydantic import BaseModel, ConfigDict, Field


class FitSettings(BaseModel):
    """How often ESI is asked for the details of a loss, and how long they are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    parallel_requests: int = Field(default=4, ge=1, le=10)
    """Killmails on their way at once. Default 4: a page of a list is there within seconds, and ESI's names and prices
    are not held up."""
    tries: int = Field(default=8, ge=1, le=20)
    """How often one killmail is asked for before it is given up. Default 8: with the waits between them more than an
    hour, longer than the game's daily downtime."""
    first_wait_seconds: float = Field(default=5.0, gt=0)
    """Seconds until the second try; each further wait is three times as long. Default 5: a hiccup is over by then, and
    whoever asked still looks."""
    longest_wait_seconds: float = Field(default=1800.0, gt=0)
    """Seconds between two tries, at most. Default half an hour: so much later than ESI itself we are back."""
    again_minutes: float = Field(default=10.0, ge=0)
    """Minutes for which one that was given up is not asked for anew. Default 10: whoever turns pages sees why it
    failed, and ESI does not refuse the same question each time."""
    keep_days: int = Field(default=30, ge=1)
    """Days for which what was fetched is kept. Default 30: a fight that old is hardly looked at, and can be asked for
    anew."""
    idle_seconds: float = Field(default=5.0, gt=0)
    """Seconds between looks for what another process was asked for. Default 5: nobody waits long, and a look costs
    nothing."""
