"""The picture decodes, glows where the kills were, and no letter lies on another."""

import io
import itertools
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.domain.heat import HeatBy
from services.domain.ids import SystemId
from services.domain.isk import IskSum
from services.rendering.frame import CORNERS, LEGEND, MAP, PICTURE, RANKING
from services.rendering.furniture import Figures, empty_text, footer_lines, length_text, span_text
from services.rendering.geometry import Box
from services.rendering.ground_picture import GroundPicture
from services.rendering.heatmap import NAMED_SYSTEMS, Layout, plan_heatmap, render_heatmap
from tests.services.rendering.conftest import END, window

UEDAMA, JITA, AMAMAKE, ONE_DQ, X47L = 30002768, 30000142, 30002537, 30004759, 30001967
THERA = 31000005


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def brightness(image: Image.Image, box: Box) -> float:
    part = image.convert("L").crop(
        (round(box.left), round(box.top), round(box.right), round(box.bottom))
    )
    return float(np.asarray(part).mean())


def around(picture: GroundPicture, system_id: int, reach: float) -> Box:
    x, y = picture.places[picture.ground.index[SystemId(system_id)]].tolist()
    return Box(x - reach, y - reach, x + reach, y + reach)


def some_heat(
    picture: GroundPicture, *, seed: int, systems: int, clustered: bool
) -> dict[int, float]:
    """Few systems with much and many with little, all over the map or in one corner of it."""
    rng = random.Random(seed)
    ids = [system.id for system in picture.ground.systems]
    if clustered:
        region = rng.choice(sorted(picture.ground.named))
        ids = [picture.ground.systems[i].id for i in picture.ground.members(region)]
    chosen = rng.sample(ids, min(systems, len(ids)))
    return {system_id: round(rng.paretovariate(0.8)) for system_id in chosen}


def check_letters(layout: Layout) -> None:
    boxes = (
        [label.box for label in layout.labels]
        + [name.box for name in layout.regions]
        + list(CORNERS)
    )
    assert not any(a.meets(b) for a, b in itertools.combinations(boxes, 2))
    assert all(box.inside(PICTURE) for box in boxes)


def test_it_is_a_png_1600_pixels_wide(picture: GroundPicture) -> None:
    png = render_heatmap(picture, window(some_heat(picture, seed=1, systems=1500, clustered=False)))
    image = opened(png)
    assert image.format == "PNG"
    assert image.mode == "RGB"
    assert image.width == 1600
    assert len(png) < 1_500_000


def test_the_same_content_gives_the_same_bytes(small: GroundPicture) -> None:
    data = window({1: 3, 5: 40})
    assert render_heatmap(small, data) == render_heatmap(small, data)


@pytest.mark.parametrize("system_id", [UEDAMA, JITA, AMAMAKE, ONE_DQ])
def test_it_glows_where_the_kills_were_and_only_there(
    picture: GroundPicture, system_id: int
) -> None:
    hot = opened(render_heatmap(picture, window({system_id: 50})))
    other = opened(render_heatmap(picture, window({X47L: 50})))
    here = around(picture, system_id, 12)
    assert brightness(hot, here) > brightness(other, here) + 80
    # The disc itself is warm: red well above blue.
    red, _, blue = (np.asarray(hot)[..., i] for i in (0, 2, 2))
    x, y = (round(value) for value in here.centre)
    assert int(red[y, x]) > int(blue[y, x]) + 20


def test_a_disc_has_a_glow_around_it(small: GroundPicture) -> None:
    data = window({5: 100})
    (spot,) = plan_heatmap(small, data).spots
    with_kills = np.asarray(opened(render_heatmap(small, data)).convert("L"), dtype=float)
    without = np.asarray(small.base.convert("L"), dtype=float)
    x, y = round(spot.x), round(spot.y)
    for reach in (8, 16, 24):
        column = round(x + spot.radius + reach)
        assert with_kills[y, column] > without[y, column] + 5


def test_every_hot_system_has_its_disc(picture: GroundPicture) -> None:
    data = window({system.id: 30 + i for i, system in enumerate(picture.ground.systems[::100])})
    layout = plan_heatmap(picture, data)
    pixels = np.asarray(opened(render_heatmap(picture, data)), dtype=int)
    letters = [name.box for name in layout.regions] + [label.box for label in layout.labels]
    seen = [spot for spot in layout.spots if not any(spot.box.meets(box) for box in letters)]
    warm = [pixels[round(spot.y), round(spot.x)] for spot in seen]
    assert len(seen) > 25
    assert sum(red > blue + 40 for red, _, blue in warm) >= len(seen) - 1


def test_more_kills_are_larger_and_brighter(small: GroundPicture) -> None:
    layout = plan_heatmap(small, window({1: 2, 2: 20, 5: 200}))
    hottest, middle, least = layout.spots
    assert hottest.radius > middle.radius > least.radius > 3
    image = opened(render_heatmap(small, window({1: 2, 2: 20, 5: 200})))
    light = [brightness(image, spot.box.grown(10)) for spot in layout.spots]
    assert light == sorted(light, reverse=True)


def test_the_ground_is_seen_at_discords_size(picture: GroundPicture) -> None:
    image = opened(render_heatmap(picture, window({}))).resize((400, 325))
    pixels = np.asarray(image.convert("L"), dtype=float)
    sky = pixels[40:70, 350:390].mean()
    core = pixels[130:200, 150:220].mean()
    assert core > sky * 2.5


@pytest.mark.parametrize("clustered", [False, True], ids=["everywhere", "one region"])
@pytest.mark.parametrize("seed", range(6))
def test_no_letter_lies_on_another(picture: GroundPicture, seed: int, clustered: bool) -> None:
    heat = some_heat(
        picture, seed=seed, systems=(3, 30, 300, 1500, 3000, 5000)[seed], clustered=clustered
    )
    layout = plan_heatmap(picture, window(heat))
    check_letters(layout)
    assert len(layout.regions) >= 60
    assert len(layout.labels) >= min(10, len(heat))


def test_region_names_stay_readable_under_heat(picture: GroundPicture) -> None:
    layout = plan_heatmap(
        picture, window(some_heat(picture, seed=4, systems=2500, clustered=False))
    )
    top = [spot.box for spot in layout.spots[:NAMED_SYSTEMS]]
    free = [n for n in layout.regions if not any(n.box.meets(box) for box in top)]
    assert len(free) >= 55


def test_the_hottest_are_named_with_their_figure(picture: GroundPicture) -> None:
    heat = {UEDAMA: 16, JITA: 40, X47L: 119, ONE_DQ: 7} | {
        system.id: 1 for system in picture.ground.systems[:400] if system.id not in {JITA, UEDAMA}
    }
    layout = plan_heatmap(picture, window(heat))
    assert [(label.spot.name, label.figure) for label in layout.labels[:4]] == [
        ("X47L-Q", "119"),
        ("Jita", "40"),
        ("Uedama", "16"),
        ("1DQ1-A", "7"),
    ]
    assert len(layout.labels) == NAMED_SYSTEMS


def test_a_label_stands_beside_its_disc_or_is_tied_to_it(picture: GroundPicture) -> None:
    layout = plan_heatmap(
        picture, window(some_heat(picture, seed=9, systems=2000, clustered=False))
    )
    discs = [spot.box for spot in layout.spots[:NAMED_SYSTEMS]]
    for label in layout.labels:
        assert not any(label.box.meets(disc) for disc in discs)
        x, y = label.box.nearest(label.spot.x, label.spot.y)
        away = float(np.hypot(x - label.spot.x, y - label.spot.y)) - label.spot.radius
        assert away < 14 or label.leader is not None
        assert away < 420


def test_by_isk_the_figures_are_isk(picture: GroundPicture) -> None:
    layout = plan_heatmap(picture, window({JITA: 3.2e9, UEDAMA: 350e6}, by=HeatBy.ISK))
    assert [label.figure for label in layout.labels] == ["3.20B", "350M"]


def test_kills_off_the_map_are_counted_not_drawn(picture: GroundPicture) -> None:
    layout = plan_heatmap(picture, window({THERA: 300, 32000001: 12, JITA: 2}))
    assert layout.off_map == 312
    assert [spot.name for spot in layout.spots] == ["Jita"]
    assert layout.scale.high == 10


def figures(by: HeatBy = HeatBy.KILLS, **changes: float) -> Figures:
    values = {"isk": 0.0, "unpriced": 0, "estimated": 0, "off_map": 0.0, "systems": 1} | changes
    total = IskSum(
        isk=values["isk"], unpriced=int(values["unpriced"]), estimated=int(values["estimated"])
    )
    return Figures(by=by, total=total, off_map=values["off_map"], systems=int(values["systems"]))


@pytest.mark.parametrize(
    ("shown", "lines"),
    [
        (figures(), []),
        (figures(off_map=312), ["+312 kills off this map,", "in wormhole space and elsewhere"]),
        (figures(off_map=1), ["+1 kill off this map,", "in wormhole space and elsewhere"]),
        (figures(HeatBy.ISK, isk=3.2e9, unpriced=4), ["at least 3.20B ISK, 4 losses unpriced"]),
        (
            figures(HeatBy.ISK, isk=3.2e9, unpriced=1, estimated=2),
            ["at least ~3.20B ISK, 1 loss unpriced"],
        ),
        (figures(HeatBy.ISK, systems=0, unpriced=2), ["2 losses unpriced"]),
        (figures(unpriced=4), []),
    ],
)
def test_the_footer_says_what_the_map_does_not_show(shown: Figures, lines: list[str]) -> None:
    drawn_at = datetime(2021, 12, 1, 19, 3, 59, tzinfo=UTC)
    assert footer_lines(shown, drawn_at=drawn_at) == (
        *lines,
        "drawn 2021-12-01 19:03 EVE · War Room",
    )


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (figures(systems=0), "No kills in this window"),
        (figures(systems=0, off_map=3), "No kills on this map in this window"),
        (figures(HeatBy.ISK, systems=0, unpriced=3), "No priced losses in this window"),
    ],
)
def test_what_an_empty_map_says(shown: Figures, text: str) -> None:
    assert empty_text(shown) == text


def test_an_empty_window_says_so_across_the_map(picture: GroundPicture) -> None:
    data = window({})
    image = opened(render_heatmap(picture, data))
    x, y = MAP.centre
    middle = np.asarray(
        image.crop((round(x) - 280, round(y) - 22, round(x) + 280, round(y) + 22)).convert("L")
    )
    assert (middle > 220).mean() > 0.08
    assert (middle < 30).mean() > 0.5
    # No legend and no ranking of nothing.
    assert brightness(image, LEGEND) < 20
    assert brightness(image, RANKING) < 20


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (1, "1 hour"),
        (24, "24 hours"),
        (72, "3 days"),
        (168, "7 days"),
        (1.5, "90 minutes"),
        (25, "25 hours"),
    ],
)
def test_the_length_of_the_window(hours: float, text: str) -> None:
    assert length_text(timedelta(hours=hours)) == text


def test_the_span_is_in_eve_time() -> None:
    assert span_text(END - timedelta(hours=1), END) == "2021-12-01 18:00 - 19:00 EVE"
    assert span_text(END - timedelta(hours=24), END) == "2021-11-30 19:00 - 2021-12-01 19:00 EVE"


def test_recorded_kills_of_one_hour(picture: GroundPicture, recorded_data: Path) -> None:
    rows = json.loads((recorded_data / "esi" / "universe_system_kills_2025.json").read_bytes())
    heat = {row["system_id"]: row["ship_kills"] for row in rows if row["ship_kills"]}
    data = window(heat)
    layout = plan_heatmap(picture, data)
    check_letters(layout)
    on_map = {key for key in heat if key in picture.ground.index}
    assert len(layout.spots) == len(on_map) > 100
    assert len(layout.labels) >= 10
    assert opened(render_heatmap(picture, data)).width == 1600
