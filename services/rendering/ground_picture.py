"""The ground drawn once: sky, a faint glow where systems crowd, gates and stars, and where the regions' names belong.

Nothing of it depends on the kills, so it is drawn once per process and kept. It must be seen at Discord's size, where
the picture is a quarter as wide: the glow carries the galaxy's shape there, stars and gates come out when it is opened.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from services.rendering.fonts import Font, font
from services.rendering.frame import HEIGHT, MAP, WIDTH
from services.rendering.geometry import Floats, Projection
from services.rendering.ground import Ground
from services.rendering.palette import GATE, NEBULA, RGB, SKY, STAR
from services.rendering.region_names import NameWish, RegionName, settle_names, wish_names

_FINE = 3
"""Lines and stars are drawn so many times larger and then reduced, which smooths their edges."""
_COARSE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPicture:
    """The ground with all that later layers need. The image is never drawn on: copy first."""

    ground: Ground
    projection: Projection
    places: Floats
    """Pixels of the systems in the ground's order, shape (n, 2)."""
    base: Image.Image
    """RGB, without names: they go over the heat."""
    wishes: tuple[NameWish, ...]
    regions: tuple[RegionName, ...]
    """Where the names stand when no heat is in their way."""


def region_font() -> Font:
    """The face of the regions' names."""
    return font(19, bold=True)


def draw_ground(ground: Ground) -> GroundPicture:
    """Draw everything that does not depend on kills. Takes some tenths of a second."""
    projection = Projection.fit(ground.xs, ground.zs, area=MAP)
    places = projection.pixels(ground.xs, ground.zs)
    wishes = wish_names(ground, places, face=region_font())
    base = _sky(places)
    _tint(base, _gates(ground, places), colour=GATE, strength=0.7)
    _tint(base, _stars(places), colour=STAR, strength=0.85)
    return GroundPicture(
        ground=ground,
        projection=projection,
        places=places,
        base=base,
        wishes=wishes,
        regions=settle_names(wishes),
    )


def _sky(places: Floats) -> Image.Image:
    """The dark ground with a soft glow that follows the density of systems."""
    size = (WIDTH // _COARSE, HEIGHT // _COARSE)
    counts, _, _ = np.histogram2d(
        places[:, 1], places[:, 0], bins=(size[1], size[0]), range=((0, HEIGHT), (0, WIDTH))
    )
    crowd = Image.fromarray(np.minimum(counts * 80, 255).astype(np.uint8))
    near = np.asarray(crowd.filter(ImageFilter.GaussianBlur(5)), dtype=np.float32)
    far = np.asarray(crowd.filter(ImageFilter.GaussianBlur(14)), dtype=np.float32)
    glow = 1 - np.exp(-(near / 26 + far / 20))
    mask = Image.fromarray((glow * 190).astype(np.uint8)).resize(
        (WIDTH, HEIGHT), Image.Resampling.BICUBIC
    )
    base = Image.new("RGB", (WIDTH, HEIGHT), SKY)
    base.paste(NEBULA, (0, 0), mask)
    return base


def _gates(ground: Ground, places: Floats) -> Image.Image:
    mask = Image.new("L", (WIDTH * _FINE, HEIGHT * _FINE), 0)
    pen = ImageDraw.Draw(mask)
    for (x1, y1), (x2, y2) in (places[ground.gates] * _FINE).tolist():
        pen.line((x1, y1, x2, y2), fill=150, width=_FINE + 1)
    return mask.reduce(_FINE)


def _stars(places: Floats) -> Image.Image:
    mask = Image.new("L", (WIDTH * _FINE, HEIGHT * _FINE), 0)
    pen = ImageDraw.Draw(mask)
    radius = 1.5 * _FINE
    for x, y in (places * _FINE).tolist():
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return mask.reduce(_FINE)


def _tint(base: Image.Image, mask: Image.Image, *, colour: RGB, strength: float) -> None:
    base.paste(colour, (0, 0), mask.point(lambda level: int(level * strength)))
