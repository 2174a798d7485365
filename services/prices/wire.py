"""ESI's price list as it comes, `[{type_id, adjusted_price?, average_price?}]`, and nothing inwards of here."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from services.domain.ids import TypeId
from services.prices.errors import BadPrices

PATH = "/markets/prices"
_TYPE_IDS = range(1, 2**31)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPrice:
    """ESI's two figures for one type, in ISK a piece."""

    type_id: TypeId
    adjusted: float | None
    average: float | None


class _Row(msgspec.Struct):
    type_id: int
    adjusted_price: float | None = None
    average_price: float | None = None


_decoder = msgspec.json.Decoder(list[_Row], strict=False)


def read_prices(body: bytes) -> list[MarketPrice]:
    """Every type once, the last word holding; rows without a usable figure are left out.

    Raises:
        BadPrices: the body is no price list.
    """
    try:
        rows = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise BadPrices(f"ESI's price list cannot be read ({error})") from error
    return list(_usable(rows))


def _usable(rows: Iterable[_Row]) -> Iterable[MarketPrice]:
    by_type = {row.type_id: row for row in rows if row.type_id in _TYPE_IDS}
    for type_id, row in by_type.items():
        if (row.adjusted_price or 0) > 0 or (row.average_price or 0) > 0:
            yield MarketPrice(
                type_id=TypeId(type_id),
                adjusted=row.adjusted_price,
                average=row.average_price,
            )
