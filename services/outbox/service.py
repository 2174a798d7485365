"""The operator's hand on the outbox."""

from collections.abc import Callable

from services.domain.clock import Clock
from services.outbox import overview
from services.storage.database import Database


class OutboxService:
    """Holds everything back, and lets it go again. The state is in the database: it outlives a restart."""

    def __init__(self, database: Database, *, clock: Clock, ring: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._ring = ring

    async def is_held(self) -> bool:
        """True while nothing is sent."""
        async with self._database.read() as tx:
            return await overview.is_held(tx)

    async def hold(self) -> None:
        """Send nothing until `release`."""
        async with self._database.write() as tx:
            await overview.hold(tx, now=self._clock())

    async def release(self) -> None:
        """Send again, at once."""
        async with self._database.write() as tx:
            await overview.release(tx)
        self._ring()
