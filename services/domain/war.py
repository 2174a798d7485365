"""Declared wars, as ESI tells them (`/wars`)."""

from dataclasses import dataclass
from datetime import datetime

from services.domain.ids import WarId
from services.domain.killmail import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Belligerent:
    """One side of a war as it was declared, with what it destroyed so far."""

    party: Organisation
    ships_killed: int
    isk_destroyed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class War:
    """One war. `fetched`: when ESI last gave or confirmed it."""

    id: WarId
    declared: datetime
    started: datetime | None
    finished: datetime | None
    retracted: datetime | None
    mutual: bool
    open_for_allies: bool
    aggressor: Belligerent
    defender: Belligerent
    allies: tuple[Organisation, ...]
    """Of the defender."""
    fetched: datetime

    @property
    def parties(self) -> tuple[Organisation, ...]:
        """Aggressor, defender, allies."""
        return (self.aggressor.party, self.defender.party, *self.allies)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWars:
    """Wars of somebody."""

    wars: tuple[War, ...]
    """Latest first; of very many the latest alone."""
    total: int
    """How many there are, those included that are not among `wars`."""
