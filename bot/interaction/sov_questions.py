"""What somebody asked of sovereignty, as a short text: it stands in the buttons of the answer."""

from dataclasses import dataclass
from typing import Self

from bot.interaction.question_texts import OLD, read, written
from services.domain.errors import UserError
from services.domain.ids import RegionId, SystemId

USUAL_JUMPS = 10
"""How far around a system timers are looked for when nobody says how far."""
USUAL_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerQuestion:
    """What `/sov timers` was asked. None: not asked for."""

    region_id: RegionId | None = None
    alliance_id: int | None = None
    near_id: SystemId | None = None
    jumps: int | None = None
    """Around `near_id`."""
    hours: int | None = None

    def __str__(self) -> str:
        return written(
            {
                "R": self.region_id,
                "A": self.alliance_id,
                "S": self.near_id,
                "J": self.jumps,
                "H": self.hours,
            }
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. UserError for what another version wrote."""
        found = read(text)
        region, system = found.get("R"), found.get("S")
        return cls(
            region_id=None if region is None else RegionId(region),
            alliance_id=found.get("A"),
            near_id=None if system is None else SystemId(system),
            jumps=found.get("J"),
            hours=found.get("H"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuestion:
    """What `/sov changes` was asked."""

    days: int = USUAL_DAYS
    region_id: RegionId | None = None
    alliance_id: int | None = None

    def __str__(self) -> str:
        return written({"D": self.days, "R": self.region_id, "A": self.alliance_id})

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. UserError for what another version wrote."""
        found = read(text)
        if "D" not in found:
            raise UserError(OLD)
        region = found.get("R")
        return cls(
            days=found["D"],
            region_id=None if region is None else RegionId(region),
            alliance_id=found.get("A"),
        )
