"""What is written beside systems, each piece on free ground: no tag covers another one, nor any system.

All tags look for the cheapest place near their system, first with a price on meeting others, then with a growing one,
so that they make room for each other; whatever cannot be parted in the end takes the nearest free place with a line to
its system, or is left out: the least important first. The same wishes always give the same places.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from services.rendering.fonts import Font, text_width
from services.rendering.geometry import Box, Floats
from services.rendering.palette import RGB

_ANGLES, _ALL_AROUND = 16, 36
_DISTANCES = (3.0, 9.0, 18.0, 30.0, 46.0, 66.0, 92.0)
_FAR = (*_DISTANCES, 120.0, 150.0, 185.0, 225.0, 270.0, 320.0, 400.0)
_LEADER_FROM = 22.0
"""A tag nearer than this needs no line."""
_PRICES = (60.0, 150.0, 400.0, 1000.0)
"""What meeting another tag costs, round by round."""
_INK = 0.7
"""What a gate under a tag costs, for each of its pixels on the quarter-size sheet."""
_OVER = 50.0
"""What it costs that the line to a tag runs over another system."""
_STUB = 14.0
"""The least length of the line to where a gate leads."""
_COARSE = 4
_LINE_HEIGHT = 1.2
_APART = 2.0
_PAD = 3.0


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one face and colour."""

    text: str
    face: Font
    colour: RGB


Lines = tuple[tuple[Run, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A tag that wants a place near (x, y), outside of its disc."""

    index: int
    """Of its system."""
    lines: Lines
    x: float
    y: float
    radius: float
    heading: tuple[float, float] | None = None
    """Where it would rather stand (x to the right, y down), or None: below."""
    stub: bool = False
    """It always has a line, which stands for a gate; its box wears a border."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A placed tag. `leader`: from the disc's rim to the box."""

    index: int
    lines: Lines
    box: Box
    leader: tuple[float, float, float, float] | None
    stub: bool


@dataclass(frozen=True, slots=True)
class Ink:
    """How many pixels of gates lie above and left of each place, at a quarter of the size."""

    table: NDArray[np.int64]

    @classmethod
    def of(
        cls, size: tuple[int, int], segments: Sequence[tuple[float, float, float, float]]
    ) -> "Ink":
        """Of lines in pixels."""
        sheet = Image.new("L", (size[0] // _COARSE + 1, size[1] // _COARSE + 1), 0)
        pen = ImageDraw.Draw(sheet)
        for segment in segments:
            pen.line([value / _COARSE for value in segment], fill=1)
        table = np.zeros((sheet.height + 1, sheet.width + 1), dtype=np.int64)
        table[1:, 1:] = np.asarray(sheet, dtype=np.int64).cumsum(axis=0).cumsum(axis=1)
        return cls(table)

    def under(self, boxes: Floats) -> Floats:
        """How much of it each box covers, shape (k,)."""
        rows, columns = self.table.shape
        edges = (boxes / _COARSE).astype(np.intp)
        left, right = edges[:, 0].clip(0, columns - 1), edges[:, 2].clip(0, columns - 1)
        top, bottom = edges[:, 1].clip(0, rows - 1), edges[:, 3].clip(0, rows - 1)
        held = self.table
        found: Floats = (
            held[bottom, right] - held[top, right] - held[bottom, left] + held[top, left]
        ).astype(np.float64)
        return found


@dataclass(frozen=True, slots=True)
class _Options:
    """A wish's possible boxes, shape (k, 4), and what each costs; those that cannot be are left out."""

    wish: Wish
    boxes: Floats
    costs: Floats


def size_of(lines: Lines) -> tuple[float, float]:
    """Width and height of a tag's box in pixels."""
    width = max(sum(text_width(run.text, run.face) for run in line) for line in lines)
    height = sum(line_height(line) for line in lines)
    return math.ceil(width) + 2 * _PAD, math.ceil(height) + _PAD


def line_height(line: tuple[Run, ...]) -> float:
    """Of one line, in pixels."""
    return max(run.face.size for run in line) * _LINE_HEIGHT


def place_tags(wishes: Sequence[Wish], *, room: Box, discs: Floats, ink: Ink) -> tuple[Tag, ...]:
    """Places for the wishes, the most important first; `discs`: x, y, radius of every system, shape (n, 3)."""
    near = [
        _options(wish, room=room, discs=discs, ink=ink, distances=_DISTANCES) for wish in wishes
    ]
    chosen = np.full((len(near), 4), -1e9)
    for price in _PRICES:
        for i, options in enumerate(near):
            own, chosen[i] = chosen[i].copy(), -1e9
            if own[0] > -1e8 and not _met(own[None], chosen)[0]:
                chosen[i] = own
                continue
            if not len(options.boxes):
                continue
            costs = options.costs + price * _met(options.boxes, chosen)
            if options.wish.stub:
                costs = costs + price / 4 * _run_over(options, chosen)
            chosen[i] = options.boxes[int(costs.argmin())]
    return _parted(near, chosen, room=room, discs=discs, ink=ink)


def _parted(
    near: Sequence[_Options], chosen: Floats, *, room: Box, discs: Floats, ink: Ink
) -> tuple[Tag, ...]:
    """Those that still meet a more important one move to free ground further off, or go."""
    kept = np.full_like(chosen, -1e9)
    waiting = []
    for i, options in enumerate(near):
        if chosen[i][0] > -1e8 and not _met(chosen[i][None], kept)[0]:
            kept[i] = chosen[i]
        else:
            waiting.append((i, options))
    for i, options in waiting:
        for found in (
            options,
            _options(options.wish, room=room, discs=discs, ink=ink, distances=_FAR),
        ):
            free = _met(found.boxes, kept) == 0
            if free.any():
                kept[i] = found.boxes[free][int(found.costs[free].argmin())]
                break
    return tuple(
        _tag(options.wish, Box(*kept[i].tolist()))
        for i, options in enumerate(near)
        if kept[i][0] > -1e8
    )


def _tag(wish: Wish, box: Box) -> Tag:
    x, y = box.nearest(wish.x, wish.y)
    length = math.hypot(x - wish.x, y - wish.y)
    leader = None
    if wish.stub or length > wish.radius + _LEADER_FROM:
        share = min((wish.radius + 2) / max(length, 1e-6), 1.0)
        leader = (wish.x + (x - wish.x) * share, wish.y + (y - wish.y) * share, x, y)
    return Tag(index=wish.index, lines=wish.lines, box=box, leader=leader, stub=wish.stub)


def _options(
    wish: Wish, *, room: Box, discs: Floats, ink: Ink, distances: Sequence[float]
) -> _Options:
    width, height = size_of(wish.lines)
    count = _ANGLES if distances is _DISTANCES else _ALL_AROUND
    turns = np.arange(count) * math.tau / count
    far = np.repeat(np.array(distances), count) + (_STUB if wish.stub else 0)
    dx, dy = np.tile(np.cos(turns), len(distances)), np.tile(np.sin(turns), len(distances))
    left = np.round(wish.x + dx * (wish.radius + far) + (dx - 1) * width / 2)
    top = np.round(wish.y + dy * (wish.radius + far) + (dy - 1) * height / 2)
    boxes = np.column_stack((left, top, left + width, top + height))
    wx, wy = wish.heading or (0.0, 1.0)
    against = 1 - (dx * wx + dy * wy)
    costs = far + (14 if wish.stub else 5) * against + 2 * (np.abs(dx) * np.abs(dy) > 0.2)
    costs = costs + _INK * ink.under(boxes)
    near = discs[(np.abs(discs[:, :2] - (wish.x, wish.y)) < distances[-1] + width + 60).all(axis=1)]
    lined = far > (0 if wish.stub else _LEADER_FROM)
    costs[lined] += _OVER * _over_discs(boxes[lined], wish, near)
    free = (
        (left >= room.left)
        & (top >= room.top)
        & (left + width <= room.right)
        & (top + height <= room.bottom)
        & ~_covers(boxes, near)
    )
    return _Options(wish, boxes[free], costs[free])


def _covers(boxes: Floats, discs: Floats) -> NDArray[np.bool_]:
    """Whether a box covers a part of any disc."""
    dx = discs[:, 0] - discs[:, 0].clip(boxes[:, :1], boxes[:, 2:3])
    dy = discs[:, 1] - discs[:, 1].clip(boxes[:, 1:2], boxes[:, 3:4])
    met: NDArray[np.bool_] = (dx**2 + dy**2 < (discs[:, 2] + 1) ** 2).any(axis=1)
    return met


def _over_discs(boxes: Floats, wish: Wish, discs: Floats) -> Floats:
    """How many other systems the line to each box passes over."""
    ends = np.column_stack(
        (
            np.clip(wish.x, boxes[:, 0], boxes[:, 2]),
            np.clip(wish.y, boxes[:, 1], boxes[:, 3]),
        )
    )
    way = ends - (wish.x, wish.y)
    length = np.maximum((way**2).sum(axis=1), 1e-6)
    off = discs[:, :2] - (wish.x, wish.y)
    along = (off @ way.T).T / length[:, None]
    gap = np.hypot(*(off[None] - along.clip(0, 1)[..., None] * way[:, None]).transpose(2, 0, 1))
    own = np.hypot(*off.T) < 1
    found: Floats = ((gap < discs[:, 2] + 3) & ~own).sum(axis=1).astype(np.float64)
    return found


def _met(boxes: Floats, others: Floats) -> Floats:
    """How many of the others each box meets, with a little room between, shape (k,)."""
    meets = (
        (boxes[:, None, 0] < others[:, 2] + _APART)
        & (boxes[:, None, 2] > others[:, 0] - _APART)
        & (boxes[:, None, 1] < others[:, 3] + _APART)
        & (boxes[:, None, 3] > others[:, 1] - _APART)
    )
    found: Floats = meets.sum(axis=1).astype(np.float64)
    return found


def _run_over(options: _Options, others: Floats) -> Floats:
    """How many of the others the line to each box runs over."""
    wish, boxes = options.wish, options.boxes
    x = np.clip(wish.x, boxes[:, 0], boxes[:, 2])
    y = np.clip(wish.y, boxes[:, 1], boxes[:, 3])
    shares = np.linspace(0.15, 0.9, 6)
    px = wish.x + (x[:, None] - wish.x) * shares
    py = wish.y + (y[:, None] - wish.y) * shares
    inside = (
        (px[..., None] > others[:, 0])
        & (px[..., None] < others[:, 2])
        & (py[..., None] > others[:, 1])
        & (py[..., None] < others[:, 3])
    )
    found: Floats = inside.any(axis=1).sum(axis=1).astype(np.float64)
    return found
