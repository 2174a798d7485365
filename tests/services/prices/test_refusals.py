"""Answers that cannot be the market. The database is no part of it: one kind is enough."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.domain.trouble import Trouble
from services.prices.service import PriceService, Refresh
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.factories import HandClock
from tests.fakes.esi import PRICES, FakeEsi, Fault
from tests.services.prices.conftest import HOUR, Watch, isk, market, stored_rows


@pytest.fixture
async def database(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(body=b"<html>maintenance</html>", content_type="text/html"),
        Fault(body=b"[]", headers={"ETag": '"poison"'}),
        Fault(body=b'[{"type_id": 587, "average_price": 1.0}]', headers={"ETag": '"poison"'}),
        Fault(body=b'[{"type_id": 587, "average_price": 1.0}', cut=True),
        Fault(body=b'{"error": "no"}'),
        Fault(body=b'[{"type_id": 587, "average_price": "cheap"}]'),
        Fault(status=503),
        Fault(status=404),
        Fault(status=429, headers={"Retry-After": "30"}),
    ],
    ids=["html", "empty", "one row", "cut", "object", "no number", "503", "404", "429"],
)
async def test_garbage_is_refused_and_the_old_list_stays(
    service: PriceService,
    esi: FakeEsi,
    clock: HandClock,
    database: Database,
    watch: Watch,
    fault: Fault,
) -> None:
    await service.refresh()
    clock.advance(seconds=24 * HOUR)
    esi.prices = market(each=20.0)
    esi.fail(PRICES, fault, fault)
    for _ in range(2):
        assert await service.refresh() is Refresh.FAILED
        assert set(watch.open) == {(Trouble.PRICES_OLD, "")}
        assert isk(service) == 5020
        assert await stored_rows(database) == 1200
        clock.advance(seconds=HOUR)
    assert service.age() == timedelta(hours=26)
    assert await service.refresh() is Refresh.UPDATED
    assert not watch.open
    assert isk(service) == 10_040


async def test_a_fraction_of_the_list_is_refused(
    service: PriceService, esi: FakeEsi, clock: HandClock
) -> None:
    esi.prices = market(3000)
    await service.refresh()
    clock.advance(seconds=24 * HOUR)
    esi.prices = market(1499)
    assert await service.refresh() is Refresh.FAILED
    esi.prices = market(1500)
    assert await service.refresh() is Refresh.UPDATED


async def test_first_list_too_short_is_refused(service: PriceService, esi: FakeEsi) -> None:
    esi.prices = market(999)
    assert await service.refresh() is Refresh.FAILED
    assert service.age() is None
