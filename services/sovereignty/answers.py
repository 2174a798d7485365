"""What ESI's answers say, in the house's own types: read in one place (`wire`), compared everywhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.domain.ids import AllianceId, ConstellationId, SystemId
from services.domain.sovereignty import Claim, Skyhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A campaign as one answer holds it."""

    number: int
    event_type: str
    system_id: SystemId
    constellation_id: ConstellationId | None
    structure_id: int
    defender_id: AllianceId | None
    start: datetime
    defender: float | None
    """The defender's score, 0 to 1."""
    attackers: float | None
    participants: tuple[tuple[AllianceId, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignAnswer:
    """All campaigns of one answer."""

    sightings: Mapping[int, Sighting]
    """By number."""
    present: frozenset[int]
    """Their numbers, and those of rows that say too little to be followed."""
    is_complete: bool = True
    """False where rows could not be read: nobody knows whose they are, so nobody is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemAnswer:
    """Who holds each system. Those whose row could not be read are missing, and stay as they were."""

    claims: Mapping[SystemId, Claim]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkyhookAnswer:
    """The skyhooks that can be raided now or soon."""

    skyhooks: tuple[Skyhook, ...]
    is_complete: bool = True
    """False where rows could not be read: then nothing is missing."""
