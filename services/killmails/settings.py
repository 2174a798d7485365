"""Settings of killmails."""

from pydantic import BaseModel, ConfigDict, Field


class KillmailSettings(BaseModel):
    """How long details are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    details_days: int = Field(default=90, ge=1)
    """Days after the import for which attackers and items of a killmail are kept; ids, values and sums stay for ever.
    Ninety days cover every late mail and a season's war; a year of attackers would be most of the database."""

    prune_batch: int = Field(default=500, ge=1)
    """Killmails whose details go in one transaction. Small, so that a kill arriving meanwhile waits milliseconds."""
