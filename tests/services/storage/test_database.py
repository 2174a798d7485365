"""The database opens, migrates, isolates writers, and copies itself."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from services.storage.database import Database, _keep_log
from services.storage.errors import SchemaTooNew, StorageError
from services.storage.migrate import script_directory, upgrade
from services.storage.schema import metadata
from services.storage.settings import DatabaseSettings
from services.storage.statements import chunks, save
from services.storage.tables import marks

NOW = datetime(2026, 11, 21, 18, 30, 0, 123000, tzinfo=UTC)


async def mark(database: Database, name: str, content: str) -> None:
    async with database.write() as tx:
        await save(tx, marks, {"name": name, "text": content, "updated_at": NOW})


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection:sqlalchemy.exc.SAWarning")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based")
async def test_migrations_make_exactly_the_declared_tables(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        return list(compare_metadata(context, metadata))

    async with database.read() as tx:
        assert await tx.run_sync(differences) == []


async def test_what_the_comparison_cannot_see_on_sqlite_is_there_too(sqlite_url: str) -> None:
    database = await Database.open(DatabaseSettings(url=sqlite_url))
    async with database.read() as tx:
        plan = await tx.execute(
            text("EXPLAIN QUERY PLAN SELECT * FROM battle_ids WHERE upper(public_id) = 'BR-X'")
        )
        assert "ix_battle_ids_upper" in str(plan.all())
    await database.close()


async def test_every_released_schema_can_be_brought_up(database_url: str) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    first = [script.revision for script in script_directory().walk_revisions()][-1]
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: upgrade(sync, revision=first))
    await engine.dispose()
    database = await Database.open(DatabaseSettings(url=database_url))
    await mark(database, "a", "b")
    async with database.read() as tx:
        assert await tx.scalar(select(marks.c.text)) == "b"
    await database.close()


async def test_saving_twice_replaces(database: Database) -> None:
    await mark(database, "greeting", "hello")
    await mark(database, "greeting", "good evening")
    async with database.read() as tx:
        rows = (await tx.execute(select(marks))).all()
    assert [(row.name, row.text, row.updated_at) for row in rows] == [
        ("greeting", "good evening", NOW)
    ]


async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=9)))
    async with database.write() as tx:
        await save(tx, marks, {"name": "t", "text": "", "updated_at": local})
    async with database.read() as tx:
        found = await tx.scalar(select(marks.c.updated_at))
    assert found == NOW
    assert found.tzinfo is UTC


async def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        async with database.write() as tx:
            naive = datetime(2026, 1, 1)  # noqa: DTZ001
            await save(tx, marks, {"name": "t", "text": "", "updated_at": naive})


async def test_a_failing_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        async with database.write() as tx:
            await save(tx, marks, {"name": "half", "text": "", "updated_at": NOW})
            raise RuntimeError("half-way")
    async with database.read() as tx:
        assert (await tx.execute(select(marks))).all() == []


async def test_writers_queue_instead_of_colliding(database: Database) -> None:
    async def count_up() -> None:
        async with database.write() as tx:
            found = await tx.scalar(
                select(marks.c.text).where(marks.c.name == "n").with_for_update()
            )
            await asyncio.sleep(0)
            await save(tx, marks, {"name": "n", "text": str(int(found) + 1), "updated_at": NOW})

    await mark(database, "n", "0")
    await asyncio.gather(*(count_up() for _ in range(20)))
    async with database.read() as tx:
        assert await tx.scalar(select(marks.c.text)) == "20"


async def test_two_processes_that_start_together_migrate_once(database_url: str) -> None:
    settings = DatabaseSettings(url=database_url)
    both = await asyncio.gather(Database.open(settings), Database.open(settings))
    await mark(both[0], "n", "told")
    async with both[1].read() as tx:
        assert await tx.scalar(select(marks.c.text)) == "told"
    for database in both:
        await database.close()


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    await mark(database, "n", "committed")
    async with database.write() as tx:
        await save(tx, marks, {"name": "n", "text": "not yet", "updated_at": NOW})
        async with database.read() as other:
            assert await other.scalar(select(marks.c.text)) == "committed"


async def test_reading_cannot_write_on_sqlite(sqlite_url: str) -> None:
    database = await Database.open(DatabaseSettings(url=sqlite_url))
    with pytest.raises(DBAPIError, match="readonly"):
        async with database.read() as tx:
            await save(tx, marks, {"name": "n", "text": "", "updated_at": NOW})
    await database.close()


async def test_a_newer_schema_is_refused(database_url: str) -> None:
    settings = DatabaseSettings(url=database_url)
    database = await Database.open(settings)
    async with database.write() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(SchemaTooNew, match="newer War Room"):
        await Database.open(settings)


@pytest.mark.parametrize("url", ["nonsense", "mysql+aiomysql://host/db", "sqlite:///plain.db"])
async def test_an_address_that_cannot_work_says_so(url: str) -> None:
    with pytest.raises(StorageError, match="database.url"):
        await Database.open(DatabaseSettings(url=url))


async def test_size_is_what_lies_on_disk(database: Database) -> None:
    assert await database.size() > 10_000


def test_chunks_lose_nothing() -> None:
    assert [len(chunk) for chunk in chunks(range(1201), 500)] == [500, 500, 201]


@pytest.mark.parametrize("turns", [1, 3, 10, 40])
async def test_whoever_is_cancelled_in_a_transaction_leaves_nothing_open(
    sqlite_url: str, turns: int
) -> None:
    database = await Database.open(DatabaseSettings(url=sqlite_url, busy_timeout_seconds=0.3))
    await mark(database, "before", "")
    assert database._writing is not None
    raw = (await database._writing.get_raw_connection()).driver_connection
    gate = threading.Event()
    raw._tx.put_nowait(
        (None, lambda: gate.wait(5))
    )  # the thread is slow: what follows waits in its queue
    task = asyncio.create_task(mark(database, "cancelled", ""))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    for _ in range(turns):
        await asyncio.sleep(0)
    gate.set()
    await asyncio.wait([task])
    await mark(database, "after", "")
    async with database.read() as tx:
        found = set(await tx.scalars(select(marks.c.name)))
    assert found == {"before", "after"}
    await database.close()


def test_what_cannot_have_a_log_beside_it_goes_on_without() -> None:
    """In memory there is none, nor on some network drives."""
    with closing(sqlite3.connect(":memory:")) as connection:
        _keep_log(connection.cursor(), patience=0)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("memory",)


def test_a_new_file_that_another_holds_is_asked_for_the_log_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "new.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("CREATE TABLE t (n)")
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(
            "services.storage.database.time.sleep", lambda _: other.execute("ROLLBACK")
        )
        with closing(sqlite3.connect(file, timeout=0)) as connection:
            _keep_log(connection.cursor(), patience=10)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
