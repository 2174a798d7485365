"""Errors of the storage border.

StorageError
├── SchemaTooNew   the tables were written by a newer War Room
└── BackupFailed   a copy could not be written
"""

from services.domain.errors import WarRoomError


class StorageError(WarRoomError):
    """The database cannot be used as it is; the text says what to do."""


class SchemaTooNew(StorageError):
    """The tables were written by a newer War Room than this one."""


class BackupFailed(StorageError):
    """A copy could not be written; the database itself is unharmed."""
