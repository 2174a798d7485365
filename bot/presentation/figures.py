"""Figures of a battle, boiled down for a card: which sides are the main ones, who won how much, what was flown.

Pure arithmetic over `Battle`; no words but the hull classes'. A figure that is not known is None and is left out.
"""

from collections.abc import Sequence

from bot.presentation.text import MINUS, NO_BREAK
from services.domain.battle import Battle, HullCount, Side
from services.domain.isk import IskSum
from services.domain.space import HullClass

CLEAR = 0.92
"""Certainty below which the card says that the sides are unclear. On the recorded days it marks 22 of the 23 fights in
which more than 15 % of a victim's attackers stood on its own side, and one in eighty of those with less than 5 %."""
MAIN_SIDES = 3
"""Sides that get a field of their own; more are no longer read on a phone."""
_MAIN_SHARE = 0.1
"""A third side is a main one when it holds this share of the pilots or of the losses."""
_DUEL_SHARE = 0.9
"""Efficiency is stated when the two largest sides took this share of all the losses: else one cannot know whose
work the losses of a third are."""

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
"""Heaviest first; the order in which a composition is told."""


def hull_class_name(word: str) -> str:
    """`battleship`, `corvette/shuttle`; a word that is no hull class stays as it is."""
    return _HULLS[HullClass(word)].lower() if word in _HULLS else word


def ranked_sides(battle: Battle) -> tuple[Side, ...]:
    """Sides by pilots, then by losses, the largest first."""
    return tuple(
        sorted(battle.sides, key=lambda side: (-side.pilots, -side.losses, -side.isk_lost.isk))
    )


def split_sides(battle: Battle) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
    """The main sides (two, or more when they weigh enough) and the third parties."""
    ranked = ranked_sides(battle)
    pilots = sum(side.pilots for side in ranked) or 1
    losses = sum(side.losses for side in ranked) or 1
    opposed = _opposed(ranked)
    main = [
        side
        for place, side in enumerate(opposed)
        if place < 2 or max(side.pilots / pilots, side.losses / losses) >= _MAIN_SHARE
    ][:MAIN_SIDES]
    return tuple(main), tuple(side for side in opposed if side not in main)


def _opposed(ranked: Sequence[Side]) -> list[Side]:
    """Sides that lost nothing and killed nothing stand behind the others: they are no opponent of anybody."""
    return sorted(ranked, key=lambda side: not (side.kills or side.losses))


def is_clear(battle: Battle) -> bool:
    """False when the sides explain too little of who shot whom to be stated plainly."""
    return battle.certainty >= CLEAR


def efficiency(battle: Battle, side: Side) -> float | None:
    """Share of the ISK lost by the two main sides that the other one lost, 0 to 1.

    None when a value is missing, when the sides are unclear, or when a third side lost too much.
    """
    main, _ = split_sides(battle)
    if len(main) < 2 or side not in main[:2] or not is_clear(battle):
        return None
    other = main[1] if side is main[0] or side == main[0] else main[0]
    both = side.isk_lost + other.isk_lost
    if both.unpriced or not both.isk or both.isk < battle.isk_destroyed.isk * _DUEL_SHARE:
        return None
    return other.isk_lost.isk / both.isk


def sum_isk(sides: Sequence[Side]) -> IskSum:
    """What several sides lost together."""
    return sum((side.isk_lost for side in sides), IskSum())


def composition(hulls: Sequence[HullCount], *, most: int) -> str:
    """`Capital 12 (-3) · Battleship 24 (-6) · …`, heaviest first; what does not fit is summed as `other`.

    A class of which every hull seen died (pods, most often) is told as `Pod -30`.
    """
    order = list(_HULLS)
    present = sorted(
        (count for count in hulls if count.fielded or count.lost),
        key=lambda count: order.index(count.hull_class),
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
