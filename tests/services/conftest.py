"""A newsroom on each kind of database."""

from collections.abc import AsyncIterator

import pytest

from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.services.newsroom import Newsroom


@pytest.fixture
def newsroom(database: Database) -> Newsroom:
    """Once on SQLite, once on PostgreSQL."""
    return Newsroom(database)


@pytest.fixture
async def small_newsroom(migrated_sqlite_url: str) -> AsyncIterator[Newsroom]:
    """On SQLite only: for rules in which the database has no say."""
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield Newsroom(opened)
    await opened.close()
