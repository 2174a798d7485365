"""Settings of battles."""

from pydantic import BaseModel, ConfigDict, Field


class BattleSettings(BaseModel):
    """How much is remembered between killmails."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    remembered_mails: int = Field(default=5000, ge=0)
    """Killmails kept in memory so that a fight in progress is not read from the database again with each kill.
    Five thousand are eight hours of all New Eden, in some 20 MB. Nothing depends on it but speed."""
