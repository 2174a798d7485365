"""Settings of names."""

from pydantic import BaseModel, ConfigDict, Field


class NameSettings(BaseModel):
    """How names are asked for and kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    refresh_days: int = Field(default=30, ge=1)
    """Days after which a name or ticker that is still used is asked for again. Default 30: pilots and corporations are
    renamed seldom, and the old name is shown meanwhile."""
    unknown_hours: float = Field(default=24.0, gt=0)
    """Hours for which an id that ESI does not know is not asked again. Default a day: each such id costs ESI errors,
    and the few that become known later are new pilots."""
    quiet_seconds: float = Field(default=60.0, gt=0)
    """Seconds without questions after ESI failed, at least. Default 60: no card waits for a server that is down."""
    memory_size: int = Field(default=50_000, ge=1000)
    """Names held in memory; the least used go first. Default 50,000: a big week's pilots, about 15 MB."""
    parallel_requests: int = Field(default=2, ge=1, le=10)
    """Questions to ESI on their way at once. Default 2: a long list of names does not hold up a card's few."""
    parallel_tickers: int = Field(default=4, ge=1, le=10)
    """Organisations whose tickers are asked for at once. Default 4: ESI tells them one by one, and the handful on a
    card should be there within its two seconds."""
    resolved_hours: float = Field(default=12.0, gt=0)
    """Hours for which a name that somebody typed is not looked up again at ESI. Default 12: ESI itself keeps such
    answers for so long."""
