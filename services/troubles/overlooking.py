"""What can wait is not worth an error while the database is in trouble: that tells of itself (`storage.database`)."""

from types import TracebackType
from typing import Self

from services.storage.database import Database
from services.storage.faults import find_fault


class Overlooking:
    """Around work with the database that comes again anyway: a fault of the database's own ends it quietly."""

    def __init__(self, database: Database) -> None:
        self._server = database.path is None
        self.failed = False
        """True where it came to nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        """Every other error goes on."""
        self.failed = error is not None and find_fault(error, server=self._server) is not None
        return self.failed
