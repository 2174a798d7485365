"""The parts of maps by themselves: layouts, colours, strokes, files."""

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.domain.ids import SystemId
from services.rendering.ground_picture import GroundPicture
from services.rendering.map_colours import colours_of
from services.rendering.map_data import MapMark, MarkKind
from services.rendering.map_galaxy import draw_galaxy, plan_galaxy
from services.rendering.map_layout import lay_out
from services.rendering.map_links import dashed
from services.rendering.map_sheet import LinkKind, sheet_of
from services.rendering.palette import security_colour
from services.rendering.png import encode_png
from services.universe.universe import Universe
from tests.services.rendering.map_samples import (
    FORGE,
    JITA,
    ONE,
    ONE_DQ,
    PERIMETER,
    TWO,
    holder,
    of_region,
    sample,
)

links = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=24).map(
    lambda pairs: sorted({(min(a, b), max(a, b)) for a, b in pairs if a != b})
)


@settings(max_examples=15, deadline=None)
@given(links, st.integers(0, 1000))
def test_no_two_systems_are_laid_upon_each_other(pairs: list[tuple[int, int]], seed: int) -> None:
    start = np.random.default_rng(seed).random((12, 2)) * 1e17
    places = lay_out(start, pairs)
    away = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    assert places.min() >= -1e-9
    assert away.min() > 0.3
    assert (lay_out(start, pairs) == places).all()


def test_neighbours_by_gate_lie_nearer_than_others() -> None:
    chain = [(i, i + 1) for i in range(7)]
    places = lay_out(np.array([(i * 1e16, 0.0) for i in range(8)]), chain)
    steps = np.hypot(*np.diff(places, axis=0).T)
    assert steps.max() < 1.6
    assert np.hypot(*(places[7] - places[0])) > 4.5
    assert places[7][0] > places[0][0]


def test_the_many_neighbours_of_one_system_stand_apart() -> None:
    places = lay_out(np.zeros((17, 2)), [(0, i) for i in range(1, 17)])
    away = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    assert away.min() > 0.8


def test_a_sheet_tells_borders_apart(universe: Universe) -> None:
    sheet = sheet_of(universe, of_region(universe, FORGE))
    index = {system.id: i for i, system in enumerate(sheet.systems)}
    kinds = {frozenset((link.a, link.b)): link.kind for link in sheet.links}
    assert kinds[frozenset((index[SystemId(JITA)], index[SystemId(PERIMETER)]))] is LinkKind.INNER
    assert LinkKind.CONSTELLATION in kinds.values()
    assert LinkKind.REGION not in kinds.values()
    own = {found.name: found for found in sheet.exits if found.index == index[SystemId(JITA)]}
    assert own["Sobaseki"].region == "Lonetrek"
    across = sheet_of(universe, universe.within_jumps(JITA, 1))
    assert LinkKind.REGION in {link.kind for link in across.links}


def test_a_sheet_passes_over_what_no_map_shows(universe: Universe) -> None:
    thera = SystemId(31_000_005)
    sheet = sheet_of(universe, (SystemId(JITA), thera, SystemId(1)))
    assert [system.id for system in sheet.systems] == [JITA]


def test_colours_stay_with_their_holders() -> None:
    first = colours_of([ONE, TWO])
    assert colours_of([ONE, TWO, 99_000_123])[ONE] == first[ONE]
    assert colours_of([TWO])[TWO] == colours_of([TWO, ONE])[TWO]
    assert colours_of([500_001, ONE])[500_001] == colours_of([ONE, 500_001])[500_001]


def test_colours_are_told_apart_and_bright_enough() -> None:
    found = list(colours_of([99_000_000 + 37 * i for i in range(24)]).values())
    apart = [math.dist(a, b) for i, a in enumerate(found) for b in found[:i]]
    assert min(apart) > 18
    assert all(0.3 * r + 0.59 * g + 0.11 * b > 70 for r, g, b in found)


def test_a_liked_colour_is_kept_unless_it_is_taken() -> None:
    liked = {ONE: (200, 80, 60), TWO: (202, 81, 60)}
    found = colours_of([ONE, TWO], liked=liked)
    assert math.dist(found[ONE], liked[ONE]) < 4
    assert math.dist(found[TWO], liked[TWO]) > 30


def test_dashes_leave_gaps() -> None:
    strokes = list(dashed((0, 0, 100, 0), (15, 5)))
    assert [round(stroke[0]) for stroke in strokes] == [0, 20, 40, 60, 80]
    assert all(round(right - left) == 15 for left, _, right, _ in strokes)
    assert list(dashed((0, 0, 9, 9), None)) == [(0, 0, 9, 9)]
    assert list(dashed((5, 5, 5, 5), (15, 5))) == []


@pytest.mark.parametrize(("security", "like"), [(1.0, 0.95), (0.0, -0.7), (0.5, 0.46)])
def test_securities_have_the_games_colours(security: float, like: float) -> None:
    assert security_colour(security) == security_colour(like)
    assert len({security_colour(i / 10) for i in range(11)}) == 11


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_a_file_holds_every_pixel(width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.open(io.BytesIO(encode_png(Image.fromarray(pixels))))
    image.load()
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (width, height))
    assert (np.asarray(image) == pixels).all()


def test_the_galaxy_is_coloured_where_it_is_held(
    universe: Universe, picture: GroundPicture
) -> None:
    delve = of_region(universe, 10_000_060)
    data = sample(
        (),
        holders=(holder(ONE, "GOONS", count=len(delve)), holder(TWO, "NC")),
        held=(*((key, ONE) for key in delve), (SystemId(JITA), TWO)),
        marks=(MapMark(system_id=SystemId(ONE_DQ), kind=MarkKind.CAMPAIGN),),
    )
    layout = plan_galaxy(picture, data)
    assert [ticker.text for ticker in layout.tickers].count("GOONS") >= 1
    assert not any(
        name.box.meets(ticker.box) for name in layout.regions for ticker in layout.tickers
    )
    pixels = np.asarray(draw_galaxy(picture, data, layout=layout), dtype=int)
    empty = sample(())
    bare = np.asarray(draw_galaxy(picture, empty, layout=plan_galaxy(picture, empty)), dtype=int)
    assert pixels.shape == (1300, 1600, 3)
    own, other = (np.array(one.colour) for one in data.holders)
    spots = [np.round(picture.places[picture.ground.index[key]]).astype(int) for key in delve]
    # Beside the systems: their own light outshines the colour.
    lean = np.median([pixels[y + 5, x + 5] - bare[y + 5, x + 5] for x, y in spots], axis=0)
    assert float(lean @ (own - other)) > 0
    assert lean.sum() > 20
    x, y = np.round(picture.places[picture.ground.index[SystemId(30_001_967)]]).astype(int)
    assert (pixels[y - 5 : y + 5, x - 5 : x + 5] == bare[y - 5 : y + 5, x - 5 : x + 5]).all()
