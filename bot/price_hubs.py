"""The market services that are asked for prices, put together."""

import aiohttp

from services.domain.clock import Clock
from services.domain.ids import TypeId
from services.prices.fuzzwork import Fuzzwork
from services.prices.janice import Janice
from services.prices.markets import MarketService
from services.prices.quotes import QuoteSource
from services.prices.settings import PriceSettings
from services.universe.universe import Universe


def build_hubs(
    settings: PriceSettings,
    session: aiohttp.ClientSession | None,
    universe: Universe,
    *,
    clock: Clock,
) -> list[QuoteSource]:
    """Who is asked for prices that ESI's list has not, best first."""
    if session is None:
        return []

    def name_of(type_id: TypeId) -> str | None:
        kind = universe.find_type(type_id)
        return kind.name if kind else None

    hubs: list[QuoteSource] = [Fuzzwork(MarketService(session, settings.fuzzwork_url, clock=clock))]
    if settings.janice_key is not None:
        key = {"X-ApiKey": settings.janice_key.get_secret_value()}
        janice = MarketService(session, settings.janice_url, clock=clock, headers=key)
        hubs.append(Janice(janice, name_of))
    return hubs
