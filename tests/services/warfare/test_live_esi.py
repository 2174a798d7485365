"""The three routes through the real client, against ESI's own manners: 304, 420, 429, faults, pages instead of JSON."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.domain.occurrence import OccurrenceKind
from services.esi.client import EsiClient
from services.esi.settings import EsiSettings
from services.polling.source import Source
from services.polling.store import load_freshness
from services.warfare.enemies import FwWarsSource
from services.warfare.settings import WarfareSettings
from services.warfare.statistics import FwStatsSource
from services.warfare.systems import FwSystemSource
from services.warfare.wire import STATS, SYSTEMS, WARS
from tests.factories import HandClock, universe
from tests.fakes.esi import FakeEsi, Fault
from tests.services.warfare.conftest import Desk
from tests.services.warfare.made_up import CALDARI, GALLENTE, here, rows

FAULTS = [
    Fault(status=503),
    Fault(body=b"<html>down for maintenance</html>", content_type="text/html"),
    Fault(status=429, headers={"Retry-After": "60"}),
    Fault(status=420, headers={"X-ESI-Error-Limit-Remain": "0", "X-ESI-Error-Limit-Reset": "30"}),
    Fault(body=b"[]"),
    Fault(cut=True),
]


@pytest.fixture
async def esi(clock: HandClock):
    async with FakeEsi(clock).serve() as fake:
        yield fake


@pytest.fixture
async def client(esi: FakeEsi, clock: HandClock):
    settings = EsiSettings(base_url=esi.url)
    headers = {"User-Agent": "warroom-test/1 (contact: nobody)"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield EsiClient(session, settings, clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)


async def test_the_warzone(
    esi: FakeEsi, client: EsiClient, desk: Callable[[Source[Any]], Desk], clock: HandClock
):
    asking = desk(FwSystemSource(client, universe(), WarfareSettings()))
    made = clock.now

    def said(answer: object, at: datetime) -> None:
        esi.put(SYSTEMS, answer, max_age=1800, made=at)

    said(rows(), made)
    assert await asking.step() == []
    assert await asking.step() == []
    assert [one.status for one in esi.asked] == [200, 304]
    made = clock.now
    said(here(occupier_faction_id=GALLENTE), made)
    for fault in FAULTS:
        esi.fail(SYSTEMS, fault)
        assert await asking.step(hours=1) == []
    async with asking.database.read() as tx:
        pace = timedelta(minutes=30)
        fresh = await load_freshness(tx, "fw-systems", pace=pace, now=clock.now)
    assert fresh.is_stale
    (flip,) = await asking.step(hours=1)
    assert (flip.kind, flip.at) == (OccurrenceKind.FLIP, made.replace(microsecond=0))
    assert await asking.step() == []
    assert esi.violations == []


async def test_what_is_new_once_a_day(
    esi: FakeEsi, client: EsiClient, desk: Callable[[Source[Any]], Desk], clock: HandClock
):
    """Not asked for before it has expired and most of a day has passed."""
    esi.put(WARS, [{"faction_id": CALDARI, "against_id": GALLENTE}], max_age=17 * 3600)
    esi.put(STATS, [], max_age=17 * 3600)
    wars = desk(FwWarsSource(client, WarfareSettings()))
    stats = desk(FwStatsSource(client, WarfareSettings()))
    for _ in range(30):
        await wars.step(hours=1)
    assert [one.status for one in esi.asked] == [200, 304]
    await stats.step(hours=1)
    async with stats.database.read() as tx:
        fresh = await load_freshness(tx, "fw-stats", pace=timedelta(hours=20), now=clock.now)
    assert fresh.as_of is None  # no militia at all is no answer
