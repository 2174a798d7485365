"""Figures over time as lines: panels under each other share one axis of time, dark and readable on a phone.

Pure: the same data give the same bytes. A line is broken where nothing is known, never drawn across; at its end stand
its name and last value. Lines are told apart by their dashes and names too, not by colour alone. Times are EVE time.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from PIL import Image, ImageDraw

from services.rendering.battle_axis import Heights
from services.rendering.battle_furniture import clipped, plate
from services.rendering.battle_isk import dashed, spread
from services.rendering.battle_layout import DASHES
from services.rendering.chart import time_marks
from services.rendering.fonts import font
from services.rendering.furniture import Pen, span_text
from services.rendering.geometry import Box
from services.rendering.palette import QUIET_TEXT, RGB, RULE, SKY, TEXT

WIDTH = 1200
_MARGIN, _LEFT, _RIGHT = 36, 120, 880
_HEAD, _PANEL, _GAP, _FOOT = 172, 250, 96, 110
_TEXT, _NAME = 26, 30
_LINES = 4
_UNITS = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
_EXACT = 10_000
"""Figures below are written out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesLine:
    """One line. Points are oldest first; None: nothing is known from that moment on (a line is broken there)."""

    name: str
    colour: RGB
    points: tuple[tuple[datetime, float | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPanel:
    """Lines of one kind of figure."""

    title: str
    lines: tuple[SeriesLine, ...]
    stepped: bool = False
    """A value holds until the next point; False: points are joined."""
    from_zero: bool = True
    """False: the axis begins near the lowest value, which its marks tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesData:
    """What one picture shows; [start, end) is the window."""

    title: str
    panels: tuple[SeriesPanel, ...]
    start: datetime
    end: datetime
    note: str = ""
    """How old the figures are, and what they rest on."""
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Heights from `low` to `top` in round steps."""

    low: float
    top: float
    step: float

    @classmethod
    def of(cls, values: Sequence[float], *, from_zero: bool) -> "Span":
        """All values within; whole numbers, as what is counted here is."""
        highest, lowest = max(values, default=0.0), min(values, default=0.0)
        if from_zero:
            scale = Heights.of(highest, lines=_LINES, whole=True)
            return cls(0.0, scale.top, scale.step)
        step = Heights.of(max(highest - lowest, 1.0), lines=_LINES - 1, whole=True).step
        low = step * (lowest // step)
        count = max(int(-(-(highest - low) // step)), 1)
        return cls(low, low + count * step, step)

    def y(self, value: float, box: Box) -> float:
        """Where this height lies."""
        return box.bottom - box.height * (value - self.low) / (self.top - self.low)

    def marks(self) -> list[float]:
        """Heights that are lined and labelled."""
        return [
            self.low + self.step * i for i in range(round((self.top - self.low) / self.step) + 1)
        ]


def series_key(data: SeriesData) -> str:
    """The same for data that give the same picture."""
    moments = (f"{m:%Y-%m-%dT%H:%M}" for m in (data.start, data.end, data.drawn_at))
    parts = [data.title, data.note, *moments, repr(data.panels)]
    return "series:" + hashlib.blake2b("\x00".join(parts).encode(), digest_size=16).hexdigest()


def height(panels: int) -> int:
    """Pixels of a picture with so many panels."""
    return _HEAD + panels * _PANEL + (panels - 1) * _GAP + _FOOT


def panel_box(index: int) -> Box:
    """Where a panel's lines lie."""
    top = _HEAD + index * (_PANEL + _GAP)
    return Box(_LEFT, top + 20, _RIGHT, top + _PANEL)


def render_series(data: SeriesData) -> bytes:
    """A PNG, 1200 pixels wide."""
    buffer = io.BytesIO()
    draw_series(data).save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


def draw_series(data: SeriesData) -> Image.Image:
    """The finished picture, RGB."""
    canvas = Image.new("RGB", (WIDTH, height(len(data.panels))), SKY)
    pen = ImageDraw.Draw(canvas)
    pen.text((_MARGIN, 62), data.title, font=font(42, bold=True), fill=TEXT, anchor="ls")
    span = span_text(data.start, data.end)
    pen.text((_MARGIN, 104), span, font=font(_TEXT), fill=QUIET_TEXT, anchor="ls")
    for index, panel in enumerate(data.panels):
        _draw_panel(pen, data, panel, panel_box(index))
    _draw_foot(pen, data, canvas.height)
    return canvas


def _draw_panel(pen: Pen, data: SeriesData, panel: SeriesPanel, box: Box) -> None:
    pen.text((_MARGIN, box.top - 22), panel.title, font=font(30, bold=True), fill=TEXT, anchor="ls")
    values = [value for line in panel.lines for _, value in line.points if value is not None]
    scale = Span.of(values, from_zero=panel.from_zero)
    _draw_axes(pen, data, box, scale)
    for index, line in reversed(list(enumerate(panel.lines))):
        for stretch in stretches(data, panel, line):
            path = [(x(data, moment), scale.y(value, box)) for moment, value in stretch]
            _draw_line(pen, path, line.colour, index)
    _name_ends(pen, data, panel, scale, box)
    if not values:
        plate(pen, "Nothing known yet", box)


Stretch = list[tuple[datetime, float]]


def stretches(data: SeriesData, panel: SeriesPanel, line: SeriesLine) -> Iterator[Stretch]:
    """The parts of a line that are drawn, corner by corner; between two of them nothing is known."""
    points = [(at, value) for at, value in line.points if data.start <= at <= data.end]
    for known, run in groupby(points, key=lambda point: point[1] is not None):
        if known:
            stretch = [(at, value) for at, value in run if value is not None]
            yield _stairs(stretch) if panel.stepped else stretch


def x(data: SeriesData, moment: datetime) -> float:
    """Where a moment lies."""
    return _LEFT + (_RIGHT - _LEFT) * ((moment - data.start) / (data.end - data.start))


def _stairs(points: Stretch) -> Stretch:
    found = points[:1]
    for (_, before), (at, value) in pairwise(points):
        found += [(at, before), (at, value)]
    return found


def _draw_axes(pen: Pen, data: SeriesData, box: Box, scale: Span) -> None:
    for value in scale.marks():
        y = scale.y(value, box)
        pen.line((box.left, y, box.right, y), fill=RULE, width=1)
        pen.text((box.left - 14, y), figure(value), font=font(_TEXT), fill=QUIET_TEXT, anchor="rm")
    for moment, words in time_marks(data.start, data.end):
        at = x(data, moment)
        pen.line((at, box.bottom, at, box.bottom + 8), fill=QUIET_TEXT, width=2)
        pen.text((at, box.bottom + 36), words, font=font(_TEXT), fill=QUIET_TEXT, anchor="ms")


def figure(value: float) -> str:
    """`48`, `1,204`, `12.5k`, `1.25M`."""
    if abs(value) < _EXACT:
        return f"{value:,.0f}"
    size, unit = next((size, unit) for size, unit in _UNITS if abs(value) >= size)
    return f"{value / size:.3g}{unit}"


def _draw_line(pen: Pen, path: list[tuple[float, float]], colour: RGB, index: int) -> None:
    """A point alone is a dot: it would have no length."""
    if len(path) == 1:
        (px, py) = path[0]
        pen.ellipse((px - 6, py - 6, px + 6, py + 6), fill=colour)
        return
    dashes = DASHES[index % len(DASHES)]
    if not dashes:
        pen.line(path, fill=colour, width=5, joint="curve")
        return
    for piece in dashed(path, dashes):
        pen.line(piece, fill=colour, width=5)


def _name_ends(pen: Pen, data: SeriesData, panel: SeriesPanel, scale: Span, box: Box) -> None:
    """Name and last value at each line's end, moved apart where lines end close together."""
    ends = [
        (scale.y(value, box), x(data, at), line, value)
        for line in panel.lines
        for at, value in [_last(data, line)]
        if at is not None and value is not None
    ]
    ends.sort(key=lambda end: end[0])
    places = spread([end[0] for end in ends], gap=40, low=box.top, high=box.bottom)
    for (y, at, line, value), place in zip(ends, places, strict=True):
        pen.line((at, y, _RIGHT + 14, place), fill=line.colour, width=2)
        face = font(_NAME, bold=True)
        words = f"{line.name} {figure(value)}"
        told = clipped(words, face, WIDTH - _RIGHT - 40)
        pen.text((_RIGHT + 22, place), told, font=face, fill=line.colour, anchor="lm")


def _last(data: SeriesData, line: SeriesLine) -> tuple[datetime | None, float | None]:
    known = [(at, v) for at, v in line.points if v is not None and data.start <= at <= data.end]
    return known[-1] if known else (None, None)


def _draw_foot(pen: Pen, data: SeriesData, bottom: int) -> None:
    foot = bottom - 22
    drawn = f"drawn {data.drawn_at:%Y-%m-%d %H:%M} EVE · War Room"
    pen.text((WIDTH - _MARGIN, foot), drawn, font=font(22), fill=QUIET_TEXT, anchor="rs")
    if data.note:
        room = WIDTH - 2 * _MARGIN - 440
        note = clipped(data.note, font(22), room)
        pen.text((_MARGIN, foot), note, font=font(22), fill=QUIET_TEXT, anchor="ls")
