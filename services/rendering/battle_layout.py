"""Where everything stands in a battle's picture, in pixels: sides under each other, fewer of them with higher strips.

Left of the strips stand heights, right of them the names of the lines below; between them lies time, the same for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.rendering.battle_axis import TimeAxis
from services.rendering.battle_data import NO_SIDE, BattlePicture, Lane, lanes_of, notes
from services.rendering.battle_marks import Mark, Room, is_marked, place_marks
from services.rendering.battle_rows import FleetRow, fleet_rows
from services.rendering.fonts import font, text_width
from services.rendering.geometry import Box
from services.rendering.palette import QUIET_TEXT, RGB

WIDTH = 1200
MARGIN = 36
LEFT, RIGHT = 116, 1000
"""Where time begins and ends."""
EDGE = WIDTH - MARGIN
SMALL, PLAIN, HEAD = 26, 28, 30
"""Sizes of letters: none that is needed is smaller, so that a phone shows nine pixels of it."""

COLOURS: tuple[RGB, ...] = (
    (86, 180, 233),
    (240, 166, 40),
    (70, 200, 150),
    (226, 150, 196),
    (240, 228, 90),
    (196, 176, 255),
)
"""Of the sides, by their order: told apart by those too who see red and green alike."""
_NO_SIDE: RGB = QUIET_TEXT
DASHES: tuple[tuple[int, ...], ...] = (
    (),
    (22, 12),
    (6, 8),
    (26, 8, 6, 8),
    (12, 12),
    (34, 8, 6, 8, 6, 8),
)
"""Of the sides' lines, in pixels drawn and left out by turns; none: drawn through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A lane with its place: `top` of its name, `plot` for its bars."""

    lane: Lane
    index: int
    top: float
    marks: tuple[Mark, ...]
    plot: Box | None
    """None for a side that lost nothing."""

    @property
    def colour(self) -> RGB:
        """Of this side, everywhere."""
        return _NO_SIDE if self.lane.letter == NO_SIDE else COLOURS[self.index % len(COLOURS)]

    @property
    def bottom(self) -> float:
        """Where the next one may begin."""
        return self.plot.bottom if self.plot else self.top + NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What one side flew, with its place."""

    strip: Strip
    box: Box
    rows: tuple[FleetRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything stands, in pixels."""

    axis: TimeAxis
    strips: tuple[Strip, ...]
    band: Box | None
    """The strip of systems; none where the battle stayed in one."""
    times: float
    """Top of the words of the time axis."""
    isk: Box
    panels: tuple[Panel, ...]
    height: int

    def x(self, moment: datetime) -> float:
        """Where a moment lies."""
        return LEFT + (RIGHT - LEFT) * self.axis.share(moment)


TOP = 176
"""Under the title's three lines."""
HEADING = 46
NAME = 46
SIGNS = 64
"""Words and signs above a strip."""
_AIR = 12
"""Above a strip, for the upper half of its topmost height."""
_LANE_GAP = 12
_ISK_HEIGHT = 200
ROW = 37
NOTE = 32
"""A line of the foot."""


def lay_out(data: BattlePicture) -> Layout:
    """Where everything stands."""
    battle = data.report.battle
    axis = TimeAxis.of(battle.start, battle.end)
    strips = _strips(data, axis)
    y = strips[-1].bottom + 16 if strips else TOP + HEADING
    band = None
    if len({moment.system_id for moment in data.report.moments}) > 1:
        band = Box(LEFT, y, RIGHT, y + 42)
        y = band.bottom + 6
    times = y
    isk = Box.sized(LEFT, times + 60 + HEADING, width=RIGHT - LEFT, height=_ISK_HEIGHT)
    panels, bottom = _panels(strips, top=isk.bottom + 24 + HEADING)
    return Layout(
        axis=axis,
        strips=strips,
        band=band,
        times=times,
        isk=isk,
        panels=panels,
        height=round(bottom + NOTE * max(len(notes(data)), 1) + 16),
    )


def _strips(data: BattlePicture, axis: TimeAxis) -> tuple[Strip, ...]:
    lanes = lanes_of(data)
    losing = sum(bool(lane.losses) for lane in lanes)
    height = {1: 150, 2: 104, 3: 84}.get(losing, 64)
    face = font(SMALL)
    room = Room(
        left=MARGIN, right=EDGE, width=lambda text: text_width(text, face), names=data.hulls
    )
    strips: list[Strip] = []
    y: float = TOP + HEADING
    for index, lane in enumerate(lanes):
        marked = [
            (moment, LEFT + (RIGHT - LEFT) * axis.share(moment.time))
            for moment in lane.losses
            if is_marked(moment)
        ]
        top = y + NAME + _AIR + (SIGNS if marked else 0)
        plot = Box(LEFT, top, RIGHT, top + height) if lane.losses else None
        strips.append(
            Strip(lane=lane, index=index, top=y, marks=place_marks(marked, room), plot=plot)
        )
        y = strips[-1].bottom + _LANE_GAP
    return tuple(strips)


def _panels(strips: Sequence[Strip], *, top: float) -> tuple[tuple[Panel, ...], float]:
    """Panels two by two, and where they end."""
    width = (EDGE - MARGIN - 40) / 2
    flown = [strip for strip in strips if strip.lane.hulls]
    found = []
    for first in range(0, len(flown), 2):
        pair = flown[first : first + 2]
        rows = [fleet_rows(s.lane.hulls, most=9 if first == 0 else 4) for s in pair]
        height = NAME + ROW * max(len(each) for each in rows)
        for place, (strip, each) in enumerate(zip(pair, rows, strict=True)):
            left = MARGIN + place * (width + 40)
            found.append(
                Panel(strip=strip, box=Box(left, top, left + width, top + height), rows=each)
            )
        top += height + 20
    return tuple(found), top
