"""Both limiters: what is asked, when, and what of it outlives a wish to be left alone."""

import asyncio
from datetime import timedelta

import pytest

from services.domain.trouble import Trouble
from services.esi.client import EsiClient
from services.esi.errors import EsiError, EsiRefused, EsiUnavailable
from services.esi.pauses import EVERYTHING
from services.esi.status import ERROR_LIMIT
from tests.factories import HandClock
from tests.fakes.esi import NAMES, PRICES, FakeEsi, Fault
from tests.services.esi.conftest import Start, Watch

SYSTEMS, CAMPAIGNS = "/sovereignty/systems", "/sovereignty/campaigns"
FW, SKYHOOKS, KILLS = "/fw/systems", "/skyhooks/raidable", "/universe/system_kills"
PAGE = b"<html>Sorry</html>"
EMPTY = {"X-ESI-Error-Limit-Remain": "0", "X-ESI-Error-Limit-Reset": "41"}


async def ask(client: EsiClient, path: str) -> float | None:
    """None for an answer; else the seconds to wait."""
    try:
        await client.get_json(path)
    except EsiUnavailable as error:
        return error.retry_after or 0.0
    return None


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault(status=429, headers={"Retry-After": "90"}), 90),
        (Fault(status=429), 60),
        (Fault(status=429, headers={"Retry-After": "999999"}), 3600),
        (Fault(status=429, headers={"Retry-After": "0"}), 1),
    ],
    ids=["429", "bare", "absurd", "0"],
)
class TestThrottled:
    async def test_a_bucket_pauses_alone(
        self,
        client: EsiClient,
        esi: FakeEsi,
        clock: HandClock,
        watch: Watch,
        fault: Fault,
        seconds: float,
    ) -> None:
        esi.fail(SYSTEMS, fault)
        assert await ask(client, SYSTEMS) == seconds
        assert [pause.subject for pause in client.status.pauses] == ["sovereignty"]
        assert set(watch.open) == {(Trouble.ESI_LIMITED, "sovereignty")}
        assert await ask(client, CAMPAIGNS) == seconds
        assert await ask(client, PRICES) is None
        assert await ask(client, FW) is None
        clock.advance(seconds=seconds)
        assert await ask(client, SYSTEMS) is None
        assert not watch.open
        assert client.status.pauses == ()
        assert not esi.violations or seconds == 3600  # who asked for a day is not believed

    async def test_a_route_without_a_bucket_pauses_alone(
        self,
        client: EsiClient,
        esi: FakeEsi,
        clock: HandClock,
        watch: Watch,
        fault: Fault,
        seconds: float,
    ) -> None:
        esi.fail("/markets/10000002/history", fault)
        assert await ask(client, "/markets/10000002/history?type_id=34") == seconds
        assert set(watch.open) == {(Trouble.ESI_LIMITED, "/markets/{}/history")}
        assert await ask(client, "/markets/10000043/history?type_id=35") == seconds
        assert await ask(client, PRICES) is None
        assert len(esi.asked) == 2


async def test_bare_429s_are_waited_out_ever_longer(
    client: EsiClient, esi: FakeEsi, clock: HandClock
) -> None:
    esi.fail(KILLS, *[Fault(status=429)] * 8)
    waits = []
    for _ in range(8):
        wait = await ask(client, KILLS)
        assert wait is not None
        waits.append(wait)
        clock.advance(seconds=wait)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert await ask(client, KILLS) is None
    esi.fail(KILLS, Fault(status=429))
    assert await ask(client, KILLS) == 60


@pytest.mark.parametrize(
    ("fault", "seconds", "trouble"),
    [
        (Fault(status=420, headers=EMPTY), 41, (Trouble.ESI_LIMITED, EVERYTHING)),
        (Fault(status=420), 60, (Trouble.ESI_LIMITED, EVERYTHING)),
        (Fault(status=403, body=PAGE, content_type="text/html"), 3600, (Trouble.ESI_BANNED, "")),
    ],
    ids=["420", "420 bare", "403"],
)
async def test_420_and_403_pause_everything(
    client: EsiClient,
    esi: FakeEsi,
    clock: HandClock,
    watch: Watch,
    fault: Fault,
    seconds: float,
    trouble: tuple[Trouble, str],
) -> None:
    esi.judge = None
    esi.fail(PRICES, fault)
    assert await ask(client, PRICES) == seconds
    assert client.pause_left == seconds
    clock.advance(seconds=seconds - 1)
    for path in (SYSTEMS, PRICES, KILLS):
        assert await ask(client, path) == 1
    assert len(esi.asked) == 1
    assert set(watch.open) == {trouble}
    clock.advance(seconds=1)
    assert await ask(client, SYSTEMS) is None
    assert not watch.open


async def test_shorter_pause_does_not_end_a_longer_one(client: EsiClient, esi: FakeEsi) -> None:
    esi.fail(
        PRICES,
        Fault(status=429, headers={"Retry-After": "90"}),
        Fault(status=429, headers={"Retry-After": "5"}),
    )
    esi.open.clear()
    both = [asyncio.create_task(ask(client, PRICES)) for _ in range(2)]
    await esi.arrivals(2)
    esi.open.set()
    assert all(wait is not None and wait > 80 for wait in await asyncio.gather(*both))


async def test_clock_set_back_does_not_prolong_a_pause(
    client: EsiClient, esi: FakeEsi, clock: HandClock
) -> None:
    esi.judge = None
    esi.fail(PRICES, Fault(status=429, headers={"Retry-After": "90"}))
    assert await ask(client, PRICES) == 90
    clock.advance(seconds=-1)
    assert await ask(client, PRICES) == 91
    clock.advance(days=-1)
    assert await ask(client, PRICES) is None


class TestErrorLimit:
    async def test_bisecting_never_crosses_it(
        self, client: EsiClient, esi: FakeEsi, clock: HandClock
    ) -> None:
        refused, turned_away = 0, 0
        for _ in range(200):
            try:
                await client.post_json(NAMES, [666])
            except EsiRefused:
                refused += 1
            except EsiUnavailable as error:
                turned_away += 1
                clock.advance(seconds=error.retry_after or 0.0)
        assert refused == 198
        assert turned_away == 2
        assert not esi.violations

    async def test_nor_do_many_at_once(self, client: EsiClient, esi: FakeEsi) -> None:
        for _ in range(80):
            with pytest.raises(EsiRefused):
                await client.post_json(NAMES, [666])
        esi.open.clear()
        many = [asyncio.create_task(client.post_json(NAMES, [666])) for _ in range(60)]
        await esi.arrivals(90)
        esi.open.set()
        ends = await asyncio.gather(*many, return_exceptions=True)
        assert all(isinstance(end, EsiError) for end in ends)
        assert sum(isinstance(end, EsiRefused) for end in ends) == 10
        assert not esi.violations

    async def test_routes_with_buckets_go_on(self, client: EsiClient, esi: FakeEsi) -> None:
        esi.headers = {"X-ESI-Error-Limit-Remain": "10", "X-ESI-Error-Limit-Reset": "30"}
        assert await ask(client, PRICES) is None
        esi.headers = {}
        assert await ask(client, KILLS) == 30
        assert await ask(client, SYSTEMS) is None

    async def test_answers_in_any_order_and_a_new_minute(
        self, client: EsiClient, esi: FakeEsi, clock: HandClock
    ) -> None:
        for remain in ("11", "40"):
            esi.headers = {"X-ESI-Error-Limit-Remain": remain, "X-ESI-Error-Limit-Reset": "30"}
            assert await ask(client, PRICES) is None
        assert client.status.tokens[ERROR_LIMIT] == 11
        clock.advance(seconds=30)
        assert ERROR_LIMIT not in client.status.tokens
        esi.headers["X-ESI-Error-Limit-Remain"] = "99"
        assert await ask(client, PRICES) is None
        assert client.status.tokens[ERROR_LIMIT] == 99


class TestBuckets:
    @pytest.mark.parametrize(("path", "group"), [(SKYHOOKS, "activity"), (FW, "factional-warfare")])
    async def test_who_polls_as_fast_as_they_can_is_never_limited(
        self, client: EsiClient, esi: FakeEsi, clock: HandClock, path: str, group: str
    ) -> None:
        start, answers = clock(), 0
        while clock() - start < timedelta(hours=2):
            wait = await ask(client, path)
            answers += wait is None
            clock.advance(seconds=wait or 0)
        assert not esi.violations
        assert esi.judge is not None
        assert esi.judge.lowest[group] > 0
        _, tokens, _ = esi.judge.limits[path]
        assert (
            answers >= 8 * tokens / 2 * 0.5
        )  # half of what the bucket could give at the very best

    async def test_errors_cost_more_and_are_counted(
        self, client: EsiClient, esi: FakeEsi, clock: HandClock
    ) -> None:
        for number in range(300):
            esi.fail(FW, Fault(status=404 if number % 3 else 200, body=b"[]"))
            try:
                await client.get_json(FW)
            except EsiRefused:
                pass
            except EsiUnavailable as error:
                clock.advance(seconds=error.retry_after or 0)
        assert not esi.violations

    async def test_two_racing_for_the_last_tokens(
        self, client: EsiClient, esi: FakeEsi, clock: HandClock
    ) -> None:
        assert esi.judge is not None
        await client.get_json(SKYHOOKS)
        esi.judge.spend("activity", 18)
        await ask(client, SKYHOOKS)
        left = esi.judge.left("activity")
        assert 5 <= left < 10
        clock.advance(seconds=600)
        esi.open.clear()
        both = [asyncio.create_task(ask(client, SKYHOOKS)) for _ in range(2)]
        await esi.arrivals(3)
        esi.open.set()
        waits = await asyncio.gather(*both)
        assert sum(wait is None for wait in waits) == 1
        assert not esi.violations

    async def test_a_short_wait_is_waited_and_a_long_one_told(
        self, start: Start, esi: FakeEsi, clock: HandClock
    ) -> None:
        patient, hasty = start(patience_seconds=60), start(patience_seconds=0)
        slept = []
        for client in (patient, hasty):
            assert esi.judge is not None
            esi.judge.spend("factional-warfare", 90)
            await client.get_json(FW)
            before = clock()
            slept.append((await ask(client, FW), (clock() - before).total_seconds()))
            clock.advance(seconds=900)
        assert slept[0][0] is None
        assert slept[0][1] > 10
        assert slept[1][1] < 1
        assert slept[1][0] is not None
        assert slept[1][0] > 10

    async def test_a_route_tells_its_bucket(
        self, client: EsiClient, esi: FakeEsi, clock: HandClock, watch: Watch
    ) -> None:
        assert esi.judge is not None
        esi.judge.limits["/universe/system_kills"] = ("universe", 20, 900)
        assert await ask(client, KILLS) is None
        assert client.status.tokens == {"universe": 18}
        start, answers = clock(), 1
        while clock() - start < timedelta(minutes=15):
            wait = await ask(client, KILLS)
            answers += wait is None
            clock.advance(seconds=wait or 0)
        assert answers > 4
        assert esi.judge.lowest["universe"] > 0
        assert not watch.begun

    async def test_after_a_restart_little_is_believed_to_be_left(
        self, start: Start, esi: FakeEsi, clock: HandClock
    ) -> None:
        assert esi.judge is not None
        esi.judge.spend("factional-warfare", 120)
        client = start()
        esi.open.clear()
        many = [asyncio.create_task(ask(client, FW)) for _ in range(30)]
        await esi.arrivals(6)
        esi.open.set()
        await asyncio.gather(*many)
        assert not esi.violations


async def test_status(client: EsiClient, esi: FakeEsi, clock: HandClock) -> None:
    assert client.status.last_success_at is None
    first = await client.get_json(PRICES)
    await client.get_json(PRICES, etag=first.etag)
    await client.get_json(SYSTEMS)
    esi.fail(KILLS, Fault(status=503), Fault(status=429), Fault(status=200))
    with pytest.raises(EsiUnavailable):
        await client.get_json(KILLS)
    assert await ask(client, KILLS) == 60
    with pytest.raises(EsiRefused):
        await client.get_json("/nowhere")
    status = client.status
    assert status.requests == {"2xx": 2, "304": 1, "5xx": 1, "429": 1, "4xx": 1}
    assert status.tokens == {"sovereignty": 598, ERROR_LIMIT: 97}
    assert status.last_success_at == clock()
    assert {bucket.group: bucket.read_at for bucket in status.buckets}["sovereignty"] <= clock()
    assert [(p.subject, p.until) for p in status.pauses] == [
        (KILLS, status.pauses[0].since + timedelta(seconds=60))
    ]
