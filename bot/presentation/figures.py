"""Figures of a battle, boiled down for a card: which sides are the main ones, who is ahead, how fast, what was flown.

Pure arithmetic over `Battle`; no words but the hull classes'. A figure that is not known is None and is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from string import ascii_uppercase

from bot.presentation.text import MINUS, NO_BREAK
from services.domain.battle import (
    Battle,
    BattleState,
    HullCount,
    Party,
    Side,
    efficiency,
    main_sides,
    ranked_sides,
)
from services.domain.isk import IskSum
from services.domain.space import HullClass

MAIN_SIDES = 3
"""Sides that get a field of their own; more are no longer read on a phone."""
_MAIN_SHARE = 0.1
"""A third side is a main one when it holds this share of the pilots or of the losses."""

DOUBTFUL = 0.8
"""Certainty below which a party is marked as one of whose side nobody can be sure: on the recorded days one in 75 of
those in clear fights of 20 kills and more."""
_WINDOW = timedelta(minutes=10)
"""The window that a battle's tempo counts."""
_QUICKER, _MORE = 1.5, 3
"""It grows, or dies down, when one window holds so many times the kills of the other, and so many more."""

_HULLS = {
    HullClass.STRUCTURE: "Structure",
    HullClass.SUPERCAPITAL: "Supercapital",
    HullClass.CAPITAL: "Capital",
    HullClass.BATTLESHIP: "Battleship",
    HullClass.BATTLECRUISER: "Battlecruiser",
    HullClass.CRUISER: "Cruiser",
    HullClass.DESTROYER: "Destroyer",
    HullClass.FRIGATE: "Frigate",
    HullClass.INDUSTRIAL: "Industrial",
    HullClass.ROOKIE: "Corvette/shuttle",
    HullClass.DEPLOYABLE: "Deployable",
    HullClass.FIGHTER: "Fighter",
    HullClass.OTHER: "Other",
    HullClass.POD: "Pod",
}
HULL_ORDER = tuple(_HULLS)
"""Heaviest first; the order in which a composition is told."""


def hull_class_name(word: str) -> str:
    """`battleship`, `corvette/shuttle`; a word that is no hull class stays as it is."""
    return _HULLS[HullClass(word)].lower() if word in _HULLS else word


def split_sides(battle: Battle) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
    """The main sides (two, or more when they weigh enough) and all others: third parties and small sides."""
    ranked = ranked_sides(battle)
    pilots = sum(side.pilots for side in ranked) or 1
    losses = sum(side.losses for side in ranked) or 1
    opposed = _opposed(ranked, main_sides(battle))
    main = [
        side
        for place, side in enumerate(opposed)
        if place < 2 or max(side.pilots / pilots, side.losses / losses) >= _MAIN_SHARE
    ][:MAIN_SIDES]
    taken = {id(side) for side in main}
    return tuple(main), tuple(side for side in opposed if id(side) not in taken)


def _opposed(ranked: Sequence[Side], main: Sequence[Side]) -> list[Side]:
    """The two that oppose each other; behind them third parties; last, those who lost and killed nothing."""
    first = {id(side) for side in main}
    return sorted(
        ranked,
        key=lambda side: (id(side) not in first, not (side.kills or side.losses), side.third),
    )


def letters(battle: Battle) -> dict[int, str]:
    """The letter by which cards and pictures call a side, by its place in `Battle.sides`."""
    return dict(zip(range(len(battle.sides)), ascii_uppercase, strict=False))


def letter_of(battle: Battle, side: Side) -> str:
    """`A`; `+` where the alphabet has no more."""
    place = next((place for place, one in enumerate(battle.sides) if one is side), None)
    return letters(battle).get(-1 if place is None else place, "+")


def opponent(battle: Battle, side: Side) -> Side | None:
    """The side whose losses were this one's work; None where nobody can say."""
    if efficiency(battle, side) is None:
        return None
    main, _ = split_sides(battle)
    return main[1] if side == main[0] else main[0]


def is_doubtful(party: Party) -> bool:
    """True where the party may as well stand elsewhere."""
    return party.certainty is not None and party.certainty < DOUBTFUL


class Trend(StrEnum):
    """Whether a battle gets quicker. The values are words of the card."""

    GROWING = "Growing"
    STEADY = "Steady"
    SLOWING = "Slowing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The kills of the latest ten minutes beside those of so many minutes before."""

    trend: Trend
    kills: int
    before: int
    minutes: int


def pace(battle: Battle, *, now: datetime) -> Pace | None:
    """None when it is over, when nothing died for a whole window, or when it is too young to have two to compare.

    An earlier window that is shorter is scaled.
    """
    earlier = min(battle.duration - _WINDOW, _WINDOW)
    quiet = now - battle.end > _WINDOW
    if battle.state is not BattleState.OPEN or quiet or earlier < _WINDOW / 2:
        return None
    latest, before = battle.tempo.kills, battle.tempo.before * (_WINDOW / earlier)
    trend = Trend.STEADY
    if latest >= before * _QUICKER and latest - before >= _MORE:
        trend = Trend.GROWING
    elif before >= latest * _QUICKER and before - latest >= _MORE:
        trend = Trend.SLOWING
    minutes = round(earlier / timedelta(minutes=1))
    return Pace(trend=trend, kills=battle.tempo.kills, before=battle.tempo.before, minutes=minutes)


def sum_isk(sides: Sequence[Side]) -> IskSum:
    """What several sides lost together."""
    return sum((side.isk_lost for side in sides), IskSum())


def composition(hulls: Sequence[HullCount], *, most: int) -> str:
    """`Capital 12 (-3) · Battleship 24 (-6) · …`, heaviest first; what does not fit is summed as `other`.

    A class of which every hull seen died (pods, most often) is told as `Pod -30`.
    """
    present = sorted(
        (count for count in hulls if count.fielded or count.lost),
        key=lambda count: HULL_ORDER.index(count.hull_class),
    )
    shown, rest = (
        (present, []) if len(present) <= most else (present[: most - 1], present[most - 1 :])
    )
    words = [_hull_words(_HULLS[count.hull_class], count.fielded, count.lost) for count in shown]
    if rest:
        words.append(_hull_words("rest", sum(c.fielded for c in rest), sum(c.lost for c in rest)))
    return f"{NO_BREAK}· ".join(words)


def _hull_words(name: str, fielded: int, lost: int) -> str:
    """One class, held together by no-break spaces: on a phone the line wraps between classes only."""
    if lost >= fielded:
        return f"{name}{NO_BREAK}{MINUS}{lost:,}"
    return f"{name}{NO_BREAK}{fielded:,}" + (f"{NO_BREAK}({MINUS}{lost:,})" if lost else "")
