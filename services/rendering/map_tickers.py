"""The holders' tickers over their territories, as large as the ground beside systems and names allows.

Each stretch of one holder's systems that gates join gets one. A stretch of one or two systems, and one without room,
wears it under the name of its first system.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from services.domain.ids import SystemId
from services.rendering.fonts import Font, cap_height, font, text_width
from services.rendering.geometry import Box, Floats
from services.rendering.map_data import Holder, MapData
from services.rendering.map_ground import PART
from services.rendering.map_tags import Ink
from services.rendering.map_territory import Territory

SMALLEST = 26
_LARGEST = 68
_FEW = 2
"""A stretch of so many systems gets no large letters."""
_PAD = 5
_INSIDE = 0.6
"""So much of the letters' ground must be the holder's."""
_LOOKED_AT = 60
_TRIED = 40
"""Places tried along each side of a stretch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Systems of one holder that gates join, by index."""

    holder: int
    """Its index among the holders."""
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """A placed one."""

    holder: int
    text: str
    face: Font
    box: Box


def owners_of(systems: Iterable[SystemId], data: MapData) -> list[int]:
    """The index of each system's holder among the map's; -1: none."""
    index = {holder.key: i for i, holder in enumerate(data.holders)}
    held = {system: index[key] for system, key in data.held if key in index}
    return [held.get(system, -1) for system in systems]


def stretches_of(owner: Sequence[int], links: Iterable[tuple[int, int]]) -> tuple[Stretch, ...]:
    """The largest first; `owner`: of each system, `links`: gates by the systems' indexes."""
    root = list(range(len(owner)))

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for a, b in links:
        if owner[a] == owner[b] >= 0:
            root[find(b)] = find(a)
    groups: dict[int, list[int]] = {}
    for i, holder in enumerate(owner):
        if holder >= 0:
            groups.setdefault(find(i), []).append(i)
    found = [Stretch(holder=owner[group[0]], members=tuple(group)) for group in groups.values()]
    return tuple(sorted(found, key=lambda stretch: (-len(stretch.members), stretch.members)))


def is_small(stretch: Stretch) -> bool:
    """Whether its ticker belongs under a name from the beginning."""
    return len(stretch.members) <= _FEW


def place_tickers(
    stretches: Sequence[Stretch],
    holders: Sequence[Holder],
    *,
    places: Floats,
    territory: Territory,
    taken: Sequence[Box],
    room: Box,
    ink: Ink,
    part: float = PART,
    sizes: Callable[[int], Sequence[int]] | None = None,
) -> tuple[tuple[Ticker, ...], tuple[Stretch, ...]]:
    """Those that found a place, and the stretches that found none.

    `taken`: boxes that stay uncovered; `part`: how many times smaller the territories are than the picture; `sizes`: of
    the letters, to be tried for so many systems.
    """
    blocked = [(box.left, box.top, box.right, box.bottom) for box in taken]
    placed, left_over = [], []
    for stretch in stretches:
        text, spot = holders[stretch.holder].label, places[list(stretch.members)]
        for size in (sizes or _sizes)(len(stretch.members)):
            face = font(size, bold=True)
            box = _place(
                (text_width(text, face) + 2 * _PAD, cap_height(face) + 2 * _PAD),
                spot,
                holder=stretch.holder,
                territory=territory,
                blocked=blocked,
                room=room,
                ink=ink,
                part=part,
            )
            if box is not None:
                placed.append(Ticker(holder=stretch.holder, text=text, face=face, box=box))
                blocked.append((box.left, box.top, box.right, box.bottom))
                break
        else:
            left_over.append(stretch)
    return tuple(placed), tuple(left_over)


def _sizes(count: int) -> list[int]:
    size = min(20 + 8 * math.sqrt(count), _LARGEST)
    sizes = []
    while size > SMALLEST:
        sizes.append(round(size))
        size *= 0.82
    return [*sizes, SMALLEST]


def _place(
    size: tuple[float, float],
    spot: Floats,
    *,
    holder: int,
    territory: Territory,
    blocked: Sequence[tuple[float, float, float, float]],
    room: Box,
    ink: Ink,
    part: float,
) -> Box | None:
    """The free place for letters of this size (width, height) that lies most amid the stretch, on its own ground."""
    boxes = _free(_grid(spot, size), blocked, room)
    if not len(boxes):
        return None
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    nearest = np.hypot(*(middles[:, None] - spot[None]).transpose(2, 0, 1)).min(axis=1)
    off = np.hypot(*(middles - np.median(spot, axis=0)).T)
    costs = off * 0.4 + nearest + ink.under(boxes) * 1.5
    for i in np.argsort(costs, kind="stable")[:_LOOKED_AT]:
        left, top, right, bottom = boxes[i].tolist()
        small = (left / part, top / part, right / part, bottom / part)
        if territory.share_inside(small, holder) >= _INSIDE:
            return Box(left, top, right, bottom)
    return None


def _grid(spot: Floats, size: tuple[float, float]) -> Floats:
    """Boxes all over a stretch, shape (k, 4)."""
    low, high = spot.min(axis=0) - size[1], spot.max(axis=0) + size[1]
    lines = (np.linspace(low[k], high[k], _TRIED) for k in range(2))
    grid = np.stack(np.meshgrid(*lines), axis=-1).reshape(-1, 2)
    corners = np.round(grid - np.array(size) / 2)
    return np.hstack((corners, corners + size))


def _free(boxes: Floats, blocked: Sequence[tuple[float, float, float, float]], room: Box) -> Floats:
    """Those that meet nothing and lie within the room."""
    inside = (boxes[:, :2] >= (room.left, room.top)).all(axis=1)
    inside &= (boxes[:, 2:] <= (room.right, room.bottom)).all(axis=1)
    boxes = boxes[inside]
    walls = np.array(blocked, dtype=np.float64).reshape(-1, 4)
    met = (
        (boxes[:, None, 0] < walls[:, 2])
        & (boxes[:, None, 2] > walls[:, 0])
        & (boxes[:, None, 1] < walls[:, 3])
        & (boxes[:, None, 3] > walls[:, 1])
    ).any(axis=1)
    found: Floats = boxes[~met]
    return found
