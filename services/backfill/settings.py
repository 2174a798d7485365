"""Settings of whole days: where their files lie, and whom they come from."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from yarl import URL

_LAWFUL_RATE = 2.0
_THIS_COMPUTER = frozenset({"localhost", "127.0.0.1", "::1"})


class BackfillSettings(BaseModel):
    """Days of killmails from EVE Ref's archives and zKillboard's history."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    everef_url: str = "https://data.everef.net"
    """Where EVE Ref's files live, without a slash at the end. Default: the public host; a proxy may stand in."""
    folder: str = "data/days"
    """Folder of downloaded days. Default data/days, beside the database; it holds three files at the most, some 5 MB
    each from EVE Ref and 60 MB from zKillboard."""
    everef_requests_per_second: float = Field(default=2.0, gt=0)
    """Questions a second to EVE Ref, at most. Default 2: it refuses those who ask for many days at once."""
    history_requests_per_second: float = Field(default=1 / 3, gt=0, le=1)
    """Questions a second to zKillboard's history, at most. Default a third: it shares its host, and so its limits, with
    the live feed, and nothing here is in a hurry."""
    keep_files: bool = False
    """Whether a day's file stays after its import. Default off: what it held is in the database."""
    batch: int = Field(default=250, ge=1, le=5000)
    """Killmails in one transaction while the bot runs. Default 250: nobody waits for more than a moment. `warroom
    backfill` takes 1000."""
    recheck_days: int = Field(default=7, ge=0)
    """Days after which a complete day is not looked at any more. Default 7: killmails may be published 72 hours late,
    and a file is written anew when they come."""
    second_source_hours: float = Field(default=48.0, ge=1)
    """Hours that zKillboard's history may fail for a day with a gap before EVE Ref is asked for it, too. Default 48:
    EVE Ref has a day about two days after it ended."""

    @model_validator(mode="after")
    def _keep_the_rules(self) -> Self:
        stand_in = URL(self.everef_url).host in _THIS_COMPUTER
        if self.everef_requests_per_second > _LAWFUL_RATE and not stand_in:
            raise ValueError(
                f"everef_requests_per_second must be at most {_LAWFUL_RATE:g}: more earns a ban"
            )
        return self
