"""Fuzzwork's aggregates of the orders at the trade hubs, for what ESI's list has no trades of.

The rule for one hub: the cheapest asks (5 % of what is on offer) where somebody also bids a fifth of that or more, or
where at least two ask; a lone ask that nobody answers is no price. Without asks the dearest bids. Hubs are asked in the
order of their size, each only for what the earlier ones had nothing of.
"""

from collections.abc import Collection

import msgspec

from services.domain.ids import TypeId
from services.prices.errors import QuotesUnavailable
from services.prices.markets import MarketService
from services.storage.statements import chunks

PATH = "/aggregates/"
HUBS = (60003760, 60008494, 60011866, 60004588, 60005686)
"""Jita, Amarr, Dodixie, Rens, Hek."""
_AT_ONCE = 200
_ANSWERED = 0.2
"""The share of an ask that a bid must reach to show that the ask is meant."""


class _Side(msgspec.Struct, frozen=True):
    percentile: float = 0.0
    order_count: float = msgspec.field(default=0.0, name="orderCount")


class _Aggregate(msgspec.Struct):
    buy: _Side = _Side()
    sell: _Side = _Side()


_decoder = msgspec.json.Decoder(dict[str, _Aggregate], strict=False)  # its numbers are strings


class Fuzzwork:
    """Market aggregates by type. No key."""

    name = "fuzzwork"

    def __init__(self, service: MarketService) -> None:
        self._service = service

    async def fetch_quotes(self, types: Collection[TypeId]) -> dict[TypeId, float | None]:
        """ISK a piece; None for what no hub trades. Every type asked for is in the answer.

        Raises:
            QuotesUnavailable: Fuzzwork does not answer, or with something else.
        """
        found: dict[TypeId, float | None] = dict.fromkeys(types)
        for hub in HUBS:
            missing = sorted(type_id for type_id, isk in found.items() if isk is None)
            for chunk in chunks(missing, _AT_ONCE):
                found |= await self._ask(hub, chunk)
        return found

    async def _ask(self, hub: int, types: Collection[TypeId]) -> dict[TypeId, float]:
        wanted = ",".join(str(type_id) for type_id in types)
        body = await self._service.fetch(PATH, params={"station": str(hub), "types": wanted})
        try:
            aggregates = _decoder.decode(body)
        except msgspec.DecodeError as error:
            raise QuotesUnavailable(f"Fuzzwork's answer cannot be read ({error})") from error
        quoted = {t: _worth(aggregates[str(t)]) for t in types if str(t) in aggregates}
        return {type_id: isk for type_id, isk in quoted.items() if isk is not None}


def _worth(aggregate: _Aggregate) -> float | None:
    ask, bid = aggregate.sell.percentile, aggregate.buy.percentile
    meant = aggregate.sell.order_count >= 2 or bid >= _ANSWERED * ask
    if ask > 0 and meant:
        return ask
    return bid if bid > 0 else None
