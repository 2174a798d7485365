"""Incursions from ESI's stand-in to the tables and what is told, on each database."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.domain.ids import SystemId
from services.domain.occurrence import Occurrence, OccurrenceSearch
from services.domain.trouble import Trouble
from services.esi.client import EsiClient
from services.esi.settings import EsiSettings
from services.incursions.service import IncursionService
from services.incursions.settings import IncursionSettings
from services.incursions.source import IncursionSource
from services.occurrences.store import load, save_new
from services.polling.poller import Poller
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.factories import EVENING, HandClock
from tests.fakes.esi import FakeEsi, Fault
from tests.fakes.watch import Watch

PATH = "/incursions"
PAGE = b"<!DOCTYPE html><html><body>Sorry</body></html>"


def row(number: int = 1, state: str = "established", **fields: Any) -> dict[str, Any]:
    staging = 30_000_000 + 10 * number
    return {
        "constellation_id": 20_000_000 + number,
        "faction_id": 500_019,
        "has_boss": False,
        "infested_solar_systems": [staging + 1, staging, staging + 2],
        "influence": 0.25,
        "staging_solar_system_id": staging,
        "state": state,
        "type": "Incursion",
        "brand_new_key": {"of": 2027},
        **fields,
    }


class Watchtower:
    """A real poller of a real client, beside the service."""

    def __init__(self, database: Database, esi: FakeEsi, session: aiohttp.ClientSession) -> None:
        self.database, self.esi, self.session = database, esi, session
        self.clock: HandClock = esi.judge.clock  # type: ignore[union-attr, assignment]
        self.watch = Watch()
        self.settings = IncursionSettings()
        self.service = IncursionService(database, self.settings, clock=self.clock)
        self.restart()

    def restart(self) -> None:
        client = EsiClient(
            self.session,
            EsiSettings(base_url=self.esi.url),
            clock=self.clock,
            watch=self.watch,
            sleep=self.clock.sleep,
            jitter=lambda: 0.0,
        )
        self.poller = Poller(
            self.database,
            IncursionSource(client, self.settings, watch=self.watch),
            tell=self._tell,
            clock=self.clock,
            ring=lambda: None,
            watch=self.watch,
        )

    async def _tell(self, tx: Any, found: Any, _moment: Any) -> None:
        await save_new(tx, found)

    async def hears(self, *rows: dict[str, Any], minutes: float = 5) -> bool:
        self.clock.advance(minutes=minutes)
        self.esi.put(PATH, list(rows), made=self.clock())
        return await self.poller.step()

    async def told(self) -> list[Occurrence]:
        async with self.database.read() as tx:
            return list(reversed(await load(tx, OccurrenceSearch())))

    async def kinds(self) -> list[str]:
        return [one.kind.value.removeprefix("incursion-") for one in await self.told()]

    async def standing(self) -> dict[int, str]:
        found = await self.service.current()
        return {one.constellation_id: one.state for one in found.incursions}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"User-Agent": "warroom-test/1 (contact: nobody)"}
    async with aiohttp.ClientSession(headers=headers) as opened:
        yield opened


@pytest.fixture
async def esi() -> AsyncIterator[FakeEsi]:
    async with FakeEsi(HandClock(EVENING)).serve() as fake:
        yield fake


@pytest.fixture
def tower(database: Database, esi: FakeEsi, session: aiohttp.ClientSession) -> Watchtower:
    return Watchtower(database, esi, session)


@pytest.fixture
async def small_tower(
    migrated_sqlite_url: str, esi: FakeEsi, session: aiohttp.ClientSession
) -> AsyncIterator[Watchtower]:
    """For what the database has no say in."""
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield Watchtower(opened, esi, session)
    await opened.close()


async def test_a_life_in_the_tables_and_over_restarts(tower: Watchtower) -> None:
    assert await tower.service.at(SystemId(30_000_011)) is None
    await tower.hears(row(1))
    assert await tower.told() == [], "what stands at the first look is no news"
    await tower.hears(row(1), row(2, "mobilizing"))
    tower.restart()
    await tower.hears(row(1, "withdrawing", influence=1.0), row(2, "mobilizing"))
    assert await tower.kinds() == ["started", "withdrawing"]
    found = await tower.service.at(SystemId(30_000_011))
    assert found is not None
    assert (found.staging_id, found.influence) == (30_000_010, 1.0)
    assert found.systems == (30_000_010, 30_000_011, 30_000_012)
    assert found.state_since == tower.clock()
    await tower.hears(row(2, "mobilizing"))
    assert 20_000_001 in await tower.standing(), "one answer without it settles nothing"
    tower.restart()
    tower.clock.advance(minutes=5)
    assert await tower.poller.step()
    assert tower.esi.asked[-1].status == 304, "the same once more"
    assert await tower.standing() == {20_000_002: "mobilizing"}
    assert await tower.kinds() == ["started", "withdrawing", "gone"]
    assert await tower.service.at(SystemId(30_000_011)) is None
    tower.clock.advance(days=401)
    await tower.service.prune()
    assert (await tower.service.current()).freshness.is_stale
    assert tower.esi.violations == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=502),
        Fault(status=200, body=PAGE, content_type="text/html"),
        Fault(status=404, body=b'{"error":"?"}'),
        Fault(status=420, headers={"X-ESI-Error-Limit-Reset": "30"}),
        Fault(status=429, headers={"Retry-After": "60"}),
        Fault(body=b"{}"),
        Fault(body=b"[{"),
        Fault(body=b'[{"state": "established"}]'),
        Fault(body=b"[]", cut=True),
    ],
    ids=["502", "html", "404", "420", "429", "object", "truncated", "odd rows", "cut"],
)
async def test_no_fault_changes_anything(small_tower: Watchtower, fault: Fault) -> None:
    tower = small_tower
    await tower.hears(row(1), row(2))
    as_of = tower.clock()
    for _ in range(3):
        tower.esi.fail(PATH, fault)
        assert not await tower.hears(row(1), minutes=20)
    found = await tower.service.current()
    assert (len(found.incursions), await tower.told()) == (2, [])
    assert found.freshness.as_of == as_of
    assert found.freshness.stale_since == as_of + timedelta(minutes=5)
    assert (Trouble.SOURCE_STALE, "incursions") in tower.watch.open
    assert await tower.hears(row(1), row(2, "mobilizing"), minutes=20)
    assert await tower.kinds() == ["mobilizing"]
    assert not tower.watch.open


async def test_an_empty_answer_is_believed_after_half_an_hour_and_one_more(
    small_tower: Watchtower,
) -> None:
    tower = small_tower
    await tower.hears(row(1), row(2))
    for _ in range(6):
        assert not await tower.hears()
    assert len(await tower.standing()) == 2
    assert await tower.hears(), "half an hour since the first"
    assert await tower.told() == []
    assert await tower.hears()
    assert await tower.kinds() == ["gone", "gone"]
    assert await tower.standing() == {}
    assert await tower.hears(), "and that there is none is no fault then"


async def test_a_first_answer_without_any_is_doubted_as_long(small_tower: Watchtower) -> None:
    """Else all that stands would count as new with the next one."""
    tower = small_tower
    assert not await tower.hears()
    assert (await tower.service.current()).freshness.as_of is None
    assert await tower.hears(row(1), row(2))
    assert await tower.told() == []
    tower.restart()
    await tower.hears(row(1), row(2), row(3))
    assert await tower.kinds() == ["started"]


async def test_that_there_is_none_at_first_is_believed_in_the_end(small_tower: Watchtower) -> None:
    assert [await small_tower.hears() for _ in range(7)] == [False] * 6 + [True]
    await small_tower.hears(row(1))
    assert await small_tower.kinds() == ["started"]


async def test_few_of_them_for_long_are_no_reason_to_believe_in_none(
    small_tower: Watchtower,
) -> None:
    tower = small_tower
    await tower.hears(row(1), row(2), row(3))
    for _ in range(6):
        assert not await tower.hears(row(1))
    assert not await tower.hears(), "half an hour since the first that named one"


async def test_one_answer_that_two_processes_have_is_one(tower: Watchtower) -> None:
    other = Watchtower(tower.database, tower.esi, tower.session)
    await tower.hears(row(1), row(2), row(3))
    tower.clock.advance(minutes=5)
    tower.esi.put(PATH, [row(1), row(2, "mobilizing")], made=tower.clock())
    tower.esi.open.clear()
    both = asyncio.gather(tower.poller.step(), other.poller.step())
    await tower.esi.arrivals(3)
    tower.esi.open.set()
    assert sorted(await both) == [False, True]
    assert await tower.kinds() == ["mobilizing"]
    assert len(await tower.standing()) == 3, "one answer without it settles nothing"


async def test_an_answer_that_claims_to_last_for_days_is_stale_and_asked_for_anew(
    small_tower: Watchtower,
) -> None:
    tower = small_tower
    tower.esi.put(PATH, [row(1)], made=tower.clock(), max_age=172_800)
    assert await tower.poller.step()
    tower.esi.put(PATH, [row(1, "mobilizing")], max_age=172_800)
    tower.clock.advance(minutes=49)
    assert not await tower.poller.step()
    assert (await tower.service.current()).freshness.stale_since == EVENING + timedelta(minutes=5)
    tower.clock.advance(minutes=1)
    assert await tower.poller.step()
    assert await tower.kinds() == ["mobilizing"], "the client's own memory was not believed either"


async def test_a_row_of_another_shape_costs_that_row_alone(small_tower: Watchtower) -> None:
    tower = small_tower
    odd = row(3, influence="unknown")
    await tower.hears(row(1), row(2), row(3))
    for _ in range(3):
        assert await tower.hears(row(1), row(2, "mobilizing"), odd)
    assert await tower.kinds() == ["mobilizing"]
    assert len(await tower.standing()) == 3, "it may well be there still"
    assert (Trouble.ESI_SCHEMA, PATH) in tower.watch.open
    await tower.hears(row(1), row(2, "mobilizing"), row(3))
    assert not tower.watch.open


async def test_an_older_answer_from_another_server_is_none(small_tower: Watchtower) -> None:
    tower = small_tower
    await tower.hears(row(1))
    made = tower.clock()
    await tower.hears(row(1, "mobilizing"))
    tower.clock.advance(minutes=5)
    tower.esi.put(PATH, [row(1)], made=made)
    assert not await tower.poller.step()
    assert await tower.standing() == {20_000_001: "mobilizing"}


async def test_the_recorded_answer(small_tower: Watchtower, recorded_data: Path) -> None:
    tower = small_tower
    recorded = json.loads((recorded_data / "esi" / "incursions_2019.json").read_text())
    await tower.hears(*recorded)
    found = await tower.service.at(SystemId(30000173))
    assert found is not None
    assert (found.staging_id, found.state, found.has_boss) == (30000177, "withdrawing", True)
    assert len(await tower.standing()) == len(recorded)
    assert not tower.watch.open
