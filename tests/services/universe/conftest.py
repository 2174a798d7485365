"""The shipped universe, loaded once."""

import pytest

from services.universe.universe import Universe


@pytest.fixture(scope="session")
def universe() -> Universe:
    return Universe.load()
