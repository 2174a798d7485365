"""A map out of a sheet and what is known of its systems: planned first, then drawn.

Pure: the same sheet and data give the same bytes. The layers lie in this order: sky, territories, heat, gates,
systems, letters; a layer without data leaves nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from services.rendering.fonts import font
from services.rendering.geometry import Box, Floats
from services.rendering.heat import Spot
from services.rendering.map_data import MapData
from services.rendering.map_frame import MARGIN, Frame, frame_of, width_of
from services.rendering.map_furniture import (
    FOOT_LINE,
    draw_empty,
    draw_foot,
    draw_head,
    draw_tags,
    draw_tickers,
    foot_lines,
)
from services.rendering.map_ground import PART, draw_ground, ground_size
from services.rendering.map_legend import Legend, draw_legend, legend_of
from services.rendering.map_links import lay_links
from services.rendering.map_nodes import Look, draw_look, looks_of
from services.rendering.map_sheet import Sheet
from services.rendering.map_tags import Ink, Run, Tag, place_tags
from services.rendering.map_territory import Territory, along_links, divide
from services.rendering.map_tickers import (
    SMALLEST,
    Stretch,
    Ticker,
    is_small,
    owners_of,
    place_tickers,
    stretches_of,
)
from services.rendering.map_words import wishes_of
from services.rendering.png import encode_png
from services.rendering.scale import HeatScale

_EDGE = 10
_TIGHT = 88.0
"""Pixels between neighbours below which names take the smaller letters."""
_REACH = 0.55
"""How far a system's word carries on the ground, in distances of neighbours."""
_HALO = 16
"""How far outside of its disc the ring around the asked system lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What will be drawn where, before it is drawn: pictures are tested by it."""

    frame: Frame
    scale: HeatScale
    looks: tuple[Look, ...]
    spots: tuple[Spot, ...]
    tags: tuple[Tag, ...]
    tickers: tuple[Ticker, ...]
    territory: Territory | None
    front: frozenset[int]
    """Indexes of the links that are it."""
    legend: Legend


def plan_map(sheet: Sheet, data: MapData) -> Layout:
    """Find a place for everything."""
    scale = HeatScale.of((value for _, value in data.heat), by=data.by)
    looks = looks_of(sheet, data, scale)
    front = _front(sheet, data)
    width = width_of(sheet)
    legend = legend_of(sheet, data, scale=scale, looks=looks, front=front, width=width - 2 * MARGIN)
    foot = FOOT_LINE * len(foot_lines(data, width=width - 2 * MARGIN))
    frame = frame_of(sheet, footer=legend.height + foot + 40)
    owners = owners_of((system.id for system in sheet.systems), data)
    stretches = stretches_of(owners, ((link.a, link.b) for link in sheet.links))
    territory = _territory(sheet, owners, frame) if data.holders else None
    tags, tickers = _letters(
        sheet, data, frame=frame, looks=looks, stretches=stretches, territory=territory
    )
    return Layout(
        frame=frame,
        scale=scale,
        looks=looks,
        spots=_spots(sheet, data, frame, scale=scale),
        tags=tags,
        tickers=tickers,
        territory=territory,
        front=front,
        legend=legend,
    )


def _letters(
    sheet: Sheet,
    data: MapData,
    *,
    frame: Frame,
    looks: Sequence[Look],
    stretches: Sequence[Stretch],
    territory: Territory | None,
) -> tuple[tuple[Tag, ...], tuple[Ticker, ...]]:
    """Names, exits and tickers. A ticker that finds no ground goes under a name, and the names are set once more."""
    segments = [
        (*frame.places[link.a].tolist(), *frame.places[link.b].tolist()) for link in sheet.links
    ]
    ink = Ink.of((frame.width, frame.height), segments)
    room, discs = frame.area.grown(-_EDGE), _discs(sheet, data, frame, looks=looks)

    def tags_with(under: Collection[Stretch]) -> tuple[Tag, ...]:
        runs = {stretch.members[0]: _ticker_run(data, stretch) for stretch in under}
        small = frame.step < _TIGHT
        wishes = wishes_of(sheet, data, discs=discs, looks=looks, small=small, tickers=runs)
        return place_tags(wishes, room=room, discs=discs, ink=ink)

    def tickers_of(
        large: Sequence[Stretch], tags: Sequence[Tag]
    ) -> tuple[tuple[Ticker, ...], tuple[Stretch, ...]]:
        if territory is None or not large:
            return (), ()
        taken = [*(tag.box for tag in tags), *_disc_boxes(discs)]
        return place_tickers(
            large,
            data.holders,
            places=frame.places,
            territory=territory,
            taken=taken,
            room=room,
            ink=ink,
        )

    under = [stretch for stretch in stretches if is_small(stretch)]
    large = [stretch for stretch in stretches if not is_small(stretch)]
    tags = tags_with(under)
    tickers, homeless = tickers_of(large, tags)
    if homeless:
        tags = tags_with([*under, *homeless])
        tickers, _ = tickers_of([stretch for stretch in large if stretch not in homeless], tags)
    return tags, tickers


def _discs(sheet: Sheet, data: MapData, frame: Frame, *, looks: Sequence[Look]) -> Floats:
    """What no letters may cover: x, y and radius of each system, shape (n, 3)."""
    radii = [
        look.radius + (_HALO + 8 if system.id == data.asked else 0)
        for system, look in zip(sheet.systems, looks, strict=True)
    ]
    return np.column_stack((frame.places, radii))


def _ticker_run(data: MapData, stretch: Stretch) -> Run:
    holder = data.holders[stretch.holder]
    return Run(holder.label, font(SMALLEST, bold=True), holder.colour)


def _disc_boxes(discs: Floats) -> list[Box]:
    return [Box(x, y, x, y).grown(radius) for x, y, radius in discs.tolist()]


def _front(sheet: Sheet, data: MapData) -> frozenset[int]:
    held = dict(data.held)
    enemies = {frozenset(pair) for pair in data.enemies}
    systems = sheet.systems
    return frozenset(
        i
        for i, link in enumerate(sheet.links)
        if frozenset((held.get(systems[link.a].id), held.get(systems[link.b].id))) in enemies
    )


def _territory(sheet: Sheet, owners: Sequence[int], frame: Frame) -> Territory:
    spots = [
        (x, y, owner) for (x, y), owner in zip((frame.places / PART).tolist(), owners, strict=True)
    ]
    inner = [
        (link.a, link.b, owners[link.a])
        for link in sheet.links
        if owners[link.a] == owners[link.b] >= 0
    ]
    spots += along_links(frame.places / PART, inner, spacing=frame.step * 0.6 / PART)
    return divide(ground_size(frame.width, frame.height), spots, reach=frame.step * _REACH / PART)


def _spots(sheet: Sheet, data: MapData, frame: Frame, *, scale: HeatScale) -> tuple[Spot, ...]:
    index = {system.id: i for i, system in enumerate(sheet.systems)}
    found = []
    for system_id, value in sorted(data.heat, key=lambda pair: (-pair[1], pair[0])):
        if (i := index.get(system_id)) is None or value <= 0:
            continue
        x, y = frame.places[i].tolist()
        found.append(
            Spot(
                system_id=system_id,
                name=sheet.systems[i].name,
                x=x,
                y=y,
                value=value,
                share=scale.share(value),
            )
        )
    return tuple(found)


def render_map(sheet: Sheet, data: MapData) -> bytes:
    """A PNG, at most 1600 pixels wide."""
    return encode_png(draw_map(sheet, data, layout=plan_map(sheet, data)))


def draw_map(sheet: Sheet, data: MapData, *, layout: Layout) -> Image.Image:
    """The finished picture, RGB."""
    frame = layout.frame
    canvas = draw_ground(
        (frame.width, frame.height),
        frame.places,
        territory=layout.territory,
        colours=[holder.colour for holder in data.holders],
        spots=layout.spots,
    )
    lay_links(canvas, sheet, frame.places, front=layout.front, tags=layout.tags)
    _draw_halo(canvas, sheet, data, layout=layout)
    for (x, y), look in zip(frame.places.tolist(), layout.looks, strict=True):
        draw_look(canvas, x, y, look=look)
    draw_tickers(canvas, layout.tickers, [holder.colour for holder in data.holders])
    draw_tags(canvas, layout.tags)
    pen = ImageDraw.Draw(canvas)
    draw_head(pen, data, width=frame.width)
    draw_legend(canvas, layout.legend, left=frame.footer.left, top=frame.footer.top)
    draw_foot(pen, data, footer=frame.footer)
    if data.empty:
        draw_empty(pen, data.empty, middle=frame.area.centre)
    return canvas


def _draw_halo(canvas: Image.Image, sheet: Sheet, data: MapData, *, layout: Layout) -> None:
    """Rings around the system that was asked for."""
    for i, system in enumerate(sheet.systems):
        if system.id == data.asked:
            x, y = layout.frame.places[i].tolist()
            pen = ImageDraw.Draw(canvas, "RGBA")
            inner = layout.looks[i].radius + _HALO
            for radius, alpha in ((inner, 255), (inner + 9, 110), (inner + 18, 50)):
                box = (x - radius, y - radius, x + radius, y + radius)
                pen.ellipse(box, outline=(255, 255, 255, alpha), width=4)
