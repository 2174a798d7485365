"""The names of the hottest systems: each beside its disc, on free ground, with a line to it where it had to step aside.

A label never covers another one, a region's name, a corner with letters or one of the hottest discs. Of the free places
it takes the nearest; the hottest system chooses first. The same spots always give the same places.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.rendering.fonts import Font, cap_height, text_width
from services.rendering.frame import CORNERS, PICTURE
from services.rendering.geometry import Box
from services.rendering.heat import Spot

PAD_X = 8
PAD_Y = 7
GAP = 8
"""Pixels between the name and its figure."""
_EDGE = 4
_APART = 2
_DIRECTIONS = 24
_DISTANCES = (3, 10, 18, 28, 40, 54, 70, 88, 108, 130, 155, 182, 212, 245, 280, 320, 365)
_LEADER_FROM = 12
"""A label nearer to its disc than this needs no line."""


Line = tuple[float, float, float, float]
"""From (x1, y1) to (x2, y2) in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A placed label. `leader` is the line from the disc's rim to the box, if it needs one."""

    spot: Spot
    figure: str
    box: Box
    leader: Line | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFonts:
    """The faces in which a label is written."""

    name: Font
    figure: Font


def place_labels(
    wanted: Sequence[tuple[Spot, str]],
    *,
    taken: Iterable[Box],
    discs: Sequence[Spot],
    fonts: LabelFonts,
) -> tuple[Label, ...]:
    """Labels for spots with their figures; `taken` boxes and `discs` stay uncovered. One without room is left out."""
    blocked = [*taken, *CORNERS, *(spot.box for spot in discs)]
    found: list[Label] = []
    for spot, figure in wanted:
        width, height = label_size(spot.name, figure, fonts=fonts)
        label = _place(
            spot, figure, size=(width, height), blocked=blocked, discs=discs, others=found
        )
        if label is not None:
            found.append(label)
            blocked.append(label.box)
    return tuple(found)


def label_size(name: str, figure: str, *, fonts: LabelFonts) -> tuple[float, float]:
    """Width and height in pixels of a label's box."""
    width = text_width(name, fonts.name) + GAP + text_width(figure, fonts.figure) + 2 * PAD_X
    return math.ceil(width), cap_height(fonts.name) + 2 * PAD_Y


def _place(
    spot: Spot,
    figure: str,
    *,
    size: tuple[float, float],
    blocked: Sequence[Box],
    discs: Sequence[Spot],
    others: Sequence[Label],
) -> Label | None:
    room = Box(
        PICTURE.left + _EDGE, PICTURE.top + _EDGE, PICTURE.right - _EDGE, PICTURE.bottom - _EDGE
    )
    best: tuple[float, Label] | None = None
    for distance in _DISTANCES:
        if best is not None and distance >= best[0]:
            break
        for step in range(_DIRECTIONS):
            box = _candidate(spot, size, distance=distance, angle=math.tau * step / _DIRECTIONS)
            wide = box.grown(_APART)
            if not box.inside(room) or any(wide.meets(other) for other in blocked):
                continue
            leader = _leader(spot, box)
            # A line across another label or line is worse than a longer way round.
            cost = distance + 6 * abs(math.sin(math.tau * step / _DIRECTIONS))
            cost += 90 * sum(_crosses(leader, other) for other in others)
            cost += 40 * _over_labels(box, others)
            cost += 45 * sum(_passes(leader, disc) for disc in discs if disc is not spot)
            if best is None or cost < best[0]:
                best = cost, Label(spot=spot, figure=figure, box=box, leader=leader)
    return None if best is None else best[1]


def _candidate(spot: Spot, size: tuple[float, float], *, distance: float, angle: float) -> Box:
    """The box whose nearest edge lies `distance` from the disc's rim in the direction of `angle`."""
    width, height = size
    reach = spot.radius + distance
    dx, dy = math.cos(angle), math.sin(angle)
    return Box.sized(
        round(spot.x + dx * reach + (dx - 1) * width / 2),
        round(spot.y + dy * reach + (dy - 1) * height / 2),
        width=width,
        height=height,
    )


def _leader(spot: Spot, box: Box) -> Line | None:
    x, y = box.nearest(spot.x, spot.y)
    length = math.hypot(x - spot.x, y - spot.y)
    if length < spot.radius + _LEADER_FROM:
        return None
    share = (spot.radius + 2) / length
    return spot.x + (x - spot.x) * share, spot.y + (y - spot.y) * share, x, y


def _crosses(leader: Line | None, other: Label) -> bool:
    """Whether the line runs through the other label or crosses its line."""
    if leader is None:
        return False
    x1, y1, x2, y2 = leader
    steps = max(2, int(math.hypot(x2 - x1, y2 - y1) / 6))
    for i in range(steps + 1):
        x, y = x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps
        box = other.box.grown(3)
        if box.left < x < box.right and box.top < y < box.bottom:
            return True
    return other.leader is not None and _cut(leader, other.leader)


def _passes(leader: Line | None, disc: Spot) -> bool:
    """Whether the line runs over the disc of another system."""
    if leader is None:
        return False
    x1, y1, x2, y2 = leader
    dx, dy = x2 - x1, y2 - y1
    along = ((disc.x - x1) * dx + (disc.y - y1) * dy) / max(dx * dx + dy * dy, 1e-9)
    along = min(1.0, max(0.0, along))
    return math.hypot(x1 + along * dx - disc.x, y1 + along * dy - disc.y) < disc.radius


def _over_labels(box: Box, others: Sequence[Label]) -> int:
    """How many lines of other labels the box would cover."""
    return sum(
        other.leader is not None
        and any(
            box.left < other.leader[0] + (other.leader[2] - other.leader[0]) * i / 20 < box.right
            and box.top
            < other.leader[1] + (other.leader[3] - other.leader[1]) * i / 20
            < box.bottom
            for i in range(21)
        )
        for other in others
    )


def _cut(a: Line, b: Line) -> bool:
    """Whether two lines cross."""

    def side(line: Line, x: float, y: float) -> float:
        return (line[2] - line[0]) * (y - line[1]) - (line[3] - line[1]) * (x - line[0])

    return (
        side(a, b[0], b[1]) * side(a, b[2], b[3]) < 0
        and side(b, a[0], a[1]) * side(b, a[2], a[3]) < 0
    )
