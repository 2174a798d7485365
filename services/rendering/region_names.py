"""Where the names of the regions stand: near the middle of their own systems, never over one another.

The places depend on the ground alone, so that a reader finds a region at the same spot in every picture; only where one
of the hottest discs would lie under the letters does a name step aside, within its region. Small regions choose first,
since large ones have room to give way. A name that finds no place is left out rather than laid over another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.domain.ids import RegionId
from services.rendering.fonts import Font, cap_height, text_width
from services.rendering.frame import CORNERS, HEIGHT, PICTURE, WIDTH
from services.rendering.geometry import Box, Floats
from services.rendering.ground import Ground

_LINE = 1.5
"""Line height in cap heights."""
_PAD = 4
_STEP = 6
"""Pixels between two places that are tried."""
_ROUNDS = 2
_ONE_LINE = 9
"""Names of up to so many letters stay on one line."""
_FOREIGN, _OWN, _HOT = 0.05, 0.02, 3.0
"""What it costs to cover a system of another region, one of its own, and a disc of full heat; a place one spread away
from the region's middle costs 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionName:
    """A placed name: its lines, centred in its box."""

    region_id: RegionId
    lines: tuple[str, ...]
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class NameWish:
    """A name with all places that it would take: their upper left corners, shape (k, 2), and what each costs."""

    region_id: RegionId
    lines: tuple[str, ...]
    size: Floats
    spread: float
    corners: Floats
    costs: Floats


def wish_names(ground: Ground, places: Floats, *, face: Font) -> tuple[NameWish, ...]:
    """What each named region wants, small regions first; `places` are the systems in pixels, shape (n, 2)."""
    region_ids = np.array([system.region_id for system in ground.systems])
    crowd = _summed(places)
    found = [
        _wish(
            region_id,
            wrapped(ground.regions[region_id]),
            own=places[region_ids == region_id],
            crowd=crowd,
            face=face,
        )
        for region_id in sorted(ground.named)
        if ground.regions[region_id].strip()
    ]
    return tuple(sorted(found, key=lambda wish: (wish.spread, wish.region_id)))


def settle_names(wishes: Sequence[NameWish]) -> tuple[RegionName, ...]:
    """Disjoint places for as many names as find one, in the order of the regions' ids."""
    placed: dict[RegionId, RegionName] = {}
    for _ in range(_ROUNDS):
        for wish in wishes:
            placed.pop(wish.region_id, None)
            name = _choose(
                wish, [*(other.box for other in placed.values()), *CORNERS], costs=wish.costs
            )
            if name is not None:
                placed[wish.region_id] = name
    return tuple(placed[key] for key in sorted(placed))


def step_aside(
    wishes: Sequence[NameWish], names: Iterable[RegionName], *, hot: Sequence[tuple[Box, float]]
) -> tuple[RegionName, ...]:
    """The same names, those moved that would cover `hot` discs (each with its weight) and find a better place."""
    placed = {name.region_id: name for name in names}
    if not hot:
        return tuple(placed.values())
    discs, shares = _rows(box for box, _ in hot), np.array([share for _, share in hot])
    for wish in wishes:
        name = placed.get(wish.region_id)
        if name is None or not any(name.box.meets(box) for box, _ in hot):
            continue
        others = [other.box for key, other in placed.items() if key != wish.region_id]
        costs = wish.costs + _HOT * _overlap(wish.corners, wish.size, boxes=discs, weights=shares)
        placed[wish.region_id] = _choose(wish, [*others, *CORNERS], costs=costs) or name
    return tuple(placed[key] for key in sorted(placed))


def wrapped(name: str) -> tuple[str, ...]:
    """Capitals on one line, or on the two lines that are most alike in length."""
    words = name.upper().split()
    if len(name) <= _ONE_LINE or len(words) == 1:
        return (" ".join(words),)
    splits = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return min(splits, key=lambda pair: max(len(pair[0]), len(pair[1])))


def _wish(
    region_id: RegionId,
    lines: tuple[str, ...],
    *,
    own: Floats,
    crowd: NDArray[np.int64],
    face: Font,
) -> NameWish:
    width = max(text_width(text, face) for text in lines) + 2 * _PAD
    size = np.array((np.ceil(width), round(cap_height(face) * _LINE * len(lines)) + _PAD))
    middle = np.median(own, axis=0)
    spread = max(24.0, float(np.sqrt(own.var(axis=0).sum())))
    reach = max(70.0, 1.8 * spread)
    offsets = np.arange(-reach, reach + 1, _STEP)
    grid = np.stack(np.meshgrid(offsets, offsets), axis=-1).reshape(-1, 2) + middle
    corners = np.round(grid - size / 2)
    end = corners + size
    inside = (corners >= _PAD).all(axis=1) & (
        end <= (PICTURE.right - _PAD, PICTURE.bottom - _PAD)
    ).all(axis=1)
    corners, grid = corners[inside], grid[inside]
    mine = _overlap(corners, size, boxes=np.hstack((own, own)), weights=np.ones(len(own)))
    costs = (((grid - middle) / spread) ** 2).sum(axis=1)
    costs += _OWN * mine + _FOREIGN * (_count(crowd, corners, size=size) - mine)
    return NameWish(
        region_id=region_id, lines=lines, size=size, spread=spread, corners=corners, costs=costs
    )


def _choose(wish: NameWish, taken: Sequence[Box], *, costs: Floats) -> RegionName | None:
    """The free place that costs least, or None when all are taken."""
    free = _overlap(wish.corners, wish.size, boxes=_rows(taken), weights=np.ones(len(taken))) == 0
    if not free.any():
        return None
    left, top = wish.corners[int(np.where(free, costs, np.inf).argmin())].tolist()
    width, height = wish.size.tolist()
    box = Box.sized(left, top, width=width, height=height)
    return RegionName(region_id=wish.region_id, lines=wish.lines, box=box)


def _overlap(corners: Floats, size: Floats, *, boxes: Floats, weights: Floats) -> Floats:
    """The weight of the boxes (left, top, right, bottom; shape (m, 4)) that each of the places meets, shape (k,)."""
    low, high = corners.min(axis=0), corners.max(axis=0) + size
    near = (boxes[:, :2] < high).all(axis=1) & (boxes[:, 2:] > low).all(axis=1)
    left, top, right, bottom = boxes[near].T
    x, y = corners.T[:, :, None]
    meets = (x < right) & (x + size[0] > left) & (y < bottom) & (y + size[1] > top)
    found: Floats = meets @ weights[near]
    return found


def _rows(boxes: Iterable[Box]) -> Floats:
    return np.array([(box.left, box.top, box.right, box.bottom) for box in boxes], dtype=np.float64)


def _summed(places: Floats) -> NDArray[np.int64]:
    """How many systems lie above and left of each pixel: a summed-area table, shape (HEIGHT + 1, WIDTH + 1)."""
    counts = np.zeros((HEIGHT + 1, WIDTH + 1), dtype=np.int64)
    columns = np.clip(places[:, 0].astype(np.int64), 0, WIDTH - 1) + 1
    rows = np.clip(places[:, 1].astype(np.int64), 0, HEIGHT - 1) + 1
    np.add.at(counts, (rows, columns), 1)
    return counts.cumsum(axis=0).cumsum(axis=1)


def _count(table: NDArray[np.int64], corners: Floats, *, size: Floats) -> Floats:
    """Systems in each box, read off the table."""
    left, top = corners.astype(np.int64).T
    right, bottom = (corners + size).astype(np.int64).T
    inside: Floats = (
        table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
    ).astype(np.float64)
    return inside
