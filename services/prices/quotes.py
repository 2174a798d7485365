"""Prices of what ESI's list has no trades of, from the trade hubs.

Which types those are is learnt from the losses that were valued: nobody asks for the whole market. A quote (also the
answer that nobody trades a thing) stands in the table with its source and time, is believed for a while, and is used
with its age beyond that: an old price is better than none, and says that it is old.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from services.domain.clock import Clock
from services.domain.ids import TypeId
from services.domain.trouble import Trouble, TroubleWatch
from services.prices.errors import QuotesUnavailable
from services.prices.settings import PriceSettings
from services.prices.store import Quote, load_quotes, save_quotes
from services.storage.database import Database

log = structlog.get_logger(__name__)

_MOST_WANTED = 20_000
_PATIENCE = timedelta(minutes=30)


class QuoteSource(Protocol):
    """A market that can be asked by type."""

    name: str

    async def fetch_quotes(self, types: Collection[TypeId]) -> Mapping[TypeId, float | None]:
        """ISK a piece for every type asked; None for what has no market. Raises QuotesUnavailable."""
        ...


@dataclass(slots=True)
class _Rest:
    """A source that failed is left alone for a while."""

    until: datetime
    failures: int = 0


class Quotes:
    """Call `load` once; `want` as losses are valued; `refresh` now and then."""

    def __init__(
        self,
        database: Database,
        sources: Sequence[QuoteSource],
        *,
        settings: PriceSettings,
        clock: Clock,
        watch: TroubleWatch,
    ) -> None:
        self._database = database
        self._sources = tuple(sources)
        self._settings = settings
        self._clock = clock
        self._watch = watch
        self._quotes: dict[tuple[str, TypeId], Quote] = {}
        self._wanted: set[TypeId] = set()
        self._rest: dict[str, _Rest] = {}

    async def load(self) -> None:
        """Take the stored quotes into memory."""
        async with self._database.read() as tx:
            stored = await load_quotes(tx)
        self._quotes = {(quote.source, quote.type_id): quote for quote in stored}

    def want(self, types: Iterable[TypeId]) -> None:
        """These were needed, and ESI's list has no trades of them."""
        if self._sources and len(self._wanted) < _MOST_WANTED:
            self._wanted.update(types)

    def best(self) -> dict[TypeId, Quote]:
        """The quote of the first source that has one, by type."""
        found: dict[TypeId, Quote] = {}
        for source in reversed(self._sources):
            for (name, type_id), quote in self._quotes.items():
                if name == source.name and quote.isk is not None:
                    found[type_id] = quote
        return found

    async def refresh(self, *, has_price: Callable[[TypeId], bool]) -> bool:
        """Ask for what is wanted and has no price of another kind; true when a new price came of it.

        What a source does wrong is told and never raises.
        """
        types = {type_id for type_id in self._wanted if not has_price(type_id)}
        better, left = False, set[TypeId]()
        for source in self._sources:
            due = sorted(t for t in types if self._due(source, t))
            if due and not self._is_resting(source):
                better |= await self._ask(source, due[: self._settings.quotes_at_once])
            left |= {t for t in due if self._due(source, t)}
            types = {t for t in types if not self._has(source, t)}
        self._wanted = left
        return better

    def _has(self, source: QuoteSource, type_id: TypeId) -> bool:
        quote = self._quotes.get((source.name, type_id))
        return quote is not None and quote.isk is not None and not self._is_old(quote)

    def _due(self, source: QuoteSource, type_id: TypeId) -> bool:
        quote = self._quotes.get((source.name, type_id))
        return quote is None or self._is_old(quote)

    def _is_old(self, quote: Quote) -> bool:
        return self._clock() - quote.fetched_at >= timedelta(hours=self._settings.quote_hours)

    async def _ask(self, source: QuoteSource, types: Sequence[TypeId]) -> bool:
        try:
            found = await source.fetch_quotes(types)
        except QuotesUnavailable as error:
            self._note_failure(source, error)
            return False
        self._rest.pop(source.name, None)
        self._watch.ends(Trouble.PRICES_OLD, subject=source.name)
        now = self._clock()
        quotes = [
            Quote(source=source.name, type_id=type_id, isk=isk, fetched_at=now)
            for type_id, isk in found.items()
        ]
        async with self._database.write() as tx:
            await save_quotes(tx, quotes)
        news = [q for q in quotes if q.isk is not None and q.isk != self._isk_of(q)]
        self._quotes |= {(quote.source, quote.type_id): quote for quote in quotes}
        priced = sum(quote.isk is not None for quote in quotes)
        log.info("hub prices fetched", source=source.name, types=len(quotes), priced=priced)
        return bool(news)

    def _isk_of(self, quote: Quote) -> float | None:
        known = self._quotes.get((quote.source, quote.type_id))
        return None if known is None else known.isk

    def _is_resting(self, source: QuoteSource) -> bool:
        rest = self._rest.get(source.name)
        return rest is not None and self._clock() < rest.until

    def _note_failure(self, source: QuoteSource, error: QuotesUnavailable) -> None:
        failures = self._rest[source.name].failures + 1 if source.name in self._rest else 1
        growing = _PATIENCE * 2 ** min(failures - 1, 5)
        wish = timedelta(seconds=error.retry_after or 0)
        self._rest[source.name] = _Rest(until=self._clock() + max(growing, wish), failures=failures)
        self._watch.begins(Trouble.PRICES_OLD, str(error), subject=source.name)
