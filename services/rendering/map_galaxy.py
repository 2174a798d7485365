"""Who holds New Eden: the alliances' space in colour over the galaxy's ground, as on the heatmap.

Only alliances are coloured; whatever else is held pushes back. Large stretches wear their holder's ticker, the largest
holders stand in the corners, and a sovereignty contest is a bright sign at its system.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from services.rendering.fonts import cap_height, font, text_width
from services.rendering.frame import CORNERS, FOOTER, LEGEND, MAP, RANKING, TITLE, TOTAL
from services.rendering.furniture import Pen, draw_region_names
from services.rendering.geometry import Box
from services.rendering.ground_picture import GroundPicture, region_font
from services.rendering.map_data import Holder, MapData, MarkKind
from services.rendering.map_furniture import cut, draw_empty, draw_tickers
from services.rendering.map_legend import MEANINGS, draw_pill
from services.rendering.map_tags import Ink
from services.rendering.map_territory import Territory, along_links, divide, tint_of
from services.rendering.map_tickers import Ticker, owners_of, place_tickers, stretches_of
from services.rendering.map_words import COLOURS, GLYPHS
from services.rendering.palette import PLATE, QUIET_TEXT, TEXT
from services.rendering.png import encode_png
from services.rendering.region_names import RegionName, step_aside

_PART = 2
_REACH = 13.0
"""How far a system's word carries, in pixels; neighbours by gate lie some twelve apart."""
_SPACING = 9.0
_LONGEST = 60.0
_SMALLEST, _LARGEST = 22, 62
_LEAST = 5
"""A stretch of fewer systems has no room for letters."""
_ROW = 33
_LINE = 30
_BESIDE = 11
_BELOW = 14
"""Holders in the right corner, with their names, and in the left one, in two columns without."""
_LOUD = frozenset({MarkKind.CAMPAIGN, MarkKind.BATTLE})
_STRONG = 4.0
_OVER = 11
"""So many pixels further the second of two columns begins: its figures end on free ground."""
_SIGN = 16
"""Half a sign's size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GalaxyLayout:
    """What will be drawn where."""

    territory: Territory
    tickers: tuple[Ticker, ...]
    regions: tuple[RegionName, ...]
    marks: tuple[tuple[float, float, MarkKind], ...]


def plan_galaxy(picture: GroundPicture, data: MapData) -> GalaxyLayout:
    """Divide the galaxy, and find places for tickers and regions' names."""
    ground, places = picture.ground, picture.places
    owners = owners_of((system.id for system in ground.systems), data)
    links = [(a, b) for a, b in ground.gates.tolist()]
    size = (picture.base.width, picture.base.height)
    spots = [(x, y, owner) for (x, y), owner in zip((places / _PART).tolist(), owners, strict=True)]
    inner = [(a, b, owners[a]) for a, b in links if owners[a] == owners[b] >= 0]
    spots += along_links(places / _PART, inner, spacing=_SPACING / _PART, longest=_LONGEST / _PART)
    territory = divide((size[0] // _PART, size[1] // _PART), spots, reach=_REACH / _PART)
    marks = tuple(
        (x, y, mark.kind)
        for mark in data.marks
        if mark.system_id in ground.index
        for x, y in (places[ground.index[mark.system_id]].tolist(),)
    )
    stretches = [s for s in stretches_of(owners, links) if len(s.members) >= _LEAST]
    signs = [Box(x, y, x, y).grown(_SIGN) for x, y, kind in marks if kind in _LOUD]
    tickers, _ = place_tickers(
        stretches,
        data.holders,
        places=places,
        territory=territory,
        taken=[*CORNERS, *signs],
        room=Box(0, 0, *size).grown(-8),
        ink=Ink.of(size, ()),
        part=_PART,
        sizes=_sizes,
    )
    boxes = [ticker.box for ticker in tickers]
    regions = step_aside(
        picture.wishes, picture.regions, hot=[(box, _STRONG) for box in [*boxes, *signs]]
    )
    return GalaxyLayout(
        territory=territory,
        tickers=tickers,
        regions=tuple(r for r in regions if not any(r.box.meets(box) for box in boxes)),
        marks=marks,
    )


def _sizes(count: int) -> list[int]:
    size = float(np.clip(12 + 4.2 * np.sqrt(count), _SMALLEST, _LARGEST))
    sizes = []
    while size > _SMALLEST:
        sizes.append(round(size))
        size *= 0.82
    return [*sizes, _SMALLEST]


def render_galaxy(picture: GroundPicture, data: MapData) -> bytes:
    """A PNG, 1600 pixels wide."""
    return encode_png(draw_galaxy(picture, data, layout=plan_galaxy(picture, data)))


def draw_galaxy(picture: GroundPicture, data: MapData, *, layout: GalaxyLayout) -> Image.Image:
    """The finished picture, RGB."""
    canvas = picture.base.copy()
    colours = [holder.colour for holder in data.holders]
    tint, mask = tint_of(layout.territory, colours)
    canvas.paste(
        tint.resize(canvas.size, Image.Resampling.BILINEAR),
        (0, 0),
        mask.resize(canvas.size, Image.Resampling.BICUBIC),
    )
    draw_region_names(canvas, layout.regions, face=region_font())
    pen = ImageDraw.Draw(canvas, "RGBA")
    for loud in (False, True):
        for x, y, kind in layout.marks:
            if (kind in _LOUD) is loud:
                _draw_sign(pen, x, y, kind=kind)
        if not loud:
            draw_tickers(canvas, layout.tickers, colours)
    _draw_head(pen, data)
    _draw_holders(canvas, data.holders)
    _draw_signs(pen, data)
    _draw_foot(pen, data)
    if data.empty:
        draw_empty(pen, data.empty, middle=MAP.centre)
    return canvas


def _draw_head(pen: Pen, data: MapData) -> None:
    size = 46
    while size > 30 and text_width(data.title, font(size, bold=True)) > TITLE.width:
        size -= 2
    top = TITLE.top
    pen.text((TITLE.left, top + 44), data.title, font=font(size, bold=True), fill=TEXT, anchor="ls")
    for i, line in enumerate(data.subtitle[:2]):
        place = (TITLE.left, top + 90 + 36 * i)
        pen.text(place, line, font=font(26), fill=QUIET_TEXT, anchor="ls")
    face, top = font(40, bold=True), TOTAL.top
    pen.text((TOTAL.right, top + 40), data.figure, font=face, fill=TEXT, anchor="rs")
    pen.text((TOTAL.right, top + 82), data.detail, font=font(24), fill=QUIET_TEXT, anchor="rs")


def _draw_holders(canvas: Image.Image, holders: Sequence[Holder]) -> None:
    """The largest, in the right corner and then in the left one."""
    for i, holder in enumerate(holders[:_BESIDE]):
        y = RANKING.top + 4 + _ROW * (i + 0.5)
        _draw_holder(canvas, holder, Box(RANKING.left, y, RANKING.right, y), named=True)
    rest = holders[_BESIDE : _BESIDE + _BELOW]
    rows = -(-len(rest) // 2)
    top, half = LEGEND.bottom - _ROW * rows - 34, LEGEND.width / 2 + _OVER
    for i, holder in enumerate(rest):
        left, y = LEGEND.left + half * (i // rows), top + _ROW * (i % rows + 0.5)
        _draw_holder(canvas, holder, Box(left, y, left + half, y), named=False)
    if (more := len(holders) - _BESIDE - _BELOW) > 0:
        place = (LEGEND.left, LEGEND.bottom - 4)
        pen = ImageDraw.Draw(canvas)
        pen.text(place, f"and {more} more", font=font(22), fill=QUIET_TEXT, anchor="ls")


def _draw_holder(canvas: Image.Image, holder: Holder, row: Box, *, named: bool) -> None:
    """Ticker, name and systems in a row, whose height is its middle."""
    pen, face, bold = ImageDraw.Draw(canvas), font(22), font(22, bold=True)
    left = row.left + draw_pill(canvas, holder, row.left, row.top, half=14) + 7
    baseline = row.top + cap_height(face) / 2
    count = f"{holder.count:,}"
    if not named:
        pen.text((left, baseline), count, font=bold, fill=TEXT, anchor="ls")
        return
    pen.text((row.right, baseline), count, font=bold, fill=TEXT, anchor="rs")
    name = cut(holder.name, face, row.right - left - text_width(count, bold) - 12)
    pen.text((left, baseline), name, font=face, fill=TEXT, anchor="ls")


def _draw_sign(pen: Pen, x: float, y: float, *, kind: MarkKind) -> None:
    """A glyph for what calls for fleets; a dot for what is over, of which there are many."""
    if kind not in _LOUD:
        for radius, colour in ((6, PLATE), (4, COLOURS[kind])):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        return
    face = font(24, bold=True)
    pen.text(
        (x, y),
        GLYPHS[kind],
        font=face,
        fill=COLOURS[kind],
        anchor="mm",
        stroke_width=3,
        stroke_fill=PLATE,
    )


def _draw_signs(pen: Pen, data: MapData) -> None:
    """What the signs at systems mean, under the title."""
    seen = {mark.kind for mark in data.marks}
    y = TITLE.bottom + 6.0
    for kind, text in MEANINGS.items():
        if kind in seen:
            _draw_sign(pen, TITLE.left + 12, y, kind=kind)
            pen.text((TITLE.left + 34, y), text, font=font(22), fill=TEXT, anchor="lm")
            y += 32


def _draw_foot(pen: Pen, data: MapData) -> None:
    """How old it is. What is stale is told in lines that reach over the map: they lie on dark ground."""
    face = font(22)
    lines = (
        *(note for note in data.notes if note),
        f"drawn {data.drawn_at:%Y-%m-%d %H:%M} EVE · War Room",
    )
    for i, line in enumerate(reversed(lines)):
        bottom, width = FOOTER.bottom - _LINE * i, text_width(line, face)
        if width > FOOTER.width:
            over = (FOOTER.right - width - 8, bottom - 23, FOOTER.right + 8, bottom + 6)
            pen.rectangle(over, fill=(*PLATE, 235))
        pen.text((FOOTER.right, bottom), line, font=face, fill=QUIET_TEXT, anchor="rs")
