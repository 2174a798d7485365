"""Details older than the retention go, in steps so small that nothing else has to wait for them.

The clock starts at the import, not at the kill: somebody who backfills an old war has as long to look at it as
anybody else. The killmail's own row stays, which is why importing it again adds nothing. What lies in quarantine holds
the same details, unread, and goes after the same time.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, false, select, update

from services.domain.clock import Clock
from services.domain.ids import KillmailId
from services.killmails.counting import count_anew
from services.killmails.settings import KillmailSettings
from services.storage.database import Database, Transaction
from services.storage.tables import killmails, participants, quarantine
from services.storage.turns import BATTLES, take_turn

log = structlog.get_logger(__name__)

BeforePruning = Callable[[Transaction, Sequence[KillmailId]], Awaitable[None]]
"""Told which killmails are about to lose their details, in the transaction that takes them."""


class Retention:
    """Prunes; run it once a day."""

    def __init__(
        self,
        database: Database,
        settings: KillmailSettings,
        *,
        clock: Clock,
        before: BeforePruning,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._before = before

    async def prune(self) -> int:
        """Take away every detail that is due; returns how many killmails lost theirs. Counts all killmails before."""
        await count_anew(self._database, now=self._clock())
        total = 0
        while taken := await self._step():
            total += taken
        if total:
            log.info("details pruned", killmails=total, older_than_days=self._settings.details_days)
        async with self._database.write() as tx:
            await tx.execute(delete(quarantine).where(quarantine.c.seen_at < self._oldest()))
        return total

    def _oldest(self) -> datetime:
        return self._clock() - timedelta(days=self._settings.details_days)

    async def _step(self) -> int:
        due = (
            select(killmails.c.id)
            .where(killmails.c.pruned == false(), killmails.c.received_at < self._oldest())
            .order_by(killmails.c.received_at)
            .limit(self._settings.prune_batch)
        )
        async with self._database.write() as tx:
            await take_turn(tx, BATTLES)
            ids = list(await tx.scalars(due))
            if not ids:
                return 0
            await self._before(tx, ids)
            await tx.execute(delete(participants).where(participants.c.killmail_id.in_(ids)))
            await tx.execute(
                update(killmails).where(killmails.c.id.in_(ids)).values(pruned=True, items=None)
            )
        return len(ids)
