"""Settings of sovereignty."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field


class SovereigntySettings(BaseModel):
    """How often ESI is asked for sovereignty, what is believed, and how long it is remembered."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    campaigns_seconds: float = Field(default=60.0, ge=5)
    """Seconds between two questions for the campaigns, at least. Default a minute: a tenth of what ESI allows."""
    systems_seconds: float = Field(default=300.0, ge=300)
    """Seconds between two questions for all systems, at least. Default 5 minutes, for which ESI keeps the answer."""
    skyhooks_seconds: float = Field(default=300.0, ge=300)
    """Seconds between two questions for skyhooks, at least. Default 5 minutes, for which ESI keeps the answer."""
    absence_seconds: float = Field(default=30.0, ge=5)
    """Seconds between the two answers without a campaign that settle that it is gone, at least. Default half a minute:
    more than ESI keeps one answer, so that the second is another one."""
    verdict_minutes: float = Field(default=6.0, ge=5)
    """Minutes after a campaign was gone before a state of the systems tells how it ended. Default 6: the state may be 5
    minutes old when it comes."""
    verdict_patience_minutes: float = Field(default=120.0, ge=10)
    """Minutes after which a campaign's end counts as unknown when no such state came. Default two hours: more than any
    downtime; later the hub may have been lost in another contest, which is why a loss that is only seen so long after
    the campaign was last listed is no verdict either."""
    least_systems_share: float = Field(default=0.8, ge=0, le=1)
    """Share of the systems known that an answer must list to be believed at once, and share of those that alliances
    hold that must still be held. Default 0.8: no alliance ever gave a fifth of null security space up within
    minutes."""
    least_campaigns_share: float = Field(default=0.5, ge=0, le=1)
    """Share of four or more campaigns known that an answer must still hold to be believed at once. Default half: they
    end one by one."""
    least_skyhooks_share: float = Field(default=0.3, ge=0, le=1)
    """Share of the skyhooks whose window is not over that an answer must still hold to be believed at once. Default
    0.3: one leaves the list before its time only when it is destroyed or was raided."""
    cancel_minutes: float = Field(default=15.0, ge=1)
    """Minutes for which a campaign must be absent before its start until it counts as called off. Default 15: a list
    that is wrong for longer is doubted as a whole, and until then people are still reminded."""
    doubt_minutes: float = Field(default=30.0, ge=0)
    """Minutes after which a doubted answer is believed when all answers said the same. Default half an hour: the
    longest that the daily downtime lasts."""
    keep_days: int = Field(default=400, ge=7)
    """Days for which past campaigns and the history of defence multipliers are kept. Default 400: a year and a month,
    to compare with; under 50 MB."""

    @property
    def campaigns_pace(self) -> timedelta:
        """Between two questions for the campaigns."""
        return timedelta(seconds=self.campaigns_seconds)

    @property
    def systems_pace(self) -> timedelta:
        """Between two questions for the systems."""
        return timedelta(seconds=self.systems_seconds)

    @property
    def skyhooks_pace(self) -> timedelta:
        """Between two questions for the skyhooks."""
        return timedelta(seconds=self.skyhooks_seconds)
