"""A battle as everybody outside `services/battles` sees it: a finished picture of one fight at one moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.domain.ids import BattleKey, KillmailId, RegionId, SystemId
from services.domain.isk import IskSum
from services.domain.killmail import Organisation
from services.domain.space import HullClass, Space


class BattleState(StrEnum):
    """`open` while kills may still come; `frozen` when mails it rests on have been pruned."""

    OPEN = "open"
    ENDED = "ended"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One organisation in a battle.

    `pilots`: named ones, each once. `kills`: mails that it is on as attacker of a victim of another side.
    """

    organisation: Organisation
    pilots: int
    kills: int
    losses: int
    isk_lost: IskSum


@dataclass(frozen=True, slots=True, kw_only=True)
class HullCount:
    """Hulls of one class on one side. A pilot's hull counts once as fielded, and again for each further one lost."""

    hull_class: HullClass
    fielded: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Parties that fought together, the largest first."""

    parties: tuple[Party, ...]
    pilots: int
    kills: int
    losses: int
    isk_lost: IskSum
    hulls: tuple[HullCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Battle:
    """One fight. Times are those of its first and last mail; ISK is what all its victims lost; ids ascend."""

    key: BattleKey
    public_id: str
    system_id: SystemId
    space: Space
    state: BattleState
    start: datetime
    end: datetime
    killmail_ids: tuple[KillmailId, ...]
    pilots: int
    isk_destroyed: IskSum
    sides: tuple[Side, ...]
    certainty: float
    """Share of what was shot and flown together that the sides explain, 0 to 1."""

    @property
    def kills(self) -> int:
        """How many mails it holds."""
        return len(self.killmail_ids)

    @property
    def duration(self) -> timedelta:
        """From the first mail to the last."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleSearch:
    """Which battles to list. None means no condition."""

    since: datetime | None = None
    """Its last mail is not before this."""
    until: datetime | None = None
    """Its first mail is before this."""
    system_id: SystemId | None = None
    region_id: RegionId | None = None
    min_kills: int = 0
    limit: int | None = None
    offset: int = 0
    """So many of the latest are passed over: for the pages of a list."""


def related_url(system_id: SystemId, moment: datetime) -> str:
    """ZKillboard's related-kills page of the hour of `moment` (its minutes must be 00)."""
    return f"https://zkillboard.com/related/{system_id}/{moment:%Y%m%d%H}00/"
