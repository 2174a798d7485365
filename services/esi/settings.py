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
    patience_seconds: float = Field(default=30.0, ge=0, le=60)
    """Seconds that a question waits for tokens of its bucket, at most; it is turned away when they come later.
    Default 30: spaces the pages of a list, and nobody's reply hangs on it for minutes."""
    pause_seconds: float = Field(default=60.0, gt=0)
    """Seconds of silence after a 420 or 429 that does not say how long; they double with each 429 that follows.
    Default 60: the window of the error limit."""
    ban_seconds: float = Field(default=3600.0, gt=0)
    """Seconds of silence after a 403. Default one hour: public routes give it to banned clients only."""
    longest_pause_seconds: float = Field(default=3600.0, gt=0)
    """Seconds of ESI's own wish (Retry-After) that are believed, at most. Default one hour, as long as a ban."""
    body_limit_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    """Bytes of one answer, unpacked, at most. Default 32 MiB: the largest known answer has about 3 MB."""
    outage_quiet_seconds: float = Field(default=5.0, gt=0)
    """Seconds without questions after the third fault in a row; they double with each further one. Default 5: a restart
    of one of ESI's servers is over by then."""
    outage_longest_quiet_seconds: float = Field(default=120.0, gt=0)
    """Seconds to which that grows, at most. Default two minutes: so much later than ESI itself we are back."""
    outage_told_seconds: float = Field(default=120.0, ge=0)
    """Seconds of nothing but faults after which ESI counts as down. Default two minutes: hiccups are not told. Never
    told between 11:00 and 11:45 UTC, when the game restarts."""
    kept_body_bytes: int = Field(default=4 * 1024 * 1024, ge=0)
    """Bytes of one answer, unpacked, that are kept in the database, at most. Default 4 MiB: the largest known answer
    has about 3 MB."""
    kept_total_bytes: int = Field(default=64 * 1024 * 1024, ge=0)
    """Bytes of all answers kept in the database, packed, at most; the oldest give way. Default 64 MiB: all that the bot
    asks for, several times."""
    kept_days: float = Field(default=7.0, gt=0)
    """Days after which an answer that has expired is deleted. Default a week: by then it has changed anyway."""
    most_pages: int = Field(default=1000, ge=1)
    """Pages of one list, at most. Default 1000: the largest known one has about 400."""
