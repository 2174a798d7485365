import asyncio
from datetime import timedelta

from services.domain.ids import TypeId
from services.domain.isk import Value, ValueSource
from services.prices.service import PriceService, Refresh
from services.storage.database import Database
from services.storage.tables import prices as prices_table
from tests.factories import HandClock
from tests.fakes.esi import FakeEsi
from tests.services.prices.conftest import CAPSULE, HOUR, Restart, isk, mail, market, stored_rows


async def test_before_the_first_list_losses_are_typical(service: PriceService) -> None:
    assert service.age() is None
    assert service.is_due()
    valued = service.value_of(mail())
    assert valued.value == Value(isk=4_000_000, source=ValueSource.TYPICAL)
    assert isk(service, CAPSULE) == 10_000
    stranger = mail(TypeId(5))
    assert service.value_of(stranger) is stranger


async def test_refresh_stores_and_values(
    service: PriceService, restart: Restart, clock: HandClock, database: Database
) -> None:
    assert await service.refresh() is Refresh.UPDATED
    assert isk(service) == 5020
    assert isk(service, CAPSULE) == 10_000
    assert await stored_rows(database) == 1200
    clock.advance(seconds=5 * HOUR)
    again = restart()
    await again.load()
    assert isk(again) == 5020
    assert again.age() == timedelta(hours=5)
    assert not again.is_due()
    clock.advance(seconds=19 * HOUR)
    assert again.is_due()


async def test_a_value_from_the_feed_stays(service: PriceService) -> None:
    await service.refresh()
    for isk_then in (0.0, 123.0):
        valued = mail(value=Value(isk=isk_then, source=ValueSource.ZKB))
        assert service.value_of(valued) is valued


async def test_unchanged_list_is_confirmed_without_fetching_it(
    service: PriceService, restart: Restart, esi: FakeEsi, clock: HandClock
) -> None:
    await service.refresh()
    clock.advance(seconds=24 * HOUR)
    again = restart()
    await again.load()
    assert await again.refresh() is Refresh.UNCHANGED
    assert [asked.status for asked in esi.asked] == [200, 304]
    assert again.age() == timedelta(0)
    assert isk(again) == 5020
    latest = restart()
    await latest.load()
    assert latest.age() == timedelta(0)


async def test_not_asked_before_the_answer_expires(
    service: PriceService, esi: FakeEsi, clock: HandClock
) -> None:
    await service.refresh()
    clock.advance(seconds=HOUR - 1)
    assert await service.refresh() is Refresh.UNCHANGED
    assert len(esi.asked) == 1
    clock.advance(seconds=1)
    await service.refresh()
    assert len(esi.asked) == 2


async def test_new_list_replaces_the_old_one(
    service: PriceService, esi: FakeEsi, clock: HandClock, database: Database
) -> None:
    await service.refresh()
    clock.advance(seconds=24 * HOUR)
    esi.prices = market(1100, each=20.0)
    assert await service.refresh() is Refresh.UPDATED
    assert isk(service) == 10_040
    assert await stored_rows(database) == 1100


async def test_etag_without_a_list_is_not_sent(
    service: PriceService, restart: Restart, esi: FakeEsi, clock: HandClock, database: Database
) -> None:
    await service.refresh()
    async with database.write() as tx:
        await tx.execute(prices_table.delete())
    clock.advance(seconds=24 * HOUR)
    again = restart()
    await again.load()
    assert await again.refresh() is Refresh.UPDATED
    assert isk(again) == 5020


async def test_two_processes_may_refresh_at_once(
    service: PriceService, restart: Restart, database: Database
) -> None:
    outcomes = await asyncio.gather(service.refresh(), restart().refresh(), restart().refresh())
    assert set(outcomes) == {Refresh.UPDATED}
    assert await stored_rows(database) == 1200
