"""What stands beside each system of a map: its name, its marks, and where its gates lead off the map."""

from collections.abc import Mapping, Sequence

from services.domain.ids import SystemId
from services.rendering.fonts import Font, font
from services.rendering.geometry import Floats
from services.rendering.map_data import MapData, MapMark, MarkKind
from services.rendering.map_nodes import Look, short_figure
from services.rendering.map_sheet import Exit, LinkKind, Sheet, SheetSystem
from services.rendering.map_tags import Lines, Run, Wish
from services.rendering.palette import RGB, TEXT, ramp
from services.rendering.scale import HeatScale

NAME: RGB = (206, 217, 234)
EXIT: RGB = (206, 164, 246)
GLYPHS: dict[MarkKind, str] = {
    MarkKind.BATTLE: "\u2694",
    MarkKind.FLIP: "\u2691",
    MarkKind.CAPITAL: "\u2605",
    MarkKind.CAMPAIGN: "\u26a1",
    MarkKind.INSURGENCY: "\u2622",
}
COLOURS: dict[MarkKind, RGB] = {
    MarkKind.BATTLE: (255, 150, 100),
    MarkKind.FLIP: (120, 220, 255),
    MarkKind.CAPITAL: (255, 255, 255),
    MarkKind.CAMPAIGN: (255, 214, 92),
    MarkKind.INSURGENCY: (214, 142, 255),
}
_READABLE = 0.45


_LOUD = 12
"""The hottest systems have their names in bold letters."""
_COUNTED = 16
"""Where discs say something else, the hottest systems have their heat beside their names."""
SKULL = "\u2620"


def wishes_of(
    sheet: Sheet,
    data: MapData,
    *,
    discs: Floats,
    looks: Sequence[Look],
    small: bool,
    tickers: Mapping[int, Run],
) -> tuple[Wish, ...]:
    """Names first, those that are marked or hot before the others; then where gates lead.

    `discs`: x, y and radius of each system, shape (n, 3), `looks`: how it is drawn; `tickers`: by index of the system,
    the holder's, where it stands under the name.
    """
    writer = _Writer(data, small=small)
    order = sorted(range(len(sheet.systems)), key=lambda i: (*writer.rank(sheet.systems[i].id), i))
    names = []
    for i in order:
        x, y, radius = discs[i].tolist()
        lines = writer.lines(sheet.systems[i], looks[i], ticker=tickers.get(i))
        names.append(Wish(index=i, lines=lines, x=x, y=y, radius=radius))
    leaving = [found for found in sheet.exits if data.exits and found.kind is LinkKind.REGION]
    return (*names, *(_exit(found, discs) for found in leaving))


class _Writer:
    """Writes the names of one map's systems."""

    def __init__(self, data: MapData, *, small: bool) -> None:
        self._data = data
        self._small = small
        self._heat = dict(data.heat)
        self._scale = HeatScale.of(self._heat.values(), by=data.by)
        hottest = sorted(self._heat, key=lambda key: (-self._heat[key], key))
        self._loud = frozenset(hottest[:_LOUD] if not data.contests else ())
        self._counted = frozenset(hottest[:_COUNTED] if data.contests or data.holders else ())
        self._marks: dict[SystemId, list[MapMark]] = {}
        for mark in data.marks:
            self._marks.setdefault(mark.system_id, []).append(mark)

    def rank(self, system_id: SystemId) -> tuple[bool, int, float]:
        """Lower is more important."""
        return (
            system_id != self._data.asked,
            -len(self._marks.get(system_id, ())),
            -self._heat.get(system_id, 0.0),
        )

    def lines(self, system: SheetSystem, look: Look, *, ticker: Run | None) -> Lines:
        """The name with whatever belongs to it."""
        marks = self._marks.get(system.id, [])
        told = bool(marks or look.alarm or system.id in self._loud or system.id == self._data.asked)
        face = font((22 if self._small else 24) + 2 * told, bold=told)
        star = any(mark.kind is MarkKind.CAPITAL for mark in marks)
        name = f"{GLYPHS[MarkKind.CAPITAL]} {system.name}" if star else system.name
        first = (Run(name, face, TEXT if told else NAME), *self._heat_run(system.id, look))
        return (
            first,
            *(((ticker,),) if ticker is not None else ()),
            *(
                (
                    Run(
                        f"{GLYPHS[mark.kind]} {mark.text}".rstrip(),
                        _small_bold(),
                        COLOURS[mark.kind],
                    ),
                )
                for mark in marks
                if mark.kind is not MarkKind.CAPITAL
            ),
        )

    def _heat_run(self, system_id: SystemId, look: Look) -> tuple[Run, ...]:
        """The heat, where the disc does not say it."""
        if system_id not in (self._counted or self._heat) or (look.figure and not self._counted):
            return ()
        value = self._heat[system_id]
        figure = short_figure(value, self._data.by)
        colour = ramp(max(self._scale.share(value), _READABLE))
        return (Run(f" {SKULL if self._counted else ''}{figure}", _small_bold(), colour),)


def _small_bold() -> Font:
    return font(22, bold=True)


def _exit(found: Exit, discs: Floats) -> Wish:
    x, y, radius = discs[found.index].tolist()
    return Wish(
        index=found.index,
        lines=((Run(found.name, font(22), EXIT),), (Run(found.region, font(22, bold=True), EXIT),)),
        x=x,
        y=y,
        radius=radius,
        heading=(found.dx, -found.dy),
        stub=True,
    )
