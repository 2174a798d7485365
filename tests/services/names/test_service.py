import asyncio
from datetime import timedelta

import pytest

from services.domain.names import EntityName
from services.esi.client import EsiClient
from services.names.service import NameService
from services.storage.database import Database
from tests.factories import HandClock
from tests.fakes.esi import FakeEsi, Fault
from tests.services.names.conftest import LONG, Restart, stored


async def test_asked_once_then_remembered_then_stored(
    service: NameService, esi: FakeEsi, database: Database, client: EsiClient, restart: Restart
) -> None:
    book = await service.book([1, 2, 2, 500001, 0, -3], wait_seconds=LONG)
    assert book.name(1) == "Pilot 1"
    assert book.name(500001) == "Caldari State"
    assert set(book.names) == {1, 2, 500001}
    assert [asked.payload for asked in esi.asked] == [[1, 2]]
    assert await stored(database) == {
        1: ("character", "Pilot 1", None),
        2: ("character", "Pilot 2", None),
    }
    assert set((await service.book([1, 2], wait_seconds=0)).names) == {1, 2}
    restarted = restart(client)
    assert set((await restarted.book([1, 2], wait_seconds=0)).names) == {1, 2}
    assert len(esi.asked) == 1


async def test_thousands_go_in_batches(service: NameService, esi: FakeEsi) -> None:
    book = await service.book(range(1, 2001), wait_seconds=LONG)
    assert len(book.names) == 2000
    assert [len(asked.payload) for asked in esi.asked] == [1000, 1000]


async def test_unknown_ids_are_found_and_not_asked_again_for_a_day(
    service: NameService, esi: FakeEsi, clock: HandClock
) -> None:
    bad = {3, 4, 77, 500, 1000}
    for entity_id in bad:
        del esi.names[entity_id]
    book = await service.book(range(1, 1001), wait_seconds=LONG)
    assert set(range(1, 1001)) - set(book.names) == bad
    assert book.name(77) == "#77"
    asked = len(esi.asked)
    clock.advance(seconds=24 * 3600 - 5)
    await service.book(bad, wait_seconds=LONG)
    assert len(esi.asked) == asked
    clock.advance(seconds=10)
    esi.names[77] = ("character", "Newborn")
    assert (await service.book([77], wait_seconds=LONG)).name(77) == "Newborn"


async def test_two_callers_at_once_ask_once(service: NameService, esi: FakeEsi) -> None:
    esi.open.clear()
    callers = [
        asyncio.create_task(service.book(ids, wait_seconds=LONG))
        for ids in ([1, 2, 3], [3, 2], [3, 4])
    ]
    await esi.arrivals(2)
    esi.open.set()
    books = await asyncio.gather(*callers)
    assert [set(book.names) for book in books] == [{1, 2, 3}, {2, 3}, {3, 4}]
    ids = [entity_id for asked in esi.asked for entity_id in asked.payload]
    assert sorted(ids) == [1, 2, 3, 4]


async def test_who_stops_waiting_still_gets_it_stored(
    service: NameService, esi: FakeEsi, database: Database
) -> None:
    esi.open.clear()
    assert (await service.book([1], wait_seconds=0.01)).names == {}
    assert (await service.book([1], wait_seconds=0)).names == {}
    caller = asyncio.create_task(service.book([1], wait_seconds=LONG))
    await esi.arrivals(1)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    esi.open.set()
    await service.settle()
    assert set(await stored(database)) == {1}
    assert (await service.book([1], wait_seconds=0)).name(1) == "Pilot 1"
    assert len(esi.asked) == 1


async def test_old_names_are_shown_and_asked_for_again(
    service: NameService, esi: FakeEsi, clock: HandClock
) -> None:
    await service.book([1], wait_seconds=LONG)
    esi.names[1] = ("character", "Renamed")
    clock.advance(seconds=29 * 86400)
    await service.book([1], wait_seconds=LONG)
    await service.settle()
    assert len(esi.asked) == 1
    clock.advance(seconds=2 * 86400)
    assert (await service.book([1], wait_seconds=LONG)).name(1) == "Pilot 1"
    await service.settle()
    assert (await service.book([1], wait_seconds=0)).name(1) == "Renamed"
    assert len(esi.asked) == 2


async def test_old_name_that_esi_forgot_stays(
    service: NameService, esi: FakeEsi, clock: HandClock
) -> None:
    await service.book([1], wait_seconds=LONG)
    del esi.names[1]
    clock.advance(seconds=31 * 86400)
    for _ in range(3):
        assert (await service.book([1], wait_seconds=LONG)).name(1) == "Pilot 1"
        await service.settle()
    assert len(esi.asked) == 2


async def test_seeds_are_used_and_never_beat_what_esi_said(
    service: NameService, restart: Restart
) -> None:
    await service.book([1], wait_seconds=LONG)
    await service.seed([(1, "character", "Stale", "OLD"), (9001, "alliance", "Shipped", "SHP")])
    book = await restart(None).book([1, 9001])  # nobody asks ESI for more meanwhile
    assert book.names == {
        1: EntityName(name="Pilot 1", ticker="OLD"),
        9001: EntityName(name="Shipped", ticker="SHP"),
    }
    await service.seed([(9001, "alliance", "Shipped anew", None)])
    offline = restart(None)
    assert (await offline.book([9001])).names[9001] == EntityName(name="Shipped anew", ticker="SHP")


async def test_fresh_name_replaces_a_seed_and_keeps_its_ticker(
    service: NameService, esi: FakeEsi
) -> None:
    esi.names[9001] = ("alliance", "Renamed Alliance")
    esi.fail("/alliances/9001", Fault(status=404, body=b'{"error":"not found"}'))
    await service.seed([(9001, "alliance", "Shipped", "SHP")])
    assert (await service.book([9001], wait_seconds=LONG)).name(9001) == "Shipped"
    await service.settle()
    book = await service.book([9001], wait_seconds=0)
    assert book.names[9001] == EntityName(name="Renamed Alliance", ticker="SHP")


async def test_seed_of_a_known_day_is_believed_until_it_is_old(
    service: NameService, esi: FakeEsi, clock: HandClock
) -> None:
    await service.seed([(1, "character", "Lately", None)], as_of=clock() - timedelta(days=5))
    assert (await service.book([1], wait_seconds=LONG)).name(1) == "Lately"
    await service.settle()
    assert esi.asked == []


async def test_closing_ends_what_is_under_way(
    service: NameService, esi: FakeEsi, database: Database
) -> None:
    esi.open.clear()
    waiting = asyncio.create_task(service.book([1], wait_seconds=LONG))
    await esi.arrivals(1)
    await service.aclose()
    assert (await waiting).names == {}
    assert (await service.book([2], wait_seconds=LONG)).names == {}
    assert await stored(database) == {}


async def test_big_store_and_odd_texts(service: NameService, database: Database) -> None:
    odd = "Ünï'); DROP TABLE names;-- " + "x" * 300
    await service.seed([(i, "corporation", f"Corp {i}", "T") for i in range(1, 1500)])
    await service.seed([(5000, "character", odd, None)])
    book = await service.book([*range(1, 1500), 5000], wait_seconds=0)
    assert len(book.names) == 1500
    assert book.name(5000) == odd[:255]
