"""Settings of faction warfare."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field


class WarfareSettings(BaseModel):
    """Where the warzone is asked about, how often, and what of it is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    warzone_url: str = "https://www.eveonline.com"
    """Where the game's website with advantages and insurgencies lives, without a slash at the end."""
    everef_url: str = "https://data.everef.net"
    """Where EVE Ref's mirror of it lives, without a slash at the end; asked when the website gives nothing."""
    systems_pace_seconds: float = Field(default=1800.0, ge=1200)
    """Seconds between two questions for occupancy. Default 1800: ESI makes the answer anew every half hour, and one
    that is older than twice the pace is shown as stale."""
    website_pace_seconds: float = Field(default=300.0, ge=150)
    """Seconds between two questions for advantages, and for insurgencies. Default 300: the website keeps its answers
    for 150 seconds, and promises nothing to whoever asks often."""
    daily_pace_hours: float = Field(default=20.0, ge=13)
    """Hours between two questions for what ESI makes anew once a day (figures, who is at war with whom). Default 20:
    the first question may come at any time, all further ones come when the answer expires. What is older than twice the
    pace is shown as stale."""
    website_timeout_seconds: float = Field(default=15.0, gt=0)
    """Seconds for one question to the website or the mirror. Default 15: the answers are small, the mirror waits."""
    website_quiet_seconds: float = Field(default=3600.0, gt=0)
    """Seconds without questions to a host that refused us (403). Default one hour; the other one is asked meanwhile."""
    body_limit_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    """Bytes of one answer of the website or the mirror, unpacked, at most. Default 4 MiB: they have about 50 kB."""
    shift: float = Field(default=0.05, gt=0, le=1)
    """By how much of its whole a contested share must move within an hour to be told (0.05: five points of a hundred).
    Default 0.05: in July 2026 the whole warzone had one such move every two days, and none of ten points."""
    least_share: float = Field(default=0.8, ge=0, le=1)
    """Share of the systems held that an answer must name to be believed at once. Default 0.8: the warzone is the same
    for years."""
    shrunken_hours: float = Field(default=24.0, gt=0)
    """Hours for which a smaller answer must be repeated until it is believed. Default a day: nobody can tell a patch
    from a fault sooner."""
    no_insurgency_minutes: float = Field(default=30.0, gt=0)
    """Minutes for which the website must say that there is no insurgency at all until it is believed. Default 30."""
    keep_days: int = Field(default=400, ge=3)
    """Days for which contested shares and daily figures are kept. Default 400: a year and a month, some 10 MB."""

    @property
    def systems_pace(self) -> timedelta:
        """Between two questions for occupancy."""
        return timedelta(seconds=self.systems_pace_seconds)

    @property
    def website_pace(self) -> timedelta:
        """Between two questions for one page of the website."""
        return timedelta(seconds=self.website_pace_seconds)

    @property
    def daily_pace(self) -> timedelta:
        """Between two questions for what is new once a day."""
        return timedelta(hours=self.daily_pace_hours)
