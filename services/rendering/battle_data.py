"""What the picture of a battle shows, and in which words: pure, nothing is drawn here.

Each side of the battle has its letter, the one that cards call it by: letters follow the order of `Battle.sides`. More
than six sides would be six that nobody can tell apart, so the smallest of them share a lane; losses of no side (what
NPCs own) have one of their own. What is not known is not counted as 0: it is told.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.battle import Battle, BattleState, HullCount, Side
from services.domain.battle_report import BattleReport, KillMoment
from services.domain.ids import SystemId, TypeId
from services.domain.isk import IskSum
from services.rendering.furniture import span_text

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOST_LANES = 6
NO_SIDE, FOLDED = "-", "+"
_ARROW = " → "
_NAMED = 4
"""Systems named in the title's line; a longer way is told by its ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BattlePicture:
    """A report, and the names that are written on its picture."""

    report: BattleReport
    side_names: tuple[str, ...]
    """In the order of the battle's sides; one that is missing or empty leaves the letter alone."""
    systems: Mapping[SystemId, str]
    hulls: Mapping[TypeId, str]
    drawn_at: datetime


def battle_picture_key(data: BattlePicture) -> str:
    """The same for data that give the same picture."""
    parts = [
        repr(data.report),
        repr(data.side_names),
        repr(sorted(data.systems.items())),
        repr(sorted(data.hulls.items())),
        f"{data.drawn_at:%Y-%m-%dT%H:%M}",
    ]
    return "battle:" + hashlib.blake2b("\x00".join(parts).encode(), digest_size=16).hexdigest()


def systems_of(report: BattleReport) -> frozenset[SystemId]:
    """Every system that the picture may name."""
    found = {moment.system_id for moment in report.moments}
    found.update(place.system_id for place in report.battle.places)
    return frozenset({*found, report.battle.system_id})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One side's strip: who it is, what it lost and when."""

    letter: str
    """`A`; `NO_SIDE`, or `FOLDED` for several small sides."""
    name: str
    pilots: int
    third: bool
    losses: tuple[KillMoment, ...]
    """By time."""
    hulls: tuple[HullCount, ...]

    @property
    def isk(self) -> IskSum:
        """What was lost."""
        return isk_of(self.losses)

    @property
    def figures(self) -> str:
        """`412 pilots · 90 lost · ~12.3B`."""
        parts = ["third party"] if self.third else []
        if self.pilots:
            parts.append(counted(self.pilots, "pilot"))
        parts.append(f"{len(self.losses):,} lost" if self.losses else "none lost")
        if self.losses:
            parts.append(f"{isk_words(self.isk)}")
        return " · ".join(parts)


def lanes_of(data: BattlePicture) -> tuple[Lane, ...]:
    """The sides in the battle's order; at most `MOST_LANES` and one for losses of no side."""
    sides = data.report.battle.sides
    moments = sorted(data.report.moments, key=lambda moment: moment.time)
    alone = len(sides) if len(sides) <= MOST_LANES else MOST_LANES - 1
    lanes = [
        Lane(
            letter=LETTERS[index],
            name=_name(data, index),
            pilots=side.pilots,
            third=side.third,
            losses=tuple(moment for moment in moments if moment.side == index),
            hulls=side.hulls,
        )
        for index, side in enumerate(sides[:alone])
    ]
    if rest := sides[alone:]:
        lanes.append(_folded(rest, [m for m in moments if m.side is not None and m.side >= alone]))
    if ownerless := tuple(moment for moment in moments if moment.side is None):
        lanes.append(
            Lane(letter=NO_SIDE, name="No side", pilots=0, third=False, losses=ownerless, hulls=())
        )
    return tuple(lanes)


def _name(data: BattlePicture, index: int) -> str:
    name = data.side_names[index] if index < len(data.side_names) else ""
    return name or f"Side {LETTERS[index]}"


def _folded(sides: Sequence[Side], losses: Sequence[KillMoment]) -> Lane:
    return Lane(
        letter=FOLDED,
        name=f"{len(sides)} more sides",
        pilots=sum(side.pilots for side in sides),
        third=False,
        losses=tuple(losses),
        hulls=(),
    )


def isk_of(moments: Sequence[KillMoment]) -> IskSum:
    """What they were worth, as far as is known."""
    known = [moment for moment in moments if moment.isk is not None]
    return IskSum(
        isk=sum(moment.isk or 0.0 for moment in known),
        unpriced=len(moments) - len(known),
        estimated=sum(moment.estimated for moment in known),
    )


def isk_words(total: IskSum) -> str:
    """`~12.3B ISK`, `at least 3.20B ISK`, `value unknown`."""
    if total.unpriced and not total.isk:
        return "value unknown"
    known = str(IskSum(isk=total.isk, estimated=total.estimated))
    return f"{'at least ' if total.unpriced else ''}{known} ISK"


def counted(number: int, noun: str) -> str:
    """`1 kill`, `2,410 kills`."""
    return f"{number:,} {noun}" + ("s" if number != 1 else "")


def title(data: BattlePicture) -> str:
    """`Capital brawl in UW9B-F`, `Roaming in A → B → C`."""
    battle = data.report.battle
    kind = battle.kind.value
    return f"{kind[0].upper()}{kind[1:]} in {way(data)}"


def way(data: BattlePicture) -> str:
    """Where it was fought, in the order in which it moved; not where a straggler died."""
    places = data.report.battle.main_places
    keys = [place.system_id for place in places] or [data.report.battle.system_id]
    names = [system_name(data, key) for key in keys]
    if len(names) > _NAMED:
        return f"{names[0]}{_ARROW}…{_ARROW}{names[-1]}"
    return _ARROW.join(names)


def system_name(data: BattlePicture, system_id: SystemId) -> str:
    """Its name, or its number where nobody knows it."""
    return data.systems.get(system_id, str(system_id))


def when(battle: Battle) -> str:
    """`2021-11-30 00:26 - 01:44 EVE · 1 h 18 min`."""
    span = span_text(battle.start, battle.end)
    if f"{battle.start:%Y%m%d%H%M}" == f"{battle.end:%Y%m%d%H%M}":
        span = f"{battle.start:%Y-%m-%d %H:%M} EVE"
    far = " so far" if battle.state is BattleState.OPEN else ""
    return f"{span} · {_length(battle.duration)}{far}"


def _length(length: timedelta) -> str:
    """Full minutes that have passed, as cards tell it."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return counted(rest, "minute")
    return f"{hours} h {rest} min" if rest else counted(hours, "hour")


def totals(data: BattlePicture) -> str:
    """`312 kills · 1,204 pilots · ~58.3B ISK lost`, and in how many systems."""
    battle = data.report.battle
    parts = [counted(battle.kills, "kill"), counted(battle.pilots, "pilot")]
    worth = isk_words(battle.isk_destroyed)
    parts.append(worth if worth == "value unknown" else f"{worth} lost")
    if len(battle.places) > 1:
        parts.append(f"{len(battle.places)} systems")
    return " · ".join(parts)


def notes(data: BattlePicture) -> tuple[str, ...]:
    """What the figures rest on."""
    total = isk_of(data.report.moments)
    lines = []
    if total.unpriced and total.isk:
        noun = "loss is" if total.unpriced == 1 else "losses are"
        lines.append(f"{total.unpriced:,} {noun} of unknown value, and not in the ISK")
    if total.estimated:
        lines.append("~ estimated, in part or all")
    return tuple(lines)
