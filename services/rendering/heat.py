"""Kills as light: every hot system a disc whose size and colour both grow with its heat, in a glow of the same colour.

Size says the same as colour, so that nobody needs to tell red from orange. Cooler systems are laid down first: the
hottest are never hidden.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from services.domain.ids import SystemId
from services.rendering.geometry import Box
from services.rendering.ground_picture import GroundPicture
from services.rendering.palette import PLATE, ramp
from services.rendering.scale import HeatScale

_HALF = 2
"""The glow is worked out at half size: it has no fine detail."""
_BRIGHTEST = 225
"""What the glow of crowded places tends to, of 255: less than white, so that discs still stand out in it."""
_SUBPIXELS = 4
_RIM = 1.4
_LEVELS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One hot system in the picture: its place and disc in pixels, its share of the scale from 0 to 1."""

    system_id: SystemId
    name: str
    x: float
    y: float
    value: float
    share: float

    @property
    def radius(self) -> float:
        """Of the disc without its glow."""
        return disc_radius(self.share)

    @property
    def box(self) -> Box:
        """The square around the disc."""
        return Box(self.x, self.y, self.x, self.y).grown(self.radius + 1)


def disc_radius(share: float) -> float:
    """Pixels; grows faster than the share, so that the top stands out."""
    return 4.2 + 14.8 * math.pow(share, 1.8)


def glow_radius(share: float) -> float:
    """Where the glow has fallen to a third, in pixels."""
    return 8.0 + 36.0 * math.pow(share, 1.6)


def find_spots(
    picture: GroundPicture, heat: Mapping[SystemId, float], *, scale: HeatScale
) -> tuple[Spot, ...]:
    """The hot systems that the map holds, the hottest first, equals by id."""
    index, systems = picture.ground.index, picture.ground.systems
    hot = (
        (system_id, value) for system_id, value in heat.items() if value > 0 and system_id in index
    )
    ordered = sorted(hot, key=lambda pair: (-pair[1], pair[0]))
    spots = []
    for system_id, value in ordered:
        place = index[system_id]
        x, y = picture.places[place].tolist()
        name = systems[place].name
        share = scale.share(value)
        spots.append(Spot(system_id=system_id, name=name, x=x, y=y, value=value, share=share))
    return tuple(spots)


def lay_glow(canvas: Image.Image, spots: tuple[Spot, ...], *, magnify: float = 1.0) -> Image.Image:
    """A new picture: `canvas` with the glow of all spots added as light, `magnify` times as broad as usual."""
    height, width = canvas.height // _HALF, canvas.width // _HALF
    light = np.zeros((height, width, 3), dtype=np.float32)
    for spot in spots:
        sprite = _glow(round(spot.share * _LEVELS), magnify)
        reach = sprite.shape[0] // 2
        column, row = round(spot.x / _HALF), round(spot.y / _HALF)
        left, top = max(0, column - reach), max(0, row - reach)
        right, bottom = min(width, column + reach + 1), min(height, row + reach + 1)
        if left < right and top < bottom:
            light[top:bottom, left:right] += sprite[
                top - row + reach : bottom - row + reach,
                left - column + reach : right - column + reach,
            ]
    shown = (_BRIGHTEST * (1 - np.exp(-light))).astype(np.uint8)
    glow = Image.fromarray(shown).resize(canvas.size, Image.Resampling.BILINEAR)
    return ImageChops.screen(canvas, glow)


def lay_discs(canvas: Image.Image, spots: tuple[Spot, ...]) -> None:
    """Draw the discs onto `canvas`, the coolest first."""
    for spot in reversed(spots):
        draw_disc(canvas, spot.x, spot.y, share=spot.share)


def draw_disc(canvas: Image.Image, x: float, y: float, *, share: float) -> None:
    """One disc with a thin dark rim that parts it from its neighbours."""
    column, row = math.floor(x), math.floor(y)
    part = (int((x - column) * _SUBPIXELS), int((y - row) * _SUBPIXELS))
    disc = _disc(round(share * _LEVELS), *part)
    reach = disc.width // 2
    canvas.paste(disc, (column - reach, row - reach), disc)


@lru_cache(maxsize=(_LEVELS + 1) * _SUBPIXELS**2)
def _disc(level: int, x: int, y: int) -> Image.Image:
    """A smooth-edged disc with its rim, RGBA; x and y are parts of a pixel off the middle pixel's corner."""
    share = level / _LEVELS
    radius = disc_radius(share)
    reach = int(radius + _RIM) + 2
    steps = np.arange(-reach, reach + 1) + 0.5
    away = np.hypot(
        steps[None, :] - (x + 0.5) / _SUBPIXELS, steps[:, None] - (y + 0.5) / _SUBPIXELS
    )
    inner = np.clip(radius + 0.5 - away, 0, 1)[..., None]
    outer = np.clip(radius + _RIM + 0.5 - away, 0, 1)[..., None]
    colour = np.array(ramp(share)) * inner + np.array(PLATE) * (1 - inner)
    return Image.fromarray(np.concatenate((colour, outer * 255), axis=2).astype(np.uint8))


@lru_cache(maxsize=2 * (_LEVELS + 1))
def _glow(level: int, magnify: float) -> NDArray[np.float32]:
    """The light around a spot at half size, shape (2r+1, 2r+1, 3)."""
    share = level / _LEVELS
    sigma = magnify * glow_radius(share) / _HALF / 1.5
    reach = int(sigma * 3.2) + 1
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    fall = np.exp(-(steps[None, :] ** 2 + steps[:, None] ** 2) / (2 * sigma**2))
    colour = np.array(ramp(0.1 + share * 0.52), dtype=np.float32) / 255
    light: NDArray[np.float32] = (fall[..., None] * colour * (0.13 + 0.6 * share**1.5)).astype(
        np.float32
    )
    return light
