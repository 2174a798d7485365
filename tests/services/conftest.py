"""A newsroom on each kind of database."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.services.newsroom import Newsroom


@pytest.fixture
def newsroom(database: Database) -> Newsroom:
    """Once on SQLite, once on PostgreSQL."""
    return Newsroom(database)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied: making them is half of what a short test does."""
    path = tmp_path_factory.mktemp("migrated") / "warroom.db"

    async def make() -> None:
        opened = await Database.open(DatabaseSettings(url=f"sqlite+aiosqlite:///{path}"))
        await opened.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def small_newsroom(migrated_file: Path, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """On SQLite only: for rules in which the database has no say."""
    path = shutil.copy(migrated_file, tmp_path / "warroom.db")
    opened = await Database.open(DatabaseSettings(url=f"sqlite+aiosqlite:///{path}"))
    yield Newsroom(opened)
    await opened.close()
