"""The recorded days, decoded once for all tests of battles."""

from pathlib import Path

import pytest

from services.domain.killmail import Killmail
from tests.services.battles.recorded import load_killmails


@pytest.fixture(scope="session")
def recorded_killmails(recorded_data: Path) -> list[Killmail]:
    """All killmails of the three recorded days."""
    return load_killmails(recorded_data)
