"""The shipped universe and the recorded killmails, loaded once."""

from pathlib import Path

import pytest

from services.domain.killmail import Killmail
from services.filters.flat import Flattener
from services.universe.universe import Universe
from tests.services.filters.recorded import load_recorded


@pytest.fixture(scope="session")
def universe() -> Universe:
    """What the program ships."""
    return Universe.load()


@pytest.fixture(scope="session")
def flattener(universe: Universe) -> Flattener:
    """Of that universe."""
    return Flattener(universe)


@pytest.fixture(scope="session")
def recorded(recorded_data: Path) -> dict[int, Killmail]:
    """By id."""
    return load_recorded(recorded_data)
