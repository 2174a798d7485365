"""The root of every error that War Room raises on purpose, and those that a person should read.

WarRoomError
├── UserError            somebody asked for what cannot be; `str()` is the reply, in one or two sentences
│   ├── UnknownName      a name that nothing answers to; carries the nearest ones
│   └── NotFound         a battle, kill or alert that is not stored
├── ConfigurationError   the operator's settings cannot work; the process says so and ends with code 2
└── the features' own    each border has one root of its own (StorageError, FeedError, EsiError, ...)
"""

from collections.abc import Sequence


class WarRoomError(Exception):
    """Everything raised on purpose."""


class UserError(WarRoomError):
    """Says what happened and what to do; the text goes to the person as it is."""


class UnknownName(UserError):
    """A system, region, hull or organisation that nothing answers to."""

    def __init__(self, asked: str, kind: str, *, nearest: Sequence[str] = ()) -> None:
        hint = f" Did you mean {', '.join(nearest)}?" if nearest else ""
        super().__init__(f"I know no {kind} called “{asked}”.{hint}")
        self.asked = asked
        self.nearest = tuple(nearest)


class NotFound(UserError):
    """Asked for something that is not stored here."""


class ConfigurationError(WarRoomError):
    """The settings cannot work as they are."""
