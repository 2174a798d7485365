"""Use cases of occurrences: searched, and forgotten when they are old."""

from collections.abc import Sequence
from datetime import timedelta

from services.domain.clock import Clock
from services.domain.occurrence import Occurrence, OccurrenceKind, OccurrenceSearch
from services.occurrences import store
from services.occurrences.settings import OccurrenceSettings
from services.storage.database import Database

_FREQUENT = frozenset({OccurrenceKind.CAMPAIGN_SCORE, OccurrenceKind.ADM})
"""Nearly all of what is kept, and soon of no use."""


class OccurrenceService:
    """What happened, as it is kept."""

    def __init__(self, database: Database, settings: OccurrenceSettings, *, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def search(self, search: OccurrenceSearch) -> Sequence[Occurrence]:
        """Latest first."""
        async with self._database.read() as tx:
            return await store.load(tx, search)

    async def count(self, search: OccurrenceSearch) -> int:
        """How many there are on all pages."""
        async with self._database.read() as tx:
            return await store.count(tx, search)

    async def prune(self) -> None:
        """Forget what is beyond the retention."""
        now, settings = self._clock(), self._settings
        often = now - timedelta(days=settings.keep_frequent_days)
        async with self._database.write() as tx:
            await store.prune(tx, before=now - timedelta(days=settings.keep_days))
            await store.prune(tx, before=often, kinds=_FREQUENT)
