"""Lines over time: values lie where they should, what is not known is not drawn, and lines can be told apart."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from services.domain.freshness import Freshness
from services.domain.ids import FactionId
from services.domain.warfare import FactionDay, WarzoneStats
from services.rendering.palette import RGB
from services.rendering.series import (
    WIDTH,
    SeriesData,
    SeriesLine,
    SeriesPanel,
    Span,
    draw_series,
    figure,
    height,
    panel_box,
    render_series,
    series_key,
    x,
)
from services.rendering.warzone_series import warzone_series

START = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)
RED: RGB = (230, 60, 60)
BLUE: RGB = (60, 120, 240)
AMARR, MINMATAR = FactionId(500_003), FactionId(500_002)


def data(*panels: SeriesPanel) -> SeriesData:
    return SeriesData(
        title="Lines", panels=panels, start=START, end=START + 10 * DAY, drawn_at=START + 10 * DAY
    )


def line(*values: float | None, colour: RGB = RED, name: str = "Red") -> SeriesLine:
    points = tuple((START + index * DAY, value) for index, value in enumerate(values))
    return SeriesLine(name=name, colour=colour, points=points)


def inked(shown: SeriesData, colour: RGB) -> NDArray[np.bool_]:
    """Where the picture has that colour, within the first panel."""
    box, pixels = panel_box(0), np.asarray(draw_series(shown)).astype(int)
    found = (np.abs(pixels - np.array(colour)).sum(axis=2) < 40).copy()
    found[:, round(box.right) + 12 :] = False
    found[round(box.bottom) + 10 :] = False
    return np.asarray(found)


def test_values_lie_at_their_heights() -> None:
    shown = data(SeriesPanel(title="Kills", lines=(line(0, 50, 100, 50, 100),)))
    ink, box, scale = inked(shown, RED), panel_box(0), Span.of([0, 100], from_zero=True)
    for day, value in ((1, 50), (2, 100), (3, 50)):
        rows = np.flatnonzero(ink[:, round(x(shown, START + day * DAY))])
        assert abs(rows.mean() - scale.y(value, box)) < 6


def test_what_is_not_known_is_not_drawn_across() -> None:
    shown = data(SeriesPanel(title="Kills", lines=(line(10, 10, None, 10, 10, 10),)))
    columns = inked(shown, RED).any(axis=0)
    gap = [round(x(shown, START + days * DAY)) for days in (1.2, 1.8, 2.5, 2.8)]
    assert not columns[gap].any()
    assert columns[[round(x(shown, START + days * DAY)) for days in (0.5, 3.5)]].all()


def test_a_value_that_holds_is_a_stair() -> None:
    panel = SeriesPanel(title="Held", lines=(line(40, 40, 60),), stepped=True, from_zero=False)
    shown = data(panel)
    ink, box = inked(shown, RED), panel_box(0)
    before = np.flatnonzero(ink[:, round(x(shown, START + 1.9 * DAY))])
    assert abs(before.mean() - Span.of([40, 60], from_zero=False).y(40, box)) < 4


def test_a_single_day_is_seen() -> None:
    assert inked(data(SeriesPanel(title="Kills", lines=(line(7),))), RED).sum() > 60


def test_lines_are_told_apart_without_colour() -> None:
    both = (line(*[20.0] * 9), line(*[10.0] * 9, colour=BLUE, name="Blue"))
    shown = data(SeriesPanel(title="Kills", lines=both))
    left, right = round(x(shown, START)), round(x(shown, START + 8 * DAY))
    through = inked(shown, RED).any(axis=0)[left:right].mean()
    dashes = inked(shown, BLUE).any(axis=0)[left:right].mean()
    assert through > 0.98
    assert 0.4 < dashes < 0.9


def test_a_picture_of_nothing_says_so() -> None:
    empty = data(SeriesPanel(title="Kills", lines=(line(),)))
    full = data(SeriesPanel(title="Kills", lines=(line(None, None),)))
    assert render_series(empty) == render_series(full)
    assert np.asarray(draw_series(empty)).max() > 200, "words stand across it"


def test_the_same_data_give_the_same_bytes_and_key() -> None:
    shown = data(SeriesPanel(title="Kills", lines=(line(1, 2),)))
    assert render_series(shown) == render_series(replace(shown))
    other = data(SeriesPanel(title="Kills", lines=(line(1, 3),)))
    assert series_key(shown) != series_key(other)
    picture = Image.open(io.BytesIO(render_series(shown)))
    assert picture.size == (WIDTH, height(1))


@pytest.mark.parametrize(
    ("values", "low", "top"),
    [((), 0, 1), ((0,), 0, 1), ((47, 47), 47, 48), ((23, 59), 20, 60), ((1, 3), 1, 3)],
)
def test_an_axis_that_begins_near_the_lowest(
    values: tuple[float, ...], low: float, top: float
) -> None:
    scale = Span.of(values, from_zero=False)
    assert (scale.low, scale.top) == (low, top)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (9_999, "9,999"), (12_500, "12.5k"), (1_250_000, "1.25M"), (3e9, "3B")],
)
def test_figures_are_short(value: float, words: str) -> None:
    assert figure(value) == words


def test_the_warzone_over_time() -> None:
    days = [_day(20), _day(21), _day(24)]
    stats = WarzoneStats(
        days=tuple(days),
        holdings=((START, ((AMARR, 40), (MINMATAR, 30))), (START + DAY, ((AMARR, 41),))),
        freshness=Freshness(as_of=START + 5 * DAY),
    )
    shown = warzone_series(
        stats,
        {AMARR: "Amarr", MINMATAR: "Minmatar"},
        start=START,
        end=START + 6 * DAY,
        held_until=START + 5 * DAY,
        drawn_at=START + 6 * DAY,
    )
    held, kills, points = shown.panels
    assert [line.points[-1] for line in held.lines] == [
        (START + 5 * DAY, 41.0),
        (START + 5 * DAY, 0.0),
    ]
    noon = timedelta(hours=12)
    assert kills.lines[0].points == (
        (START - DAY + noon, 20.0),
        (START + noon, 21.0),
        (START + 2 * DAY + noon, None),
        (START + 3 * DAY + noon, 24.0),
    )
    assert kills.lines[1].points == ()
    assert points.lines[0].points[0][1] == 20_000.0
    assert {line.colour for line in held.lines} == {line.colour for line in kills.lines}
    assert len({line.colour for line in held.lines}) == 2


def _day(number: int) -> FactionDay:
    return FactionDay(
        day=date(2026, 11, number),
        faction_id=AMARR,
        pilots=1,
        systems=1,
        kills_yesterday=number,
        kills_week=1,
        kills_total=1,
        points_yesterday=number * 1000,
        points_week=1,
        points_total=1,
    )
