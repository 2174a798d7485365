"""The map is the game's: every known system, north up, not stretched, names where the regions are."""

import itertools

import numpy as np
import pytest

from services.domain.ids import RegionId
from services.rendering.frame import CORNERS, MAP, PICTURE
from services.rendering.geometry import Box
from services.rendering.ground import Ground
from services.rendering.ground_picture import GroundPicture
from services.rendering.region_names import step_aside, wrapped


def middle(picture: GroundPicture, region: str) -> tuple[float, float]:
    ground = picture.ground
    region_id = next(key for key, name in ground.regions.items() if name == region)
    x, y = picture.places[ground.members(region_id)].mean(axis=0)
    return float(x), float(y)


def test_it_holds_known_space_and_pochven(ground: Ground) -> None:
    assert len(ground.systems) == 5431
    assert "Pochven" in ground.regions.values()
    assert max(system.id for system in ground.systems) < 30_100_000
    assert len(ground.gates) > 6500


@pytest.mark.parametrize(
    ("region", "east", "north"),
    [
        ("Branch", None, 1),
        ("Tenal", None, 1),
        ("Delve", -1, -1),
        ("Period Basis", -1, -1),
        ("Paragon Soul", None, -1),
        ("Stain", None, -1),
        ("Fountain", -1, None),
        ("Cobalt Edge", 1, 1),
        ("Omist", 1, -1),
    ],
)
def test_regions_lie_where_players_know_them(
    picture: GroundPicture, region: str, east: int | None, north: int | None
) -> None:
    x, y = middle(picture, region)
    forge_x, forge_y = middle(picture, "Genesis")
    if east is not None:
        assert (x - forge_x) * east > 150
    if north is not None:
        assert (forge_y - y) * north > 150


def test_every_system_is_inside_and_the_map_is_not_stretched(picture: GroundPicture) -> None:
    places, ground = picture.places, picture.ground
    assert (places >= (MAP.left - 1, MAP.top - 1)).all()
    assert (places <= (MAP.right + 1, MAP.bottom + 1)).all()
    rng = np.random.default_rng(1)
    a, b = rng.integers(len(places), size=(2, 500))
    metres = np.hypot(ground.xs[a] - ground.xs[b], ground.zs[a] - ground.zs[b])
    pixels = np.hypot(*(places[a] - places[b]).T)
    far = metres > 1e16
    assert np.ptp(pixels[far] / metres[far]) < 1e-18


def test_at_least_forty_region_names_apart_from_each_other(picture: GroundPicture) -> None:
    boxes = [name.box for name in picture.regions]
    assert len(boxes) >= 60
    assert not any(a.meets(b) for a, b in itertools.combinations(boxes, 2))
    assert all(box.inside(PICTURE) and not any(box.meets(c) for c in CORNERS) for box in boxes)


def test_names_stand_by_their_own_systems(picture: GroundPicture) -> None:
    for name in picture.regions:
        own = picture.places[picture.ground.members(name.region_id)]
        x, y = name.box.centre
        nearest = np.hypot(*(own - (x, y)).T).min()
        assert nearest < 90, picture.ground.regions[name.region_id]


def test_every_system_shines_and_gates_are_faint_lines(picture: GroundPicture) -> None:
    light = np.asarray(picture.base.convert("L"), dtype=float)
    columns, rows = np.round(picture.places - 0.5).astype(int).T
    assert np.quantile(light[rows, columns], 0.02) > 100
    ends = picture.places[picture.ground.gates]
    lengths = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    x, y = ends[lengths > 60].mean(axis=1).astype(int).T
    on_gate = np.max([light[y + dy, x + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)], axis=0)
    assert np.median(on_gate) > 35
    assert np.median(light[y + 7, x]) < np.median(on_gate) - 15


def test_scattered_and_closed_regions_get_no_name(
    picture: GroundPicture, small: GroundPicture
) -> None:
    named = {picture.ground.regions[name.region_id] for name in picture.regions}
    assert not named & {"Pochven", "UUA-F4", "J7HZ-F", "A821-A"}
    assert small.ground.named == {RegionId(1), RegionId(2)}


def test_gates_to_unknown_systems_are_left_out(small: GroundPicture) -> None:
    assert len(small.ground.gates) == 5


def test_a_name_steps_aside_for_a_hot_disc(picture: GroundPicture) -> None:
    name = next(n for n in picture.regions if picture.ground.regions[n.region_id] == "Fountain")
    x, y = name.box.centre
    disc = Box(x - 10, y - 10, x + 10, y + 10)
    moved = step_aside(picture.wishes, picture.regions, hot=[(disc, 1.0)])
    new = next(n for n in moved if n.region_id == name.region_id)
    assert not new.box.meets(disc)
    assert len(moved) == len(picture.regions)
    assert sum(a != b for a, b in zip(moved, picture.regions, strict=True)) == 1


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Delve", ("DELVE",)),
        ("Kor-Azor", ("KOR-AZOR",)),
        ("The Forge", ("THE FORGE",)),
        ("Vale of the Silent", ("VALE OF", "THE SILENT")),
        ("The Kalevala Expanse", ("THE KALEVALA", "EXPANSE")),
    ],
)
def test_long_names_are_wrapped(name: str, lines: tuple[str, ...]) -> None:
    assert wrapped(name) == lines
