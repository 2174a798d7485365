"""What somebody asked of battles, as a short text: it stands in the buttons of the answer.

A button holds a hundred characters in all. Each part of a question is a capital letter and a number in base 36
(`0-9a-z`), or the letter of a kind or space; what was not asked is not written. The longest question has 57 characters.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from bot.interaction.question_texts import OLD, numbers, words_of, written
from services.domain.battle import BattleKind, BattleSearch
from services.domain.errors import UserError
from services.domain.ids import RegionId, SystemId
from services.domain.space import Space

USUAL_HOURS = 24
USUAL_FLOOR = 5
"""Kills from which on a battle is listed when nobody asks for more than a place and a time: on the recorded days 85 %
are smaller, and nobody looks for those."""
_SPACES = {
    Space.HIGH: "h",
    Space.LOW: "l",
    Space.NULL: "n",
    Space.WORMHOLE: "w",
    Space.POCHVEN: "p",
    Space.ABYSSAL: "a",
    Space.UNKNOWN: "u",
}
_KINDS = {
    BattleKind.GANK: "g",
    BattleKind.GATE_CAMP: "t",
    BattleKind.SMARTBOMB_CAMP: "m",
    BattleKind.ROAMING: "r",
    BattleKind.SKIRMISH: "s",
    BattleKind.BRAWL: "l",
    BattleKind.BATTLE: "b",
    BattleKind.CAPITAL_BRAWL: "c",
    BattleKind.STRUCTURE_FIGHT: "f",
    BattleKind.EVICTION: "e",
}
"""Standing messages hold these letters: they never change, whatever is added."""
_SPACE_OF = {letter: space for space, letter in _SPACES.items()}
_KIND_OF = {letter: kind for kind, letter in _KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleQuestion:
    """What `/battle list` was asked. None: not asked for."""

    hours: int = USUAL_HOURS
    region_id: RegionId | None = None
    system_id: SystemId | None = None
    entity_id: int | None = None
    space: Space | None = None
    kind: BattleKind | None = None
    min_kills: int | None = None
    min_isk: float | None = None
    min_pilots: int | None = None
    min_capitals: int | None = None

    def __str__(self) -> str:
        return written(
            {
                "H": self.hours,
                "R": self.region_id,
                "S": self.system_id,
                "E": self.entity_id,
                "P": None if self.space is None else _SPACES[self.space],
                "T": None if self.kind is None else _KINDS[self.kind],
                "K": self.min_kills,
                "I": None if self.min_isk is None else round(self.min_isk),
                "N": self.min_pilots,
                "C": self.min_capitals,
            }
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. UserError for what another version wrote."""
        words = words_of(text)
        space, kind = words.pop("P", None), words.pop("T", None)
        if (space or "h") not in _SPACE_OF or (kind or "g") not in _KIND_OF:
            raise UserError(OLD)
        read = numbers(words)
        region, system, isk = read.get("R"), read.get("S"), read.get("I")
        return cls(
            hours=read.get("H", USUAL_HOURS),
            region_id=None if region is None else RegionId(region),
            system_id=None if system is None else SystemId(system),
            entity_id=read.get("E"),
            space=None if space is None else _SPACE_OF[space],
            kind=None if kind is None else _KIND_OF[kind],
            min_kills=read.get("K"),
            min_isk=None if isk is None else float(isk),
            min_pilots=read.get("N"),
            min_capitals=read.get("C"),
        )

    @property
    def floor(self) -> int:
        """Kills that a battle must have: as asked; else the usual floor, and none where the question is narrow."""
        if self.min_kills is not None:
            return self.min_kills
        narrow = (
            self.system_id,
            self.entity_id,
            self.kind,
            self.min_isk,
            self.min_pilots,
            self.min_capitals,
        )
        return USUAL_FLOOR if all(part is None for part in narrow) else 0

    def search(self, now: datetime, *, limit: int | None = None, offset: int = 0) -> BattleSearch:
        """The same for the service."""
        return BattleSearch(
            since=now - timedelta(hours=self.hours),
            region_id=self.region_id,
            system_id=self.system_id,
            entity_id=self.entity_id,
            space=self.space,
            kind=self.kind,
            min_kills=self.floor,
            min_isk=self.min_isk or 0.0,
            min_pilots=self.min_pilots or 0,
            min_capitals=self.min_capitals or 0,
            limit=limit,
            offset=offset,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuestion:
    """What `/battle history` was asked."""

    entity_id: int
    days: int

    def __str__(self) -> str:
        return written({"E": self.entity_id, "D": self.days})

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. UserError for what another version wrote."""
        read = numbers(words_of(text))
        if not {"E", "D"} <= read.keys():
            raise UserError(OLD)
        return cls(entity_id=read["E"], days=read["D"])
