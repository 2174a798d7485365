"""Prices from the hubs: who is asked for what, what is believed, and what a source's fault costs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from services.domain.ids import TypeId
from services.domain.isk import PriceSource, Value, ValueSource
from services.domain.killmail import Item
from services.domain.trouble import Trouble
from services.prices.fuzzwork import Fuzzwork
from services.prices.janice import Janice
from services.prices.markets import MarketService
from services.prices.quotes import QuoteSource
from services.prices.service import PriceService, Refresh
from tests.factories import HandClock
from tests.fakes.esi import FakeEsi
from tests.fakes.markets import JITA, KEY, FakeMarkets
from tests.services.prices.conftest import MUTATED, RIFTER, Restart, Watch, mail

RARE, RARER, UNKNOWN = TypeId(30_001), TypeId(30_002), TypeId(30_003)
AMARR, HOUR = 60008494, 3600
NAMES = {RARE: "Rare Thing", RARER: "Rarer Thing", UNKNOWN: "Unknown Thing", MUTATED: "Mutated"}


@pytest.fixture
async def markets() -> AsyncIterator[FakeMarkets]:
    async with FakeMarkets().serve() as fake:
        yield fake


@pytest.fixture
async def hubs(markets: FakeMarkets, clock: HandClock) -> AsyncIterator[list[QuoteSource]]:
    async with aiohttp.ClientSession() as session:
        fuzzwork = MarketService(session, markets.url, clock=clock, sleep=clock.sleep)
        janice = MarketService(
            session, markets.url, clock=clock, headers={"X-ApiKey": KEY}, sleep=clock.sleep
        )
        yield [Fuzzwork(fuzzwork), Janice(janice, NAMES.get)]


@pytest.fixture
async def service(restart: Restart, hubs: list[QuoteSource]) -> PriceService:
    made = restart(hubs=hubs)
    await made.load()
    await made.refresh()
    return made


def carrying(*types: TypeId, copy: bool = False) -> tuple[Item, ...]:
    return tuple(Item(type_id=type_id, flag=5, destroyed=1, copy=copy) for type_id in types)


def lost(service: PriceService, *items: Item) -> Value:
    """A Rifter (5,000 ISK) with ten priced modules (10 ISK each) and these."""
    loss = mail(items=10)
    victim = replace(loss.victim, items=(*loss.victim.items, *items))
    return service.value_of(replace(loss, victim=victim)).value


async def test_what_the_list_has_no_trades_of_comes_from_the_hubs(
    service: PriceService, markets: FakeMarkets, clock: HandClock, restart: Restart
) -> None:
    markets.orders = {(JITA, RARE): (700.0, 5, 600.0), (AMARR, RARER): (90.0, 2, 0.0)}
    assert lost(service, *carrying(RARE, RARER)) == Value(
        isk=5100.0, source=ValueSource.ESTIMATE, unpriced=2, dropped=100.0
    )
    assert await service.refresh_quotes()
    assert lost(service, *carrying(RARE, RARER)) == Value(
        isk=5890.0, source=ValueSource.ESTIMATE, dropped=100.0
    )
    price = service.find_price(RARE)
    assert price is not None
    assert (price.isk, price.source, price.as_of) == (700.0, PriceSource.FUZZWORK, clock())
    # What the list has trades of is not asked for; ESI's smoothed figure is, since a hub knows better.
    assert str(RIFTER) not in markets.asked_for(str(JITA))[0]
    assert str(RARE) not in markets.asked_for(str(AMARR))[0], "Jita had it"

    again = restart()
    await again.load()
    assert again.find_price(RARE) is None, "without hubs, their old prices are nobody's"


async def test_quotes_outlive_a_restart_and_are_believed_for_a_day(
    service: PriceService,
    markets: FakeMarkets,
    clock: HandClock,
    restart: Restart,
    hubs: list[QuoteSource],
) -> None:
    markets.orders = {(JITA, RARE): (700.0, 5, 600.0)}
    lost(service, *carrying(RARE, UNKNOWN))
    await service.refresh_quotes()
    asked = len(markets.asked)
    again = restart(hubs=hubs)
    await again.load()
    lost(again, *carrying(RARE, UNKNOWN))
    assert not await again.refresh_quotes()
    assert len(markets.asked) == asked, "that nobody trades it is an answer too"
    clock.advance(seconds=24 * HOUR)
    markets.orders = {(JITA, RARE): (800.0, 5, 600.0)}
    assert lost(again, *carrying(RARE)).isk == 5800.0, "an old price is better than none"
    assert await again.refresh_quotes()
    assert lost(again, *carrying(RARE)).isk == 5900.0


async def test_janice_is_asked_last_and_by_name(
    service: PriceService, markets: FakeMarkets
) -> None:
    markets.orders = {(JITA, RARE): (700.0, 5, 600.0)}
    markets.janice = {"Rarer Thing": (RARER, 40.0, 50.0)}
    lost(service, *carrying(RARE, RARER, UNKNOWN))
    assert await service.refresh_quotes()
    names = markets.asked_for("janice")[0]
    assert "Rarer Thing" in names
    assert "Unknown Thing" in names
    assert "Rare Thing" not in names
    price = service.find_price(RARER)
    assert price is not None
    assert (price.isk, price.source) == (40.0, PriceSource.JANICE)
    assert service.find_price(UNKNOWN) is None


async def test_copies_and_mutated_modules_are_unknown_not_nothing(
    service: PriceService, markets: FakeMarkets
) -> None:
    markets.orders = {(JITA, MUTATED): (1e9, 5, 1e9), (JITA, RARE): (700.0, 5, 600.0)}
    markets.janice = {"Mutated": (MUTATED, 1e9, 1e9)}
    value = lost(service, *carrying(MUTATED), *carrying(RARE, copy=True))
    await service.refresh_quotes()
    assert lost(service, *carrying(MUTATED), *carrying(RARE, copy=True)) == value
    assert value == Value(isk=5100.0, source=ValueSource.ESTIMATE, unpriced=2, dropped=100.0)
    assert not any(str(MUTATED) in wanted for _, wanted in markets.asked)


@pytest.mark.parametrize(
    ("orders", "wanted"),
    [
        ((700.0, 5, 600.0), 700.0),
        ((700.0, 2, 0.0), 700.0),
        ((700.0, 1, 140.0), 700.0),
        ((7e12, 1, 3.0), 3.0),
        ((7e12, 1, 0.0), None),
        ((0.0, 0, 30.0), 30.0),
        ((0.0, 0, 0.0), None),
    ],
    ids=[
        "asks and bids",
        "two ask",
        "a lone ask that is answered",
        "a lone ask that is not",
        "nobody bids",
        "bids alone",
        "no orders",
    ],
)
async def test_what_a_hub_says(
    service: PriceService,
    markets: FakeMarkets,
    orders: tuple[float, int, float],
    wanted: float | None,
) -> None:
    markets.orders = {(JITA, RARE): orders}
    lost(service, *carrying(RARE))
    await service.refresh_quotes()
    price = service.find_price(RARE)
    assert (price.isk if price else None) == wanted


@pytest.mark.parametrize(
    "fault",
    [
        lambda: web.Response(status=503),
        lambda: web.Response(text="<html>", content_type="text/html"),
        lambda: web.Response(text='{"30001": {"buy": "no"}}'),
        lambda: web.Response(text='[{"cut'),
        lambda: web.Response(status=302, headers={"Location": "/elsewhere"}),
    ],
    ids=["503", "html", "shape", "cut", "redirect"],
)
async def test_a_fault_costs_nothing_and_the_source_is_left_alone(
    service: PriceService, markets: FakeMarkets, clock: HandClock, watch: Watch, fault: object
) -> None:
    markets.janice = {"Rare Thing": (RARE, 40.0, 50.0)}
    markets.orders = {(JITA, RARE): (700.0, 5, 600.0)}
    markets.faults.append(fault())  # type: ignore[operator]
    lost(service, *carrying(RARE))
    assert await service.refresh_quotes(), "Janice answered"
    assert (Trouble.PRICES_OLD, "fuzzwork") in watch.open
    asked = len(markets.asked_for(str(JITA)))
    clock.advance(minutes=29)
    lost(service, *carrying(RARE))
    await service.refresh_quotes()
    assert len(markets.asked_for(str(JITA))) == asked
    clock.advance(minutes=2)
    lost(service, *carrying(RARE))
    assert await service.refresh_quotes()
    price = service.find_price(RARE)
    assert price is not None
    assert price.source is PriceSource.FUZZWORK
    assert not watch.open


async def test_many_types_go_in_lawful_portions(
    service: PriceService, markets: FakeMarkets, clock: HandClock
) -> None:
    many = [TypeId(40_000 + n) for n in range(450)]
    markets.orders = {(JITA, type_id): (1.0, 3, 1.0) for type_id in many}
    lost(service, *carrying(*many))
    before = clock()
    assert await service.refresh_quotes()
    portions = [len(wanted) for wanted in markets.asked_for(str(JITA))]
    assert sum(portions) >= 450
    assert max(portions) <= 200
    assert clock() - before >= timedelta(seconds=len(markets.asked) - 1), "one request a second"


async def test_the_list_goes_before_the_hubs(
    service: PriceService, markets: FakeMarkets, esi: FakeEsi, clock: HandClock
) -> None:
    markets.orders = {(JITA, RARE): (700.0, 5, 600.0)}
    lost(service, *carrying(RARE))
    await service.refresh_quotes()
    clock.advance(seconds=24 * HOUR)
    esi.prices = [*esi.prices, {"type_id": RARE, "average_price": 650.0, "adjusted_price": 1.0}]
    assert await service.refresh() is Refresh.UPDATED
    price = service.find_price(RARE)
    assert price is not None
    assert (price.isk, price.source) == (650.0, PriceSource.ESI_AVERAGE)
