"""Settings of boards."""

from pydantic import BaseModel, ConfigDict, Field


class BoardSettings(BaseModel):
    """How many boards a server may have, and how often one is edited."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    max_per_guild: int = Field(default=10, ge=1)
    """Boards that one server may have. Ten: one for each front and a spare; each costs edits all day."""

    edit_seconds: float = Field(default=60.0, ge=5)
    """A board is edited at most once in so many seconds. A minute: Discord allows few edits of old messages, and
    sovereignty is asked for no more often."""

    redraw_minutes: float = Field(default=10.0, ge=1)
    """A board on which nothing changed is drawn anew after so many minutes, so that the age on it stays true. Ten: its
    countdowns go on without that."""

    repost_minutes: float = Field(default=60.0, ge=1)
    """A board whose message was deleted is posted again, at most once in so many minutes. An hour: whoever deletes it
    twice meant it, and finds `/sov board remove` meanwhile."""
