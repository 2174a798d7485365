"""The database: opened once, migrated, then read by many and written by one.

SQLite allows a single writer. So writers queue here, in the process, behind one connection, and take the file's
write lock at their first statement (`BEGIN IMMEDIATE`): a transaction never fails half-way because somebody else was
quicker. Readers have connections of their own and see the last committed state (WAL). PostgreSQL needs none of that
and gets one ordinary pool; callers see no difference.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import structlog
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.storage.backup import copy_sqlite
from services.storage.errors import StorageError
from services.storage.migrate import needs_migration, upgrade
from services.storage.one_trip import SoleConnection, connect
from services.storage.settings import DatabaseSettings
from services.storage.turns import SCHEMA, take_turn

log = structlog.get_logger(__name__)

Transaction = AsyncConnection
"""A connection inside a transaction. Whoever opened it commits; nobody else does."""


class Database:
    """Reads and writes. Make one with `open`."""

    def __init__(self, *, writer: AsyncEngine, reader: AsyncEngine, url: URL) -> None:
        self._writer = writer
        self._reader = reader
        self._url = url
        self._writing: AsyncConnection | None = None
        self._turn = asyncio.Lock() if url.get_backend_name() == "sqlite" else None

    @classmethod
    async def open(cls, settings: DatabaseSettings) -> Self:
        """Connect, back the SQLite file up when its tables must change, migrate.

        Raises StorageError when the address cannot work, SchemaTooNew when a newer War Room wrote the tables.
        """
        url = _checked(settings.url)
        if url.get_backend_name() == "sqlite":
            database = cls._open_sqlite(url, settings)
        else:
            engine = create_async_engine(url, pool_size=10, pool_pre_ping=True)
            database = cls(writer=engine, reader=engine, url=url)
        try:
            await database._migrate(settings)
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    def _open_sqlite(cls, url: URL, settings: DatabaseSettings) -> Self:
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        timeout = settings.busy_timeout_seconds
        open_one = partial(connect, url.database or ":memory:", busy_seconds=timeout)
        sole = SoleConnection(url.database or ":memory:", busy_seconds=timeout)
        writer = create_async_engine(url, async_creator=sole.open, pool_size=1, max_overflow=0)
        reader = create_async_engine(url, async_creator=open_one, pool_size=4, max_overflow=4)
        _prepare_sqlite(writer, begin="BEGIN IMMEDIATE", timeout=timeout, read_only=False)
        _prepare_sqlite(reader, begin="BEGIN", timeout=timeout, read_only=True)
        return cls(writer=writer, reader=reader, url=url)

    async def _migrate(self, settings: DatabaseSettings) -> None:
        async with self._writer.connect() as connection:
            pending = await connection.run_sync(needs_migration)
        changing = pending.current is not None and pending.wanted
        if changing and settings.backup_before_migration and (path := self.path) is not None:
            target = path.with_name(f"{path.stem}.before-{pending.target}{path.suffix}")
            await asyncio.to_thread(copy_sqlite, path, target)
            log.info("database backed up before migration", file=str(target))
        if pending.wanted:
            async with self._writer.begin() as connection:
                # Whoever was second finds the work done: what is missing is looked up anew inside.
                await take_turn(connection, SCHEMA)
                await connection.run_sync(upgrade)
            log.info("database migrated", from_revision=pending.current, to_revision=pending.target)

    @property
    def path(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return sqlite_file(self._url.render_as_string(hide_password=False))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """One transaction that commits when the block ends and rolls back when it raises."""
        if self._turn is None:
            async with self._writer.begin() as connection:
                yield connection
            return
        async with self._turn:
            # One connection for good: handing it back and forth costs as much as a small transaction.
            if self._writing is None:
                self._writing = await self._writer.connect()
            try:
                async with self._writing.begin():
                    yield self._writing
            except asyncio.CancelledError:
                await asyncio.shield(self._discard_writing())
                raise

    async def _discard_writing(self) -> None:
        """Somebody was cancelled in the midst of a transaction: close this connection, whatever it was doing."""
        connection, self._writing = self._writing, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """A consistent look at what is committed. On SQLite, writing here fails."""
        async with self._reader.begin() as connection:
            yield connection

    async def size(self) -> int:
        """Bytes on disk, the write-ahead log included."""
        if (path := self.path) is not None:
            files = (path, path.with_name(path.name + "-wal"))
            return sum(file.stat().st_size for file in files if file.exists())
        async with self.read() as connection:
            found: Any = await connection.scalar(
                text("SELECT pg_database_size(current_database())")
            )
        return int(found)

    async def backup(self, target: Path) -> None:
        """Copy the database to a file while it is in use. SQLite only; PostgreSQL has pg_dump."""
        if (path := self.path) is None:
            msg = "This database is PostgreSQL: use pg_dump for a copy of it."
            raise StorageError(msg)
        await asyncio.to_thread(copy_sqlite, path, target)

    async def close(self) -> None:
        """Hand every connection back."""
        if self._writing is not None:
            await self._writing.close()
            self._writing = None
        await self._reader.dispose()
        await self._writer.dispose()


def sqlite_file(address: str) -> Path | None:
    """The file of a SQLite address; None for PostgreSQL. Raises StorageError for an address that cannot work."""
    url = _checked(address)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _checked(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as error:
        msg = "database.url is no SQLAlchemy address, such as sqlite+aiosqlite:///data/warroom.db"
        raise StorageError(msg) from error
    if url.drivername not in {"sqlite+aiosqlite", "postgresql+asyncpg"}:
        msg = f"database.url must begin with sqlite+aiosqlite: or postgresql+asyncpg:, not {url.drivername}:"
        raise StorageError(msg)
    return url


def _prepare_sqlite(engine: AsyncEngine, *, begin: str, timeout: float, read_only: bool) -> None:
    """Take transactions into our own hands: the driver's idea of when to begin one is not ours."""

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={int(timeout * 1000)}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)
