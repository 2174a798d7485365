"""Settings of the ESI client."""

from pydantic import BaseModel, ConfigDict, Field


class EsiSettings(BaseModel):
    """How ESI is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    base_url: str = "https://esi.evetech.net"
    """Where ESI lives, without a slash at the end. Default: the public host; a proxy may stand in."""
    compatibility_date: str = Field(default="2026-08-18", pattern=r"^\d{4}-\d{2}-\d{2}$")
    """Day (YYYY-MM-DD) whose answers are wanted. Default: the newest one that the code was read against; without a
    date ESI answers as in 2020."""
    timeout_seconds: float = Field(default=30.0, gt=0)
    """Seconds for one whole request. Default 30: ESI itself gives up after 10 to 20."""
    requests_per_second: float = Field(default=20.0, gt=0, le=20)
    """Requests a second, at most. Default 20: what a polite client may do; more is refused at start."""
    error_reserve: int = Field(default=10, ge=1, le=99)
    """Errors left of ESI's hundred a minute at which everything pauses until they are counted anew. Default 10: room
    for what is still on its way, since the hundredth locks every route."""
    pause_seconds: float = Field(default=60.0, gt=0)
    """Seconds of silence after a 420 or 429 that does not say how long. Default 60: the window of the error limit."""
    ban_seconds: float = Field(default=3600.0, gt=0)
    """Seconds of silence after a 403. Default one hour: public routes give it to banned clients only."""
    longest_pause_seconds: float = Field(default=3600.0, gt=0)
    """Seconds of ESI's own wish (Retry-After) that are believed, at most. Default one hour, as long as a ban."""
    body_limit_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    """Bytes of one answer, unpacked, at most. Default 32 MiB: the largest known answer has about 3 MB."""
