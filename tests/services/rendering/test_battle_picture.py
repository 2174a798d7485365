"""The picture of a battle: what is drawn is where it should be, everything is told once, and nothing covers another."""

import io
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.domain.battle import BattleState, HullCount, Place
from services.domain.ids import SystemId
from services.domain.isk import IskSum
from services.domain.space import HullClass
from services.rendering.battle_axis import Heights, TimeAxis, isk_mark
from services.rendering.battle_data import (
    BattlePicture,
    battle_picture_key,
    isk_words,
    lanes_of,
    notes,
    title,
    totals,
    way,
    when,
)
from services.rendering.battle_isk import dashed, isk_path, spread
from services.rendering.battle_lanes import movement
from services.rendering.battle_layout import COLOURS, DASHES, LEFT, RIGHT, WIDTH, Strip, lay_out
from services.rendering.battle_marks import Room, mark_words, place_marks
from services.rendering.battle_picture import draw_battle, render_battle
from services.rendering.battle_rows import fleet_rows
from services.rendering.palette import SKY
from tests.services.rendering.battle_samples import (
    AVATAR,
    FORTIZAR,
    HERE,
    HULLS,
    NAGLFAR,
    START,
    large,
    loss,
    picture,
)

SAMPLES = {
    "one moment": picture(loss(0, 1, hull=FORTIZAR, isk=None)),
    "ten hours": large(200, hours=10, systems=9),
    "a thousand kills": large(1000),
    "six sides": large(300, sides=6, systems=3),
    "nine sides": large(300, sides=9),
    "one side": picture(loss(0), loss(9, None), sides=1),
    "no values": picture(*[loss(60 * i, i % 2, isk=None) for i in range(8)]),
    "nothing": picture(sides=0),
    "long names": picture(loss(0), names=("Alliance of " + "W" * 80 + " +132", "i" * 200)),
}


def pixels(data: BattlePicture) -> np.ndarray:
    return np.asarray(draw_battle(data)).astype(int)


def is_colour(found: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return abs(found - np.array(colour)).sum(axis=-1) < 12


def heights(data: BattlePicture, strip: Strip) -> list[float]:
    """How high each bar of a side was drawn, in pixels."""
    assert strip.plot is not None
    layout, found = lay_out(data), pixels(data)
    width = (RIGHT - LEFT) / layout.axis.bars
    rows = slice(round(strip.plot.top), round(strip.plot.bottom))
    columns = [found[rows, round(LEFT + (i + 0.5) * width)] for i in range(layout.axis.bars)]
    return [float(is_colour(column, strip.colour).sum()) for column in columns]


@pytest.mark.parametrize("name", SAMPLES)
def test_everything_stays_within_the_picture(name: str) -> None:
    png = render_battle(SAMPLES[name])
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    assert image.width == WIDTH
    assert image.height < 2400
    assert len(png) < 250_000
    found = np.asarray(image.convert("RGB"))
    for edge in (found[:, :14], found[:, -14:], found[:14], found[-10:]):
        assert (edge == np.array(SKY)).all()


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_covers_another(name: str) -> None:
    layout = lay_out(SAMPLES[name])
    ends = [0.0]
    for strip in layout.strips:
        assert strip.top >= ends[-1]
        ends.append(strip.bottom)
        words = [(mark.left, mark.right) for mark in strip.marks]
        assert all(one[1] < other[0] for one, other in pairwise(words))
    if layout.band is not None:
        assert layout.band.top >= ends[-1]
        assert layout.times >= layout.band.bottom
    assert layout.times >= ends[-1]
    boxes = [panel.box for panel in layout.panels]
    assert not any(a.meets(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(box.top > layout.isk.bottom and box.bottom < layout.height for box in boxes)


def test_bars_are_as_high_as_what_each_side_lost() -> None:
    data = picture(*[loss(second, 0) for second in (1, 2, 3, 30)], loss(31, 1), loss(50, 1))
    layout = lay_out(data)
    first, second = layout.strips
    assert first.plot is not None
    step = first.plot.height / 3
    counts = layout.axis.count([moment.time for moment in first.lane.losses])
    assert sorted(counts)[-2:] == [1, 3]
    assert heights(data, first) == pytest.approx([count * step for count in counts], abs=3)
    others = layout.axis.count([moment.time for moment in second.lane.losses])
    assert heights(data, second) == pytest.approx([count * step for count in others], abs=3)


def test_lines_end_at_what_is_known_and_unknown_is_told() -> None:
    data = picture(loss(0, 0, isk=30e9), loss(60, 0, isk=None), loss(90, 1, isk=10e9))
    layout = lay_out(data)
    one, other = layout.strips
    ends = [isk_path(s.lane, layout, top=40e9)[-1][1] for s in (one, other)]
    assert [round((layout.isk.bottom - y) / layout.isk.height, 3) for y in ends] == [0.75, 0.25]
    assert one.lane.figures == "40 pilots · 2 lost · at least 30.0B ISK"
    assert totals(data) == "3 kills · 80 pilots · at least 40.0B ISK lost"
    assert notes(data) == ("1 loss is of unknown value, and not in the ISK",)


def test_estimates_carry_their_sign() -> None:
    assert isk_words(IskSum(isk=2e9, estimated=1)) == "~2.00B ISK"
    assert isk_words(IskSum(isk=2e9, unpriced=3)) == "at least 2.00B ISK"
    assert isk_words(IskSum(unpriced=1)) == "value unknown"
    guessed = picture(replace(loss(0), estimated=True))
    assert notes(guessed) == ("~ estimated, in part or all",)


def test_no_values_look_different_from_no_isk() -> None:
    unknown, known = picture(loss(0, isk=None)), picture(loss(0, isk=1.0))
    box = lay_out(unknown).isk
    words = (round(box.centre[0]) - 200, round(box.top) + 20, round(box.centre[0]) + 200)
    cut = [
        pixels(each)[words[1] : round(box.bottom) - 20, words[0] : words[2]]
        for each in (unknown, known)
    ]
    assert (cut[0].sum(axis=-1) > 600).sum() > 200, "words across the chart"
    assert (cut[1].sum(axis=-1) > 600).sum() == 0


def test_sides_are_told_apart_by_more_than_colour() -> None:
    assert len(set(DASHES)) == len(DASHES) == len(COLOURS)
    level = [(0.0, 0.0), (400.0, 0.0)]
    drawn = [
        tuple(round(end - start) for start, _, end, _ in dashed(level, dashes))
        for dashes in DASHES[1:]
    ]
    assert len(set(drawn)) == len(drawn)
    letters = [lane.letter for lane in lanes_of(SAMPLES["six sides"])]
    assert letters == list("ABCDEF")


def test_a_dashed_line_has_gaps_where_a_whole_one_has_none() -> None:
    data = picture(loss(0, 0, isk=4e9), loss(1, 1, isk=2e9), loss(600, 0, isk=0.0))
    layout, found = lay_out(data), pixels(data)
    shares = []
    for strip in layout.strips:
        y = round(isk_path(strip.lane, layout, top=4e9)[-1][1])
        row = found[y, LEFT + 200 : RIGHT - 20]
        shares.append(is_colour(row, strip.colour).mean())
    assert shares[0] == 1.0
    assert 0.5 < shares[1] < 0.8


@pytest.mark.parametrize("colour", COLOURS)
def test_every_side_is_readable_on_the_ground(colour: tuple[int, int, int]) -> None:
    def light(ink: tuple[int, int, int]) -> float:
        parts = [c / 255 for c in ink]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert (light(colour) + 0.05) / (light(SKY) + 0.05) > 7


def test_small_sides_share_a_lane_and_losses_of_nobody_have_one() -> None:
    data = large(300, sides=9)
    moments = (*data.report.moments, loss(5, None))
    lanes = lanes_of(replace(data, report=replace(data.report, moments=moments)))
    assert [lane.letter for lane in lanes] == ["A", "B", "C", "D", "E", "+", "-"]
    assert sum(len(lane.losses) for lane in lanes) == len(moments)
    assert lanes[5].name == "4 more sides"
    assert lanes[5].pilots == 160


def test_third_parties_and_nameless_sides_are_said_to_be_that() -> None:
    lanes = lanes_of(picture(loss(0), sides=3, names=("One",), third=frozenset({2})))
    assert [lane.name for lane in lanes] == ["One", "Side B", "Side C"]
    assert lanes[1].figures == "40 pilots · none lost"
    assert lanes[2].figures == "third party · 40 pilots · none lost"


def test_capitals_and_structures_are_signed_where_they_died() -> None:
    quiet = [loss(60 * minute, 0) for minute in range(40)]
    plain = picture(*quiet)
    rare = picture(
        *quiet[:20], loss(1200, 0, hull=AVATAR), *quiet[21:], loss(2000, 0, hull=FORTIZAR)
    )
    assert not lay_out(plain).strips[0].marks
    first, second = lay_out(rare).strips[0].marks
    assert (first.text, second.text) == ("Avatar", "Fortizar")
    strip = lay_out(rare).strips[0]
    assert strip.plot is not None
    found = pixels(rare)[round(strip.plot.top) - 36 : round(strip.plot.top) - 8]
    light = np.flatnonzero((found.sum(axis=-1) > 600).any(axis=0))
    for mark in (first, second):
        assert (abs(light - mark.xs[0]) < 4).any()
        assert not (abs(light - mark.xs[0] - 40) < 10).any()


@given(
    st.lists(
        st.tuples(st.floats(116, 1000), st.sampled_from([NAGLFAR, AVATAR, FORTIZAR])), max_size=60
    )
)
@settings(max_examples=40, deadline=None)
def test_every_marked_loss_is_told_once_whatever_the_crowd(spots: list[tuple[float, int]]) -> None:
    room = Room(left=36, right=1164, width=lambda text: len(text) * 15.5, names=HULLS)
    losses = [(loss(x, hull=hull), x) for x, hull in sorted(spots)]
    marks = place_marks(losses, room)
    assert [moment for mark in marks for moment in mark.losses] == [moment for moment, _ in losses]
    assert all(room.left <= mark.left and mark.right <= room.right for mark in marks)
    assert all(a.right < b.left for a, b in pairwise(marks))


def test_marks_say_how_many_of_what() -> None:
    def words(*hulls: int) -> str:
        return mark_words([loss(0, hull=hull) for hull in hulls], HULLS)

    assert words(AVATAR) == "Avatar"
    assert words(NAGLFAR, NAGLFAR, NAGLFAR) == "3 Naglfar"
    assert words(NAGLFAR, AVATAR, FORTIZAR, NAGLFAR) == "1 supercapital, 2 capitals, 1 structure"
    assert mark_words([loss(0, hull=AVATAR)], {}) == "1 supercapital"


def test_the_band_follows_the_fight() -> None:
    moments = [loss(0), loss(300, system=1), loss(310, system=1), loss(320), loss(900, system=2)]
    axis = TimeAxis.of(moments[0].time, moments[-1].time)
    way = list(dict.fromkeys(movement(axis, moments)))
    assert way == [HERE, HERE + 1, HERE + 2]
    data = picture(*moments)
    assert lay_out(data).band is not None
    assert lay_out(picture(loss(0), loss(9))).band is None
    assert title(data) == "Brawl in SYS-0 → SYS-1 → SYS-2"
    assert title(large(300, systems=9)).count("→") == 2


@given(st.floats(0, 40 * 86400))
@settings(max_examples=40, deadline=None)
def test_time_is_cut_into_round_steps(seconds: float) -> None:
    last = START + timedelta(seconds=seconds)
    axis = TimeAxis.of(START, last)
    assert axis.start <= START
    assert last < axis.end
    assert 12 <= axis.bars <= 62
    assert sum(axis.count([START, last])) == 2
    marks = list(axis.marks())
    assert 2 <= len(marks) <= 9
    assert all(axis.start <= moment <= axis.end for moment, _ in marks)
    assert all(one[1] != other[1] for one, other in pairwise(marks))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "10 seconds"), (1500, "30 seconds"), (3000, "minute"), (7000, "2 minutes"), (86400, "30 minutes")],
)  # fmt: skip
def test_a_bar_says_how_long_it_is(seconds: float, words: str) -> None:
    assert TimeAxis.of(START, START + timedelta(seconds=seconds)).step_words == words


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (1, 1), (3, 3), (7, 10), (41, 60)])
def test_losses_are_counted_in_whole_steps(highest: float, top: float) -> None:
    scale = Heights.of(highest, lines=3, whole=True)
    assert scale.top == top
    assert all(mark == int(mark) for mark in scale.marks())


def test_isk_has_round_heights() -> None:
    scale = Heights.of(31.1e9, lines=4)
    assert [isk_mark(mark) for mark in scale.marks()] == ["0", "10B", "20B", "30B", "40B"]


@given(st.lists(st.floats(100, 300), max_size=6))
def test_names_of_lines_stand_apart(wanted: list[float]) -> None:
    places = spread(sorted(wanted), gap=38, low=100, high=300)
    assert all(b - a >= 38 - 1e-6 for a, b in pairwise(places))
    assert all(100 - 1e-6 <= y <= 300 for y in places)


def test_rows_of_a_fleet_lose_no_hull() -> None:
    hulls = tuple(
        HullCount(hull_class=hull, fielded=number + 1, lost=number)
        for number, hull in enumerate(HullClass)
    )
    for most in (4, 9, 20):
        rows = fleet_rows(hulls, most=most)
        assert len(rows) <= most
        assert sum(row.fielded for row in rows) == sum(hull.fielded for hull in hulls)
        assert sum(row.lost for row in rows) == sum(hull.lost for hull in hulls)
    assert [row.text for row in fleet_rows(hulls, most=4)] == [
        "Structures", "Supercapitals", "Capitals", "Others",
    ]  # fmt: skip
    unknown = (HullCount(hull_class=HullClass.OTHER, fielded=3, lost=0),)
    assert fleet_rows(unknown, most=9)[0].text == "Hull not known"


def test_bars_of_fleets_share_one_scale() -> None:
    small = (HullCount(hull_class=HullClass.CRUISER, fielded=50, lost=25),)
    data = picture(loss(0))
    sides = tuple(
        replace(side, hulls=hulls)
        for side, hulls in zip(
            data.report.battle.sides,
            ((HullCount(hull_class=HullClass.CRUISER, fielded=100, lost=50),), small),
            strict=True,
        )
    )
    battle = replace(data.report.battle, sides=sides)
    data = replace(data, report=replace(data.report, battle=battle))
    layout, found = lay_out(data), pixels(data)
    lengths = []
    for panel in layout.panels:
        row = found[
            round(panel.box.bottom - 18 - 6), round(panel.box.left) : round(panel.box.right)
        ]
        lengths.append(is_colour(row, panel.strip.colour).sum())
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=8)


def test_the_head_says_when_and_how_long() -> None:
    def words(seconds: float) -> str:
        return when(picture(loss(0), loss(seconds)).report.battle)

    going = replace(picture(loss(0), loss(1500)).report.battle, state=BattleState.OPEN)
    assert when(going) == "2026-11-20 18:02 - 18:27 EVE · 25 minutes so far"
    assert words(20) == "2026-11-20 18:02 EVE · less than a minute"
    assert words(1500) == "2026-11-20 18:02 - 18:27 EVE · 25 minutes"
    assert words(2879) == "2026-11-20 18:02 - 18:50 EVE · 47 minutes", "floored, as on cards"
    assert words(34860) == "2026-11-20 18:02 - 2026-11-21 03:43 EVE · 9 h 41 min"


def test_the_title_names_no_straggler() -> None:
    data = picture(*(loss(second) for second in range(20)))
    place = Place(
        system_id=data.report.battle.system_id,
        start=data.report.battle.start,
        end=data.report.battle.end,
        kills=19,
    )
    lone = replace(place, system_id=SystemId(30000142), kills=1)
    battle = replace(data.report.battle, places=(place, lone))
    told = way(replace(data, report=replace(data.report, battle=battle)))
    assert told == way(data)


def test_the_key_tells_different_pictures_apart() -> None:
    data = picture(loss(0), loss(60, 1))
    assert battle_picture_key(data) == battle_picture_key(picture(loss(0), loss(60, 1)))
    others = [
        picture(loss(0), loss(61, 1)),
        picture(loss(0, hull=NAGLFAR), loss(60, 1)),
        replace(data, side_names=("Another", "")),
        replace(data, systems={}),
        replace(data, drawn_at=data.drawn_at + timedelta(minutes=1)),
    ]
    assert len({battle_picture_key(each) for each in (data, *others)}) == 1 + len(others)
