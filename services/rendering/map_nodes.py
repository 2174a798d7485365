"""The systems of a map as they are drawn: a disc with the game's colour of security as its rim, and a figure inside.

What fills the disc is the map's own matter: heat, the holder's colour, or how contested the system is, which an arc
around the disc says too. A figure never stands for itself in colour alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from services.domain.heat import HeatBy
from services.domain.ids import SystemId
from services.domain.warfare import Role
from services.rendering.fonts import Font, font, text_width
from services.rendering.map_data import Contest, MapData
from services.rendering.map_sheet import Sheet
from services.rendering.palette import PLATE, RGB, ramp, security_colour
from services.rendering.scale import HeatScale

_FINE = 4
_PLAIN, _HELD, _CONTESTED, _CALM = 9.0, 13.0, 18.0, 11.0
_ARC = 6
_ARC_GAP = 2
ARC: RGB = (255, 236, 170)
ALARM: RGB = (255, 96, 84)
_TRACK: RGB = (44, 56, 80)
FRONT: RGB = (255, 255, 255)
_QUIET: RGB = (26, 36, 58)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a system is drawn; `radius`: of all that belongs to its disc."""

    radius: float
    disc: float
    """Radius of the disc itself."""
    fill: RGB
    rim: RGB
    figure: str = ""
    share: float | None = None
    """The arc, 0 to 1."""
    alarm: bool = False
    front: bool = False


def figure_font() -> Font:
    """The face of the figures inside discs."""
    return font(22, bold=True)


def looks_of(sheet: Sheet, data: MapData, scale: HeatScale) -> tuple[Look, ...]:
    """In the order of the sheet's systems."""
    colours = {holder.key: holder.colour for holder in data.holders}
    held = {system: colours[key] for system, key in data.held if key in colours}
    contests = {contest.system_id: contest for contest in data.contests}
    heat = dict(data.heat)
    return tuple(
        _look(
            system.id,
            system.security,
            held,
            contest=contests.get(system.id),
            heat=heat,
            scale=scale,
        )
        for system in sheet.systems
    )


def _look(
    system_id: SystemId,
    security: float,
    held: Mapping[SystemId, RGB],
    *,
    contest: Contest | None,
    heat: Mapping[SystemId, float],
    scale: HeatScale,
) -> Look:
    rim = security_colour(security)
    fill = held.get(system_id)
    if contest is not None:
        return _contested(contest, fill or _QUIET)
    if fill is not None:
        return Look(radius=_HELD, disc=_HELD, fill=fill, rim=rim)
    if (value := heat.get(system_id, 0)) > 0:
        return _hot(value, rim, scale)
    return Look(radius=_PLAIN, disc=_PLAIN, fill=rim, rim=rim)


def _hot(value: float, rim: RGB, scale: HeatScale) -> Look:
    """Kills are counted inside their disc. ISK is where it fits: `218M` is broader than `12B`, and less."""
    figure, share = short_figure(value, scale.by), scale.share(value)
    disc, needed = 12 + 26 * share**1.6, text_width(figure, figure_font()) / 2 + 7
    if scale.by is HeatBy.KILLS:
        disc = max(disc, needed)
    return Look(
        radius=disc,
        disc=disc,
        fill=ramp(share),
        rim=rim,
        figure=figure if needed <= disc else "",
    )


def _contested(contest: Contest, fill: RGB) -> Look:
    percent = min(round((contest.share or 0) * 100), 99)
    figure = "?" if contest.share is None else str(percent) if percent else ""
    disc = _CONTESTED if figure or contest.vulnerable else _CALM
    return Look(
        radius=disc + _ARC_GAP + _ARC,
        disc=disc,
        fill=fill,
        rim=fill,
        figure="!" if contest.vulnerable else figure,
        share=1.0 if contest.vulnerable else percent / 100,
        alarm=contest.vulnerable,
        front=contest.role is Role.FRONTLINE,
    )


def short_figure(value: float, by: HeatBy) -> str:
    """At most four letters: `45`, `1.2k`, `950M`, `12B`."""
    if by is HeatBy.KILLS and value < 1000:
        return f"{value:.0f}"
    for step, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= step * 0.9995:
            scaled = value / step
            return f"{scaled:.1f}{suffix}" if scaled < 9.95 else f"{scaled:.0f}{suffix}"
    return "<1k"


def draw_look(canvas: Image.Image, x: float, y: float, *, look: Look) -> None:
    """One system."""
    sprite = _sprite(look)
    half = sprite.width // 2
    canvas.paste(sprite, (round(x) - half, round(y) - half), sprite)


@lru_cache(maxsize=256)
def _sprite(look: Look) -> Image.Image:
    """RGBA, its edges smooth."""
    reach = int(look.radius) + 6
    middle = reach * _FINE
    tile = Image.new("RGBA", (2 * middle, 2 * middle), (*PLATE, 0))
    pen = ImageDraw.Draw(tile)

    def disc(radius: float, colour: RGB) -> None:
        size = radius * _FINE
        pen.ellipse(
            (middle - size, middle - size, middle + size, middle + size), fill=(*colour, 255)
        )

    disc(look.radius + 2.5, PLATE)
    if look.share is not None:
        _draw_arc(pen, look, middle)
        disc(look.disc + _ARC_GAP, PLATE)
        if look.front:
            disc(look.disc + 1, FRONT)
    disc(look.disc - (2 if look.front else 0), look.rim)
    if look.fill != look.rim:
        disc(look.disc - 3, PLATE)
        disc(look.disc - 4, look.fill)
    small = tile.reduce(_FINE)
    if look.figure:
        ImageDraw.Draw(small).text(
            (reach, reach), look.figure, font=figure_font(), fill=_ink(look.fill), anchor="mm"
        )
    return small


def _draw_arc(pen: ImageDraw.ImageDraw, look: Look, middle: int) -> None:
    """The contested share clockwise from the top, on its track."""
    size = look.radius * _FINE
    box = (middle - size, middle - size, middle + size, middle + size)
    pen.ellipse(box, fill=(*_TRACK, 255))
    if look.share:
        colour = ALARM if look.alarm else ARC
        pen.pieslice(box, -90, -90 + 360 * max(look.share, 0.02), fill=(*colour, 255))


def _ink(fill: RGB) -> RGB:
    """Letters on a disc: dark on light ones, light on dark ones."""
    red, green, blue = fill
    return PLATE if 0.299 * red + 0.587 * green + 0.114 * blue > 122 else (255, 255, 255)
