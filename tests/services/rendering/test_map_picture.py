"""Maps of regions, the warzone and neighbourhoods: what is known stands where it belongs, and all of it can be read."""

import io
import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from services.domain.heat import HeatBy
from services.domain.ids import SystemId
from services.rendering.map_data import MapData, MapMark, MarkKind, map_key
from services.rendering.map_legend import Item
from services.rendering.map_links import FRONT_LINE
from services.rendering.map_nodes import ALARM, ARC, short_figure
from services.rendering.map_picture import Layout, draw_map, plan_map, render_map
from services.rendering.map_sheet import Sheet, sheet_of
from services.universe.universe import Universe
from tests.services.rendering.map_samples import (
    DELVE,
    DOMAIN,
    FORGE,
    JITA,
    KINO,
    ONE,
    ONE_DQ,
    OSMON,
    PERIMETER,
    POCHVEN,
    TWO,
    contested,
    heated,
    holder,
    of_region,
    sample,
    shared,
)

FADE, YASNA_ZAKH = 10_000_046, 10_001_000


def drawn(universe: Universe, data: MapData) -> tuple[Sheet, Layout, np.ndarray]:
    """The sheet, the plan, and the finished picture's pixels."""
    sheet = sheet_of(universe, data.systems)
    layout = plan_map(sheet, data)
    return sheet, layout, np.asarray(draw_map(sheet, data, layout=layout), dtype=int)


def place(sheet: Sheet, layout: Layout, system_id: int) -> tuple[int, int]:
    index = next(i for i, system in enumerate(sheet.systems) if system.id == system_id)
    x, y = layout.frame.places[index].tolist()
    return round(x), round(y)


def words(layout: Layout) -> set[str]:
    """Everything that stands beside systems, line by line."""
    return {"".join(run.text for run in line) for tag in layout.tags for line in tag.lines}


def like(pixel: np.ndarray, colour: tuple[int, int, int], *, within: float = 40) -> bool:
    return float(np.abs(pixel - np.array(colour)).max()) <= within


def check_readable(sheet: Sheet, layout: Layout) -> None:
    """Every system has its name; no letters meet, leave the map, cover a system, or are too small for a phone."""
    named = {tag.index for tag in layout.tags if not tag.stub}
    assert named == set(range(len(sheet.systems)))
    boxes = [tag.box for tag in layout.tags] + [ticker.box for ticker in layout.tickers]
    assert not any(a.meets(b) for a, b in itertools.combinations(boxes, 2))
    assert all(box.inside(layout.frame.area) for box in boxes)
    for (x, y), look in zip(layout.frame.places.tolist(), layout.looks, strict=True):
        for box in boxes:
            near = box.nearest(x, y)
            assert np.hypot(near[0] - x, near[1] - y) >= look.disc - 1
    sizes = [run.face.size for tag in layout.tags for line in tag.lines for run in line]
    assert min([*sizes, *(ticker.face.size for ticker in layout.tickers)]) >= 22


@pytest.mark.parametrize("region_id", [FORGE, DELVE, POCHVEN, DOMAIN, FADE, YASNA_ZAKH])
def test_a_regions_map_can_be_read(universe: Universe, region_id: int) -> None:
    systems = of_region(universe, region_id)
    sheet = sheet_of(universe, systems)
    for data in (heated(systems), shared(systems)):
        layout = plan_map(sheet, data)
        check_readable(sheet, layout)
        assert 1100 <= layout.frame.width <= 1600
        assert layout.frame.height <= 2700
        leaving = sum(found.region != "" for found in sheet.exits)
        assert sum(tag.stub for tag in layout.tags) >= leaving * 0.9
    assert len({system.name for system in sheet.systems} - words(layout)) == 0


def test_names_make_room_for_each_other_near_their_systems(universe: Universe) -> None:
    for region_id, most in ((FORGE, 1), (DOMAIN, 3000)):
        systems = of_region(universe, region_id)
        layout = plan_map(sheet_of(universe, systems), heated(systems))
        lines = [tag.leader for tag in layout.tags if tag.leader is not None and not tag.stub]
        assert sum(math.dist(line[:2], line[2:]) for line in lines) <= most


def test_isk_is_larger_where_more_was_lost_and_always_told(universe: Universe) -> None:
    systems = of_region(universe, FORGE)
    lost = ((SystemId(JITA), 12e9), (SystemId(OSMON), 218e6), (SystemId(PERIMETER), 4e6))
    data = sample(systems, heat=lost, by=HeatBy.ISK, heat_text="ISK lost")
    sheet = sheet_of(universe, systems)
    layout = plan_map(sheet, data)
    looks = {s.id: look for s, look in zip(sheet.systems, layout.looks, strict=True)}
    sizes = [looks[system].radius for system, _ in lost]
    assert sizes == sorted(sizes, reverse=True)
    assert looks[SystemId(JITA)].figure == "12B"
    assert {"Osmon 218M", "Perimeter 4.0M", "Jita"} <= words(layout)


def test_a_neighbourhood_across_regions_can_be_read(universe: Universe) -> None:
    systems = tuple(sorted(universe.within_jumps(JITA, 4)))
    sheet = sheet_of(universe, systems)
    assert len({system.region_id for system in sheet.systems}) > 3
    layout = plan_map(sheet, replace(heated(systems), asked=SystemId(JITA)))
    check_readable(sheet, layout)
    # What merely lies too far away is not told; what lies in another region is.
    assert all(tag.lines[1][0].text for tag in layout.tags if tag.stub)


def test_the_picture_is_a_png_of_the_planned_size(universe: Universe) -> None:
    data = heated(of_region(universe, POCHVEN))
    png = render_map(sheet_of(universe, data.systems), data)
    image = Image.open(io.BytesIO(png))
    layout = plan_map(sheet_of(universe, data.systems), data)
    assert (image.format, image.mode) == ("PNG", "RGB")
    assert image.size == (layout.frame.width, layout.frame.height)
    assert len(png) < 3_000_000
    assert png == render_map(sheet_of(universe, data.systems), data)


def test_north_is_up_and_east_is_right(universe: Universe) -> None:
    data = sample(of_region(universe, FORGE))
    sheet = sheet_of(universe, data.systems)
    layout = plan_map(sheet, data)
    jita, osmon = place(sheet, layout, JITA), place(sheet, layout, OSMON)
    assert jita[0] < osmon[0] - 500
    assert place(sheet, layout, PERIMETER)[1] > jita[1]
    pochven = sheet_of(universe, of_region(universe, POCHVEN))
    top = plan_map(pochven, sample(of_region(universe, POCHVEN))).frame
    assert pochven.systems[int(top.places[:, 1].argmin())].id == KINO


def test_a_warm_disc_lies_where_the_kills_are_and_only_there(universe: Universe) -> None:
    systems = of_region(universe, FORGE)
    calm = drawn(universe, sample(systems))[2]
    data = sample(systems, heat=((SystemId(JITA), 50.0),), heat_text="Kills")
    sheet, layout, pixels = drawn(universe, data)
    x, y = place(sheet, layout, JITA)
    red, _, blue = pixels[y - 16, x].tolist()
    assert red > blue + 30
    # It shines on the ground around it, and nowhere else.
    more = (pixels[:1700] - calm[:1700]).sum(axis=2)  # their legends differ in height
    down, across = np.ogrid[-70:71, -70:71]
    ring = np.hypot(down, across) > 45
    assert np.median(more[y - 70 : y + 71, x - 70 : x + 71][ring]) > 10
    x, y = place(sheet, layout, OSMON)
    assert not more[y - 12 : y + 12, x - 12 : x + 12].any()


def test_more_kills_are_larger_discs_with_their_number_inside(universe: Universe) -> None:
    systems = of_region(universe, FORGE)
    heat = ((SystemId(JITA), 120.0), (SystemId(OSMON), 12.0), (SystemId(PERIMETER), 1.0))
    sheet = sheet_of(universe, systems)
    layout = plan_map(sheet, sample(systems, heat=heat, heat_text="Kills"))
    looks = {s.id: look for s, look in zip(sheet.systems, layout.looks, strict=True)}
    jita, osmon, perimeter = (looks[SystemId(key)] for key in (JITA, OSMON, PERIMETER))
    assert [look.figure for look in (jita, osmon, perimeter)] == ["120", "12", "1"]
    assert jita.radius > osmon.radius > perimeter.radius > looks[systems[5]].radius


@pytest.mark.parametrize(
    ("value", "by", "text"),
    [
        (7, HeatBy.KILLS, "7"),
        (1234, HeatBy.KILLS, "1.2k"),
        (999.6e6, HeatBy.ISK, "1.0B"),
        (350e6, HeatBy.ISK, "350M"),
        (12.4e9, HeatBy.ISK, "12B"),
        (3.2e12, HeatBy.ISK, "3.2T"),
        (300, HeatBy.ISK, "<1k"),
    ],
)
def test_figures_in_discs_are_short(value: float, by: HeatBy, text: str) -> None:
    assert short_figure(value, by) == text


def test_the_ground_wears_its_holders_colours_and_tickers(universe: Universe) -> None:
    data = shared(of_region(universe, DELVE))
    sheet, layout, pixels = drawn(universe, data)
    bare = drawn(universe, sample(data.systems))[2]
    colours = {one.key: np.array(one.colour) for one in data.holders}
    clear = set(data.systems) - {key for key, _ in data.held}
    for key, owner in data.held:
        x, y = place(sheet, layout, key)
        assert like(pixels[y, x], tuple(colours[owner]), within=8)
    # Beside a system the ground leans to its holder's colour, and to nobody's beside one that nobody holds.
    x, y = place(sheet, layout, ONE_DQ)
    lean = pixels[y - 24, x + 24] - bare[y - 24, x + 24]
    owner = dict(data.held)[SystemId(ONE_DQ)]
    other = TWO if owner == ONE else ONE
    towards = [float(lean @ (colours[key] - colours[key].mean())) for key in (owner, other)]
    assert lean.sum() > 30
    assert towards[0] > towards[1]
    assert layout.territory is not None
    shares = [
        layout.territory.share_inside((x / 3 - 1, y / 3 - 1, x / 3 + 2, y / 3 + 2), owner)
        for key in clear
        for owner in (0, 1)
        for x, y in (place(sheet, layout, key),)
    ]
    assert np.mean(shares) < 0.1
    told = {ticker.text for ticker in layout.tickers} | words(layout)
    assert {"GOONS", "NC"} <= told
    assert {item.text for item, _, _ in layout.legend.items} >= {"The GOONS  1", "The NC  1"}


def test_a_lone_system_wears_its_ticker_under_its_name(universe: Universe) -> None:
    systems = of_region(universe, DELVE)
    data = sample(systems, holders=(holder(ONE, "GOONS"),), held=((SystemId(ONE_DQ), ONE),))
    layout = plan_map(sheet_of(universe, systems), data)
    assert layout.tickers == ()
    (tag,) = (tag for tag in layout.tags if tag.lines[0][0].text == "1DQ1-A")
    assert tag.lines[1][0].text == "GOONS"


def test_gates_off_the_map_say_where_they_lead(universe: Universe) -> None:
    layout = plan_map(
        sheet_of(universe, of_region(universe, DELVE)), sample(of_region(universe, DELVE))
    )
    stubs = {tag.lines[0][0].text: tag for tag in layout.tags if tag.stub}
    assert stubs["Sakht"].lines[1][0].text == "Aridia"
    assert all(tag.leader is not None for tag in stubs.values())
    assert {"TN25-J", "A-BO4V", "Y-2ANO"} <= stubs.keys()


def test_the_front_and_the_contested_shares_are_drawn(universe: Universe) -> None:
    data = contested(of_region(universe, DELVE), universe)
    sheet, layout, pixels = drawn(universe, data)
    held = dict(data.held)
    between = {
        i
        for i, link in enumerate(sheet.links)
        if {held.get(sheet.systems[k].id) for k in (link.a, link.b)} == {ONE, TWO}
    }
    assert layout.front == between
    assert len(between) > 3
    seen = 0
    for i in between:
        ends = [sheet.links[i].a, sheet.links[i].b]
        x, y = np.round(layout.frame.places[ends].mean(axis=0)).astype(int)
        around = pixels[y - 6 : y + 7, x - 6 : x + 7].reshape(-1, 3)
        seen += int(np.abs(around - np.array(FRONT_LINE)).max(axis=1).min()) < 40
    # Letters may lie over one or the other.
    assert seen >= len(between) * 2 / 3
    index = len(data.systems) * 2 // 5
    look, (x, y) = layout.looks[index], place(sheet, layout, data.systems[index])
    assert (look.figure, look.share) == (f"{round(index / len(data.systems) * 100)}", look.share)
    reach = round(look.radius - 2)
    # Two fifths, clockwise from the top: the right is within, the left is not.
    assert like(pixels[y, x + reach], ARC)
    assert not like(pixels[y, x - reach], ARC, within=80)
    x, y = place(sheet, layout, data.systems[-1])
    assert layout.looks[-1].figure == "!"
    assert like(pixels[y, x - round(layout.looks[-1].radius - 2)], ALARM)


def test_marks_stand_beside_their_systems_and_in_the_legend(universe: Universe) -> None:
    systems = of_region(universe, DELVE)
    marks = (
        MapMark(system_id=SystemId(ONE_DQ), kind=MarkKind.CAPITAL),
        MapMark(system_id=SystemId(ONE_DQ), kind=MarkKind.CAMPAIGN, text="in 3 h 20 min"),
        MapMark(system_id=systems[0], kind=MarkKind.FLIP, text="2 h ago"),
        MapMark(system_id=SystemId(JITA), kind=MarkKind.BATTLE, text="elsewhere"),
    )
    layout = plan_map(sheet_of(universe, systems), sample(systems, marks=marks))
    assert {"\u2605 1DQ1-A", "\u26a1 in 3 h 20 min", "\u2691 2 h ago"} <= words(layout)
    assert not any("elsewhere" in text for text in words(layout))
    legend = {item.text for item, _, _ in layout.legend.items}
    assert {"sovereignty contest", "changed hands", "capital"} <= legend


def test_the_legend_explains_what_is_there_and_fits(universe: Universe) -> None:
    systems = of_region(universe, FORGE)
    many = tuple(
        replace(holder(ONE, f"T{i}"), key=i, name="A name so long that it is cut somewhere" * 2)
        for i in range(20)
    )
    layout = plan_map(sheet_of(universe, systems), sample(systems, holders=many))
    room = layout.frame.footer.width
    placed = [(x, y, item) for item, x, y in layout.legend.items]
    assert all(x + item.full_width <= room for x, _, item in placed)
    rows: dict[float, list[tuple[float, Item]]] = {}
    for x, y, item in placed:
        rows.setdefault(y, []).append((x, item))
    for row in rows.values():
        for (x, item), (following, _) in itertools.pairwise(row):
            assert x + item.full_width < following
    texts = [item.text for _, _, item in placed]
    assert "and 6 more" in texts
    assert "to another region" in texts
    assert "frontline" not in texts
    assert layout.frame.footer.height >= layout.legend.height + 32


def test_the_asked_system_is_ringed(universe: Universe) -> None:
    systems = tuple(sorted(universe.within_jumps(ONE_DQ, 5)))
    sheet, layout, pixels = drawn(universe, sample(systems, asked=SystemId(ONE_DQ)))
    bare = drawn(universe, sample(systems))[2]
    x, y = place(sheet, layout, ONE_DQ)
    radius = round(layout.looks[[s.id for s in sheet.systems].index(SystemId(ONE_DQ))].radius) + 14
    ring = pixels[y - radius - 4 : y - radius + 5, x].sum(axis=1).max()
    assert ring > bare[y - radius - 4 : y - radius + 5, x].sum(axis=1).max() + 200


def test_the_head_and_the_foot_stand_on_the_picture(universe: Universe) -> None:
    systems = of_region(universe, POCHVEN)
    empty = replace(sample(systems), title=" ")
    plain = drawn(universe, empty)[2]
    full = drawn(
        universe,
        replace(
            empty,
            title="A title of a length that nobody would ever choose for a map of a region at all",
            figure="1,234 kills",
            notes=("as of 17:40 EVE",),
        ),
    )[2]
    changed = np.abs(full - plain).max(axis=2) > 60
    assert changed[:176, : full.shape[1] // 2].any()
    assert changed[-60:, : full.shape[1] // 2].any()
    # The title makes itself small rather than run into the figure.
    figure = changed[20:80].any(axis=0).nonzero()[0]
    gaps = np.diff(figure)
    assert gaps.max() >= 20
    # The stamp is always there.
    assert plain[-60:, full.shape[1] // 2 :].max() > 120


def test_maps_with_the_same_content_have_the_same_key(universe: Universe) -> None:
    data = heated(of_region(universe, POCHVEN))
    assert map_key(data) == map_key(heated(of_region(universe, POCHVEN)))
    assert map_key(data) != map_key(replace(data, title="Another"))
    assert map_key(data) != map_key(replace(data, heat=data.heat[1:]))
