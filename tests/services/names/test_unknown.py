"""Ids that ESI does not know, over a restart."""

from sqlalchemy import select

from services.domain.names import NameNews
from services.esi.client import EsiClient
from services.names.service import NameService
from services.storage.database import Database
from services.storage.tables import unknown_names
from tests.factories import HandClock
from tests.fakes.esi import FakeEsi
from tests.services.names.conftest import LONG, Restart


async def test_they_are_remembered_over_a_restart_and_asked_again_after_a_day(
    service: NameService,
    esi: FakeEsi,
    client: EsiClient,
    restart: Restart,
    clock: HandClock,
    database: Database,
) -> None:
    book = await service.book([1, 5001, 5002], wait_seconds=LONG)
    assert (set(book.names), book.missing) == ({1}, frozenset())
    asked = len(esi.asked)
    clock.advance(seconds=24 * 3600 - 5)
    again = restart(client)
    book = await again.book([5001, 5002], wait_seconds=LONG)
    assert (book.names, book.missing) == ({}, frozenset())
    news = await again.news([1, 5001])
    assert news == NameNews(named=frozenset({1}), unknown=frozenset({5001}))
    assert len(esi.asked) == asked
    clock.advance(seconds=10)
    esi.names[5001] = ("character", "Newborn")
    again = restart(client)
    assert (await again.book([5001, 5003], wait_seconds=LONG)).name(5001) == "Newborn"
    async with database.read() as tx:
        left = list(await tx.scalars(select(unknown_names.c.id)))
    assert left == [5003], "what is no longer believed is forgotten"


async def test_an_old_name_that_esi_forgot_is_not_asked_for_after_a_restart(
    service: NameService, esi: FakeEsi, client: EsiClient, restart: Restart, clock: HandClock
) -> None:
    await service.book([1], wait_seconds=LONG)
    del esi.names[1]
    clock.advance(seconds=31 * 86400)
    for asking in (service, restart(client), restart(client)):
        assert (await asking.book([1], wait_seconds=LONG)).name(1) == "Pilot 1"
        await asking.settle()
    assert len(esi.asked) == 2
