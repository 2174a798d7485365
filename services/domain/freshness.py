"""How far what is shown of a polled source can be trusted: when it was last true, and since when nobody could ask."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """Of one source."""

    as_of: datetime | None
    """When the source last gave or confirmed what is held; None: it never has."""
    stale_since: datetime | None = None
    """When it should have given something newer and did not; None: it is current."""
    mirror: bool = False
    """It comes from a mirror, because the source itself does not answer."""

    @property
    def is_stale(self) -> bool:
        """Nothing came when something was due, or nothing ever came."""
        return self.as_of is None or self.stale_since is not None


NEVER = Freshness(as_of=None)
"""Of a source that has never answered."""
