"""What died where in a window of time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.ids import SystemId
from services.domain.isk import IskSum


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
class HeatPicture:
    """A drawn heatmap, and the figures behind it for those who cannot see it. `systems`: hottest first."""

    png: bytes
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
