"""Recorded killmails, stored to be searched."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.domain.killmail import Arrival
from services.killmails.service import KillmailService
from services.storage.database import Database
from tests.factories import arrival
from tests.services.filters.recorded import load_recorded
from tests.services.killmails.stored_kills import store


@pytest.fixture(scope="session")
def recorded(recorded_data: Path) -> list[Arrival]:
    """Odd ones of many years and some of a day, come in at different ages; without those that take all the time."""
    mails = load_recorded(recorded_data, of_the_day=60).values()
    small = [each for each in mails if len(each.attackers) <= 40]
    return [arrival(m, m.time + timedelta(seconds=30 * (m.id % 5))) for m in small]


@pytest.fixture
async def stored(database: Database, recorded: list[Arrival]) -> KillmailService:
    return await store(database, recorded)
