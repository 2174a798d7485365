"""Janice's prices at Jita, for operators who have a key; asked last, for what nobody else knows."""

from collections.abc import Callable, Collection

import msgspec

from services.domain.ids import TypeId
from services.prices.errors import QuotesUnavailable
from services.prices.markets import MarketService
from services.storage.statements import chunks

PATH = "/api/rest/v2/pricer"
_JITA = "2"
_AT_ONCE = 100


class _Prices(msgspec.Struct, frozen=True, rename="camel"):
    split_price: float = 0.0
    sell_price: float = 0.0


class _Item(msgspec.Struct):
    eid: int


class _Row(msgspec.Struct, rename="camel"):
    item_type: _Item
    top5_average_prices: _Prices = msgspec.field(default=_Prices(), name="top5AveragePrices")


_decoder = msgspec.json.Decoder(list[_Row])


class Janice:
    """Prices by type, asked by name. `name_of`: a type's English name; None for one that nobody knows."""

    name = "janice"

    def __init__(self, service: MarketService, name_of: Callable[[TypeId], str | None]) -> None:
        self._service = service
        self._name_of = name_of

    async def fetch_quotes(self, types: Collection[TypeId]) -> dict[TypeId, float | None]:
        """ISK a piece, midway between bids and asks; None for what has no market. Every type is in the answer.

        Raises:
            QuotesUnavailable: Janice does not answer, refuses the key, or answers with something else.
        """
        found: dict[TypeId, float | None] = dict.fromkeys(types)
        named = {type_id: self._name_of(type_id) for type_id in sorted(types)}
        for chunk in chunks([name for name in named.values() if name], _AT_ONCE):
            for row in await self._ask("\n".join(chunk)):
                type_id = TypeId(row.item_type.eid)
                prices = row.top5_average_prices
                if type_id in found:
                    found[type_id] = (
                        max(prices.split_price, 0.0) or max(prices.sell_price, 0.0) or None
                    )
        return found

    async def _ask(self, names: str) -> list[_Row]:
        body = await self._service.fetch(PATH, params={"market": _JITA}, text=names)
        try:
            return _decoder.decode(body)
        except msgspec.DecodeError as error:
            raise QuotesUnavailable(f"Janice's answer cannot be read ({error})") from error
