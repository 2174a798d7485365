"""Boxes and points in pixels, origin top left, and the way from the galaxy to the picture.

North is up: the game's z grows northwards, so that the picture's y is turned round. One scale serves both
directions, because a map that is stretched is not a map.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels: left and top belong to it, right and bottom are the first ones outside."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def sized(cls, left: float, top: float, *, width: float, height: float) -> Self:
        """From its upper left corner."""
        return cls(left, top, left + width, top + height)

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def meets(self, other: "Box") -> bool:
        """True when the two share any area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def inside(self, other: "Box") -> bool:
        """True when no part of it lies outside of `other`."""
        return (
            self.left >= other.left
            and self.top >= other.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )

    def grown(self, margin: float) -> "Box":
        """The same box with a margin on all four sides."""
        return Box(self.left - margin, self.top - margin, self.right + margin, self.bottom + margin)

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """The point of the box that lies nearest to (x, y)."""
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """From metres to pixels: px = left + (x - west) * scale, py = top + (north - z) * scale."""

    scale: float
    west: float
    north: float
    left: float
    top: float

    @classmethod
    def fit(cls, xs: Floats, zs: Floats, *, area: Box) -> Self:
        """The largest that shows every point inside `area`, centred in it."""
        west, east = float(xs.min()), float(xs.max())
        south, north = float(zs.min()), float(zs.max())
        scale = min(area.width / max(east - west, 1.0), area.height / max(north - south, 1.0))
        return cls(
            scale=scale,
            west=west,
            north=north,
            left=area.left + (area.width - (east - west) * scale) / 2,
            top=area.top + (area.height - (north - south) * scale) / 2,
        )

    def pixels(self, xs: Floats, zs: Floats) -> Floats:
        """Places in the picture, shape (n, 2), for metres of the same length n."""
        return np.column_stack(
            (self.left + (xs - self.west) * self.scale, self.top + (self.north - zs) * self.scale)
        )
