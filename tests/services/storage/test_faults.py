"""A database that fails for a while: told once, nothing lost, nothing half stored, and on it goes when it is well."""

import resource
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool, delete, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from services.domain.trouble import Trouble
from services.feeds.intake import Intake
from services.storage.database import WAL_LIMIT, Database
from services.storage.errors import StorageError
from services.storage.settings import DatabaseSettings
from services.storage.tables import cursors, marks
from tests.factories import MIDNIGHT, arrival, mail
from tests.fakes.watch import Watch
from tests.services.newsroom import Newsroom, dump

FAULT = (Trouble.DATABASE, "")


@contextmanager
def full_disk(file: Path) -> Iterator[None]:
    """No file of this process may grow: SQLite's log cannot be written on."""
    wal = file.with_name(file.name + "-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size if wal.exists() else 0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program writes, for longer than anybody waits."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
async def watch() -> Watch:
    return Watch()


@pytest.fixture
async def sqlite(sqlite_url: str, watch: Watch) -> AsyncIterator[Database]:
    opened = await Database.open(
        DatabaseSettings(url=sqlite_url, busy_timeout_seconds=0.05), watch=watch
    )
    yield opened
    await opened.close()


@pytest.fixture
async def postgres(postgres_url: str, watch: Watch) -> AsyncIterator[Database]:
    opened = await Database.open(DatabaseSettings(url=postgres_url), watch=watch)
    yield opened
    await opened.close()


def killmail_of_the_feed(number: int) -> Intake:
    """With a cursor, as a feed hands it over."""
    some = arrival(mail(number, number, "A1", *(f"B{n}" for n in range(1, 400))))
    return Intake(live=True, arrivals=(some,), cursor=("r2z2", number))


async def position(database: Database) -> int | None:
    async with database.read() as tx:
        found: int | None = await tx.scalar(select(cursors.c.position))
    return found


@pytest.mark.parametrize(
    ("fault", "told"),
    [(full_disk, "full"), (locked, "another program keeps the file locked")],
)
async def test_a_killmail_that_cannot_be_written_is_taken_again(
    sqlite: Database, watch: Watch, fault: AbstractContextManager[None], told: str
) -> None:
    newsroom = Newsroom(sqlite)
    assert sqlite.path is not None
    await newsroom.pipeline.take(killmail_of_the_feed(1))
    before = await dump(sqlite)
    with fault(sqlite.path):  # type: ignore[operator]
        for _ in range(2):
            with pytest.raises(DBAPIError):
                await newsroom.pipeline.take(killmail_of_the_feed(2))
        assert await dump(sqlite) == before, "reading goes on, and nothing half stored is seen"
        assert told in watch.open[FAULT]
    taken = await newsroom.pipeline.take(killmail_of_the_feed(2))
    assert (taken.stored, await position(sqlite)) == (1, 2)
    assert watch.history == [("begins", Trouble.DATABASE), ("ends", Trouble.DATABASE)]


async def kill_connections(url: str) -> int:
    """End every connection to a PostgreSQL database, as its restart does; how many there were."""
    engine = create_async_engine(url, poolclass=NullPool)
    query = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with engine.connect() as other:
        ended = await other.scalar(text(query))
    await engine.dispose()
    return int(ended or 0)


async def test_connections_that_die_under_a_transaction_leave_nothing(
    postgres: Database, postgres_url: str, watch: Watch
) -> None:
    newsroom = Newsroom(postgres)
    await newsroom.pipeline.take(killmail_of_the_feed(1))
    before = await dump(postgres)

    class Dies:
        """A consumer under which the connection breaks, when all but the cursor has been written."""

        async def consume(self, *_: object) -> tuple[()]:
            assert await kill_connections(postgres_url) > 0
            return ()

    dying = newsroom.make_pipeline(consumers=[newsroom.battles, Dies()])
    with pytest.raises(DBAPIError):
        await dying.take(killmail_of_the_feed(2))
    assert "connection" in watch.open[FAULT]
    assert await dump(postgres) == before
    taken = await newsroom.pipeline.take(killmail_of_the_feed(2))
    assert (taken.stored, await position(postgres)) == (1, 2)
    assert watch.history == [("begins", Trouble.DATABASE), ("ends", Trouble.DATABASE)]


async def test_connections_that_died_at_rest_are_not_noticed(
    postgres: Database, postgres_url: str, watch: Watch
) -> None:
    newsroom = Newsroom(postgres)
    await newsroom.pipeline.take(killmail_of_the_feed(1))
    assert await kill_connections(postgres_url) > 0
    assert (await newsroom.pipeline.take(killmail_of_the_feed(2))).stored == 1
    assert watch.history == []


async def test_a_server_that_falls_silent_is_not_waited_for_without_end(
    postgres_url: str, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.storage.database.STATEMENT_SECONDS", 0.3)
    database = await Database.open(DatabaseSettings(url=postgres_url), watch=watch)
    with pytest.raises(TimeoutError):
        async with database.write() as tx:
            await tx.execute(marks.insert(), {"name": "n", "text": "", "updated_at": MIDNIGHT})
            await tx.execute(text("SELECT pg_sleep(2)"))
    assert FAULT in watch.open
    async with database.write() as tx:
        assert (await tx.execute(select(marks))).all() == []
    assert FAULT not in watch.open
    await database.close()


async def test_a_server_that_lets_nobody_in_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.storage.database.CONNECT_SECONDS", 0.1)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql+asyncpg://me@127.0.0.1:{port}/warroom"
        with pytest.raises(StorageError, match="cannot be reached"):
            await Database.open(DatabaseSettings(url=url))


async def test_a_mistake_of_ours_is_no_trouble_of_the_database(
    database: Database, watch: Watch
) -> None:
    database.watch = watch
    row = {"name": "n", "text": "", "updated_at": MIDNIGHT}
    with pytest.raises(IntegrityError):
        async with database.write() as tx:
            await tx.execute(marks.insert(), [row, row])
    with pytest.raises(DBAPIError):
        async with database.write() as tx:
            await tx.execute(text("SELECT nothing FROM nowhere"))
    assert watch.history == []


async def test_the_log_shrinks_when_a_long_reader_is_done(
    sqlite: Database, sqlite_url: str
) -> None:
    assert sqlite.path is not None
    wal = sqlite.path.with_name(sqlite.path.name + "-wal")
    rows = [{"name": f"{n}", "text": "x" * 40_000, "updated_at": MIDNIGHT} for n in range(1000)]

    async def write(some: list[dict[str, object]]) -> None:
        async with sqlite.write() as tx:
            await tx.execute(delete(marks))
            await tx.execute(marks.insert(), some)

    async with sqlite.read() as reading:
        await reading.execute(select(marks))
        for _ in range(3):
            await write(rows)
        grown = wal.stat().st_size
    for _ in range(2):
        await write(rows[:10])
    assert wal.stat().st_size <= WAL_LIMIT < grown
