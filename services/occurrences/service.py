"""Use cases of occurrences: searched, and forgotten when they are old."""

from collections.abc import Sequence
from datetime import timedelta

from services.domain.clock import Clock
from services.domain.occurrence import Occurrence, OccurrenceSearch
from services.occurrences import store
from services.occurrences.settings import OccurrenceSettings
from services.storage.database import Database


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
        before = self._clock() - timedelta(days=self._settings.keep_days)
        async with self._database.write() as tx:
            await store.prune(tx, before=before)
