"""Who holds what, kept in memory for as long as the table says the same: it is read far more often than it changes."""

from collections.abc import Mapping
from datetime import datetime

from services.domain.ids import SystemId
from services.domain.sovereignty import Claim
from services.sovereignty import store
from services.storage.database import Transaction
from services.storage.marks import load_mark_time, touch_mark


class ClaimMemory:
    """The table of claims, as of its version. Whoever was rolled back finds another version and reads anew."""

    def __init__(self) -> None:
        self._version: datetime | None = None
        self._claims: dict[SystemId, Claim] = {}

    async def load(self, tx: Transaction) -> Mapping[SystemId, Claim]:
        """Every claim that is known, by system."""
        version = await load_mark_time(tx, store.CLAIMS_MARK)
        if version is None or version != self._version:
            self._claims = await store.load_claims(tx)
            self._version = version
        return self._claims

    async def save(self, tx: Transaction, claims: Mapping[SystemId, Claim], now: datetime) -> None:
        """Keep those that changed, after `load` in the same transaction."""
        if not claims:
            return
        await store.save_claims(tx, claims.values())
        await touch_mark(tx, store.CLAIMS_MARK, now=now)
        self._version = await load_mark_time(tx, store.CLAIMS_MARK)
        self._claims = {**self._claims, **claims}
