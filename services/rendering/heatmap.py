"""The galaxy heatmap: where the kills of a window were, drawn over the ground that is kept.

Pure: the same ground and data give the same bytes. What the map cannot show (wormholes and other hidden places, losses
without a price) is said in letters, so that no total lies by silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageDraw

from services.domain.heat import HeatBy
from services.domain.ids import SystemId
from services.domain.isk import IskSum
from services.rendering import furniture
from services.rendering.fonts import font
from services.rendering.ground_picture import GroundPicture, region_font
from services.rendering.heat import Spot, find_spots, lay_discs, lay_glow
from services.rendering.labels import Label, LabelFonts, place_labels
from services.rendering.png import encode_png
from services.rendering.region_names import RegionName, step_aside
from services.rendering.scale import HeatScale

NAMED_SYSTEMS = 12
"""Labels on the map: more would hide the heat that they name."""
_KEPT_CLEAR = 24
"""The hottest discs that no label may cover."""
_STEPPED_ASIDE = 70
"""The hottest discs that regions' names avoid where they can."""
_NAMED_WEIGHT = 2.0
"""How much more they avoid a disc that has a label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapData:
    """What one heatmap shows.

    `heat` holds kills or ISK per system, of any space: what lies off the map is summed in the footer. Times are aware
    UTC; the window is [start, end).
    """

    heat: Mapping[SystemId, float]
    by: HeatBy
    start: datetime
    end: datetime
    drawn_at: datetime
    unpriced: int = 0
    """Losses in the window without any value; they have no part in `heat` by ISK."""
    estimated: int = 0
    """Losses whose value is an estimate; any makes the total wear a tilde."""
    title: str = ""
    """Empty: the map's own title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What will be drawn where, before it is drawn: pictures are tested by it."""

    scale: HeatScale
    spots: tuple[Spot, ...]
    labels: tuple[Label, ...]
    regions: tuple[RegionName, ...]
    off_map: float
    """Kills or ISK of systems that the map does not show."""


def plan_heatmap(picture: GroundPicture, data: HeatmapData) -> Layout:
    """Find the hot systems and a place for each letter."""
    shown = [value for system_id, value in data.heat.items() if system_id in picture.ground.index]
    scale = HeatScale.of(shown, by=data.by)
    spots = find_spots(picture, data.heat, scale=scale)
    regions = step_aside(
        picture.wishes,
        picture.regions,
        hot=[
            (spot.box, spot.share + (_NAMED_WEIGHT if rank < NAMED_SYSTEMS else 0))
            for rank, spot in enumerate(spots[:_STEPPED_ASIDE])
        ],
    )
    labels = place_labels(
        [(spot, scale.text(spot.value)) for spot in spots[:NAMED_SYSTEMS]],
        taken=[name.box for name in regions],
        discs=spots[:_KEPT_CLEAR],
        fonts=_label_fonts(),
    )
    off_map = sum(value for key, value in data.heat.items() if key not in picture.ground.index)
    return Layout(scale=scale, spots=spots, labels=labels, regions=regions, off_map=off_map)


def render_heatmap(picture: GroundPicture, data: HeatmapData) -> bytes:
    """A PNG, 1600 pixels wide."""
    layout = plan_heatmap(picture, data)
    return encode_png(draw_heatmap(picture, data, layout=layout))


def draw_heatmap(picture: GroundPicture, data: HeatmapData, *, layout: Layout) -> Image.Image:
    """The finished picture, RGB."""
    canvas = lay_glow(picture.base, layout.spots)
    lay_discs(canvas, layout.spots)
    furniture.draw_region_names(canvas, layout.regions, face=region_font())
    lay_discs(canvas, layout.spots[:NAMED_SYSTEMS])
    furniture.draw_labels(canvas, layout.labels, fonts=_label_fonts())
    total = IskSum(
        isk=sum(spot.value for spot in layout.spots),
        unpriced=data.unpriced,
        estimated=data.estimated,
    )
    figures = furniture.Figures(
        by=data.by, total=total, off_map=layout.off_map, systems=len(layout.spots)
    )
    pen = ImageDraw.Draw(canvas, "RGBA")
    title = data.title or furniture.own_title(data.by)
    furniture.draw_title(pen, title, span=(data.start, data.end))
    furniture.draw_footer(pen, furniture.footer_lines(figures, drawn_at=data.drawn_at))
    if layout.spots:
        furniture.draw_total(pen, figures)
        furniture.draw_legend(canvas, layout.scale)
        furniture.draw_ranking(pen, layout.spots, scale=layout.scale)
    else:
        furniture.draw_empty(pen, furniture.empty_text(figures))
    return canvas


def _label_fonts() -> LabelFonts:
    return LabelFonts(name=font(24, bold=True), figure=font(24, bold=True))
