"""What lies under gates and systems: the sky, the territories, the light of the heat; all soft, so drawn small.

At a third of the picture's size, and enlarged once: nothing of it has an edge that one could miss.
"""

from collections.abc import Sequence
from dataclasses import replace

from PIL import Image, ImageDraw, ImageFilter

from services.rendering.geometry import Floats
from services.rendering.heat import Spot, lay_glow
from services.rendering.map_territory import Territory, tint_of
from services.rendering.palette import NEBULA, RGB, SKY

PART = 3
"""The ground is so many times smaller than the picture."""
_GLOW = 2.4
"""The glow of heat is so much broader than on the galaxy's map."""


def ground_size(width: int, height: int) -> tuple[int, int]:
    """Of a picture of this size."""
    return -(-width // PART), -(-height // PART)


def draw_ground(
    size: tuple[int, int],
    places: Floats,
    *,
    territory: Territory | None,
    colours: Sequence[RGB],
    spots: Sequence[Spot],
) -> Image.Image:
    """The ground of a picture of `size`, RGB; `places` and `spots` in its pixels."""
    canvas = _sky(ground_size(*size), places / PART)
    if territory is not None:
        tint, mask = tint_of(territory, colours)
        canvas.paste(tint, (0, 0), mask)
    if spots:
        small = tuple(replace(spot, x=spot.x / PART, y=spot.y / PART) for spot in spots)
        canvas = lay_glow(canvas, small, magnify=_GLOW / PART)
    # Only a territory's rim is fine enough to show the difference.
    way = Image.Resampling.BILINEAR if territory is None else Image.Resampling.BICUBIC
    full = canvas.resize((canvas.width * PART, canvas.height * PART), way)
    return full.crop((0, 0, *size))


def _sky(size: tuple[int, int], places: Floats) -> Image.Image:
    """The dark with a soft light around the systems."""
    stars = Image.new("L", size, 0)
    pen = ImageDraw.Draw(stars)
    for x, y in places.tolist():
        pen.ellipse((x - 13, y - 13, x + 13, y + 13), fill=150)
    canvas = Image.new("RGB", size, SKY)
    canvas.paste(
        NEBULA, (0, 0), stars.filter(ImageFilter.BoxBlur(22)).filter(ImageFilter.BoxBlur(14))
    )
    return canvas
