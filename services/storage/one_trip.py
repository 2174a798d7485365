"""aiosqlite connections that cross to their thread once a statement instead of four times.

aiosqlite hands every call to the connection's thread: make a cursor, execute, fetch, close. Only the second needs the
database. Here the rows are fetched in the same trip as the statement runs, and making and closing a cursor, which touch
nothing once the rows are out, stay on the caller's side. A small transaction takes a third of the time.

That is safe because SQLAlchemy awaits one statement of a connection before it starts the next, and SQLite itself is
built for threads; the driver's check that one thread does everything is therefore off.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import aiosqlite
from aiosqlite.context import contextmanager

_CLOSING_SECONDS = 5.0


class OneTripCursor(aiosqlite.Cursor):
    """A cursor whose rows are out as soon as its statement has run."""

    _rows: list[Any]

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> aiosqlite.Cursor:
        """Run a statement and fetch all its rows."""
        self._rows = await self._conn._execute(self._run, sql, parameters or ())  # type: ignore[no-untyped-call] # noqa: SLF001
        return self

    def _run(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        cursor = self._cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []

    async def fetchall(self) -> Iterable[sqlite3.Row]:
        """The rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left to be stepped through, so this needs no trip."""
        self._cursor.close()


class OneTripConnection(aiosqlite.Connection):
    """A connection with such cursors.

    Whoever is cancelled in the midst of a trip leaves only when it is over: else the thread would begin a transaction
    that nobody knows of, and everybody after would wait for its end.
    """

    _stopped: "asyncio.Future[Any] | None" = None

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        if not self._running or not self._connection:
            raise ValueError("Connection closed")
        future = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, partial(fn, *args, **kwargs)))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        """A cursor, made without a trip."""
        return OneTripCursor(self, self._conn.cursor())

    async def close(self) -> None:
        """Roll back, then close. A connection closed with a cursor still somewhere would keep its transaction open."""
        if self._running and self._connection is not None:
            await self._execute(self._roll_back)
        await super().close()

    def stop(self) -> "asyncio.Future[Any] | None":
        """The same without waiting for it. The thread ends at the first stop; a second one would never be heard of."""
        if self._stopped is None:
            self._tx.put_nowait((None, self._roll_back))
            self._stopped = super().stop()
        return self._stopped

    def _roll_back(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.rollback()

    async def abandon(self) -> None:
        """Close it whatever it was doing, and be sure of that; what it had not committed is gone."""
        if self._thread.is_alive() and (closed := self.stop()) is not None:
            await asyncio.wait([closed], timeout=_CLOSING_SECONDS)


class SoleConnection:
    """Opens one file, one connection at a time: the one before is certainly closed before the next is opened.

    SQLAlchemy gives a connection up when a statement on it is cancelled; the next writer would wait for a transaction
    left open there for ever.
    """

    def __init__(self, file: str, *, busy_seconds: float) -> None:
        self._file = file
        self._busy_seconds = busy_seconds
        self._last: OneTripConnection | None = None

    async def open(self) -> OneTripConnection:
        """A new connection; there is no other by then."""
        if self._last is not None:
            await self._last.abandon()
        self._last = await connect(self._file, busy_seconds=self._busy_seconds)
        return self._last


async def connect(file: str, *, busy_seconds: float) -> OneTripConnection:
    """Open a SQLite file. `busy_seconds`: seconds that a locked file is waited for."""

    def connector() -> sqlite3.Connection:
        return sqlite3.connect(file, timeout=busy_seconds, check_same_thread=False)

    connection = OneTripConnection(connector, iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy itself does: a forgotten one must not hang the exit
    await connection
    return connection
