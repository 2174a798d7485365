"""Every price at hand, each from the best source that has one (rule 1 of `services.prices.rules`)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from services.domain.ids import TypeId
from services.domain.isk import Price, PriceSource
from services.prices.store import Quote
from services.prices.wire import MarketPrice

IsMutated = Callable[[TypeId], bool]
"""True for a type whose every piece is one of a kind."""

MUTATED_META_GROUP = 15
"""The game's meta group of mutated things, and of the mutaplasmids that make them, which are traded as usual."""
MUTATED_CATEGORIES = frozenset({7, 18})
"""Modules and drones."""


class PriceTable:
    """Made anew whenever a source has news."""

    def __init__(
        self,
        listed: Sequence[MarketPrice],
        quotes: Mapping[TypeId, Quote],
        *,
        confirmed_at: datetime | None,
        is_mutated: IsMutated,
    ) -> None:
        self._average = _positive((row.type_id, row.average) for row in listed)
        self._adjusted = _positive((row.type_id, row.adjusted) for row in listed)
        self._quotes = quotes
        self._confirmed_at = confirmed_at
        hubs = _positive((type_id, quote.isk) for type_id, quote in quotes.items())
        merged = self._adjusted | hubs | self._average
        self.isk = {type_id: isk for type_id, isk in merged.items() if not is_mutated(type_id)}
        """ISK a piece by type."""

    def is_traded(self, type_id: TypeId) -> bool:
        """ESI's list has trades of it: nobody else needs to be asked."""
        return type_id in self._average

    def find(self, type_id: TypeId) -> Price | None:
        """The price with its source and age."""
        isk = self.isk.get(type_id)
        if isk is None:
            return None
        quote = self._quotes.get(type_id)
        if type_id not in self._average and quote is not None and quote.isk is not None:
            return Price(isk=isk, source=PriceSource(quote.source), as_of=quote.fetched_at)
        assert self._confirmed_at is not None, "a list that nobody confirmed"
        traded = type_id in self._average
        source = PriceSource.ESI_AVERAGE if traded else PriceSource.ESI_ADJUSTED
        return Price(isk=isk, source=source, as_of=self._confirmed_at)


def _positive(rows: Iterable[tuple[TypeId, float | None]]) -> dict[TypeId, float]:
    return {type_id: isk for type_id, isk in rows if isk is not None and isk > 0}
