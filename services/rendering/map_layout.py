"""Places for systems of several regions: as far apart as they are by gate, turned so that north is up.

Stress majorisation (Gansner, Koren and North) from the systems' true places, so that the result looks like the
galaxy where the gates allow it; then whatever still lies too near to another system or on a gate is pushed off. Parts
that no gate joins are laid out each for itself and set where they take the least room.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.rendering.geometry import Floats

_ROUNDS = 90
_PUSHES = 60
_APART = 0.92
"""No two systems lie nearer than this, in units."""
_OFF_GATES = 0.42
"""Nor a system so near to a gate that is not its own."""
_CROWD, _LOOSER = 0.36, 1.3
"""A part with more systems to the square unit is laid out larger, at most so many times."""
_GAP = 1.7
"""Units between two parts."""
_PORTRAIT = 1.5
"""Pictures have room for so many more units from north to south than from west to east."""
_GRAIN = 0.8

Pairs = NDArray[np.intp]


def lay_out(start: Floats, links: Sequence[tuple[int, int]]) -> Floats:
    """Places in units (east, north), shape (n, 2), from true places and the gates between them by index."""
    pairs = np.array(links, dtype=np.intp).reshape(-1, 2)
    steps = _steps(len(start), pairs)
    parts = _parts(steps)
    laid = []
    for part in parts:
        local = np.full(len(start), -1)
        local[part] = np.arange(len(part))
        own = local[pairs]
        laid.append(_lay_part(start[part], steps[np.ix_(part, part)], own[(own >= 0).all(axis=1)]))
    places = np.zeros((len(start), 2))
    for part, spot in zip(parts, _packed(laid), strict=True):
        places[part] = spot
    moved: Floats = places - places.min(axis=0)
    return moved


def _steps(count: int, pairs: Pairs) -> Floats:
    """Jumps between any two, infinite where there is no way, shape (n, n)."""
    near = np.eye(count)
    near[pairs[:, 0], pairs[:, 1]] = near[pairs[:, 1], pairs[:, 0]] = 1
    steps = np.where(np.eye(count) > 0, 0.0, np.inf)
    reached = np.eye(count)
    for jumps in range(1, count):
        further = ((reached @ near) > 0).astype(np.float64)
        new = (further > 0) & np.isinf(steps)
        if not new.any():
            break
        steps[new] = jumps
        reached = further
    return steps


def _parts(steps: Floats) -> list[Pairs]:
    """Indexes of the systems that gates join, the largest part first."""
    firsts = np.isfinite(steps).argmax(axis=1)
    parts = [np.flatnonzero(firsts == first) for first in np.unique(firsts)]
    return sorted(parts, key=lambda part: (-len(part), int(part[0])))


def _lay_part(start: Floats, steps: Floats, pairs: Pairs) -> Floats:
    if len(start) == 1:
        return np.zeros((1, 2))
    places = _turned(_relaxed(_spread(start, pairs), steps), start)
    for _ in range(_PUSHES):
        moved = _pushed(places, pairs)
        if np.allclose(moved, places, atol=1e-3):
            break
        places = moved
    places = places - places.min(axis=0)
    broad, high = places.max(axis=0).tolist()
    crowd = len(places) / ((broad + 1) * (high + 1))
    found: Floats = places * np.clip(np.sqrt(crowd / _CROWD), 1.0, _LOOSER)
    return found


def _spread(start: Floats, pairs: Pairs) -> Floats:
    """The true places in units, no two alike."""
    lengths = np.hypot(*(start[pairs[:, 0]] - start[pairs[:, 1]]).T)
    places = (start - start.mean(axis=0)) / max(float(np.median(lengths)), 1.0)
    turns = np.arange(len(start)) * 2.4
    jitter: Floats = places + 1e-3 * np.column_stack((np.cos(turns), np.sin(turns)))
    return jitter


def _relaxed(places: Floats, steps: Floats) -> Floats:
    """Distances as near to the jumps as a plane allows."""
    count = len(places)
    wanted = steps**0.94  # far ones a little nearer: room is dear
    weights = np.where(steps > 0, 1 / np.maximum(steps, 1) ** 2, 0.0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.inv(laplacian + 1 / count)
    for _ in range(_ROUNDS):
        away = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
        pull = -weights * wanted / np.maximum(away, 1e-6)
        np.fill_diagonal(pull, 0.0)
        np.fill_diagonal(pull, -pull.sum(axis=1))
        places = inverse @ (pull @ places)
    return places


def _turned(places: Floats, start: Floats) -> Floats:
    """Turned, and mirrored where need be, so that it lies as the true places do."""
    left, _, right = np.linalg.svd((places - places.mean(axis=0)).T @ (start - start.mean(axis=0)))
    turned: Floats = places @ (left @ right)
    return turned


def _pushed(places: Floats, pairs: Pairs) -> Floats:
    """One step away from whatever is too near."""
    moves = np.zeros_like(places)
    between = places[:, None] - places[None]
    away = np.hypot(*between.transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    lack = np.maximum(_APART - away, 0) / np.maximum(away, 1e-6)
    moves += 0.5 * (lack[..., None] * between).sum(axis=1)
    a, b = places[pairs[:, 0]], places[pairs[:, 1]]
    along = b - a
    lengths = np.maximum((along**2).sum(axis=1), 1e-9)
    share = (((places[:, None] - a) * along).sum(axis=2) / lengths).clip(0, 1)
    off = places[:, None] - (a + share[..., None] * along)
    far = np.hypot(*off.transpose(2, 0, 1))
    own = (np.arange(len(places))[:, None] == pairs[:, 0]) | (
        np.arange(len(places))[:, None] == pairs[:, 1]
    )
    lack = np.where(own | (far >= _OFF_GATES), 0.0, _OFF_GATES - far) / np.maximum(far, 1e-3)
    moves += 0.6 * (lack[..., None] * off).sum(axis=1)
    moved: Floats = places + moves.clip(-0.3, 0.3)
    return moved


def _packed(parts: Sequence[Floats]) -> list[Floats]:
    """Each part where the whole can be drawn largest; the largest part stays."""
    packed = [parts[0]]
    for part in parts[1:]:
        taken = np.concatenate(packed)
        low, high = taken.min(axis=0), taken.max(axis=0)
        size = part.max(axis=0)
        corners = np.stack(
            np.meshgrid(
                *(
                    np.arange(low[k] - size[k] - _GAP, high[k] + _GAP + _GRAIN, _GRAIN)
                    for k in range(2)
                )
            ),
            axis=-1,
        ).reshape(-1, 2)
        packed.append(part + _best_corner(corners, part, taken))
    return packed


def _best_corner(corners: Floats, part: Floats, taken: Floats) -> Floats:
    """Where the part's own corner (south-west) goes: free, the whole as small as can be."""
    low = np.minimum(corners, taken.min(axis=0))
    whole = np.maximum(corners + part.max(axis=0), taken.max(axis=0)) - low
    costs = np.maximum(whole[:, 0] * _PORTRAIT, whole[:, 1]) + 0.05 * whole.sum(axis=1)
    # From the best on, the first that is free: whoever lies further south comes first among equals.
    for i in np.lexsort((corners[:, 1], costs)).tolist():
        if _is_free(part + corners[i], taken):
            best: Floats = corners[i]
            return best
    raise AssertionError("beside the others there is always room")


def _is_free(part: Floats, taken: Floats) -> bool:
    """Whether no system of the part comes too near to one that stands."""
    return bool((np.hypot(*(part[:, None] - taken[None]).transpose(2, 0, 1)) >= _GAP).all())
