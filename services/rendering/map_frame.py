"""Where a map's parts stand: letters above, the map, the legend below; nothing of them can meet.

The picture is as broad as the map needs at a distance of systems that leaves room for names, and never more than 1600
pixels: a narrower picture is shown larger on a phone.
"""

from dataclasses import dataclass

import numpy as np

from services.rendering.geometry import Box, Floats
from services.rendering.map_sheet import Sheet

WIDEST = 1600
_NARROWEST = 1160
MARGIN = 40
HEADER = 176
_STEP = 92.0
"""Pixels between neighbours where there is room."""
_USUAL_CROWD = 0.38
"""Systems to a square unit: where there are more of them, they are drawn further apart."""
_CROWDED = 75.0
"""Where neighbours stand nearer, names need the room beside the map too."""
_SIDE = 96
"""Room around the outermost systems for their names and for where their gates lead."""
_HIGHEST = 2300
"""Pixels of the map's own height."""
_LOWEST = 420


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The picture's size and the area of the map in it; `step`: pixels to a unit of the sheet."""

    width: int
    height: int
    area: Box
    step: float
    places: Floats
    """The systems in pixels, shape (n, 2)."""
    footer: Box


def width_of(sheet: Sheet) -> int:
    """How broad the picture of a sheet is."""
    units, step = _units(sheet), _step(sheet)
    if step < _CROWDED:
        return WIDEST
    return int(np.clip(round(units[0] * step) + 2 * _SIDE, _NARROWEST, WIDEST)) // 2 * 2


def frame_of(sheet: Sheet, *, footer: float) -> Frame:
    """The frame of a sheet over a footer of this height in pixels."""
    units, step, width = _units(sheet), _step(sheet), width_of(sheet)
    height = max(units[1] * step + 2 * _SIDE, _LOWEST)
    area = Box(0, HEADER, width, HEADER + round(height))
    full = round(area.bottom + footer) // 2 * 2
    places = np.array([(system.x, -system.y) for system in sheet.systems], dtype=np.float64)
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    return Frame(
        width=width,
        height=full,
        area=area,
        step=step,
        places=(places - middle) * step + np.array(area.centre),
        footer=Box(MARGIN, area.bottom, width - MARGIN, full),
    )


def _units(sheet: Sheet) -> tuple[float, float]:
    xs, ys = [system.x for system in sheet.systems], [system.y for system in sheet.systems]
    return max(xs) - min(xs), max(ys) - min(ys)


def _step(sheet: Sheet) -> float:
    broad, high = _units(sheet)
    crowd = len(sheet.systems) / max((broad + 1) * (high + 1), 1.0)
    return min(
        _STEP * float(np.clip(np.sqrt(crowd / _USUAL_CROWD), 1.0, 1.4)),
        (WIDEST - 2 * _SIDE) / max(broad, 1e-6),
        (_HIGHEST - 2 * _SIDE) / max(high, 1e-6),
    )
