"""Capitals and structures that died: each has its sign at its moment, and words above it that never cover another's.

Where the words of two would meet they become one (`3 Naglfar`, `5 capitals`), with a line through all that these mean.
So everything is told, and nothing twice.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.domain.battle_report import KillMoment
from services.domain.ids import TypeId
from services.domain.space import HullClass

NOUNS = {
    HullClass.SUPERCAPITAL: "supercapital",
    HullClass.CAPITAL: "capital",
    HullClass.STRUCTURE: "structure",
}
"""What is marked, the greatest first."""
SIGN = 28
"""Pixels of a sign, in width and height."""
_APART = 18
"""Between the words of two marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One or more losses under one text. Pixels: `xs` are the middles of the signs, ascending."""

    losses: tuple[KillMoment, ...]
    xs: tuple[float, ...]
    text: str
    left: float
    """Where the words begin, above the signs."""
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where marks may stand, and how wide words are."""

    left: float
    right: float
    width: Callable[[str], float]
    names: Mapping[TypeId, str]


def is_marked(moment: KillMoment) -> bool:
    """True for what a reader looks for first."""
    return moment.hull_class in NOUNS


def place_marks(losses: Sequence[tuple[KillMoment, float]], room: Room) -> tuple[Mark, ...]:
    """Marks for losses at x, in the order of time; those that would meet are one."""
    placed: list[Mark] = []
    for moment, x in losses:
        mark = _mark([moment], [x], room)
        while placed and mark.left < placed[-1].right + _APART:
            last = placed.pop()
            mark = _mark([*last.losses, *mark.losses], [*last.xs, *mark.xs], room)
        placed.append(mark)
    return tuple(placed)


def _mark(losses: Sequence[KillMoment], xs: Sequence[float], room: Room) -> Mark:
    """Words above the middle of the signs, as far as the room reaches."""
    text = mark_words(losses, room.names)
    width = room.width(text)
    left = min(max((xs[0] + xs[-1] - width) / 2, room.left), room.right - width)
    return Mark(losses=tuple(losses), xs=tuple(xs), text=text, left=left, right=left + width)


def mark_words(losses: Sequence[KillMoment], names: Mapping[TypeId, str]) -> str:
    """`Avatar`, `3 Naglfar`, `2 supercapitals, 5 capitals`."""
    kinds = Counter(moment.ship_type_id for moment in losses)
    if len(kinds) == 1:
        ((type_id, count),) = kinds.items()
        if type_id is not None and (name := names.get(type_id)):
            return name if count == 1 else f"{count} {name}"
    classes = Counter(moment.hull_class for moment in losses)
    return ", ".join(
        f"{classes[hull]} {noun}" + ("s" if classes[hull] != 1 else "")
        for hull, noun in NOUNS.items()
        if classes[hull]
    )
