"""The warzone of faction warfare, as ESI and the game's website tell it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.domain.freshness import Freshness
from services.domain.ids import FactionId, SystemId


class Role(StrEnum):
    """What a system is to the front. The values are stored. The rule stands in `services.warfare.roles`."""

    FRONTLINE = "frontline"
    COMMAND = "command operations"
    REARGUARD = "rearguard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How fast the contested share moved."""

    hours: int
    """Asked over so many hours back: 1, 6 or 24."""
    per_hour: float | None
    """Share per hour, above 0 towards vulnerable; None where too little is kept."""
    since: datetime | None = None
    """The snapshot that it was measured from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When the share would reach 1 (vulnerable) or 0 (safe), if it went on as it did. An estimate, never more."""

    vulnerable: bool
    """True: it goes towards vulnerable; False: towards safe."""
    at: datetime
    earliest: datetime
    latest: datetime | None
    """None: one of the trends says that it never gets there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advantage:
    """One faction's advantage in a system, in points as the website gives them."""

    faction_id: FactionId
    terrain: float | None
    dynamic: float | None
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Corruption:
    """A system in an insurgency. Stages run from 0 to 5; corruption 5 means lawless. Shares 0 to 1."""

    system_id: SystemId
    corruption_stage: int
    corruption: float
    suppression_stage: int
    suppression: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurgency:
    """A pirate campaign."""

    key: str
    """Tells it from others: its number, or faction, origin and start where the source has none."""
    pirate_id: FactionId
    origin_id: SystemId
    state: str | None
    """As the source says it."""
    started: datetime | None
    systems: tuple[Corruption, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarzoneSystem:
    """A system of the warzone, with all that is known of it."""

    system_id: SystemId
    owner_id: FactionId
    """Whose it is by right."""
    occupier_id: FactionId
    contested: str
    """As ESI says it: captured, contested, uncontested, vulnerable."""
    victory_points: int
    threshold: int
    role: Role | None = None
    trends: tuple[Trend, ...] = ()
    forecast: Forecast | None = None
    advantages: tuple[Advantage, ...] = ()
    """Empty where the website has not said."""
    corruption: Corruption | None = None
    occupied_since: datetime | None = None
    """When it was first seen so after a change; None: since before anybody looked."""
    reset_at: datetime | None = None
    """Since when its points are 0, after all but all of them went at once under the same occupier: probably taken, and
    ESI names the new occupier only later (half an hour to more than a day). None: not so."""

    @property
    def share(self) -> float | None:
        """How contested it is, 0 to 1; None where the threshold is not known."""
        return self.victory_points / self.threshold if self.threshold > 0 else None

    @property
    def is_vulnerable(self) -> bool:
        """The hub can be attacked."""
        return self.contested == "vulnerable"

    @property
    def is_reset(self) -> bool:
        """It was probably taken, though ESI still names the old occupier."""
        return self.reset_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warzone:
    """All of it at a moment."""

    systems: tuple[WarzoneSystem, ...]
    """By id."""
    insurgencies: tuple[Insurgency, ...]
    freshness: Freshness
    """Of occupancy and contested shares (ESI)."""
    advantage: Freshness
    """Of advantages (the website)."""
    insurgency: Freshness
    """Of insurgencies (the website)."""
    enemies: tuple[tuple[FactionId, FactionId], ...] = ()
    """Factions at war with each other, each pair once, the smaller id first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactionDay:
    """A faction's figures as of one day (`/fw/stats`), and the systems that it held then."""

    day: date
    faction_id: FactionId
    pilots: int
    systems: int
    kills_yesterday: int
    kills_week: int
    kills_total: int
    points_yesterday: int
    points_week: int
    points_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WarzoneStats:
    """Figures over time."""

    days: tuple[FactionDay, ...]
    """Oldest first, by faction within a day."""
    holdings: tuple[tuple[datetime, tuple[tuple[FactionId, int], ...]], ...]
    """Systems held by faction, at each moment at which that changed within the asked time, oldest first."""
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What killmails tell of a system in a window: kills, and the pilots on them, each once."""

    kills: int
    pilots: int
