"""The fights of one pilot, corporation or alliance: how they went, beside whom and against whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.battle import Battle
from services.domain.isk import IskSum
from services.domain.killmail import Organisation


class FightOutcome(StrEnum):
    """By ISK: more was destroyed than lost, or less, or nobody can say."""

    WON = "won"
    LOST = "lost"
    OPEN = "open"
    """Sides unclear, values unknown, no opponent, much lost by others, or within a tenth of each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fight:
    """One battle from the side of the one who is asked for. `side`: place in `Battle.sides`; None: of no side."""

    battle: Battle
    side: int | None
    outcome: FightOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A party that was met, and in how many fights."""

    organisation: Organisation
    fights: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleHistory:
    """All fights of a window. ISK is that of the sides it stood on, not its own share."""

    entity_id: int
    since: datetime
    fights: tuple[Fight, ...]
    """The latest first."""
    isk_destroyed: IskSum
    isk_lost: IskSum
    allies: tuple[Company, ...]
    """Parties of the same side in clear fights, the most frequent first; its own party left out."""
    enemies: tuple[Company, ...]
    """Those who shot and were shot at: parties of the other main side in clear fights."""
    read: int
    """Battles that were looked at: the latest, where there were more."""
    total: int
    """Battles of the window."""

    def count(self, outcome: FightOutcome) -> int:
        """How many went so."""
        return sum(fight.outcome is outcome for fight in self.fights)
