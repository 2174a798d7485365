"""Sansha's incursions, as ESI tells them (`/incursions`)."""

from dataclasses import dataclass
from datetime import datetime

from services.domain.freshness import Freshness
from services.domain.ids import ConstellationId, FactionId, SystemId


@dataclass(frozen=True, slots=True, kw_only=True)
class Incursion:
    """One incursion: a constellation from its first to its last day there."""

    key: str
    """Its constellation and when it was first seen: a later one in the same place is another."""
    constellation_id: ConstellationId
    faction_id: FactionId
    staging_id: SystemId
    systems: tuple[SystemId, ...]
    """Infested systems, the staging system first."""
    state: str
    """As ESI says it: established, mobilizing, withdrawing."""
    influence: float
    """0 to 1."""
    has_boss: bool
    first_seen: datetime
    seen: datetime
    state_since: datetime | None = None
    """When the state was first seen; None: it began while nobody looked."""
    gone: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incursions:
    """Those that are there."""

    incursions: tuple[Incursion, ...]
    freshness: Freshness
