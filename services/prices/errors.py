"""What can go wrong with prices.

PriceError
├── BadPrices         an answer that is no price list, or far too short a one
└── BadTypicalLosses  a file of typical losses that cannot be read
"""

from services.domain.errors import WarRoomError


class PriceError(WarRoomError):
    """Prices cannot be used."""


class BadPrices(PriceError):
    """An answer that is no price list. The old prices stay."""


class BadTypicalLosses(PriceError):
    """The file of typical losses cannot be read."""
