"""Better prices after the fact: what is stored and what was posted follow; nobody is told anything new."""

from dataclasses import replace

import msgspec
import pytest

from services.domain.alert import AlertKind
from services.domain.battle import BattleSearch
from services.domain.ids import ChannelId, KillmailId, TypeId
from services.domain.isk import UNKNOWN_VALUE, Value, ValueSource
from services.domain.killmail import Item, Killmail
from services.domain.message import KillMessage
from services.esi.client import EsiAnswer
from services.killmails.store import load_killmails
from services.prices.service import PriceService, Refresh
from services.prices.settings import PriceSettings
from services.prices.typical import TypicalValues
from services.revaluing import Revaluing, is_better
from services.storage.database import Database
from tests.factories import FRIGATE, mail, request
from tests.services.newsroom import Newsroom, channel

GUN, ABYSSAL = TypeId(10), TypeId(11)
ESTIMATE, TYPICAL, ZKB = ValueSource.ESTIMATE, ValueSource.TYPICAL, ValueSource.ZKB


def value(isk: float | None, source: ValueSource = ESTIMATE, unpriced: int = 0) -> Value:
    return Value(isk=isk, source=source, unpriced=unpriced)


@pytest.mark.parametrize(
    ("new", "old", "wanted"),
    [
        (value(5.0), UNKNOWN_VALUE, True),
        (value(5.0, TYPICAL), UNKNOWN_VALUE, True),
        (UNKNOWN_VALUE, value(5.0), False),
        (value(5.0), value(5.0, TYPICAL), True),
        (value(500.0, TYPICAL), value(5.0), False),
        (value(104.0), value(100.0), False),
        (value(106.0), value(100.0), True),
        (value(94.0), value(100.0), True),
        (value(100.0, unpriced=1), value(100.0, unpriced=2), True),
        (value(200.0, unpriced=3), value(100.0, unpriced=2), False),
        (value(900.0), value(100.0, ZKB), False),
        (value(100.0), value(100.0), False),
        (replace(value(100.0), dropped=40.0), value(100.0), False),
    ],
)
def test_what_is_better(new: Value, old: Value, wanted: bool) -> None:
    assert is_better(new, old, share=0.05) is wanted


class Market:
    """ESI's list, as it is set."""

    def __init__(self) -> None:
        self.prices: dict[int, float] = {}

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        rows = [{"type_id": t, "average_price": isk} for t, isk in self.prices.items()]
        body = msgspec.json.encode(rows)
        return EsiAnswer(status=200, body=body, etag=None, expires_at=None)


class Shop:
    """A newsroom with prices."""

    def __init__(self, database: Database) -> None:
        self.newsroom = Newsroom(database)
        self.market = Market()
        self.prices = PriceService(
            database,
            self.market,
            typical=TypicalValues({FRIGATE: 2_000_000}, {}),
            group_of=lambda _: None,
            is_mutated=lambda type_id: type_id == ABYSSAL,
            settings=PriceSettings(least_rows=1, least_share=0),
            clock=self.newsroom.clock,
        )
        self.pipeline = self.newsroom.make_pipeline(price=self.prices.value_of)
        self.newsroom.pipeline = self.pipeline
        self.revaluing = Revaluing(
            database,
            self.prices,
            self.pipeline,
            settings=PriceSettings(revalue_days=7),
            clock=self.newsroom.clock,
        )

    async def new_prices(self, **prices: float) -> int:
        self.market.prices = {int(name[1:]): isk for name, isk in prices.items()}
        assert await self.prices.refresh() is Refresh.UPDATED
        return await self.revaluing.run()

    async def stored(self, number: int) -> Value:
        async with self.newsroom.database.read() as tx:
            (found,) = await load_killmails(tx, [KillmailId(number)])
        return found.value


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


def loss(number: int, minutes: float, *items: TypeId) -> Killmail:
    found = mail(number, minutes, "A1", "B1")
    carried = tuple(Item(type_id=kind, flag=5, destroyed=2) for kind in items)
    return replace(found, victim=replace(found.victim, items=carried))


async def test_stored_estimates_follow_the_prices(shop: Shop) -> None:
    known = replace(loss(3, 3), value=value(7.0, ZKB))
    await shop.newsroom.take(loss(1, 1, GUN, GUN, GUN, GUN), loss(2, 2, *[GUN] * 4, ABYSSAL), known)
    assert await shop.stored(1) == value(2_000_000, TYPICAL)
    shop.newsroom.clock.advance(hours=5)
    assert await shop.new_prices(t587=1000, t10=50) == 2
    nothing_dropped = replace(value(1400), dropped=0.0)
    assert await shop.stored(1) == nothing_dropped
    assert await shop.stored(2) == replace(nothing_dropped, unpriced=1)
    assert await shop.stored(3) == value(7.0, ZKB)
    assert await shop.new_prices(t587=1010, t10=50) == 0, "the market's noise"
    assert await shop.stored(1) == nothing_dropped
    assert await shop.new_prices(t587=2000, t10=50) == 2
    shop.newsroom.clock.advance(days=8)
    assert await shop.new_prices(t587=9000, t10=50) == 0, "too long ago for anybody to look at"


async def test_posted_cards_and_battles_follow_and_nothing_new_is_told(shop: Shop) -> None:
    newsroom = shop.newsroom
    await newsroom.alerts.add(request(min_isk=1e6))
    await newsroom.alerts.add(request(AlertKind.KILLS, min_isk=1e8, channel_id=ChannelId(71)))
    fight = [mail(n, n, f"A{n}", "B1", "B2", "B3") for n in range(1, 6)]
    await newsroom.take(*fight)
    await newsroom.drain()
    posted = await newsroom.states()
    assert len(posted) == 5
    newsroom.clock.advance(minutes=20)
    assert await shop.new_prices(t587=5e8) == 5
    assert set(await newsroom.states()) == set(posted), "a floor that is met later by our own guess"
    await newsroom.drain(seconds=120)
    kills = [m for m in newsroom.channels.read(channel()) if isinstance(m, KillMessage)]
    assert [m.kill.value.isk for m in kills] == [5e8] * 5
    (battle,) = await newsroom.battles.search(BattleSearch())
    assert battle.isk_destroyed.isk == 5 * 5e8
