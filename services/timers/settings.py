"""Settings of servers' own timers."""

from pydantic import BaseModel, ConfigDict, Field


class TimerSettings(BaseModel):
    """How many timers a server and a person may have, how far ahead, and for how long they are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    max_per_guild: int = Field(default=50, ge=1)
    """Timers ahead that one server may have. Fifty fill five pages; more is a sign of a script."""

    max_per_person: int = Field(default=10, ge=1)
    """Timers ahead of one person who does not manage the channel that they are for. Ten are more than one person
    watches, and five such people are needed to fill a server."""

    longest_days: float = Field(default=366.0, gt=0, le=3660)
    """How far ahead a timer may lie, in days. A year: what lies further is a slip of the pen."""

    keep_days: float = Field(default=1.0, ge=1)
    """For how long a timer is kept after its time, in days. A day: who was away still finds it, and a process that was
    down for some hours still tells what it missed."""
