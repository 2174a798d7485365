"""The real map once for all tests, a small made-up one, and data to draw on them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from services.domain.heat import HeatBy
from services.domain.ids import RegionId, SystemId
from services.rendering.ground import Ground, MapSystem, ground_of
from services.rendering.ground_picture import GroundPicture, draw_ground
from services.rendering.heatmap import HeatmapData
from services.rendering.service import new_eden
from services.universe.universe import Universe

END = datetime(2021, 12, 1, 19, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def universe() -> Universe:
    return Universe.load()


@pytest.fixture(scope="session")
def ground(universe: Universe) -> Ground:
    return new_eden(universe)


@pytest.fixture(scope="session")
def picture(ground: Ground) -> GroundPicture:
    return draw_ground(ground)


@pytest.fixture(scope="session")
def small() -> GroundPicture:
    """Two regions of three systems, west and east, and a third one that no gate reaches."""
    regions = {RegionId(1): "West", RegionId(2): "Far East Side", RegionId(3): "Nowhere"}
    places = [
        (1, 1, 0, 0),
        (2, 1, 0, 5),
        (3, 1, 1, 9),
        (4, 2, 10, 0),
        (5, 2, 10, 5),
        (6, 2, 9, 9),
        (7, 3, 5, 5),
    ]
    systems = [
        MapSystem(SystemId(i), f"System {i}", RegionId(region), x * 1e16, z * 1e16)
        for i, region, x, z in places
    ]
    gates = [
        (SystemId(a), SystemId(b)) for a, b in ((1, 2), (2, 3), (3, 6), (6, 5), (5, 4), (4, 99))
    ]
    return draw_ground(ground_of(systems, regions, gates=gates))


def window(heat: Mapping[int, float], *, by: HeatBy = HeatBy.KILLS, **more: object) -> HeatmapData:
    """A day's heat."""
    values = {
        "heat": {SystemId(key): value for key, value in heat.items()},
        "by": by,
        "start": END - timedelta(hours=24),
        "end": END,
        "drawn_at": END + timedelta(minutes=3),
        **more,
    }
    return HeatmapData(**values)  # type: ignore[arg-type]
