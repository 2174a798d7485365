"""What a map's signs mean, in rows under it: one item after the other, a new row where one is full.

Only what the map shows is explained.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from services.rendering.fonts import cap_height, font, text_width
from services.rendering.map_data import Holder, MapData, MarkKind
from services.rendering.map_links import COLOURS, DASHES, FRONT_LINE, dashed
from services.rendering.map_nodes import Look, draw_look, figure_font, short_figure
from services.rendering.map_sheet import LinkKind, Sheet
from services.rendering.map_words import COLOURS as MARK_COLOURS
from services.rendering.map_words import GLYPHS, SKULL
from services.rendering.palette import PLATE, RGB, TEXT, ramp, security_colour
from services.rendering.scale import HeatScale

ROW = 50
_GAP = 34
_AFTER_SWATCH = 12
_NAMED = 14
"""Holders in the legend, at most."""
_SIZE = 24
_PILL_PAD = 8
_DOT = 16
_GREY: RGB = (120, 134, 160)
MEANINGS = {
    MarkKind.CAMPAIGN: "sovereignty contest",
    MarkKind.FLIP: "changed hands",
    MarkKind.BATTLE: "battle",
    MarkKind.CAPITAL: "capital",
    MarkKind.INSURGENCY: "corruption by pirates",
}

Draw = Callable[[Image.Image, float, float], None]
"""Draws a swatch; given the left of its place and the height of its middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One sign and its meaning."""

    width: float
    """Of the sign."""
    draw: Draw
    text: str
    bold: bool = False

    @property
    def full_width(self) -> float:
        """With its words."""
        face = font(_SIZE, bold=self.bold)
        gap = _AFTER_SWATCH if self.width else 0
        return self.width + gap + text_width(self.text, face)


@dataclass(frozen=True, slots=True)
class Legend:
    """Items with their places: left, and the middle's height below the legend's top."""

    items: tuple[tuple[Item, float, float], ...]
    height: float


def legend_of(
    sheet: Sheet,
    data: MapData,
    *,
    scale: HeatScale,
    looks: Sequence[Look],
    front: frozenset[int],
    width: float,
) -> Legend:
    """The rows of a map's legend, `width` pixels broad."""
    groups = [
        list(_holder_items(data.holders)),
        [*_contest_items(data, looks, front), *_heat_items(data, scale)],
        [*_mark_items(data), *_ground_items(sheet, data)],
    ]
    placed: list[tuple[Item, float, float]] = []
    y = 0.0
    for group in groups:
        if not group:
            continue
        x = 0.0
        for item in group:
            if x and x + item.full_width > width:
                x, y = 0.0, y + ROW
            placed.append((item, x, y + ROW / 2))
            x += item.full_width + _GAP
        y += ROW
    return Legend(tuple(placed), y)


def draw_legend(canvas: Image.Image, legend: Legend, *, left: float, top: float) -> None:
    """All of it."""
    pen = ImageDraw.Draw(canvas)
    for item, x, y in legend.items:
        item.draw(canvas, left + x, top + y)
        face = font(_SIZE, bold=item.bold)
        words = left + x + item.width + (_AFTER_SWATCH if item.width else 0)
        baseline = top + y + cap_height(face) / 2
        pen.text((words, baseline), item.text, font=face, fill=TEXT, anchor="ls")


def _holder_items(holders: Sequence[Holder]) -> Iterator[Item]:
    for holder in holders[:_NAMED]:
        yield Item(
            width=_pill_width(holder),
            draw=_pill(holder),
            text=_shortened(holder.name) + f"  {holder.count:,}",
        )
    if (more := len(holders) - _NAMED) > 0:
        yield Item(width=0, draw=lambda *_: None, text=f"and {more} more")


def _shortened(name: str) -> str:
    return name if len(name) <= 32 else name[:31].rstrip() + "\u2026"


def _pill_width(holder: Holder) -> float:
    return text_width(holder.label, figure_font()) + 2 * _PILL_PAD


def _pill(holder: Holder) -> Draw:
    def draw(canvas: Image.Image, x: float, y: float) -> None:
        draw_pill(canvas, holder, x, y, half=18)

    return draw


def draw_pill(canvas: Image.Image, holder: Holder, x: float, y: float, *, half: float) -> float:
    """A holder's ticker on its colour, from `x` to the right, `half` above and below `y`; returns its width."""
    pen = ImageDraw.Draw(canvas)
    width = _pill_width(holder)
    pen.rounded_rectangle((x, y - half, x + width, y + half), radius=9, fill=holder.colour)
    baseline = y + cap_height(figure_font()) / 2
    pen.text((x + _PILL_PAD, baseline), holder.label, font=figure_font(), fill=PLATE, anchor="ls")
    return width


def _heat_items(data: MapData, scale: HeatScale) -> Iterator[Item]:
    """Discs of round figures; where discs say something else, the sign that stands beside names."""
    if not data.heat_text or not data.heat:
        return
    if data.contests or data.holders:
        yield Item(width=26, draw=_sign(SKULL, ramp(0.66)), text=data.heat_text)
        return
    yield Item(width=0, draw=lambda *_: None, text=data.heat_text, bold=True)
    for value in reversed(scale.samples(5)):
        size, colour = 12 + 14 * scale.share(value), ramp(scale.share(value))
        look = Look(radius=size, disc=size, fill=colour, rim=colour)
        yield _look_item(look, short_figure(value, data.by))


def _look_item(look: Look, text: str) -> Item:
    def draw(canvas: Image.Image, x: float, y: float) -> None:
        draw_look(canvas, x + look.radius, y, look=look)

    return Item(width=2 * look.radius, draw=draw, text=text)


def _contest_items(data: MapData, looks: Sequence[Look], front: frozenset[int]) -> Iterator[Item]:
    if not data.contests:
        return
    sample = Look(radius=20, disc=12, fill=_GREY, rim=_GREY, share=0.35)
    yield _look_item(sample, "contested, in percent")
    if any(look.alarm for look in looks):
        yield _look_item(replace(sample, figure="!", share=1.0, alarm=True), "vulnerable")
    if any(look.front for look in looks):
        yield _look_item(replace(sample, share=0.0, front=True), "frontline")
    if front:
        yield Item(width=44, draw=_front_line, text="gate between enemies")


def _front_line(canvas: Image.Image, x: float, y: float) -> None:
    ImageDraw.Draw(canvas).line((x, y, x + 44, y), fill=FRONT_LINE, width=7)


def _mark_items(data: MapData) -> Iterator[Item]:
    seen = {mark.kind for mark in data.marks}
    for kind, text in MEANINGS.items():
        if kind in seen:
            yield Item(width=26, draw=_sign(GLYPHS[kind], MARK_COLOURS[kind]), text=text)


def _sign(glyph: str, colour: RGB) -> Draw:
    def draw(canvas: Image.Image, x: float, y: float) -> None:
        ImageDraw.Draw(canvas).text(
            (x, y), glyph, font=font(28, bold=True), fill=colour, anchor="lm"
        )

    return draw


def _ground_items(sheet: Sheet, data: MapData) -> Iterator[Item]:
    kinds = {link.kind for link in sheet.links}
    if data.exits and any(found.kind is LinkKind.REGION for found in sheet.exits):
        kinds.add(LinkKind.REGION)
    for kind, text in (
        (LinkKind.CONSTELLATION, "to another constellation"),
        (LinkKind.REGION, "to another region"),
    ):
        if kind in kinds:
            yield Item(width=56, draw=_line(kind), text=text)
    if not data.contests:
        yield Item(width=11 * _DOT, draw=_securities, text="security 1.0 to 0.0")


def _line(kind: LinkKind) -> Draw:
    def draw(canvas: Image.Image, x: float, y: float) -> None:
        pen = ImageDraw.Draw(canvas)
        for segment in dashed((x, y, x + 56, y), DASHES[kind]):
            pen.line(segment, fill=COLOURS[kind], width=4)

    return draw


def _securities(canvas: Image.Image, x: float, y: float) -> None:
    pen = ImageDraw.Draw(canvas)
    for i in range(11):
        pen.ellipse(
            (x + _DOT * i, y - 7, x + _DOT * i + 13, y + 6), fill=security_colour(1 - i / 10)
        )
