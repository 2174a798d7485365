"""Settings of alerts."""

from pydantic import BaseModel, ConfigDict, Field


class AlertSettings(BaseModel):
    """What is still news, and how much one server may ask for."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    post_max_age_minutes: float = Field(default=180.0, gt=0)
    """Kills older than this are stored but not posted, in minutes. Three hours: many mails are published late, and a
    kill of the same evening is still worth seeing."""

    ping_max_age_minutes: float = Field(default=15.0, ge=0)
    """Roles are called only for what happened within this, in minutes. A quarter of an hour: whoever comes later finds
    the fight over."""

    catch_up_lag_seconds: float = Field(default=300.0, gt=0)
    """A kill that reaches us this long after the feed published it, in seconds, says that the feed is behind: channels
    then get one summary instead of every kill."""

    call_cooldown_minutes: float = Field(default=10.0, ge=0)
    """An alert that names no time of its own calls at most once in so many minutes. Ten: whoever comes, came at the
    first call, and a fight that goes on is called for once anyway. Reminders and starts of contests call however lately
    the alert did: each is for a contest of its own."""

    posts_per_channel_hour: int = Field(default=60, ge=1)
    """Kills, and news of the game, that one channel gets as messages of their own in an EVE hour; the others are summed
    up in one. One a minute is more than anybody reads, and far below what Discord takes. Reminders and starts of
    contests do not count, and are posted beyond it too: they are worth nothing later."""

    max_per_guild: int = Field(default=50, ge=1)
    """Alerts one server may have. More is a sign of a script, and each costs a little on every kill."""

    default_min_kills: int = Field(default=5, ge=2)
    """Kills from which a battle is posted when an alert names no floor. Two would post some 2,000 fights a day."""
