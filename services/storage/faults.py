"""Which errors are the database's own (no room, locked, gone), as opposed to a statement that is wrong.

The words are ours: a driver's own may hold addresses, names and values.
"""

import sqlite3
from types import TracebackType

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.domain.trouble import Trouble, TroubleWatch
from services.storage.errors import StorageError

_SQLITE = {
    sqlite3.SQLITE_BUSY: "another program keeps the file locked",
    sqlite3.SQLITE_LOCKED: "another program keeps the file locked",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the file cannot be read or written (the disk is full or faulty)",
    sqlite3.SQLITE_READONLY: "the file may not be written",
    sqlite3.SQLITE_PERM: "the file may not be written",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database",
}
_PRIMARY = 0xFF
"""The low byte of SQLite's error codes is the kind, the rest says more."""

_SERVER = {
    "08": "the connection to the server broke",
    "25006": "the server takes no writes",
    "28": "the server does not let us in",
    "3D": "the server has no such database",
    "53": "the server has no room or no connection left",
    "55": "the server keeps what is wanted locked",
    "57": "the server ended the connection (it stops, or starts)",
    "58": "the server's disk fails",
    "F0": "the server's files are damaged",
    "XX": "the server has a fault of its own",
}
"""By SQLSTATE, or by its class, which are its first two letters."""


def find_fault(error: BaseException, *, server: bool) -> str | None:
    """What is wrong with the database, in a few words; None when nothing is, and a statement or its caller is at fault.

    `server`: it is one (PostgreSQL), so that an OSError is about the way to it.
    """
    if isinstance(error, PoolTimeoutError):
        return "no connection became free in time"
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return _SERVER["08"]
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)
        return _SQLITE.get(code & _PRIMARY)
    if isinstance(cause, OSError) and server:
        return "the server cannot be reached"
    # Refused already when connecting, the driver's errors come as they are.
    state = getattr(cause, "sqlstate", None) or ""
    return _SERVER.get(state) or _SERVER.get(state[:2])


class Telling:
    """Around a transaction: a fault of the database begins the trouble, and whatever commits ends it."""

    def __init__(self, watch: TroubleWatch, *, server: bool) -> None:
        self._watch = watch
        self._server = server

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """The error goes on to whoever wrote."""
        if error is None:
            self._watch.ends(Trouble.DATABASE)
        elif (fault := find_fault(error, server=self._server)) is not None:
            self._watch.begins(Trouble.DATABASE, fault)


class Refusing:
    """Around the opening: a fault of the database becomes a StorageError that says what it is."""

    def __init__(self, *, server: bool) -> None:
        self._server = server

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Raises StorageError for a fault; everything else goes on as it is."""
        if error is not None and (fault := find_fault(error, server=self._server)) is not None:
            msg = f"The database cannot be used: {fault}. What stood in it stands there still."
            raise StorageError(msg) from error
