"""Things by id, made when somebody asks for them.

Fifty thousand types lie in columns; a process looks at a few hundred of them. So a table keeps the
ids and a way to make the thing of a row, and remembers what it has made.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=int)
Thing = TypeVar("Thing")


class Table(Mapping[Key, Thing]):
    """A read-only mapping over columns. Iterates in the columns' order, which is by id."""

    def __init__(self, ids: Sequence[Key], make: Callable[[int], Thing]) -> None:
        self._rows = {key: row for row, key in enumerate(ids)}
        self._make = make
        self._made: dict[Key, Thing] = {}

    def __getitem__(self, key: Key) -> Thing:
        thing = self._made.get(key)
        if thing is None:
            thing = self._made[key] = self._make(self._rows[key])
        return thing

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[Key]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, key: Key) -> int | None:
        """The row in the columns; None for an id that is not held."""
        return self._rows.get(key)
