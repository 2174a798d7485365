"""Maps as they are handed out: the picture, and the facts that it shows for those who cannot see it.

The facts are there also when the picture could not be drawn (`png` None).
"""

from dataclasses import dataclass
from datetime import datetime

from services.domain.battle import Battle
from services.domain.freshness import Freshness
from services.domain.heat import Coverage, Heat, HeatBy
from services.domain.ids import FactionId, RegionId, SystemId
from services.domain.isk import IskSum
from services.domain.killmail import Organisation
from services.domain.occurrence import Occurrence
from services.domain.sovereignty import Campaign
from services.domain.warfare import Insurgency, WarzoneSystem

Heats = tuple[tuple[SystemId, Heat], ...]
"""What died where, the hottest system first; quiet ones are not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPicture:
    """Where the kills of a window were in one region. The window is [start, end)."""

    png: bytes | None
    region_id: RegionId
    by: HeatBy
    start: datetime
    end: datetime
    systems: Heats
    coverage: Coverage
    """Of the window."""
    is_past: bool = False
    """The window does not reach up to now: it was asked for again later."""
    unknown: int = 0
    """Kills anywhere that may or may not belong here: what a filter asks of them is no longer kept."""
    battles: tuple[Battle, ...] = ()
    """That were fought here within the window, those with the most kills first."""
    campaigns: tuple[Campaign, ...] = ()
    """Sovereignty contests here that are running or ahead, by start; none with a window that is past."""
    timers: Freshness | None = None
    """How old those are; None where there can be none: nobody's space, or a window that is past."""

    @property
    def kills(self) -> int:
        """In all systems of the region."""
        return sum(heat.kills for _, heat in self.systems)

    @property
    def isk(self) -> IskSum:
        """In all systems of the region."""
        return sum((heat.isk for _, heat in self.systems), IskSum())


@dataclass(frozen=True, slots=True, kw_only=True)
class SovPicture:
    """Who holds the systems of a region, or of all of New Eden (`region_id` None)."""

    png: bytes | None
    region_id: RegionId | None
    holders: tuple[tuple[Organisation, int], ...]
    """With the systems that each holds here, most first; in all of New Eden alliances alone."""
    unclaimed: int
    """Systems that nobody holds, of those that are known."""
    campaigns: tuple[Campaign, ...]
    """Running or ahead, by start."""
    flips: tuple[Occurrence, ...]
    """Changes of hands of the last days, latest first."""
    flips_since: datetime
    watched_since: datetime | None = None
    """When the first answer came, where that was later than `flips_since`: of what was before nothing is known."""
    freshness: Freshness
    """Of who holds what."""
    timers: Freshness
    """Of the campaigns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FwPicture:
    """The warzone of one pair of factions, or of both (`pair` None)."""

    png: bytes | None
    pair: tuple[FactionId, FactionId] | None
    hours: int
    """The kills are those of so many hours."""
    systems: tuple[WarzoneSystem, ...]
    """Most contested first; those whose share is not known come last."""
    heat: Heats
    """What died in these systems."""
    coverage: Coverage
    """Of those hours."""
    flips: tuple[Occurrence, ...]
    """Of the last days, latest first."""
    insurgencies: tuple[Insurgency, ...]
    freshness: Freshness
    """Of occupiers and contested shares."""
    insurgency: Freshness
    """Of the insurgencies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourhoodPicture:
    """What lies around a system, whatever region it belongs to."""

    png: bytes | None
    system_id: SystemId
    jumps: int
    """How far it reaches: less than was asked where that would not fit on a picture."""
    hours: int
    systems: tuple[tuple[SystemId, int], ...]
    """With their jumps from the asked one, which is the first (0)."""
    heat: Heats
    coverage: Coverage
    """Of those hours."""
