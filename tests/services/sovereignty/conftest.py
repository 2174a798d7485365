"""A desk on each kind of database."""

from collections.abc import AsyncIterator

import pytest

from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.services.sovereignty.desk import Desk


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Once on SQLite, once on PostgreSQL."""
    async with Desk.open(database) as opened:
        yield opened


@pytest.fixture
async def small_desk(migrated_sqlite_url: str) -> AsyncIterator[Desk]:
    """On SQLite only: for rules in which the database has no say."""
    database = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    async with Desk.open(database) as opened:
        yield opened
    await database.close()
