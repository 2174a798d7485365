"""The database: opened once, migrated, then read by many and written by one.

SQLite allows a single writer. So writers queue here, in the process, behind one connection, and take the file's
write lock at their first statement (`BEGIN IMMEDIATE`): a transaction never fails half-way because somebody else was
quicker. Readers have connections of their own and see the last committed state (WAL). PostgreSQL needs none of that
and gets one ordinary pool; callers see no difference.

Whether the database can be written is told here, and only here: each transaction that fails for a reason of the
database's own begins the trouble, each that commits ends it. Whoever wrote gets the error as ever; nothing of the
transaction is stored, and it can be taken again.
"""

import asyncio
import sqlite3
import time
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

from services.domain.trouble import NoWatch, TroubleWatch
from services.storage.backup import copy_sqlite
from services.storage.errors import BackupFailed, StorageError
from services.storage.faults import Refusing, Telling
from services.storage.migrate import Pending, needs_migration, upgrade
from services.storage.one_trip import SoleConnection, connect
from services.storage.settings import DatabaseSettings
from services.storage.turns import SCHEMA, take_turn

log = structlog.get_logger(__name__)

Transaction = AsyncConnection
"""A connection inside a transaction. Whoever opened it commits; nobody else does."""

CONNECT_SECONDS, STATEMENT_SECONDS = 10.0, 120.0
"""How long a server may take to let us in, and for one statement. Who fell silent with the network would else be waited
for without end; no statement of ours takes so long, and none of a migration should."""

WAL_LIMIT = 64 * 1024 * 1024
"""Bytes to which the write-ahead log is cut when it begins anew; a long reader (a backup) may have let it grow."""

_AGAIN_SECONDS = 0.02


class Database:
    """Reads and writes. Make one with `open`."""

    def __init__(
        self, *, writer: AsyncEngine, reader: AsyncEngine, url: URL, watch: TroubleWatch
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._url = url
        self.watch: TroubleWatch = watch
        """Who is told when it cannot be written. Whoever keeps troubles in this database takes the place later."""
        self._writing: AsyncConnection | None = None
        self._turn = asyncio.Lock() if url.get_backend_name() == "sqlite" else None

    @classmethod
    async def open(cls, settings: DatabaseSettings, *, watch: TroubleWatch | None = None) -> Self:
        """Connect, back the SQLite file up when its tables must change, migrate.

        `watch` is told whenever it cannot be written. Raises StorageError when the address cannot work or the database
        does not answer, BackupFailed when there is no room for the copy, SchemaTooNew when a newer War Room wrote it.
        """
        url = _checked(settings.url)
        watch = watch or NoWatch()
        if url.get_backend_name() == "sqlite":
            database = cls._open_sqlite(url, settings, watch)
        else:
            patience = {"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS}
            engine = create_async_engine(
                url, pool_size=10, pool_pre_ping=True, connect_args=patience
            )
            database = cls(writer=engine, reader=engine, url=url, watch=watch)
        try:
            await database._bring_up(settings)
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    def _open_sqlite(cls, url: URL, settings: DatabaseSettings, watch: TroubleWatch) -> Self:
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        timeout = settings.busy_timeout_seconds
        open_one = partial(connect, url.database or ":memory:", busy_seconds=timeout)
        sole = SoleConnection(url.database or ":memory:", busy_seconds=timeout)
        writer = create_async_engine(url, async_creator=sole.open, pool_size=1, max_overflow=0)
        reader = create_async_engine(url, async_creator=open_one, pool_size=4, max_overflow=4)
        _prepare_sqlite(writer, begin="BEGIN IMMEDIATE", timeout=timeout, read_only=False)
        _prepare_sqlite(reader, begin="BEGIN", timeout=timeout, read_only=True)
        return cls(writer=writer, reader=reader, url=url, watch=watch)

    async def _bring_up(self, settings: DatabaseSettings) -> None:
        """Say plainly why a database cannot be used, instead of with the driver's words alone."""
        with Refusing(server=self._turn is None):
            async with self._reader.connect() as connection:
                pending = await connection.run_sync(needs_migration)
            if pending.wanted:
                await self._migrate(settings)

    async def _migrate(self, settings: DatabaseSettings) -> None:
        """All of it or nothing, and one process alone: whoever was second finds the work done.

        The copy is made while the right to write is held, so that it has everything that was ever stored before.
        """
        async with self._writer.begin() as connection:
            await take_turn(connection, SCHEMA)
            pending = await connection.run_sync(needs_migration)
            if not pending.wanted:
                return
            if settings.backup_before_migration:
                await self._back_up_before(pending)
            await connection.run_sync(upgrade)
        log.info("database migrated", from_revision=pending.current, to_revision=pending.target)

    async def _back_up_before(self, pending: Pending) -> None:
        if pending.current is None or (path := self.path) is None:
            return
        target = path.with_name(f"{path.stem}.before-{pending.target}{path.suffix}")
        try:
            await asyncio.to_thread(copy_sqlite, path, target)
        except BackupFailed as error:
            msg = (
                f"The tables must be changed, and {path} is copied before that. {error} "
                "The database was not touched. Make room, or set database.backup_before_migration to false "
                "if something else backs it up."
            )
            raise BackupFailed(msg) from error
        log.info("database backed up before migration", file=str(target))

    @property
    def path(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return sqlite_file(self._url.render_as_string(hide_password=False))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """One transaction that commits when the block ends and rolls back when it raises."""
        with Telling(self.watch, server=self._turn is None):
            async with self._transaction() as connection:
                yield connection

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
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
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
            f"journal_size_limit={WAL_LIMIT}",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        _keep_log(cursor, patience=timeout)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)


def _keep_log(cursor: Any, *, patience: float) -> None:
    """Bring the file into the mode with a write-ahead log, in which it stays; what cannot have one goes on without.

    Where two do that to a new file at once, SQLite refuses one of them without waiting.
    """
    until = time.monotonic() + patience
    cursor.execute("PRAGMA journal_mode")
    while cursor.fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)
            cursor.execute("PRAGMA journal_mode")
        else:
            return
