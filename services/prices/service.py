"""Prices in memory, and the value of a killmail from them.

Valuing is pure and at hand: the pipeline values each mail on its way and never waits for a price. ESI's list is fetched
once a day; an answer that cannot be the market (no list, or a fraction of the last one) is refused and the old list
stays, with its age known. What the list has no trades of is asked from the hubs (`services.prices.quotes`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog

from services.domain.clock import Clock
from services.domain.ids import TypeId
from services.domain.isk import Price
from services.domain.killmail import Killmail
from services.domain.trouble import NoWatch, Trouble, TroubleWatch
from services.esi.client import EsiAnswer
from services.esi.errors import EsiError
from services.prices.errors import BadPrices
from services.prices.quotes import Quotes, QuoteSource
from services.prices.rules import estimate, known_loss
from services.prices.settings import PriceSettings
from services.prices.store import load_prices, save_confirmed, save_prices
from services.prices.table import IsMutated, PriceTable
from services.prices.typical import GroupOf, TypicalValues
from services.prices.wire import PATH, MarketPrice, read_prices
from services.storage.database import Database

log = structlog.get_logger(__name__)


class PriceList(Protocol):
    """What is needed of ESI."""

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        """Fetch a route; 304, asked or not, where the answer with this ETag still holds. Raises EsiError."""
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
        source: PriceList,
        *,
        typical: TypicalValues,
        group_of: GroupOf,
        is_mutated: IsMutated,
        settings: PriceSettings,
        clock: Clock,
        hubs: Sequence[QuoteSource] = (),
        watch: TroubleWatch | None = None,
    ) -> None:
        self._database = database
        self._source = source
        self._typical = typical
        self._group_of = group_of
        self._is_mutated = is_mutated
        self._settings = settings
        self._clock = clock
        self._watch = watch or NoWatch()
        self._quotes = Quotes(database, hubs, settings=settings, clock=clock, watch=self._watch)
        self._listed: Sequence[MarketPrice] = ()
        self._etag: str | None = None
        self._confirmed_at: datetime | None = None
        self._table = self._laid_out()

    async def load(self) -> None:
        """Take the stored prices into memory."""
        await self._quotes.load()
        async with self._database.read() as tx:
            stored = await load_prices(tx)
        if stored is not None:
            self._listed = stored.prices
            self._etag = stored.etag
            self._confirmed_at = stored.confirmed_at
        self._table = self._laid_out()

    def age(self) -> timedelta | None:
        """How long ago ESI last confirmed the list in use; None when there is none."""
        return None if self._confirmed_at is None else self._clock() - self._confirmed_at

    def is_due(self) -> bool:
        """There is no list, or it has reached the age of a refresh."""
        age = self.age()
        return age is None or age >= timedelta(hours=self._settings.refresh_hours)

    def find_price(self, type_id: TypeId) -> Price | None:
        """What one piece is worth, according to whom, and since when; None when nobody says."""
        return self._table.find(type_id)

    async def refresh(self) -> Refresh:
        """Fetch the list, store it, use it. What ESI does wrong is told and never raises."""
        try:
            answer = await self._source.get_changed(PATH, etag=self._etag if self._listed else None)
            fetched = None if answer.status == 304 else self._checked(answer.body)
        except (EsiError, BadPrices) as error:
            self._watch.begins(Trouble.PRICES_OLD, str(error))
            return Refresh.FAILED
        await self._take(fetched, answer)
        self._watch.ends(Trouble.PRICES_OLD)
        log.info("prices are current", prices=len(self._table.isk))
        return Refresh.UNCHANGED if fetched is None else Refresh.UPDATED

    async def refresh_quotes(self) -> bool:
        """Ask the hubs for what was lost lately and has no trades on the list; true when there are better prices."""
        better = await self._quotes.refresh(has_price=self._needs_no_quote)
        if better:
            self._table = self._laid_out()
        return better

    def value_of(self, killmail: Killmail) -> Killmail:
        """The killmail with an estimate where the feed gave no value; the same one where it did, or nothing is known.

        An estimate from earlier prices is made anew.
        """
        if killmail.value.isk is not None and not killmail.value.is_estimate:
            return killmail
        victim = killmail.victim
        self._quotes.want(
            item.type_id
            for item in victim.items
            if not item.copy and not self._needs_no_quote(item.type_id)
        )
        if victim.ship_type_id is not None and not self._needs_no_quote(victim.ship_type_id):
            self._quotes.want((victim.ship_type_id,))
        value = estimate(
            known_loss(victim, self._table.isk),
            self._typical.find(victim.ship_type_id, self._group_of),
            unpriced_share=self._settings.unpriced_share,
        )
        return killmail if value == killmail.value else replace(killmail, value=value)

    def _needs_no_quote(self, type_id: TypeId) -> bool:
        return self._table.is_traded(type_id) or self._is_mutated(type_id)

    def _laid_out(self) -> PriceTable:
        return PriceTable(
            self._listed,
            self._quotes.best(),
            confirmed_at=self._confirmed_at,
            is_mutated=self._is_mutated,
        )

    def _checked(self, body: bytes) -> list[MarketPrice]:
        fetched = read_prices(body)
        share = self._settings.least_share * len(self._listed)
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
        self._listed = self._listed if fetched is None else fetched
        self._etag, self._confirmed_at = etag, now
        self._table = self._laid_out()
