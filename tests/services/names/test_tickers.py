"""Tickers over HTTP, from a stand-in of ESI."""

import asyncio

import pytest

from services.domain.names import EntityName
from services.esi.client import EsiClient
from services.names import tickers
from services.names.service import NameService
from services.storage.database import Database
from tests.factories import HandClock
from tests.fakes.esi import NAMES, FakeEsi, Fault
from tests.services.names.conftest import LONG, Restart, stored

GOONS, BRAVE, NPC, GONE = 1354830081, 98169165, 1000125, 99_999_999
ALLIANCE, CORPORATION = f"/alliances/{GOONS}", f"/corporations/{BRAVE}"


@pytest.fixture
def esi(esi: FakeEsi) -> FakeEsi:
    esi.names[GOONS] = ("alliance", "Goonswarm Federation")
    esi.names[BRAVE] = ("corporation", "Brave Newbies Inc.")
    esi.names[NPC] = ("corporation", "CONCORD")
    esi.tickers = {GOONS: "CONDI", BRAVE: "BNI"}
    return esi


def paths(esi: FakeEsi) -> list[str]:
    return [asked.path for asked in esi.asked if asked.path != NAMES]


async def test_a_new_organisation_comes_with_its_ticker_and_is_asked_once(
    service: NameService, esi: FakeEsi, database: Database, client: EsiClient, restart: Restart
) -> None:
    book = await service.book([GOONS, BRAVE, NPC, 1], wait_seconds=LONG)
    assert book.names == {
        GOONS: EntityName(name="Goonswarm Federation", ticker="CONDI"),
        BRAVE: EntityName(name="Brave Newbies Inc.", ticker="BNI"),
        NPC: EntityName(name="CONCORD"),
        1: EntityName(name="Pilot 1"),
    }
    assert sorted(paths(esi)) == [ALLIANCE, CORPORATION], "pilots and NPCs have none"
    assert (await stored(database))[GOONS] == ("alliance", "Goonswarm Federation", "CONDI")
    for asking in (service, restart(client)):
        await asking.book([GOONS, BRAVE, NPC, 1], wait_seconds=LONG)
        await asking.settle()
        await asking.aclose()
    assert len(esi.asked) == 3


async def test_nobody_waits_longer_than_they_said(service: NameService, esi: FakeEsi) -> None:
    await service.book([1], wait_seconds=LONG)
    await service.seed([(GOONS, "alliance", "Goonswarm Federation", None)])
    esi.open.clear()
    assert (await service.book([GOONS], wait_seconds=0.01)).names[GOONS].ticker is None
    esi.open.set()
    await service.settle()
    assert (await service.book([GOONS], wait_seconds=0)).names[GOONS].ticker == "CONDI"
    assert paths(esi) == [ALLIANCE]


async def test_old_ones_are_shown_and_asked_for_again(
    service: NameService, esi: FakeEsi, clock: HandClock
) -> None:
    await service.book([GOONS], wait_seconds=LONG)
    esi.tickers[GOONS], esi.names[GOONS] = "BEE", ("alliance", "Beeswarm")
    clock.advance(seconds=29 * 86400)
    await service.book([GOONS], wait_seconds=LONG)
    await service.settle()
    assert paths(esi) == [ALLIANCE]
    clock.advance(seconds=2 * 86400)
    old = EntityName(name="Goonswarm Federation", ticker="CONDI")
    assert (await service.book([GOONS], wait_seconds=0)).names[GOONS] == old
    await service.settle()
    new = EntityName(name="Beeswarm", ticker="BEE")
    assert (await service.book([GOONS], wait_seconds=0)).names[GOONS] == new
    assert paths(esi) == [ALLIANCE] * 2


async def test_one_that_esi_does_not_know_is_not_asked_again(
    service: NameService, esi: FakeEsi, client: EsiClient, restart: Restart
) -> None:
    await service.seed([(GONE, "alliance", "Long gone", None)])
    for asking in (service, service, restart(client)):
        assert (await asking.book([GONE], wait_seconds=LONG)).name(GONE) == "Long gone"
        await asking.settle()
    assert paths(esi) == [f"/alliances/{GONE}"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=503),
        Fault(status=420, headers={"Retry-After": "20"}),
        Fault(status=400),
        Fault(body=b'{"name":"x"}'),
    ],
    ids=lambda fault: str(fault.status),
)
async def test_when_esi_fails_it_is_left_alone_and_asked_later(
    service: NameService, esi: FakeEsi, clock: HandClock, fault: Fault
) -> None:
    known = [(i, "corporation", f"Corp {i}", None) for i in range(98_000_000, 98_000_040)]
    esi.names |= {i: ("corporation", name) for i, _, name, _ in known}
    await service.seed(known, as_of=clock())
    for entity_id, *_ in known:
        esi.fail(f"/corporations/{entity_id}", fault)
    ids = [entity_id for entity_id, *_ in known]
    book = await service.book(ids, wait_seconds=LONG)
    assert (len(book.names), book.missing) == (40, frozenset())
    assert len(paths(esi)) <= 4, "those on their way, and no more"
    asked = len(esi.asked)
    await service.book(ids, wait_seconds=LONG)
    assert len(esi.asked) == asked
    esi._faults.clear()
    clock.advance(seconds=100)
    assert (await service.book(ids, wait_seconds=LONG)).ticker(ids[-1]) == "TICK"


async def test_who_was_wanted_last_comes_first_and_only_few_go_at_once(
    service: NameService, esi: FakeEsi, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickers, "MOST_WAITING", 30)
    ids = range(98_000_000, 98_000_050)
    esi.names |= {i: ("corporation", f"Corp {i}") for i in ids}
    await service.seed([(i, "corporation", f"Corp {i}", None) for i in ids], as_of=clock())
    await service.seed([(GOONS, "alliance", "Goonswarm Federation", None)], as_of=clock())
    esi.open.clear()
    await service.book(ids, wait_seconds=0)
    await esi.arrivals(4)
    await service.book([GOONS], wait_seconds=0)
    assert esi._arrivals == 4
    esi.open.set()
    await service.settle()
    assert ALLIANCE in paths(esi)[:8]
    assert len(paths(esi)) == 31, (
        "no more than 30 and the last; the others when they are shown again"
    )
    await service.book(ids, wait_seconds=LONG)
    assert len(set(paths(esi))) == len(paths(esi)) == 51


async def test_closing_lets_go_of_those_who_wait(
    service: NameService, esi: FakeEsi, clock: HandClock
) -> None:
    await service.seed([(GOONS, "alliance", "Goonswarm Federation", None)], as_of=clock())
    esi.open.clear()
    waiting = asyncio.create_task(service.book([GOONS], wait_seconds=LONG))
    await esi.arrivals(1)
    await service.aclose()
    assert (await waiting).names[GOONS].ticker is None
