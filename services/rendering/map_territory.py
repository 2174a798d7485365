"""Whose space it is, as colour on the ground: each system spreads its holder's influence, and the strongest colours.

A territory ends where another one begins or where its influence fades; its rim is brighter than its inside, so that
neighbours of like colour are told apart too. Systems that nobody holds push back. All of it is worked out at the size
of the ground that it is laid on, which is smaller than the picture (`map_ground`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.rendering.geometry import Floats
from services.rendering.palette import RGB

_ENDS = 0.34
"""Where a territory ends: the lead of its influence over the next one's, of a lone system's at its own place."""
_RIM = 0.13
_INSIDE, _EDGE = 0.31, 0.69
"""How much of the colour is seen inside, and how much more on the rim."""

Fields = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """The ground divided: the holder's index of each place (-1: nobody's), and by how much it leads there."""

    owners: NDArray[np.int16]
    lead: Fields

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Where the ground is coloured."""
        return (self.owners >= 0) & (self.lead > _ENDS)

    def share_inside(self, box: tuple[float, float, float, float], holder: int) -> float:
        """How much of a box is this holder's, 0 to 1."""
        left, top, right, bottom = (max(round(value), 0) for value in box)
        part = (slice(top, bottom), slice(left, right))
        owners = self.owners[part]
        if not owners.size:
            return 0.0
        return float(((owners == holder) & (self.lead[part] > _ENDS)).mean())


def divide(
    size: tuple[int, int],
    spots: Sequence[tuple[float, float, int]],
    *,
    reach: float,
) -> Territory:
    """Divide ground of this size by spots (x, y, holder's index or -1); `reach`: pixels a system's word carries."""
    width, height = size
    best = np.zeros((height, width), dtype=np.float32)
    second = np.zeros((height, width), dtype=np.float32)
    owners = np.full((height, width), -1, dtype=np.int16)
    by_holder: dict[int, list[tuple[int, int]]] = {}
    for x, y, holder in spots:
        by_holder.setdefault(holder, []).append((round(x), round(y)))
    sprite = _sprite(max(round(reach * 4), 4))
    for holder, places in sorted(by_holder.items()):
        field, left, top = _field(places, sprite, (width, height))
        if field is None:
            continue
        part = (slice(top, top + field.shape[0]), slice(left, left + field.shape[1]))
        ahead = field > best[part]
        second[part] = np.where(ahead, best[part], np.maximum(second[part], field))
        best[part] = np.where(ahead, field, best[part])
        owners[part] = np.where(ahead, np.int16(holder), owners[part])
    return Territory(owners=owners, lead=best - second)


def tint_of(territory: Territory, colours: Sequence[RGB]) -> tuple[Image.Image, Image.Image]:
    """The colours of the ground, RGB, and how much of them is seen, L."""
    table = np.array([*colours, (0, 0, 0)], dtype=np.uint8)
    tint = Image.fromarray(table[territory.owners])
    lead = territory.lead
    held = territory.owners >= 0
    # Softly in at the end of a territory, and brightest right behind it.
    inside = np.clip((lead - _ENDS) / 0.08 + 0.5, 0, 1)
    rim = np.exp(-(((lead - _ENDS - 0.05) / _RIM) ** 2))
    alpha = np.where(held, inside * (_INSIDE + _EDGE * rim), 0) * 255
    mask = Image.fromarray(alpha.clip(0, 255).astype(np.uint8))
    return tint, mask


def _field(
    places: Sequence[tuple[int, int]], sprite: Fields, size: tuple[int, int]
) -> tuple[Fields | None, int, int]:
    """The influence of one holder in the box that it reaches, and that box's left and top."""
    half = sprite.shape[0] // 2
    left = max(min(x for x, _ in places) - half, 0)
    top = max(min(y for _, y in places) - half, 0)
    right = min(max(x for x, _ in places) + half + 1, size[0])
    bottom = min(max(y for _, y in places) + half + 1, size[1])
    if left >= right or top >= bottom:
        return None, 0, 0
    field = np.zeros((bottom - top, right - left), dtype=np.float32)
    for x, y in places:
        west, north = max(x - half, left), max(y - half, top)
        east, south = min(x + half + 1, right), min(y + half + 1, bottom)
        if west < east and north < south:
            field[north - top : south - top, west - left : east - left] += sprite[
                north - y + half : south - y + half, west - x + half : east - x + half
            ]
    return field, left, top


@lru_cache(maxsize=16)
def _sprite(quarters: int) -> Fields:
    """A system's influence; `quarters`: four times the reach in pixels."""
    sigma = quarters / 4 / 1.25
    half = int(sigma * 3) + 1
    steps = np.arange(-half, half + 1, dtype=np.float32)
    found: Fields = np.exp(-(steps[None, :] ** 2 + steps[:, None] ** 2) / (2 * sigma**2)).astype(
        np.float32
    )
    return found


def along_links(
    places: Floats,
    links: Sequence[tuple[int, int, int]],
    *,
    spacing: float,
    longest: float = math.inf,
) -> list[tuple[float, float, int]]:
    """Spots between systems of one holder that a gate joins: (index, index, holder), every `spacing` pixels.

    Gates longer than `longest` pixels have none: what lies between is not held.
    """
    spots = []
    for a, b, holder in links:
        (x1, y1), (x2, y2) = places[a].tolist(), places[b].tolist()
        length = math.hypot(x2 - x1, y2 - y1)
        count = int(length / spacing) if length <= longest else 0
        for i in range(1, count + 1):
            share = i / (count + 1)
            spots.append((x1 + (x2 - x1) * share, y1 + (y2 - y1) * share, holder))
    return spots
