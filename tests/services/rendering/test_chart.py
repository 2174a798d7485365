"""The chart of a dry run: what is drawn is where it should be, and what is not known looks different from nothing."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from services.rendering.chart import (
    HEIGHT,
    PLOT,
    WIDTH,
    ChartBar,
    ChartData,
    Scale,
    bar_box,
    chart_key,
    draw_chart,
    nothing_words,
    render_chart,
    time_marks,
)
from services.rendering.palette import SKY, ramp

START = datetime(2026, 11, 20, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ORANGE = np.array(ramp(0.66))


def chart(
    values: Sequence[float], *, step: timedelta = HOUR, gaps: frozenset[int] = frozenset()
) -> ChartData:
    bars = tuple(
        ChartBar(start=START + i * step, value=value, covered=0.0 if i in gaps else 1.0)
        for i, value in enumerate(values)
    )
    return ChartData(
        title="Matches per hour",
        figure="12 matches",
        detail="about 12 a day",
        bars=bars,
        step=step,
        start=START,
        end=START + len(values) * step,
        line=200 / 24,
        line_text="200 a day",
        drawn_at=START + DAY,
    )


def heights(data: ChartData) -> list[float]:
    """How high each bar was drawn, as a value, read off the picture."""
    pixels = np.asarray(draw_chart(data)).astype(int)
    found = []
    for index in range(len(data.bars)):
        left, right = bar_box(data, index)
        column = pixels[:, round((left + right) / 2)]
        rows = np.flatnonzero(abs(column - ORANGE).sum(axis=1) < 12)
        inside = rows[(rows >= PLOT.top) & (rows < PLOT.bottom)]
        found.append(0.0 if not len(inside) else PLOT.bottom - inside.min())
    return found


def test_bars_are_as_high_as_their_values() -> None:
    values = [0, 1, 2, 4, 0, 8, 3, 1]
    drawn = heights(replace(chart(values), line=None))
    assert drawn == pytest.approx([PLOT.height * value / 8 for value in values], abs=2)


def test_a_single_match_among_a_week_of_hours_can_be_seen() -> None:
    values = [0.0] * 168
    values[100] = 1
    drawn = heights(replace(chart(values), line=None))
    assert [i for i, height in enumerate(drawn) if height > 50] == [100]


def test_time_without_data_looks_different_from_quiet_time() -> None:
    values = [0.0, 0, 5, 0, 0, 0]
    whole, holed = chart(values), chart(values, gaps=frozenset({3, 4}))
    changed = np.asarray(draw_chart(whole)) != np.asarray(draw_chart(holed))
    columns = np.flatnonzero(changed.any(axis=(0, 2)))
    left, right = bar_box(holed, 3)[0], bar_box(holed, 4)[1]
    assert columns.min() == pytest.approx(left, abs=2)
    assert columns.max() == pytest.approx(right, abs=2)


def test_a_bar_of_half_an_hour_is_paler() -> None:
    data = chart([4, 4])
    half = replace(data.bars[1], covered=0.5)
    pixels = np.asarray(draw_chart(replace(data, bars=(data.bars[0], half), line=None)))
    y = round(PLOT.bottom - 40)
    full, pale = (pixels[y, round(sum(bar_box(data, i)) / 2)] for i in (0, 1))
    assert full.astype(int).sum() > pale.astype(int).sum() > sum(SKY) + 60


def test_nothing_stored_looks_different_from_nothing_matched() -> None:
    quiet, unknown = chart([0.0] * 24), chart([0.0] * 24, gaps=frozenset(range(24)))
    middle = (round(PLOT.centre[0]) - 200, round(PLOT.centre[1]) - 40)
    words = [
        np.asarray(draw_chart(each).crop((*middle, middle[0] + 400, middle[1] + 80)))
        for each in (quiet, unknown)
    ]
    assert words[0].max() > 200
    assert (words[0] != words[1]).any()


def test_a_note_stands_clear_of_everything_else() -> None:
    note = "25% of the kills tested, ± 12,152 · kills are stored for 75% of this time"
    data = replace(chart([9.0] * 24), line=None)
    plain, noted = np.asarray(draw_chart(data)), np.asarray(draw_chart(replace(data, note=note)))
    where = (plain != noted).any(axis=2)
    assert where.any()
    assert (plain[where] == np.array(SKY)).all(), "written on nothing but sky"
    rows = slice(round(PLOT.top) - 20, round(PLOT.top) + 20)
    heights = np.flatnonzero(
        (plain[rows, : round(PLOT.left) - 8] != np.array(SKY)).any(axis=(0, 2))
    )
    words = np.flatnonzero(where.any(axis=0))
    assert heights.max() < words.min(), "right of the topmost height"


def test_paler_bars_are_explained() -> None:
    data = replace(chart([4, 4]), line=None)
    half = replace(data, bars=(data.bars[0], replace(data.bars[1], covered=0.5)))
    foot = (0, round(PLOT.bottom) + 60, 480, HEIGHT)
    assert (np.asarray(draw_chart(data).crop(foot)) == np.array(SKY)).all()
    assert (np.asarray(draw_chart(half).crop(foot)) != np.array(SKY)).any()


@pytest.mark.parametrize(
    ("covered", "words"),
    [(1.0, "Nothing matched"), (0.1, "Nothing matched in what is stored"), (0.0, "Nothing stored")],
)
def test_an_empty_chart_says_no_more_than_is_known(covered: float, words: str) -> None:
    data = chart([0.0] * 24)
    bars = tuple(replace(bar, covered=covered) for bar in data.bars)
    assert nothing_words(replace(data, bars=bars)) == words


def test_a_chart_without_matches_says_so() -> None:
    empty, some = draw_chart(chart([0.0] * 24)), draw_chart(chart([0.0] * 23 + [1]))
    middle = (round(PLOT.centre[0]) - 200, round(PLOT.centre[1]) - 40)
    box = (*middle, middle[0] + 400, middle[1] + 80)
    assert np.asarray(empty.crop(box)).max() > 200, "words across the plot"
    assert np.asarray(some.crop(box)).max() < 160


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (1, 1), (3, 3), (4, 4), (7, 8), (1_788, 2_000), (16_671, 20_000)]
)
def test_the_scale_ends_at_a_round_figure(highest: float, top: float) -> None:
    scale = Scale.of(highest)
    marks = list(scale.marks())
    assert scale.top == top
    assert marks[0] == 0
    assert marks[-1] == top
    assert 2 <= len(marks) <= 6
    assert all(mark == int(mark) for mark in marks), "no half kills"


@pytest.mark.parametrize("days", [0.04, 0.5, 1, 3, 7, 30, 365])
def test_the_time_axis_has_few_round_marks(days: float) -> None:
    start = START + timedelta(minutes=37)
    marks = list(time_marks(start, start + timedelta(days=days)))
    assert len(marks) <= 9
    assert marks or days < 0.1
    assert all(start <= moment <= start + timedelta(days=days) for moment, _ in marks)
    assert all(moment.minute == 0 for moment, _ in marks)
    if days == 1:
        assert [text for _, text in marks][:2] == ["03:00", "06:00"]
    if days == 30:
        assert [text for _, text in marks][:2] == ["Nov 25", "Nov 30"]


def test_the_picture_is_a_png_of_its_size() -> None:
    png = render_chart(chart([1, 2, 3]))
    picture = Image.open(io.BytesIO(png))
    assert (picture.format, picture.size) == ("PNG", (WIDTH, HEIGHT))
    assert len(png) < 100_000


def test_the_key_tells_different_charts_apart() -> None:
    data = chart([1, 2, 3])
    assert chart_key(data) == chart_key(chart([1, 2, 3]))
    others = [
        chart([1, 2, 4]),
        chart([1, 2, 3], gaps=frozenset({1})),
        replace(data, note="4% of the kills tested"),
        replace(data, line=None),
        replace(data, drawn_at=START + 2 * DAY),
        replace(data, figure="13 matches"),
    ]
    assert len({chart_key(each) for each in (data, *others)}) == 1 + len(others)
