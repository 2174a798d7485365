"""ESI out of order: asked ever more rarely, told when it is none of its daily downtime."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.domain.trouble import Trouble
from services.esi.client import EsiClient
from services.esi.errors import EsiUnavailable
from services.esi.outage import is_downtime
from tests.factories import HandClock
from tests.fakes.esi import PRICES, FakeEsi, Fault
from tests.services.esi.conftest import Watch

SYSTEMS = "/sovereignty/systems"
DOWN = Fault(status=503, body=b"<html>down</html>", content_type="text/html")


async def fails(client: EsiClient, path: str = SYSTEMS) -> float | None:
    with pytest.raises(EsiUnavailable) as caught:
        await client.get_json(path)
    return caught.value.retry_after


@pytest.mark.parametrize(
    ("at", "expected"),
    [("10:57", False), ("10:58", True), ("11:00", True), ("11:44", True), ("11:45", False)],
)
def test_downtime(at: str, expected: bool) -> None:
    assert is_downtime(datetime.fromisoformat(f"2026-11-20T{at}:00+00:00")) is expected


async def test_it_is_asked_ever_more_rarely_and_at_once_when_it_is_back(
    client: EsiClient, esi: FakeEsi, clock: HandClock, watch: Watch
) -> None:
    esi.fail(SYSTEMS, *[DOWN] * 100)
    start, asked = clock(), []
    while clock() - start < timedelta(minutes=20):
        await fails(client)
        asked.append(len(esi.asked))
        clock.advance(seconds=1)
    assert 10 < asked[-1] < 30
    assert client.status.failing_since == start
    assert await fails(client, PRICES) is not None
    assert set(watch.open) == {(Trouble.ESI_DOWN, "")}
    esi._faults.clear()
    clock.advance(seconds=120)
    assert (await client.get_json(PRICES)).status == 200
    assert (await client.get_json(SYSTEMS)).status == 200
    assert client.pause_left == 0
    assert client.status.failing_since is None
    assert not watch.open
    assert esi.asked[-1].path == SYSTEMS


async def test_one_question_goes_out_to_see(
    client: EsiClient, esi: FakeEsi, clock: HandClock
) -> None:
    esi.fail(SYSTEMS, *[DOWN] * 4)
    for _ in range(3):
        await fails(client)
    clock.advance(seconds=client.pause_left)
    esi.open.clear()
    first = asyncio.create_task(fails(client))
    await esi.arrivals(4)
    for _ in range(5):
        assert await fails(client, PRICES) == 5
    esi.open.set()
    await first
    assert len(esi.asked) == 4
    assert client.pause_left == 5  # 10 seconds, of which half are certain


async def test_who_stops_waiting_does_not_end_the_looking(
    client: EsiClient, esi: FakeEsi, clock: HandClock
) -> None:
    esi.fail(SYSTEMS, *[DOWN] * 3)
    for _ in range(3):
        await fails(client)
    clock.advance(seconds=client.pause_left)
    esi.open.clear()
    asking = asyncio.create_task(client.get_json(PRICES))
    await esi.arrivals(4)
    asking.cancel()
    await asyncio.wait([asking])
    esi.open.set()
    assert (await client.get_json(PRICES)).status == 200


async def test_many_at_once_count_as_little_as_one(
    client: EsiClient, esi: FakeEsi, clock: HandClock
) -> None:
    esi.fail(SYSTEMS, *[DOWN] * 30)
    esi.open.clear()
    many = [asyncio.create_task(fails(client)) for _ in range(30)]
    await esi.arrivals(30)
    esi.open.set()
    await asyncio.gather(*many)
    assert client.pause_left <= 5


async def test_its_own_wish_is_kept(client: EsiClient, esi: FakeEsi, clock: HandClock) -> None:
    esi.fail(SYSTEMS, Fault(status=503, headers={"Retry-After": "200"}))
    assert await fails(client) == 200
    clock.advance(seconds=199)
    assert await fails(client, PRICES) == 1
    clock.advance(seconds=1)
    assert (await client.get_json(PRICES)).status == 200


async def test_nothing_is_told_of_the_daily_downtime(
    client: EsiClient, esi: FakeEsi, clock: HandClock, watch: Watch
) -> None:
    clock.now = datetime(2026, 11, 20, 11, 0, 30, tzinfo=UTC)
    esi.fail(SYSTEMS, *[DOWN] * 200)
    while clock().time() < datetime(2026, 11, 20, 11, 44, tzinfo=UTC).time():
        await fails(client)
        clock.advance(seconds=30)
    assert not watch.begun
    clock.advance(minutes=4)
    await fails(client)
    assert set(watch.open) == {(Trouble.ESI_DOWN, "")}


async def test_a_hiccup_is_not_told(
    client: EsiClient, esi: FakeEsi, clock: HandClock, watch: Watch
) -> None:
    for _ in range(10):
        esi.fail(SYSTEMS, DOWN, DOWN)
        await fails(client)
        clock.advance(minutes=1)
        await fails(client)
        assert (await client.get_json(SYSTEMS)).status == 200
        clock.advance(minutes=5)
    assert not watch.begun
