"""Who holds null security space, and the contests over it, as ESI tells them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.freshness import Freshness
from services.domain.ids import AllianceId, ConstellationId, CorporationId, SystemId
from services.domain.killmail import Organisation


class WindowPhase(StrEnum):
    """Where a vulnerability window stands, as far as anybody can know."""

    AHEAD = "ahead"
    OPEN = "open"
    OVERTIME = "overtime"
    """An answer after its end still listed it."""
    ENDED = "ended"
    """Its end is past, and no answer came since: closed, or in overtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A vulnerability window. One that an answer after its end still lists is in overtime."""

    start: datetime
    end: datetime

    def phase(self, now: datetime, *, as_of: datetime | None) -> WindowPhase:
        """How it stands at `now`, if the answer that listed it was true `as_of`; None: nobody knows when."""
        if now < self.start:
            return WindowPhase.AHEAD
        if now < self.end:
            return WindowPhase.OPEN
        listed = as_of is not None and as_of >= self.end
        return WindowPhase.OVERTIME if listed else WindowPhase.ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who holds a system. Levels, multiplier, hub and window are known of alliances' systems alone."""

    system_id: SystemId
    holder: Organisation | None
    """An alliance or an NPC faction; None: unclaimed."""
    corporation_id: CorporationId | None = None
    claimed_since: datetime | None = None
    is_capital: bool = False
    adm: float | None = None
    """Activity defence multiplier, 1 to 6."""
    military: int | None = None
    industrial: int | None = None
    strategic: int | None = None
    """Development levels, 0 to 5."""
    hub_id: int | None = None
    window: Window | None = None


class CampaignState(StrEnum):
    """Where a campaign stands. The values are stored."""

    SCHEDULED = "scheduled"
    """Its start lies ahead: a timer."""
    RUNNING = "running"
    MISSING = "missing"
    """The last good answer did not hold it; more of them settle that it is gone, or was called off."""
    GONE = "gone"
    """It is gone, and the verdict is not known yet."""
    OVER = "over"


class CampaignVerdict(StrEnum):
    """How a campaign ended, inferred. The values are stored."""

    DEFENDED = "defended"
    LOST = "lost"
    CANCELLED = "cancelled"
    """Gone before its start."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Score:
    """The scores at a moment, 0 to 1 each; None where the answer had none."""

    at: datetime
    defender: float | None
    attackers: float | None


_LIFE = 1 << 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A contest over a structure, scheduled, under way or past. One that is over stays so."""

    id: int
    """`number` in the lower 48 bits, how often something was listed under it anew in those above (`next_id`)."""
    event_type: str
    """As the source says it: `ihub_defense` stands for a sovereignty hub."""
    system_id: SystemId
    constellation_id: ConstellationId | None
    structure_id: int
    defender_id: AllianceId | None
    start: datetime
    state: CampaignState
    first_seen: datetime
    seen: datetime
    """When an answer last held it."""
    scores: tuple[Score, ...] = ()
    """Each change, oldest first, the latest at most 60; the last one stands."""
    participants: tuple[tuple[AllianceId, float], ...] = ()
    verdict: CampaignVerdict | None = None
    ground: str | None = None
    """Why the verdict is believed: a sentence in plain words."""
    ended: datetime | None = None
    """When it was first missing."""

    @property
    def number(self) -> int:
        """ESI's id of it."""
        return self.id % _LIFE

    @property
    def next_id(self) -> int:
        """Of what is listed under the same number after it was over, or is another contest."""
        return self.id + _LIFE

    @property
    def score(self) -> Score | None:
        """As it stands."""
        return self.scores[-1] if self.scores else None

    @property
    def has_begun(self) -> bool:
        """An answer at or after its start still held it. False: it lies ahead, or nobody could ask since."""
        return self.start <= self.seen

    @property
    def is_alive(self) -> bool:
        """Scheduled or running, as far as is known."""
        return self.state in (CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skyhook:
    """A skyhook that can be raided in its window."""

    planet_id: int
    system_id: SystemId
    window: Window

    @property
    def key(self) -> tuple[int, datetime]:
        """The planet, and when its window begins: what tells it from others."""
        return self.planet_id, self.window.start


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSearch:
    """Which campaigns are asked for; every condition that is given must hold."""

    systems: frozenset[SystemId] | None = None
    """Only in these (a region, or the neighbourhood of a system)."""
    party: Organisation | None = None
    """The alliance that defends."""
    until: datetime | None = None
    """Only those that start before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Campaigns that are running or ahead, by start, with what is known of their systems."""

    campaigns: tuple[Campaign, ...]
    claims: tuple[Claim, ...]
    """Of the campaigns' systems, where known; in no order."""
    freshness: Freshness
