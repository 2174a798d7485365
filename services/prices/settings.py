"""Settings of prices."""

from pydantic import BaseModel, ConfigDict, Field


class PriceSettings(BaseModel):
    """How prices are fetched and used."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    refresh_hours: float = Field(default=24.0, gt=0)
    """Hours after which the price list counts as old. Default a day: ESI's averages move by a few percent a day."""
    least_rows: int = Field(default=1000, ge=1)
    """Prices that an answer must hold to be believed. Default 1000: the market has more than ten thousand types."""
    least_share: float = Field(default=0.5, ge=0, le=1)
    """Share of the prices held that an answer must reach to be believed. Default half: types leave the market one by
    one, never by the thousand."""
    unpriced_share: float = Field(default=0.25, ge=0, le=1)
    """Share of a victim's item stacks that may be without a price for the sum to stand alone. Default a quarter: the
    odd abyssal module or festival item weighs little; with more than that missing, the sum is more a floor than an
    estimate."""
