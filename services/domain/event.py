"""What detectors tell the publisher: each event is raised inside the transaction that made it true."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeVar

from services.domain.battle import Battle
from services.domain.ids import BattleKey
from services.domain.killmail import Arrival, Killmail


@dataclass(frozen=True, slots=True, kw_only=True)
class KillStored:
    """A killmail that was not known before."""

    arrival: Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A stored killmail became better known: as it stood, and the record that stands now.

    Time and system are the same. A re-estimated mail has no items on either side.
    """

    before: Killmail
    after: Arrival

    @property
    def changes_people(self) -> bool:
        """Somebody else shot or died: who belongs to which battle has to be found anew."""
        before, after = self.before, self.after.killmail
        victim, other = (replace(mail.victim, items=()) for mail in (before, after))
        return before.attackers != after.attackers or victim != other

    @property
    def changes_value(self) -> bool:
        """It is worth something else, or by somebody else's word."""
        return self.before.value != self.after.killmail.value

    @property
    def changes_battle(self) -> bool:
        """Its battle is another one, or reads differently: people, value, the war, or where in its system it was."""
        before, after = self.before, self.after.killmail
        moved = (before.war_id, before.location_id) != (after.war_id, after.location_id)
        return moved or self.changes_people or self.changes_value


@dataclass(frozen=True, slots=True, kw_only=True)
class KillRevised:
    """A killmail that was stored, and may have been told of, is another now."""

    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleChanged:
    """A battle began, grew, ended, or took in another (`absorbed`: the rows that no longer stand alone)."""

    battle: Battle
    absorbed: tuple[BattleKey, ...] = ()
    before: Battle | None = None
    """As it stood, where the same killmails make it up: it ended, or they became better known. Only who did not want it
    as it stood can hear of it as something new."""


Event = KillStored | KillRevised | BattleChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Killmails that were new in one transaction, oldest first, those revised, and the moment it is told at."""

    arrivals: tuple[Arrival, ...]
    now: datetime
    live: bool
    """False while backfilling: stored and understood, but nobody is told."""
    revisions: tuple[Revision, ...] = ()
    behind: bool = False
    """The feed still has a backlog to read."""


Transaction_contra = TypeVar("Transaction_contra", contravariant=True)


class Consumer(Protocol[Transaction_contra]):
    """Something that learns from killmails inside the transaction that stores them."""

    async def consume(self, tx: Transaction_contra, batch: Batch) -> Sequence[Event]:
        """Take in the new and the revised killmails; return what others should hear of. Must not commit."""
        ...
