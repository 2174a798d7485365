import asyncio

import aiohttp
import pytest

from services.esi.client import EsiClient
from services.esi.errors import EsiRefused, EsiUnavailable
from services.esi.settings import EsiSettings
from tests.factories import HandClock
from tests.fakes.esi import NAMES, PRICES, FakeEsi, Fault

PAGE = b"  <!DOCTYPE html><html><body>Sorry</body></html>"


async def test_get_says_who_asks_and_which_day_it_means(client: EsiClient, esi: FakeEsi) -> None:
    answer = await client.get_json(PRICES)
    assert answer.body == b'[{"type_id": 34, "average_price": 4.0}]'
    asked = esi.asked[0].headers
    assert asked["X-Compatibility-Date"] == "2026-08-18"
    assert asked["Accept-Encoding"] == "gzip"
    assert asked["User-Agent"] == "warroom-test/1 (contact: nobody)"


async def test_etag_and_expiry(client: EsiClient, esi: FakeEsi, clock: HandClock) -> None:
    first = await client.get_json(PRICES)
    assert first.status == 200
    assert first.etag is not None
    assert first.expires_at is not None
    assert (first.expires_at - clock()).total_seconds() == 3600
    again = await client.get_json(PRICES, etag=first.etag)
    assert (again.status, again.body, again.etag) == (304, b"", first.etag)
    esi.prices.append({"type_id": 35})
    assert (await client.get_json(PRICES, etag=first.etag)).status == 200


async def test_unasked_304_is_no_answer(client: EsiClient, esi: FakeEsi) -> None:
    esi.fail(PRICES, Fault(status=304, body=b""))
    with pytest.raises(EsiUnavailable):
        await client.get_json(PRICES)


async def test_post(client: EsiClient, esi: FakeEsi) -> None:
    esi.names[7] = ("character", "Ada")
    assert b"Ada" in await client.post_json(NAMES, [7])
    assert esi.asked[0].payload == [7]
    assert esi.asked[0].headers["Content-Type"] == "application/json"


async def test_refusal_carries_the_reason(client: EsiClient) -> None:
    with pytest.raises(EsiRefused) as caught:
        await client.post_json(NAMES, [666])
    assert caught.value.status == 404
    assert "Ensure all IDs are valid" in caught.value.text
    assert client.pause_left == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=200, body=PAGE, content_type="text/html"),
        Fault(status=200, body=PAGE),
        Fault(status=404, body=PAGE, content_type="text/html"),
        Fault(status=200, body=b""),
        Fault(status=200, body=b"error code: 1015"),
        Fault(status=200, body=b"[" + b" " * 5000 + b"]", cut=True),
        Fault(status=302, body=b"[]", headers={"Location": "/markets/prices"}),
        Fault(status=500, body=b'{"error":"oops"}'),
        Fault(status=503, body=PAGE, content_type="text/html"),
        Fault(status=200, body=b"not gzip", headers={"Content-Encoding": "gzip"}),
    ],
    ids=lambda fault: f"{fault.status}-{fault.body[:12]!r}",
)
async def test_passing_faults_are_unavailable_and_pause_nothing(
    client: EsiClient, esi: FakeEsi, fault: Fault
) -> None:
    esi.fail(PRICES, fault)
    with pytest.raises(EsiUnavailable):
        await client.get_json(PRICES)
    assert (await client.get_json(PRICES)).status == 200


async def test_no_more_than_twenty_a_second(client: EsiClient, clock: HandClock) -> None:
    start = clock()
    await asyncio.gather(*(client.get_json(PRICES) for _ in range(41)))
    assert (clock() - start).total_seconds() == pytest.approx(2.0)
    clock.advance(seconds=10)
    before = len(clock.slept)
    await client.get_json(PRICES)
    assert len(clock.slept) == before


async def test_body_is_capped_unpacked(
    esi: FakeEsi, session: aiohttp.ClientSession, clock: HandClock
) -> None:
    esi.prices = [{"type_id": n, "average_price": 1.0} for n in range(5000)]  # packs very well
    settings = EsiSettings(base_url=esi.url, body_limit_bytes=100_000)
    client = EsiClient(session, settings, clock=clock, sleep=clock.sleep)
    with pytest.raises(EsiUnavailable, match="exceeds 100000 bytes"):
        await client.get_json(PRICES)


async def test_silence_is_unavailable(
    esi: FakeEsi, session: aiohttp.ClientSession, clock: HandClock
) -> None:
    esi.open.clear()
    settings = EsiSettings(base_url=esi.url, timeout_seconds=0.05)
    client = EsiClient(session, settings, clock=clock, sleep=clock.sleep)
    with pytest.raises(EsiUnavailable, match=r"within 0\.05 s"):
        await client.get_json(PRICES)


async def test_nobody_there_is_unavailable(
    session: aiohttp.ClientSession, clock: HandClock
) -> None:
    async with FakeEsi().serve() as gone:
        settings = EsiSettings(base_url=gone.url)
    client = EsiClient(session, settings, clock=clock, sleep=clock.sleep)
    with pytest.raises(EsiUnavailable):
        await client.get_json(PRICES)
