"""A chart of how many kills there were, hour by hour or day by day, dark and readable on a phone.

Pure: the same data give the same bytes. Time without data is hatched and said to be that, so that nobody takes it for
quiet; bars of which only a part is recorded are paler. Times are EVE time, which is UTC.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil, log10

from PIL import Image, ImageDraw

from services.rendering.fonts import font, text_width
from services.rendering.furniture import Pen, span_text
from services.rendering.geometry import Box
from services.rendering.palette import PLATE, QUIET_TEXT, RGB, RULE, SKY, TEXT, ramp

WIDTH, HEIGHT = 1200, 720
PLOT = Box(112, 190, WIDTH - 36, HEIGHT - 104)
_MARGIN = 36
_BAR: RGB = ramp(0.66)
_PALE: RGB = (128, 84, 48)
_LINE: RGB = ramp(0.3)
_HATCH: RGB = (30, 38, 54)
_STEPS = (1, 2, 2.5, 5, 10)
_LINES = 4
"""Lines across the chart that a reader counts by, about."""
_WHOLE = 0.97
"""A bar of which so much is recorded counts as whole: downtime is no gap."""
_SEEN = 0.015
"""A mark lower than this part of the chart's height would be lost in its floor."""
_HOUR = timedelta(hours=1)
_LABELS = 8
"""Marks along the time axis, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartBar:
    """One hour or day: kills, and the part of it (0 to 1) of which there is data."""

    start: datetime
    value: float
    covered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """What one chart shows. Bars lie side by side, oldest first, each `step` long; [start, end) is the window."""

    title: str
    figure: str
    """The sum in words, top right."""
    detail: str
    """Under it."""
    note: str = ""
    """What the figures rest on."""
    bars: tuple[ChartBar, ...]
    step: timedelta
    start: datetime
    end: datetime
    line: float | None = None
    """A height that is marked where the chart is high enough for it, and what it means."""
    line_text: str = ""
    drawn_at: datetime


def chart_key(data: ChartData) -> str:
    """The same for data that give the same picture."""
    parts = [
        data.title,
        data.figure,
        data.detail,
        data.note,
        data.line_text,
        *(f"{moment:%Y-%m-%dT%H:%M}" for moment in (data.start, data.end, data.drawn_at)),
        repr((data.step, data.line)),
        *(f"{bar.value!r} {bar.covered!r}" for bar in data.bars),
    ]
    return "chart:" + hashlib.blake2b("\x00".join(parts).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Scale:
    """From kills to pixels."""

    top: float
    step: float

    @classmethod
    def of(cls, highest: float) -> "Scale":
        """Round steps of whole kills, the highest bar within."""
        rough = max(highest, 1) / _LINES
        size = 10.0 ** int(log10(rough)) if rough >= 1 else 1.0
        step = next(size * s for s in _STEPS if size * s >= rough and (size * s).is_integer())
        return cls(top=step * max(ceil(highest / step), 1), step=step)

    def y(self, value: float) -> float:
        """Where this height lies."""
        return PLOT.bottom - PLOT.height * min(value / self.top, 1.0)

    def marks(self) -> Iterator[float]:
        """Heights that are lined and labelled."""
        return (self.step * i for i in range(round(self.top / self.step) + 1))


def render_chart(data: ChartData) -> bytes:
    """A PNG, 1200 pixels wide."""
    buffer = io.BytesIO()
    draw_chart(data).save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


def draw_chart(data: ChartData) -> Image.Image:
    """The finished picture, RGB."""
    canvas = Image.new("RGB", (WIDTH, HEIGHT), SKY)
    pen = ImageDraw.Draw(canvas)
    scale = Scale.of(max((bar.value for bar in data.bars), default=0))
    _draw_head(pen, data)
    _draw_gaps(canvas, data)
    _draw_heights(pen, scale)
    _draw_bars(pen, data, scale)
    _draw_line(pen, data, scale)
    _draw_times(pen, data)
    _draw_foot(pen, data)
    if not any(bar.value for bar in data.bars):
        _draw_plate(pen, nothing_words(data), PLOT.centre)
    return canvas


def nothing_words(data: ChartData) -> str:
    """What an empty chart says: no more than is known."""
    covered = sum(bar.covered for bar in data.bars)
    if not covered:
        return "Nothing stored"
    whole = covered >= _WHOLE * len(data.bars)
    return "Nothing matched" if whole else "Nothing matched in what is stored"


def bar_box(data: ChartData, index: int) -> tuple[float, float]:
    """Left and right of a bar's place; of the first and last as much as lies in the window."""
    bar = data.bars[index]
    return _x(data, max(bar.start, data.start)), _x(data, min(bar.start + data.step, data.end))


def _x(data: ChartData, moment: datetime) -> float:
    return PLOT.left + PLOT.width * ((moment - data.start) / (data.end - data.start))


def _draw_head(pen: Pen, data: ChartData) -> None:
    pen.text((_MARGIN, 70), data.title, font=font(44, bold=True), fill=TEXT, anchor="ls")
    span = span_text(data.start, data.end)
    pen.text((_MARGIN, 118), span, font=font(28), fill=QUIET_TEXT, anchor="ls")
    right = WIDTH - _MARGIN
    pen.text((right, 70), data.figure, font=font(44, bold=True), fill=_BAR, anchor="rs")
    pen.text((right, 118), data.detail, font=font(28), fill=TEXT, anchor="rs")
    if data.note:
        # Right of the heights: the topmost stands as high as this line.
        pen.text((PLOT.left, PLOT.top - 18), data.note, font=font(24), fill=TEXT, anchor="ls")


def _draw_gaps(canvas: Image.Image, data: ChartData) -> None:
    """Hatch the time without data, and say so where there is room."""
    for covered, run in groupby(range(len(data.bars)), key=lambda i: data.bars[i].covered > 0):
        if covered:
            continue
        indexes = list(run)
        left, right = bar_box(data, indexes[0])[0], bar_box(data, indexes[-1])[1]
        _hatch(canvas, Box(left, PLOT.top, right, PLOT.bottom))
        face = font(26)
        if text_width("no data", face) + 24 < right - left:
            middle = (left + right) / 2, PLOT.centre[1]
            ImageDraw.Draw(canvas).text(middle, "no data", font=face, fill=QUIET_TEXT, anchor="mm")


def _hatch(canvas: Image.Image, box: Box) -> None:
    size = (max(round(box.width), 1), max(round(box.height), 1))
    patch = Image.new("RGB", size, SKY)
    pen = ImageDraw.Draw(patch)
    for offset in range(-size[1], size[0], 14):
        pen.line((offset, size[1], offset + size[1], 0), fill=_HATCH, width=3)
    canvas.paste(patch, (round(box.left), round(box.top)))


def _draw_heights(pen: Pen, scale: Scale) -> None:
    for value in scale.marks():
        y = scale.y(value)
        pen.line((PLOT.left, y, PLOT.right, y), fill=RULE, width=1 if value else 2)
        text = f"{value:,.0f}" if value < 10_000 else f"{value / 1000:,.0f}k"
        pen.text((PLOT.left - 14, y), text, font=font(28), fill=QUIET_TEXT, anchor="rm")


def _draw_bars(pen: Pen, data: ChartData, scale: Scale) -> None:
    for index, bar in enumerate(data.bars):
        if not bar.value:
            continue
        left, right = bar_box(data, index)
        gap = 1.0 if right - left >= 4 else 0.0
        if right - left > 16:
            gap = (right - left) * 0.1
        top = min(scale.y(bar.value), PLOT.bottom - 3)
        colour = _PALE if _is_part(bar) else _BAR
        pen.rectangle(
            (left + gap, top, max(right - gap, left + gap + 1), PLOT.bottom - 1), fill=colour
        )


def _is_part(bar: ChartBar) -> bool:
    return bar.covered < _WHOLE


def _draw_line(pen: Pen, data: ChartData, scale: Scale) -> None:
    """A mark across the chart, explained above it: words within would hide bars."""
    if data.line is None or not _SEEN * scale.top <= data.line <= scale.top:
        return
    _dash(pen, PLOT.left, PLOT.right, y=scale.y(data.line))
    face = font(26, bold=True)
    words = text_width(data.line_text, face)
    pen.text((PLOT.right, PLOT.top - 18), data.line_text, font=face, fill=_LINE, anchor="rs")
    _dash(pen, PLOT.right - words - 70, PLOT.right - words - 14, y=PLOT.top - 27)


def _dash(pen: Pen, left: float, right: float, *, y: float) -> None:
    for x in range(round(left), round(right), 22):
        pen.line((x, y, min(x + 12, right), y), fill=_LINE, width=3)


def _draw_times(pen: Pen, data: ChartData) -> None:
    for moment, text in time_marks(data.start, data.end):
        x = _x(data, moment)
        pen.line((x, PLOT.bottom, x, PLOT.bottom + 10), fill=QUIET_TEXT, width=2)
        face = font(28)
        half = text_width(text, face) / 2
        middle = min(max(x, half + 8), WIDTH - half - 8)
        pen.text((middle, PLOT.bottom + 40), text, font=face, fill=QUIET_TEXT, anchor="ms")


def time_marks(start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
    """Round moments of the window, at most eight, with their words."""
    steps = (1, 2, 3, 6, 12, 24, 48, 72, 120, 168, 336, 720, 1440, 2160, 8760)
    hours = (end - start) / _HOUR
    step = next((s for s in steps if hours / s <= _LABELS), ceil(hours / _LABELS))
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight
    while moment < end:
        if moment >= start:
            whole_days = step % 24 == 0
            yield (
                moment,
                f"{moment:%b} {moment.day}" if whole_days or not moment.hour else f"{moment:%H:%M}",
            )
        moment += step * _HOUR


def _draw_foot(pen: Pen, data: ChartData) -> None:
    foot = HEIGHT - 22
    if any(bar.value and _is_part(bar) for bar in data.bars):
        pen.rectangle((_MARGIN, foot - 18, _MARGIN + 20, foot), fill=_PALE)
        pen.text(
            (_MARGIN + 32, foot),
            "only a part of the time is stored",
            font=font(22),
            fill=QUIET_TEXT,
            anchor="ls",
        )
    drawn = f"drawn {data.drawn_at:%Y-%m-%d %H:%M} EVE · War Room"
    pen.text((WIDTH - _MARGIN, foot), drawn, font=font(22), fill=QUIET_TEXT, anchor="rs")


def _draw_plate(pen: Pen, text: str, middle: Sequence[float]) -> None:
    face = font(40, bold=True)
    half = text_width(text, face) / 2 + 32
    x, y = middle
    box = (x - half, y - 44, x + half, y + 44)
    pen.rounded_rectangle(box, radius=14, fill=PLATE, outline=RULE, width=2)
    pen.text((x, y), text, font=face, fill=TEXT, anchor="mm")
