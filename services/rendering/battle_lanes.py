"""The sides' strips: bars of what each lost, signs for what a reader looks for first, where it was, and when."""

from collections.abc import Sequence
from itertools import groupby

from PIL import Image, ImageDraw

from services.domain.battle_report import KillMoment
from services.domain.ids import SystemId
from services.rendering.battle_axis import Heights, TimeAxis
from services.rendering.battle_data import BattlePicture, system_name
from services.rendering.battle_furniture import badge, draw_name, fitting, heading, paste_sign
from services.rendering.battle_layout import (
    EDGE,
    HEADING,
    LEFT,
    MARGIN,
    NAME,
    PLAIN,
    SMALL,
    TOP,
    Layout,
    Strip,
)
from services.rendering.battle_marks import NOUNS, SIGN
from services.rendering.fonts import font, text_width
from services.rendering.furniture import Pen
from services.rendering.geometry import Box
from services.rendering.palette import QUIET_TEXT, RGB, RULE, TEXT

_BANDS: tuple[RGB, ...] = ((40, 56, 86), (62, 52, 92), (34, 74, 84), (84, 62, 64))


def draw_lanes(canvas: Image.Image, layout: Layout) -> None:
    """All sides, on one scale of heights."""
    pen = ImageDraw.Draw(canvas)
    words = f"Losses per {layout.axis.step_words}"
    heading(pen, words, bottom=TOP + HEADING)
    _draw_key(canvas, layout)
    counts = {
        strip.index: layout.axis.count([moment.time for moment in strip.lane.losses])
        for strip in layout.strips
    }
    highest = max((max(each) for each in counts.values()), default=0)
    losing = sum(strip.plot is not None for strip in layout.strips)
    scale = Heights.of(highest, lines=3 if losing <= 2 else 2 if losing == 3 else 1, whole=True)
    for strip in layout.strips:
        _draw_name(pen, strip)
        if strip.plot is not None:
            _draw_bars(pen, strip, strip.plot, layout=layout, scale=scale)
        _draw_marks(canvas, strip)


def _draw_key(canvas: Image.Image, layout: Layout) -> None:
    """What the signs mean, right of the heading; only those that are there."""
    pen, face = ImageDraw.Draw(canvas), font(SMALL)
    seen = {loss.hull_class for s in layout.strips for mark in s.marks for loss in mark.losses}
    right, y = float(EDGE), TOP + HEADING - 24
    for hull in [hull for hull in reversed(NOUNS) if hull in seen]:
        pen.text((right, y), NOUNS[hull], font=face, fill=QUIET_TEXT, anchor="rm")
        right -= text_width(NOUNS[hull], face) + 8 + SIGN / 2
        paste_sign(canvas, hull, right, y)
        right -= SIGN / 2 + 22


def _draw_name(pen: Pen, strip: Strip) -> None:
    """The side's letter and name; right of it what it had and lost."""
    y = strip.top + NAME / 2
    badge(pen, strip.lane.letter, MARGIN, y, colour=strip.colour)
    face = font(SMALL)
    figures = strip.lane.figures
    pen.text((EDGE, y), figures, font=face, fill=TEXT, anchor="rm")
    room = EDGE - MARGIN - 52 - 24 - text_width(figures, face)
    draw_name(pen, strip.lane.name, (MARGIN + 52, y), room=room, colour=strip.colour)


def _draw_bars(pen: Pen, strip: Strip, plot: Box, *, layout: Layout, scale: Heights) -> None:
    draw_moments(pen, layout, plot)
    for value in scale.marks():
        y = plot.bottom - plot.height * value / scale.top
        pen.line((plot.left, y, plot.right, y), fill=RULE, width=1 if value else 2)
        if value:
            words = f"{value:,.0f}"
            pen.text((LEFT - 14, y), words, font=font(SMALL), fill=QUIET_TEXT, anchor="rm")
    width = plot.width / layout.axis.bars
    counts = layout.axis.count([moment.time for moment in strip.lane.losses])
    for index, count in enumerate(counts):
        if count:
            left = plot.left + index * width
            top = min(plot.bottom - plot.height * count / scale.top, plot.bottom - 4)
            gap = max(1.0, min(width * 0.08, 6.0))
            pen.rectangle((left + gap, top, left + width - gap, plot.bottom - 1), fill=strip.colour)


def draw_moments(pen: Pen, layout: Layout, plot: Box) -> None:
    """A line at each named moment."""
    for moment, _ in layout.axis.marks():
        x = layout.x(moment)
        pen.line((x, plot.top, x, plot.bottom), fill=RULE, width=1)


def _draw_marks(canvas: Image.Image, strip: Strip) -> None:
    if strip.plot is None:
        return
    pen, face = ImageDraw.Draw(canvas), font(SMALL)
    y = strip.plot.top - SIGN / 2 - 8
    for mark in strip.marks:
        if len(mark.xs) > 1:
            pen.line((mark.xs[0], y, mark.xs[-1], y), fill=TEXT, width=2)
        for moment, x in zip(mark.losses, mark.xs, strict=True):
            paste_sign(canvas, moment.hull_class, x, y)
        pen.text((mark.left, y - SIGN / 2 - 8), mark.text, font=face, fill=TEXT, anchor="ls")


def draw_band(pen: Pen, data: BattlePicture, layout: Layout) -> None:
    """Where it was fought: in each bar's time the system with most losses, until another has more."""
    if layout.band is None:
        return
    box = layout.band
    pen.text((LEFT - 10, box.centre[1]), "where", font=font(24), fill=QUIET_TEXT, anchor="rm")
    order: dict[SystemId, int] = {}
    width = box.width / layout.axis.bars
    left = box.left
    for system_id, run in groupby(movement(layout.axis, data.report.moments)):
        right = left + width * len(list(run))
        shade = _BANDS[order.setdefault(system_id, len(order)) % len(_BANDS)]
        pen.rectangle((left, box.top, right - 1, box.bottom), fill=shade)
        pen.line((left, box.top, left, box.bottom), fill=QUIET_TEXT, width=2)
        name = system_name(data, system_id)
        face = fitting(name, right - left - 10, sizes=(SMALL, 22), bold=False)
        if text_width(name, face) + 10 <= right - left:
            middle = (left + right) / 2, box.centre[1]
            pen.text(middle, name, font=face, fill=TEXT, anchor="mm")
        left = right


def movement(axis: TimeAxis, moments: Sequence[KillMoment]) -> list[SystemId]:
    """The system of each bar: the one with most losses in its time, else the one of the bar before."""
    bars: list[dict[SystemId, int]] = [{} for _ in range(axis.bars)]
    for moment in moments:
        index = min(max((moment.time - axis.start) // axis.step, 0), axis.bars - 1)
        bars[index][moment.system_id] = bars[index].get(moment.system_id, 0) + 1
    found: list[SystemId] = []
    here = next((max(bar, key=bar.__getitem__) for bar in bars if bar), SystemId(0))
    for bar in bars:
        if bar and bar.get(here, 0) < max(bar.values()):
            here = max(bar, key=bar.__getitem__)
        found.append(here)
    return found


def draw_times(pen: Pen, layout: Layout) -> None:
    """The moments in words, for the strips above and the lines below."""
    face = font(PLAIN)
    free = 0.0
    for moment, text in layout.axis.marks():
        x = layout.x(moment)
        pen.line((x, layout.times, x, layout.times + 8), fill=QUIET_TEXT, width=2)
        half = text_width(text, face) / 2
        if x - half >= free:
            pen.text((x, layout.times + 38), text, font=face, fill=QUIET_TEXT, anchor="ms")
            free = x + half + 18
    if free + text_width("EVE", face) < EDGE:
        pen.text((EDGE, layout.times + 38), "EVE", font=face, fill=QUIET_TEXT, anchor="rs")
