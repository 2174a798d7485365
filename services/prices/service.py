"""Prices in memory, and the value of a killmail from them.

Valuing is pure and at hand: the pipeline values each mail on its way and never waits for a price. The list is fetched
once a day; an answer that cannot be the market (no list, or a fraction of the last one) is refused and the old list
stays, with its age known.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog

from services.domain.clock import Clock
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Killmail
from services.esi.client import EsiAnswer
from services.esi.errors import EsiError
from services.prices.errors import BadPrices
from services.prices.rules import Prices, estimate, known_loss, price
from services.prices.settings import PriceSettings
from services.prices.store import load_prices, save_confirmed, save_prices
from services.prices.typical import GroupOf, TypicalValues
from services.prices.wire import PATH, MarketPrice, read_prices
from services.storage.database import Database

log = structlog.get_logger(__name__)


class PriceSource(Protocol):
    """What is needed of ESI."""

    async def get_json(self, path: str, *, etag: str | None = None) -> EsiAnswer:
        """Fetch a route. Raises EsiError."""
        ...


class Refresh(StrEnum):
    """How a refresh ended."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class PriceService:
    """Call `load` once before the first killmail is valued."""

    def __init__(
        self,
        database: Database,
        source: PriceSource,
        *,
        typical: TypicalValues,
        group_of: GroupOf,
        settings: PriceSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._source = source
        self._typical = typical
        self._group_of = group_of
        self._settings = settings
        self._clock = clock
        self._prices: Prices = {}
        self._etag: str | None = None
        self._confirmed_at: datetime | None = None
        self._fresh_until: datetime | None = None
        self._outage_since: datetime | None = None

    async def load(self) -> None:
        """Take the stored list into memory."""
        async with self._database.read() as tx:
            stored = await load_prices(tx)
        if stored is not None:
            self._prices = _by_type(stored.prices)
            self._etag = stored.etag
            self._confirmed_at = stored.confirmed_at

    def age(self) -> timedelta | None:
        """How long ago ESI last confirmed the list in use; None when there is none."""
        return None if self._confirmed_at is None else self._clock() - self._confirmed_at

    def is_due(self) -> bool:
        """There is no list, or it has reached the age of a refresh."""
        age = self.age()
        return age is None or age >= timedelta(hours=self._settings.refresh_hours)

    async def refresh(self) -> Refresh:
        """Fetch the list, store it, use it. What ESI does wrong is logged (once an outage) and never raises."""
        if self._fresh_until is not None and self._clock() < self._fresh_until:
            return Refresh.UNCHANGED
        try:
            answer = await self._source.get_json(PATH, etag=self._etag if self._prices else None)
            fetched = None if answer.status == 304 else self._checked(answer.body)
        except (EsiError, BadPrices) as error:
            self._note_failure(str(error))
            return Refresh.FAILED
        await self._take(fetched, answer)
        self._note_success()
        return Refresh.UNCHANGED if fetched is None else Refresh.UPDATED

    def value_of(self, killmail: Killmail) -> Killmail:
        """The killmail with an estimate where it has no value; the same one where it has, or nothing is known."""
        if killmail.value.isk is not None:
            return killmail
        victim = killmail.victim
        isk = estimate(
            known_loss(victim, self._prices),
            self._typical.find(victim.ship_type_id, self._group_of),
            unpriced_share=self._settings.unpriced_share,
        )
        if isk is None:
            return killmail
        return replace(killmail, value=Value(isk=isk, source=ValueSource.ESTIMATE))

    def _checked(self, body: bytes) -> list[MarketPrice]:
        fetched = read_prices(body)
        share = self._settings.least_share * len(self._prices)
        least = max(self._settings.least_rows, share)
        if len(fetched) < least:
            raise BadPrices(
                f"ESI's price list has {len(fetched)} prices, at least {least:.0f} are due"
            )
        return fetched

    async def _take(self, fetched: Sequence[MarketPrice] | None, answer: EsiAnswer) -> None:
        now = self._clock()
        etag = answer.etag or (self._etag if fetched is None else None)
        async with self._database.write() as tx:
            if fetched is None:
                await save_confirmed(tx, etag=etag, now=now)
            else:
                await save_prices(tx, fetched, etag=etag, now=now)
        if fetched is not None:
            self._prices = _by_type(fetched)
        self._etag, self._confirmed_at, self._fresh_until = etag, now, answer.expires_at

    def _note_failure(self, reason: str) -> None:
        if self._outage_since is None:
            self._outage_since = self._clock()
            log.warning("prices outage begins", reason=reason, prices=len(self._prices))

    def _note_success(self) -> None:
        if self._outage_since is not None:
            seconds = (self._clock() - self._outage_since).total_seconds()
            log.info("prices outage ends", seconds=seconds)
            self._outage_since = None
        log.info("prices are current", prices=len(self._prices))


def _by_type(rows: Sequence[MarketPrice]) -> Prices:
    found = ((row.type_id, price(row.average, row.adjusted)) for row in rows)
    return {type_id: isk for type_id, isk in found if isk is not None}
