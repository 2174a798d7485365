"""Names at hand: the recently used ones, and the ids that ESI did not know.

Both are bounded and cost no truth: what is forgotten here still stands in the table, or is asked for again.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime

from services.domain.clock import Clock
from services.names.store import KnownName


class NameMemory:
    """The least recently used go first."""

    def __init__(self, size: int, *, clock: Clock) -> None:
        self._size = size
        self._clock = clock
        self._names: OrderedDict[int, KnownName] = OrderedDict()
        self._unknown: OrderedDict[int, datetime] = OrderedDict()

    def recall(self, ids: Iterable[int]) -> dict[int, KnownName]:
        """Those of the ids that are at hand."""
        found: dict[int, KnownName] = {}
        for entity_id in ids:
            if (known := self._names.get(entity_id)) is not None:
                self._names.move_to_end(entity_id)
                found[entity_id] = known
        return found

    def keep(self, known: Iterable[KnownName]) -> None:
        """Have these at hand from now on."""
        for item in known:
            self._names[item.id] = item
            self._names.move_to_end(item.id)
        _trim(self._names, self._size)

    def keep_unknown(self, unknown: Mapping[int, datetime]) -> None:
        """ESI does not know these; until when that is believed."""
        for entity_id, until in unknown.items():
            self._unknown[entity_id] = until
            self._unknown.move_to_end(entity_id)
        _trim(self._unknown, self._size)

    def is_unknown(self, entity_id: int) -> bool:
        """ESI was asked lately and did not know it."""
        until = self._unknown.get(entity_id)
        if until is not None and until <= self._clock():
            del self._unknown[entity_id]
            return False
        return until is not None

    def forget(self, ids: Iterable[int]) -> None:
        """Somebody wrote these to the table: look there again."""
        for entity_id in ids:
            self._names.pop(entity_id, None)
            self._unknown.pop(entity_id, None)


def _trim(held: OrderedDict[int, KnownName] | OrderedDict[int, datetime], size: int) -> None:
    while len(held) > size:
        held.popitem(last=False)
