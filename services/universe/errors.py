"""What can go wrong with the universe. One root, so that callers catch the border and not its rooms.

UniverseError
├── UnknownSystem        an id that this universe does not hold (newer than the compiled data)
├── DamagedUniverse      the compiled file cannot be used
├── UniverseUnavailable  a newer build cannot be had now; another time it may
├── UpdateFailed         somebody asked for an update, and the newest build is not in use
└── SdeError             the static data export cannot be compiled; one line, naming file and line
    └── NotWritten       it could be, but the result cannot be stored
"""

from services.domain.errors import WarRoomError


class UniverseError(WarRoomError):
    """Root of this folder's errors."""


class UnknownSystem(UniverseError):
    """No system has this id here."""

    def __init__(self, system_id: int) -> None:
        super().__init__(f"the compiled universe holds no system {system_id}")
        self.system_id = system_id


class DamagedUniverse(UniverseError):
    """The compiled file is cut, changed, or of another format."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the compiled universe {reason}; build it again with `warroom sde build`")


class UniverseUnavailable(UniverseError):
    """The publisher does not answer, or with something else; or there is no room for what it sends."""


class UpdateFailed(UniverseError):
    """The newest build is not in use; the text says why."""


class SdeError(UniverseError):
    """The source of a build is damaged. The text is one line: `file line N: what is wrong`."""

    def __init__(self, file: str, reason: str, *, line: int | None = None) -> None:
        place = file if line is None else f"{file} line {line}"
        super().__init__(f"{place}: {reason}")
        self.file = file
        self.reason = reason
        self.line = line


class NotWritten(SdeError):
    """The compiled file cannot be stored where it should."""
