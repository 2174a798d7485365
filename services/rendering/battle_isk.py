"""What was lost, in ISK: a line a side that climbs where something died, named where it ends."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.domain.isk import format_isk
from services.rendering.battle_axis import Heights, isk_mark
from services.rendering.battle_data import Lane
from services.rendering.battle_furniture import badge, heading, plate
from services.rendering.battle_lanes import draw_moments
from services.rendering.battle_layout import DASHES, LEFT, RIGHT, SMALL, Layout, Strip
from services.rendering.fonts import font
from services.rendering.furniture import Pen
from services.rendering.palette import QUIET_TEXT, RGB, RULE, TEXT


def draw_isk(pen: Pen, layout: Layout) -> None:
    """The running total of each side's known losses, a line that climbs where something died."""
    box = layout.isk
    heading(pen, "ISK lost, running total", bottom=box.top - 12)
    priced = [strip for strip in layout.strips if strip.lane.isk.isk > 0]
    scale = Heights.of(max((s.lane.isk.isk for s in priced), default=0), lines=4)
    draw_moments(pen, layout, box)
    for value in scale.marks():
        y = box.bottom - box.height * value / scale.top
        pen.line((box.left, y, box.right, y), fill=RULE, width=1 if value else 2)
        if priced:
            words = isk_mark(value)
            pen.text((LEFT - 14, y), words, font=font(SMALL), fill=QUIET_TEXT, anchor="rm")
    for strip in reversed(priced):
        path = isk_path(strip.lane, layout, top=scale.top)
        _draw_path(pen, path, dashes=DASHES[strip.index % len(DASHES)], colour=strip.colour)
    _name_lines(pen, priced, layout, top=scale.top)
    if not priced:
        plate(pen, "No values known" if any(s.plot for s in layout.strips) else "No losses", box)


Path = list[tuple[float, float]]


def isk_path(lane: Lane, layout: Layout, *, top: float) -> Path:
    """Corners of a side's line, from the window's beginning to its end."""
    box, total = layout.isk, 0.0
    path = [(box.left, box.bottom)]
    for moment in lane.losses:
        if moment.isk:
            x = layout.x(moment.time)
            path.append((x, path[-1][1]))
            total += moment.isk
            path.append((x, box.bottom - box.height * total / top))
    path.append((box.right, path[-1][1]))
    return path


def _draw_path(pen: Pen, path: Path, *, dashes: tuple[int, ...], colour: RGB) -> None:
    if not dashes:
        pen.line(path, fill=colour, width=5)
        return
    for piece in dashed(path, dashes):
        pen.line(piece, fill=colour, width=5)


def dashed(path: Path, dashes: tuple[int, ...]) -> Iterator[tuple[float, float, float, float]]:
    """The pieces of a stair that are drawn: its pattern runs on round the corners."""
    turn, left = 0, float(dashes[0])
    for start, end in pairwise(path):
        far, walked = abs(end[0] - start[0]) + abs(end[1] - start[1]), 0.0
        while walked < far:
            piece = min(left, far - walked)
            if turn % 2 == 0:
                yield (
                    *_between(start, end, walked / far),
                    *_between(start, end, (walked + piece) / far),
                )
            walked, left = walked + piece, left - piece
            if left <= 0:
                turn = (turn + 1) % len(dashes)
                left = float(dashes[turn])


def _between(
    start: tuple[float, float], end: tuple[float, float], share: float
) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _name_lines(pen: Pen, strips: Sequence[Strip], layout: Layout, *, top: float) -> None:
    """Letter and sum at each line's end, moved apart where lines end close together."""
    box = layout.isk
    ends = {s.index: box.bottom - box.height * s.lane.isk.isk / top for s in strips}
    ranked = sorted(strips, key=lambda strip: ends[strip.index])
    places = spread([ends[strip.index] for strip in ranked], gap=38, low=box.top, high=box.bottom)
    for strip, y in zip(ranked, places, strict=True):
        colour, total = strip.colour, strip.lane.isk
        pen.line((RIGHT, ends[strip.index], RIGHT + 14, y), fill=colour, width=2)
        badge(pen, strip.lane.letter, RIGHT + 16, y, colour=colour)
        words = ("~" if total.estimated else "") + format_isk(total.isk)
        pen.text((RIGHT + 62, y), words, font=font(SMALL), fill=TEXT, anchor="lm")


def spread(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """The same ascending places, at least `gap` apart; within [low, high] as far as there is room."""
    found: list[float] = []
    for y in wanted:
        found.append(max(y, found[-1] + gap) if found else max(y, low))
    limit = high
    for index in range(len(found) - 1, -1, -1):
        found[index] = min(found[index], limit)
        limit = found[index] - gap
    return found
