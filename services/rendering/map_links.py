"""Gates as lines: within a constellation solid, out of it dashed, out of the region dotted and violet.

Line and colour say the same, so that nobody needs to tell the colours apart. Where two powers at war face each other
across a gate, it is the front: broad and bright.
"""

import math
from collections.abc import Iterator, Sequence

from PIL import Image, ImageDraw

from services.rendering.geometry import Floats
from services.rendering.map_sheet import LinkKind, Sheet
from services.rendering.map_tags import Tag
from services.rendering.palette import RGB

_FINE = 2
COLOURS: dict[LinkKind, RGB] = {
    LinkKind.INNER: (92, 128, 184),
    LinkKind.CONSTELLATION: (206, 112, 122),
    LinkKind.REGION: (178, 116, 236),
}
DASHES: dict[LinkKind, tuple[float, float] | None] = {
    LinkKind.INNER: None,
    LinkKind.CONSTELLATION: (15.0, 7.0),
    LinkKind.REGION: (4.0, 7.0),
}
FRONT_LINE: RGB = (255, 120, 60)
_OFF: RGB = (74, 92, 130)
_WIDTH, _FRONT_WIDTH = 3.0, 7.0
_STUB = 40.0
"""Pixels from a system's middle."""

Segment = tuple[float, float, float, float]
Stroke = tuple[Segment, RGB, float]
"""A line with its colour and width in pixels."""


def lay_links(
    canvas: Image.Image, sheet: Sheet, places: Floats, *, front: frozenset[int], tags: Sequence[Tag]
) -> None:
    """All gates; `front`: indexes of the links that are it. Tags of gates that leave the map bring their lines."""
    strokes = [*_gates(sheet, places, front), *_stubs(tags), *_ways_off(sheet, places, tags)]
    size = canvas.size
    mask = Image.new("L", (size[0] * _FINE, size[1] * _FINE), 0)
    tint = Image.new("RGB", size)
    shape, colours = ImageDraw.Draw(mask), ImageDraw.Draw(tint)
    for segment, colour, width in strokes:
        shape.line([value * _FINE for value in segment], fill=225, width=round(width * _FINE))
        colours.line(segment, fill=colour, width=round(width) + 4)
    canvas.paste(tint, (0, 0), mask.reduce(_FINE))


def _gates(sheet: Sheet, places: Floats, front: frozenset[int]) -> Iterator[Stroke]:
    for number, link in sorted(enumerate(sheet.links), key=lambda found: found[0] in front):
        (x1, y1), (x2, y2) = places[link.a].tolist(), places[link.b].tolist()
        if number in front:
            yield (x1, y1, x2, y2), FRONT_LINE, _FRONT_WIDTH
            continue
        for segment in dashed((x1, y1, x2, y2), DASHES[link.kind]):
            yield segment, COLOURS[link.kind], _WIDTH


def _stubs(tags: Sequence[Tag]) -> Iterator[Stroke]:
    kind = LinkKind.REGION
    for tag in tags:
        if tag.stub and tag.leader is not None:
            for segment in dashed(tag.leader, DASHES[kind]):
                yield segment, COLOURS[kind], _WIDTH


def _ways_off(sheet: Sheet, places: Floats, tags: Sequence[Tag]) -> Iterator[Stroke]:
    """Gates off the map without words get a short line in their direction."""
    told = {(tag.index, tag.lines[0][0].text) for tag in tags if tag.stub}
    for found in sheet.exits:
        if (found.index, found.name) in told:
            continue
        x, y = places[found.index].tolist()
        end = (x + found.dx * _STUB, y - found.dy * _STUB)
        yield (x, y, *end), _OFF, 2.0


def dashed(segment: Segment, dash: tuple[float, float] | None) -> Iterator[Segment]:
    """The strokes of a line."""
    if dash is None:
        yield segment
        return
    x1, y1, x2, y2 = segment
    length = math.hypot(x2 - x1, y2 - y1)
    if length < 1:
        return
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    place = 0.0
    while place < length:
        end = min(place + dash[0], length)
        yield x1 + dx * place, y1 + dy * place, x1 + dx * end, y1 + dy * end
        place += sum(dash)
