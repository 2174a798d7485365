"""Use cases of incursions: which there are, and whether a system lies in one."""

from datetime import timedelta

from services.domain.clock import Clock
from services.domain.ids import SystemId
from services.domain.incursion import Incursion, Incursions
from services.incursions import store
from services.incursions.settings import IncursionSettings
from services.incursions.source import NAME
from services.polling.store import load_freshness
from services.storage.database import Database


class IncursionService:
    """Incursions as the last good answer had them."""

    def __init__(self, database: Database, settings: IncursionSettings, *, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def current(self) -> Incursions:
        """Those that are there, and how far that can be trusted."""
        async with self._database.read() as tx:
            followed = await store.load_followed(tx)
            freshness = await load_freshness(tx, NAME, pace=self._settings.pace, now=self._clock())
        return Incursions(incursions=tuple(one.incursion for one in followed), freshness=freshness)

    async def at(self, system_id: SystemId) -> Incursion | None:
        """The one that holds a system."""
        found = (await self.current()).incursions
        return next((one for one in found if system_id in one.systems), None)

    async def prune(self) -> None:
        """Forget those that have been gone for long."""
        before = self._clock() - timedelta(days=self._settings.keep_days)
        async with self._database.write() as tx:
            await store.prune(tx, before=before)
