"""What died where in a window of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.domain.ids import SystemId
from services.domain.isk import IskSum

_LATE = timedelta(minutes=15)
"""A feed is some minutes late: so much that is missing does not make a window unknown."""


class HeatBy(StrEnum):
    """What a heatmap measures."""

    KILLS = "kills"
    ISK = "isk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """What died in one system."""

    kills: int
    isk: IskSum


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of a window there are stored kills of. Of the rest nobody knows what died."""

    window: timedelta
    stored: timedelta

    @property
    def is_whole(self) -> bool:
        """What was not heard of did not happen, as far as a feed can tell."""
        return self.window - self.stored <= _LATE

    @property
    def is_nothing(self) -> bool:
        """No kills of this time are stored at all."""
        return not self.stored


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatPicture:
    """A drawn heatmap, and the figures behind it for those who cannot see it. `systems`: hottest first."""

    png: bytes | None
    """None: it could not be drawn."""
    by: HeatBy
    start: datetime
    end: datetime
    systems: tuple[tuple[SystemId, Heat], ...]
    unknown: int = 0
    """Kills that may or may not belong here: what a filter asks of them is no longer kept."""

    @property
    def kills(self) -> int:
        """In all systems, those off the map too."""
        return sum(heat.kills for _, heat in self.systems)

    @property
    def isk(self) -> IskSum:
        """In all systems, those off the map too."""
        return sum((heat.isk for _, heat in self.systems), IskSum())
