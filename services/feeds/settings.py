"""The feeds' settings. The public service's rules are limits here: what would earn a ban is refused at start.

A stand-in on this very computer (a test, a rehearsal) may be asked faster; it bans nobody.
"""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from yarl import URL

_LAWFUL_RATE = 10.0
_LAWFUL_IDLE = 6.0
_LAWFUL_BAN = 3600.0
_THIS_COMPUTER = frozenset({"localhost", "127.0.0.1", "::1"})


class FeedSettings(BaseModel):
    """How R2Z2 is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    base_url: str = "https://r2z2.zkillboard.com"
    """Where the feed lives, without a slash at the end. Default: the public host; a proxy may stand in."""
    requests_per_second: float = Field(default=8.0, gt=0)
    """Requests a second, at most. Default 8: the service's limit is 15 to 20, and more than 10 is refused here."""
    idle_seconds: float = Field(default=6.0, gt=0)
    """Seconds before a number that was not there is asked for again. Default 6: asking sooner earns a ban."""
    ban_seconds: float = Field(default=3600.0, gt=0)
    """Seconds of silence after a 403. Default one hour, the longest ban that the service hands out."""
    backoff_seconds: float = Field(default=2.0, gt=0)
    """Seconds before the first repetition after a fault; doubles each time. Default 2: most faults pass at once."""
    backoff_cap_seconds: float = Field(default=300.0, gt=0)
    """Seconds that the growing pause never exceeds. Default 300: after an outage the feed is back in 5 minutes."""
    longest_retry_after_seconds: float = Field(default=3600.0, gt=0)
    """Seconds of a server's own Retry-After that are believed, at most. Default one hour, as long as a ban."""
    missing_tries: int = Field(default=3, ge=1)
    """404 answers for one number before later numbers are looked for. Default 3: caches can be stale."""
    cut_tries: int = Field(default=5, ge=1)
    """Cut-off answers for one number before it is given up. Default 5: about half a minute with the pauses."""
    probe_ahead: int = Field(default=3, ge=1, le=20)
    """Later numbers that are looked for when one is missing. Default 3: numbers are dense."""
    jump_ahead: int = Field(default=60, ge=1)
    """How many numbers the live reader may be behind the pointer before it jumps there and leaves the rest to a second
    reader. Default 60: some six minutes of kills, read in eight seconds."""
    holes_in_a_row: int = Field(default=20, ge=1)
    """Missing numbers in a row, long past, that are looked for one by one. Default 20: more of them have expired."""
    hole_retry_seconds: float = Field(default=60.0, ge=6)
    """Seconds between two looks for a missing number. Default 60: late files come within minutes, if at all."""
    hole_lifetime_seconds: float = Field(default=3600.0, gt=0)
    """Seconds after which a missing number is given up. Default one hour."""
    catch_up_seconds: float = Field(default=60.0, ge=0)
    """Age in seconds of a publication from which the feed counts as behind and gathers several at once. Default 60."""
    batch_limit: int = Field(default=25, ge=1)
    """Killmails handed over at once while behind, and of the backlog. Default 25: about 3 seconds of asking, one
    transaction."""
    body_limit_bytes: int = Field(default=16 * 1024 * 1024, ge=1024)
    """Bytes of one answer, unpacked, at most. Default 16 MiB: a mail with 3,753 attackers has about 1 MB."""

    @model_validator(mode="after")
    def _keep_the_services_rules(self) -> Self:
        if URL(self.base_url).host in _THIS_COMPUTER:
            return self
        if self.requests_per_second > _LAWFUL_RATE:
            raise ValueError(
                f"requests_per_second must be at most {_LAWFUL_RATE:g}: more earns a ban"
            )
        if self.idle_seconds < _LAWFUL_IDLE:
            raise ValueError(f"idle_seconds must be at least {_LAWFUL_IDLE:g}: less earns a ban")
        if self.ban_seconds < _LAWFUL_BAN:
            raise ValueError(
                f"ban_seconds must be at least {_LAWFUL_BAN:g}: bans last up to an hour"
            )
        return self


class FallbackSettings(BaseModel):
    """The second kill feed, EVE-KILL: asked only while R2Z2 gives nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    base_url: str = "https://eve-kill.com"
    """Where it lives, without a slash at the end. Default: the public host; a proxy may stand in."""
    enabled: bool = True
    """Whether it is asked at all. Default on: without it, kills come late when zKillboard is down."""
    after_seconds: float = Field(default=600.0, ge=60)
    """Seconds that R2Z2 must have failed, or given nothing new, before it is asked. Default 600: shorter faults pass by
    themselves, and nothing of them is lost."""
    downtime_quiet_seconds: float = Field(default=2700.0, ge=0)
    """Seconds after 11:00 EVE in which silence alone means nothing. Default 2700: the servers restart, and it takes a
    while until somebody dies."""
    poll_seconds: float = Field(default=10.0, gt=0)
    """Seconds between two questions when there was nothing more. Default 10: a kill happens every 6 seconds."""
    page: int = Field(default=200, ge=1, le=1000)
    """Killmails asked for at once. Default 200: about a megabyte; the service gives up to 1000."""
    start_back: int = Field(default=1000, ge=1)
    """How many killmails before its newest it starts, at the most. Default 1000: over an hour, more than the time that
    R2Z2 must fail before it is asked."""
    requests_per_second: float = Field(default=1.0, gt=0)
    """Requests a second, at most. Default 1: the service allows 10, and no more than that is accepted here."""
    ban_seconds: float = Field(default=3600.0, gt=0)
    """Seconds of silence after a 403. Default one hour."""
    backoff_seconds: float = Field(default=5.0, gt=0)
    """Seconds before the first repetition after a fault; doubles each time. Default 5."""
    backoff_cap_seconds: float = Field(default=300.0, gt=0)
    """Seconds that the growing pause never exceeds. Default 300."""
    longest_retry_after_seconds: float = Field(default=3600.0, gt=0)
    """Seconds of a server's own Retry-After that are believed, at most. Default one hour."""
    body_limit_bytes: int = Field(default=64 * 1024 * 1024, ge=1024)
    """Bytes of one answer, unpacked, at most. Default 64 MiB: a page of the largest killmails ever."""

    @model_validator(mode="after")
    def _keep_the_services_rules(self) -> Self:
        if (
            self.requests_per_second > _LAWFUL_RATE
            and URL(self.base_url).host not in _THIS_COMPUTER
        ):
            raise ValueError(f"requests_per_second must be at most {_LAWFUL_RATE:g}")
        return self
