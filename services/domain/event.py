"""What detectors tell the publisher: each event is raised inside the transaction that made it true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from services.domain.battle import Battle
from services.domain.ids import BattleKey
from services.domain.killmail import Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class KillStored:
    """A killmail that was not known before."""

    arrival: Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleChanged:
    """A battle began, grew, ended, or took in another (`absorbed`: the rows that no longer stand alone)."""

    battle: Battle
    absorbed: tuple[BattleKey, ...] = ()


Event = KillStored | BattleChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Killmails that were new in one transaction, oldest first, and the moment it is told at."""

    arrivals: tuple[Arrival, ...]
    now: datetime
    live: bool
    """False while backfilling: stored and understood, but nobody is told."""


Transaction_contra = TypeVar("Transaction_contra", contravariant=True)


class Consumer(Protocol[Transaction_contra]):
    """Something that learns from killmails inside the transaction that stores them."""

    async def consume(self, tx: Transaction_contra, batch: Batch) -> Sequence[Event]:
        """Take in the new killmails; return what others should hear of. Must not commit."""
        ...
