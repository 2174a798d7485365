"""Settings of prices."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class PriceSettings(BaseModel):
    """How prices are fetched and used."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    fuzzwork_url: str = "https://market.fuzzwork.co.uk"
    """Where Fuzzwork's aggregates live, without a slash at the end."""
    janice_url: str = "https://janice.e-351.com"
    """Where Janice lives, without a slash at the end."""
    janice_key: SecretStr | None = None
    """Your key of Janice's API (its maintainer gives them out). Without one Janice is not asked."""
    refresh_hours: float = Field(default=24.0, gt=0)
    """Hours after which the price list counts as old. Default a day: ESI's averages move by a few percent a day."""
    quote_hours: float = Field(default=24.0, ge=0.5)
    """Hours for which a hub's price (or that there is none) is believed. Default a day, as the list; Fuzzwork's own
    figures are half an hour old."""
    quotes_at_once: int = Field(default=1000, ge=1, le=10_000)
    """Types asked for in one round, at most. Default 1000: five requests a hub, and more than a usual week brings."""
    least_rows: int = Field(default=1000, ge=1)
    """Prices that an answer must hold to be believed. Default 1000: the market has more than ten thousand types."""
    least_share: float = Field(default=0.5, ge=0, le=1)
    """Share of the prices held that an answer must reach to be believed. Default half: types leave the market one by
    one, never by the thousand."""
    unpriced_share: float = Field(default=0.25, ge=0, le=1)
    """Share of a victim's item stacks that may be without a price for the sum to stand alone. Default a quarter: the
    odd abyssal module or festival item weighs little; with more than that missing, the sum is more a floor than an
    estimate."""
    revalue_days: float = Field(default=7.0, ge=0)
    """Days for which a killmail's estimate is made anew when better prices come. Default a week: what people still
    look at. 0 never does."""
    revalue_share: float = Field(default=0.05, ge=0)
    """Share by which an estimate must move to be replaced. Default 5 %: less is the market's daily noise."""
