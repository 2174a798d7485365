"""What is written on a heatmap besides names: title, totals, legend, ranking, footer, and the word for an empty window.

Times are EVE time, which is UTC. Every figure that is incomplete says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter

from services.domain.heat import HeatBy
from services.domain.isk import IskSum, format_isk
from services.rendering.fonts import Font, cap_height, font, text_width
from services.rendering.frame import FOOTER, LEGEND, MAP, RANKING, TITLE, TOTAL
from services.rendering.heat import Spot, draw_disc
from services.rendering.labels import PAD_X, PAD_Y, Label, LabelFonts
from services.rendering.palette import PLATE, QUIET_TEXT, REGION_TEXT, RULE, TEXT, ramp
from services.rendering.region_names import RegionName
from services.rendering.scale import HeatScale

RANKED = 10
_SAMPLES = 5
_READABLE = 0.45
"""Figures wear the colour of their heat, but never one too dark to read."""

_EDGE = 8
"""Room around a region's name for its soft edge, in pixels."""

Pen = ImageDraw.ImageDraw


def own_title(by: HeatBy) -> str:
    """The title of a heatmap that was given none."""
    return "Kills in New Eden" if by is HeatBy.KILLS else "ISK lost in New Eden"


def span_text(start: datetime, end: datetime) -> str:
    """`2021-11-30 19:00 - 20:00 EVE`; the second date only where it differs."""
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} - {until} EVE"


def length_text(length: timedelta) -> str:
    """`1 hour`, `24 hours`, `90 minutes`, `7 days`."""
    minutes = round(length.total_seconds() / 60)
    for size, unit, least in ((1440, "day", 4320), (60, "hour", 60)):
        if minutes >= least and minutes % size == 0:
            count = minutes // size
            return f"{count} {unit}" + ("s" if count != 1 else "")
    return f"{minutes} minute" + ("s" if minutes != 1 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the letters of a heatmap count.

    `total` is what the map shows: kills or ISK, by `by`, with its unpriced losses; `off_map` is what it cannot show.
    """

    by: HeatBy
    total: IskSum
    off_map: float
    systems: int

    @property
    def unpriced(self) -> int:
        """Losses without a value, where those matter."""
        return self.total.unpriced if self.by is HeatBy.ISK else 0

    @property
    def text(self) -> str:
        """`10,012 kills`, `~787B ISK`."""
        tilde = "~" if self.by is HeatBy.ISK and self.total.estimated else ""
        return tilde + _counted(self.total.isk, self.by)


def footer_lines(figures: Figures, *, drawn_at: datetime) -> tuple[str, ...]:
    """What the map does not show, and when it was drawn."""
    lines = []
    if unpriced := figures.unpriced:
        losses = f"{unpriced:,} loss{'es' if unpriced != 1 else ''} unpriced"
        lines.append(f"at least {figures.text}, {losses}" if figures.systems else losses)
    if figures.off_map:
        lines.append(f"+{_counted(figures.off_map, figures.by)} off this map,")
        lines.append("in wormhole space and elsewhere")
    lines.append(f"drawn {drawn_at:%Y-%m-%d %H:%M} EVE · War Room")
    return tuple(lines)


def empty_text(figures: Figures) -> str:
    """What stands across a map without heat."""
    what = "priced losses" if figures.unpriced else "kills"
    return f"No {what} {'on this map ' if figures.off_map else ''}in this window"


def _counted(value: float, by: HeatBy) -> str:
    if by is HeatBy.ISK:
        return f"{format_isk(value)} ISK"
    return f"{value:,.0f} kill" + ("s" if round(value) != 1 else "")


def draw_title(pen: Pen, title: str, *, span: tuple[datetime, datetime]) -> None:
    """Top left: what it is and of when."""
    pen.text((TITLE.left, TITLE.top + 44), title, font=font(46, bold=True), fill=TEXT, anchor="ls")
    start, end = span
    pen.text(
        (TITLE.left, TITLE.top + 92),
        length_text(end - start),
        font=font(30),
        fill=TEXT,
        anchor="ls",
    )
    pen.text(
        (TITLE.left, TITLE.top + 132),
        span_text(start, end),
        font=font(24),
        fill=QUIET_TEXT,
        anchor="ls",
    )


def draw_total(pen: Pen, figures: Figures) -> None:
    """Top right: how much the map holds."""
    face = font(40, bold=True)
    right, baseline = TOTAL.right, TOTAL.top + 40
    pen.text((right, baseline), figures.text, font=face, fill=TEXT, anchor="rs")
    if figures.unpriced:
        left = right - text_width(figures.text, face) - 14
        pen.text((left, baseline), "at least", font=font(24), fill=QUIET_TEXT, anchor="rs")
    place = f"in {figures.systems:,} system{'s' if figures.systems != 1 else ''} on this map"
    pen.text((right, TOTAL.top + 82), place, font=font(24), fill=QUIET_TEXT, anchor="rs")


def draw_footer(pen: Pen, lines: Sequence[str]) -> None:
    """Bottom right, the last line at the very bottom."""
    for i, line in enumerate(reversed(lines)):
        pen.text(
            (FOOTER.right, FOOTER.bottom - 28 * i),
            line,
            font=font(21),
            fill=QUIET_TEXT,
            anchor="rs",
        )


def draw_legend(canvas: Image.Image, scale: HeatScale) -> None:
    """Bottom left: discs of round figures, the largest on top, in their own size and colour."""
    pen = ImageDraw.Draw(canvas, "RGBA")
    samples = scale.samples(_SAMPLES)
    step = (LEGEND.height - 50) / _SAMPLES
    for i, value in enumerate(samples):
        y = LEGEND.bottom - step * (len(samples) - i - 0.5)
        draw_disc(canvas, LEGEND.left + 22, y, share=scale.share(value))
        pen.text((LEGEND.left + 60, y), scale.text(value), font=font(26), fill=TEXT, anchor="lm")
    heading = "Kills per system" if scale.by is HeatBy.KILLS else "ISK per system"
    top = LEGEND.bottom - step * len(samples) - 18
    pen.text((LEGEND.left, top), heading, font=font(24, bold=True), fill=TEXT, anchor="ls")


def draw_ranking(pen: Pen, spots: Sequence[Spot], *, scale: HeatScale) -> None:
    """Bottom right: the hottest systems as a list with bars, for those who cannot zoom."""
    top = RANKING.top
    pen.text(
        (RANKING.left, top + 24),
        "Hottest systems",
        font=font(24, bold=True),
        fill=TEXT,
        anchor="ls",
    )
    row = (RANKING.height - 44) / RANKED
    for i, spot in enumerate(spots[:RANKED]):
        y = top + 44 + row * (i + 0.5)
        colour = ramp(max(_READABLE, spot.share))
        pen.text((RANKING.left, y), spot.name, font=font(24), fill=TEXT, anchor="lm")
        pen.text(
            (RANKING.right, y),
            scale.text(spot.value),
            font=font(24, bold=True),
            fill=colour,
            anchor="rm",
        )


def draw_region_names(canvas: Image.Image, names: Sequence[RegionName], *, face: Font) -> None:
    """The regions' names in muted capitals over stars and heat."""
    for name in names:
        patch = _name_patch(name.lines, (round(name.box.width), round(name.box.height)), face=face)
        canvas.paste(patch, (round(name.box.left) - _EDGE, round(name.box.top) - _EDGE), patch)


@lru_cache(maxsize=256)
def _name_patch(lines: tuple[str, ...], size: tuple[int, int], *, face: Font) -> Image.Image:
    """A name with a soft dark edge, RGBA, `_EDGE` pixels larger than its box on each side."""
    full = (size[0] + 2 * _EDGE, size[1] + 2 * _EDGE)
    letters, edge = Image.new("L", full, 0), Image.new("L", full, 0)
    line = size[1] / len(lines)
    for image, stroke in ((letters, 0), (edge, 3)):
        pen = ImageDraw.Draw(image)
        for i, text in enumerate(lines):
            place = (full[0] / 2, _EDGE + line * (i + 0.5) + cap_height(face) / 2)
            pen.text(place, text, fill=255, font=face, anchor="ms", stroke_width=stroke)
    edge = edge.filter(ImageFilter.GaussianBlur(2))
    patch = Image.new("RGBA", full, (*PLATE, 0))
    patch.putalpha(edge.point(lambda level: int(level * 0.75)))
    patch.paste((*REGION_TEXT, 255), (0, 0), letters)
    return patch


def draw_labels(canvas: Image.Image, labels: Sequence[Label], *, fonts: LabelFonts) -> None:
    """The hottest systems' names on dark plates, with their figures in the colour of their heat."""
    pen = ImageDraw.Draw(canvas, "RGBA")
    for label in labels:
        if label.leader is not None:
            pen.line(label.leader, fill=(*PLATE, 200), width=5)
            pen.line(label.leader, fill=(*TEXT, 210), width=2)
    for label in labels:
        box = label.box
        pen.rounded_rectangle(
            (box.left, box.top, box.right - 1, box.bottom - 1),
            radius=6,
            fill=(*PLATE, 205),
            outline=(*RULE, 255),
        )
        baseline = box.bottom - PAD_Y
        name, figure = label.spot.name, label.figure
        pen.text((box.left + PAD_X, baseline), name, font=fonts.name, fill=TEXT, anchor="ls")
        colour = ramp(max(_READABLE, label.spot.share))
        pen.text((box.right - PAD_X, baseline), figure, font=fonts.figure, fill=colour, anchor="rs")


def draw_empty(pen: Pen, text: str) -> None:
    """Across the map: there was nothing, which is an answer too."""
    face = font(40, bold=True)
    x, y = MAP.centre
    half, high = text_width(text, face) / 2 + 32, cap_height(face) / 2 + 30
    box = (x - half, y - high, x + half, y + high)
    pen.rounded_rectangle(box, radius=14, fill=(*PLATE, 232), outline=(*RULE, 255), width=2)
    pen.text((x, y), text, font=face, fill=TEXT, anchor="mm")
