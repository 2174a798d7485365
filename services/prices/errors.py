"""What can go wrong with prices.

PriceError
├── BadPrices         an answer that is no price list, or far too short a one
├── QuotesUnavailable a market service has no usable answer now
└── BadTypicalLosses  a file of typical losses that cannot be read
"""

from services.domain.errors import WarRoomError


class PriceError(WarRoomError):
    """Prices cannot be used."""


class BadPrices(PriceError):
    """An answer that is no price list. The old prices stay."""


class QuotesUnavailable(PriceError):
    """No usable answer from a market service. `retry_after` is in seconds, None where nobody said."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class BadTypicalLosses(PriceError):
    """The file of typical losses cannot be read."""
