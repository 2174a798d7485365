"""An older database is copied, then brought up whole or not at all; killed in the midst, the next start does it."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import NullPool, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from bot.cli.main import app
from bot.settings import CONFIG_VARIABLE
from services.alerts.store import load_guild
from services.domain.alert import AlertState, CardStyle
from services.domain.filter import Condition, FilterField, Op
from services.domain.ids import GuildId
from services.storage import backup
from services.storage.database import Database
from services.storage.errors import BackupFailed, StorageError
from services.storage.migrate import Pending, needs_migration, script_directory, upgrade
from services.storage.schema import metadata
from services.storage.settings import DatabaseSettings
from tests.factories import all_of
from tests.services.storage.test_faults import full_disk

FIRST = [script.revision for script in script_directory().walk_revisions()][-1]
HEAD = script_directory().get_current_head()

DIES = """
import asyncio, os, signal, sys
from sqlalchemy import Engine, event
from services.storage.database import Database
from services.storage.settings import DatabaseSettings

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, *_):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(Database.open(DatabaseSettings(url=sys.argv[1])))
"""


async def make_first(url: str) -> None:
    """A database of the first schema, with a row in it."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: upgrade(sync, revision=FIRST))
        await connection.execute(text("INSERT INTO marks VALUES ('kept', 'yes', 1)"))
    await engine.dispose()


async def revision(url: str) -> str:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        found = str(await connection.scalar(text("SELECT version_num FROM alembic_version")))
    await engine.dispose()
    return found


async def assert_whole(database: Database) -> None:
    """Every table stands there as declared, and what was stored before."""
    async with database.read() as tx:
        columns = await tx.run_sync(
            lambda sync: {
                table: {c["name"] for c in inspect(sync).get_columns(table)}
                for table in inspect(sync).get_table_names()
                if table != "alembic_version"
            }
        )
        kept = await tx.scalar(text("SELECT text FROM marks WHERE name = 'kept'"))
    assert columns == {table.name: set(table.c.keys()) for table in metadata.sorted_tables}
    assert kept == "yes"


@pytest.mark.parametrize("at", ["CREATE TABLE troubles", "UPDATE alembic_version"])
async def test_killed_in_the_midst_the_next_start_does_it(database_url: str, at: str) -> None:
    await make_first(database_url)
    dying = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", DIES, database_url, at],
        env=dict(os.environ, PYTHONPATH=str(Path(backup.__file__).parents[2])),
        check=False,
    )
    assert dying.returncode == -signal.SIGKILL
    assert await revision(database_url) == FIRST
    database = await Database.open(DatabaseSettings(url=database_url))
    await assert_whole(database)
    await database.close()


async def test_the_copy_is_of_before_whoever_starts_beside(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looked while the tables were old, and gets its turn when they are new, copies nothing."""
    await make_first(sqlite_url)
    settings = DatabaseSettings(url=sqlite_url)
    await (await Database.open(settings)).close()
    looks = [Pending(current=FIRST, target=str(HEAD))]
    monkeypatch.setattr(
        "services.storage.database.needs_migration",
        lambda connection: looks.pop() if looks else needs_migration(connection),
    )
    second = await Database.open(settings)
    assert not looks
    await assert_whole(second)
    await second.close()
    copies = list(tmp_path.glob("*.before-*"))
    assert [copy.name for copy in copies] == [f"warroom.before-{HEAD}.db"]
    with closing(sqlite3.connect(copies[0])) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(FIRST,)]
        assert copy.execute("SELECT name FROM marks").fetchall() == [("kept",)]


async def test_without_room_for_the_copy_nothing_is_touched(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_first(sqlite_url)
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1}))
    with pytest.raises(BackupFailed, match=r"no room .* not touched.*backup_before_migration"):
        await Database.open(DatabaseSettings(url=sqlite_url))
    assert await revision(sqlite_url) == FIRST
    without = DatabaseSettings(url=sqlite_url, backup_before_migration=False)
    database = await Database.open(without)
    await assert_whole(database)
    await database.close()


async def test_a_disk_that_fills_up_in_the_midst_leaves_the_old_tables(sqlite_url: str) -> None:
    await make_first(sqlite_url)
    settings = DatabaseSettings(url=sqlite_url, backup_before_migration=False)
    file = make_url(sqlite_url).database
    assert file is not None
    with full_disk(Path(file)), pytest.raises(StorageError, match="full.*stands there still"):
        await Database.open(settings)
    assert await revision(sqlite_url) == FIRST
    database = await Database.open(settings)
    await assert_whole(database)
    await database.close()


async def test_a_file_that_is_locked_or_none_says_so(sqlite_url: str) -> None:
    await make_first(sqlite_url)
    settings = DatabaseSettings(url=sqlite_url, busy_timeout_seconds=0.05)
    file = make_url(sqlite_url).database
    assert file is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another program keeps the file locked"):
            await Database.open(settings)
    Path(file).write_bytes(b"no database at all, but long enough to be one" * 100)
    with pytest.raises(StorageError, match="no SQLite database"):
        await Database.open(settings)


async def test_a_server_that_is_not_there_says_so() -> None:
    url = "postgresql+asyncpg://me:secret@127.0.0.1:1/warroom"
    with pytest.raises(StorageError, match="cannot be reached") as refused:
        await Database.open(DatabaseSettings(url=url))
    assert "secret" not in str(refused.value)


async def test_the_command_copies_an_older_database_as_it_is(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wants a copy from before an upgrade may have installed the new program already."""
    await make_first(sqlite_url)
    monkeypatch.setenv(CONFIG_VARIABLE, os.devnull)
    monkeypatch.setenv("WARROOM_DATABASE__URL", sqlite_url)
    result = CliRunner().invoke(app, ["backup", str(tmp_path / "copy.db")])
    assert result.exit_code == 0, result.output
    assert "checked" in result.output
    assert await revision(sqlite_url) == FIRST
    assert await revision(f"sqlite+aiosqlite:///{tmp_path / 'copy.db'}") == FIRST


def test_the_command_sends_owners_of_a_server_to_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, os.devnull)
    monkeypatch.setenv("WARROOM_DATABASE__URL", "postgresql+asyncpg://host/name")
    result = CliRunner().invoke(app, ["backup", str(tmp_path / "copy.db")])
    assert isinstance(result.exception, StorageError)
    assert "pg_dump" in str(result.exception)


OLD_ALERTS = """
INSERT INTO alerts (id, guild_id, channel_id, kind, region_id, min_kills, min_isk, role_id, created_by, created_at,
    state, reason) VALUES
    (1, 7, 70, 'kills', 10000060, NULL, NULL, NULL, 1000, 0, 'active', NULL),
    (2, 7, 70, 'kills', NULL, NULL, 1500000000.5, 9, 1000, 0, 'active', NULL),
    (3, 7, 71, 'kills', 10000060, NULL, 0, NULL, 1000, 0, 'paused', 'paused by <@1000>'),
    (5, 8, 80, 'battles', 10000060, 5, 1e9, 9, 1000, 0, 'active', NULL)
"""


async def test_alerts_of_before_filters_ask_for_the_same(database_url: str) -> None:
    """By region and value: now a filter that says so, with whatever else they had."""
    engine = create_async_engine(database_url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: upgrade(sync, revision="0002"))
        await connection.execute(text(OLD_ALERTS))
    await engine.dispose()
    database = await Database.open(DatabaseSettings(url=database_url))
    async with database.read() as tx:
        found = [*await load_guild(tx, GuildId(7)), *await load_guild(tx, GuildId(8))]
    await database.close()
    delve = Condition(FilterField.REGION, (10_000_060,))
    rich, any_value = (
        Condition(FilterField.ISK, (floor,), Op.AT_LEAST) for floor in (1_500_000_000.5, 0)
    )
    wanted = [all_of(delve), all_of(rich), all_of(delve, any_value), None]
    assert [alert.filter for alert in found] == wanted
    assert [(a.region_id, a.min_kills, a.min_isk) for a in found] == [
        *[(None, None, None)] * 3,
        (10_000_060, 5, 1e9),
    ]
    assert [(a.id, a.channel_id, a.role_id, a.state, a.reason) for a in found] == [
        (1, 70, None, AlertState.ACTIVE, None),
        (2, 70, 9, AlertState.ACTIVE, None),
        (3, 71, None, AlertState.PAUSED, "paused by <@1000>"),
        (5, 80, 9, AlertState.ACTIVE, None),
    ]
    assert {(a.style, a.hidden, a.quiet, a.name) for a in found} == {
        (CardStyle.FULL, frozenset(), None, None)
    }


OLD_BATTLE = """
INSERT INTO battles (public_id, stem, lowest, system_id, region_id, state, start, "end", kills, pilots, isk, unpriced,
    estimated, certainty, sides) VALUES
    ('BR-A-202111300000', 'BR-A-202111300000', 1, 30000142, 10000002, 'frozen', 0, 1, 2, 3, 1.0, 0, 0, 1.0, '[]')
"""


async def test_battles_of_before_kinds_are_left_to_be_completed_later(sqlite_url: str) -> None:
    """A year of them is more than a start may wait for, and than memory holds at once."""
    engine = create_async_engine(sqlite_url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: upgrade(sync, revision="0003"))
        await connection.execute(text(OLD_BATTLE))
    await engine.dispose()
    database = await Database.open(DatabaseSettings(url=sqlite_url))
    async with database.read() as tx:
        left = (await tx.execute(text("SELECT kind, space, capitals, details FROM battles"))).all()
        entries = await tx.scalar(text("SELECT COUNT(*) FROM battle_index"))
        plan = await tx.execute(text("EXPLAIN QUERY PLAN " + INCOMPLETE))
        steps = [row.detail for row in plan]
    await database.close()
    assert [tuple(row) for row in left] == [(None, None, 0, None)]
    assert entries == 0
    assert steps == ["SCAN battles USING INDEX ix_battles_incomplete"]


INCOMPLETE = "SELECT * FROM battles WHERE details IS NULL ORDER BY key DESC LIMIT 25"
