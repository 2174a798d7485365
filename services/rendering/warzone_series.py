"""The warzone over time as a picture: systems held, kills a day, victory points a day, a line a militia.

Kills and points are those of full days as ESI counts them, each drawn at its own noon; a day that nobody asked about
breaks the line.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from services.domain.ids import FactionId
from services.domain.warfare import FactionDay, WarzoneStats
from services.rendering.map_colours import colours_of
from services.rendering.series import SeriesData, SeriesLine, SeriesPanel

_DAY = timedelta(days=1)
_NOON = time(12, tzinfo=UTC)


def warzone_series(
    stats: WarzoneStats,
    names: Mapping[FactionId, str],
    *,
    start: datetime,
    end: datetime,
    held_until: datetime | None,
    drawn_at: datetime,
) -> SeriesData:
    """The picture's data.

    Args:
        stats: what is known of the window.
        names: of the militias, short, in the order in which they are drawn; nobody else is.
        start: of the window.
        end: of the window.
        held_until: when who holds what was last true.
        drawn_at: the present.
    """
    return SeriesData(
        title="The warzone over time",
        panels=(
            SeriesPanel(
                title="Systems held",
                lines=_lines(names, lambda key: _held(stats, key, held_until)),
                stepped=True,
                from_zero=False,
            ),
            SeriesPanel(
                title="Kills a day",
                lines=_lines(
                    names, lambda key: _daily(stats.days, key, lambda d: d.kills_yesterday)
                ),
            ),
            SeriesPanel(
                title="Victory points a day",
                lines=_lines(
                    names, lambda key: _daily(stats.days, key, lambda d: d.points_yesterday)
                ),
            ),
        ),
        start=start,
        end=end,
        note="kills and points as ESI counts them, by full days",
        drawn_at=drawn_at,
    )


Points = tuple[tuple[datetime, float | None], ...]


def _lines(
    names: Mapping[FactionId, str], points: Callable[[FactionId], Points]
) -> tuple[SeriesLine, ...]:
    colours = colours_of(tuple(names))  # those of the maps
    return tuple(
        SeriesLine(name=name, colour=colours[key], points=points(key))
        for key, name in names.items()
    )


def _held(stats: WarzoneStats, faction_id: FactionId, until: datetime | None) -> Points:
    points = [(at, float(dict(held).get(faction_id, 0))) for at, held in stats.holdings]
    if points and until is not None and until > points[-1][0]:
        points.append((until, points[-1][1]))
    return tuple(points)


def _daily(
    days: Sequence[FactionDay], faction_id: FactionId, figure: Callable[[FactionDay], int]
) -> Points:
    """Figures of the day before each that is known; between days that do not follow each other, nothing."""
    found: list[tuple[datetime, float | None]] = []
    last = None
    for day in days:
        if day.faction_id != faction_id:
            continue
        told = datetime.combine(day.day - _DAY, _NOON)
        if last is not None and day.day - last > _DAY:
            found.append((told - _DAY, None))
        found.append((told, float(figure(day))))
        last = day.day
    return tuple(found)
