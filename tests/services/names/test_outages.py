"""What ESI does wrong. The database is no part of it: one kind is enough."""

from collections.abc import AsyncIterator

import pytest
import structlog

from services.domain.names import NameBook
from services.names.service import NameService
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.factories import HandClock
from tests.fakes.esi import NAMES, FakeEsi, Fault
from tests.services.names.conftest import LONG, Restart, stored


@pytest.fixture
async def database(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=502, body=b"<html>bad gateway</html>", content_type="text/html"),
        Fault(status=429, headers={"Retry-After": "20"}),
        Fault(status=420, headers={"Retry-After": "20"}),
        Fault(status=400, body=b'{"error":"no"}'),
        Fault(status=200, body=b'{"not":"a list"}'),
        Fault(status=404, body=b"<html>lost</html>", content_type="text/html"),
    ],
    ids=lambda fault: f"{fault.status}-{fault.body[:8]!r}",
)
async def test_an_outage_asks_little_and_ends(
    service: NameService, esi: FakeEsi, clock: HandClock, fault: Fault
) -> None:
    esi.fail(NAMES, fault, fault)
    book = await service.book([1], wait_seconds=LONG)
    assert book == NameBook({}, frozenset({1})), "it may still come"
    assert (await service.book([2], wait_seconds=LONG)).names == {}
    assert len(esi.asked) == 1, "asked while ESI is to be left alone"
    clock.advance(seconds=100)
    assert (await service.book([1, 2], wait_seconds=LONG)).names == {}
    clock.advance(seconds=100)
    book = await service.book([1, 2], wait_seconds=LONG)
    assert (set(book.names), book.missing) == ({1, 2}, frozenset())
    assert (await service.book([3], wait_seconds=LONG)).name(3) == "Pilot 3"


async def test_what_was_found_before_the_outage_is_kept(
    service: NameService, esi: FakeEsi, database: Database
) -> None:
    del esi.names[4]
    # The whole lot: refused. The left half: answered. What is left of the right half: down.
    halves = Fault(
        body=b'[{"id":1,"name":"A","category":"alliance"},{"id":2,"name":"B","category":"x"}]'
    )
    refused = Fault(status=404, body=b'{"error":"Ensure all IDs are valid"}')
    esi.fail(NAMES, refused, halves, Fault(status=503))
    book = await service.book([1, 2, 3, 4], wait_seconds=LONG)
    assert set(book.names) == {1, 2}
    assert set(await stored(database)) == {1, 2}


async def test_without_a_network_nobody_is_asked(restart: Restart) -> None:
    offline = restart(None)
    with structlog.testing.capture_logs() as logs:
        book = await offline.book([1, 2])
    assert book == NameBook(), "nothing will come"
    assert logs == []
