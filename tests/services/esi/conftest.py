"""An ESI that keeps its own limits by the test's clock, and clients for it."""

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from services.esi.client import EsiClient
from services.esi.memory import EsiMemory
from services.esi.settings import EsiSettings
from tests.factories import EVENING, HandClock
from tests.fakes.esi import FakeEsi
from tests.fakes.watch import Watch

Start = Callable[..., EsiClient]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(EVENING)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def esi(clock: HandClock) -> AsyncIterator[FakeEsi]:
    async with FakeEsi(clock).serve() as fake:
        fake.prices = [{"type_id": 34, "average_price": 4.0}]
        fake.put("/sovereignty/systems", [{"solar_system_id": 30000142}])
        fake.put("/fw/systems", [{"solar_system_id": 30002813}], max_age=0)
        fake.put("/skyhooks/raidable", [{"id": 1}], max_age=0)
        fake.put("/universe/system_kills", [{"system_id": 30000142, "ship_kills": 3}])
        yield fake


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"User-Agent": "warroom-test/1 (contact: nobody)"}
    async with aiohttp.ClientSession(headers=headers) as opened:
        yield opened


@pytest.fixture
def start(esi: FakeEsi, session: aiohttp.ClientSession, clock: HandClock, watch: Watch) -> Start:
    """Makes a client as after a start; `memory` outlives it."""

    def make(memory: EsiMemory | None = None, **settings: float) -> EsiClient:
        return EsiClient(
            session,
            EsiSettings(base_url=esi.url + "/", **settings),  # type: ignore[arg-type]
            clock=clock,
            memory=memory,
            watch=watch,
            sleep=clock.sleep,
            jitter=lambda: 0.0,
        )

    return make


@pytest.fixture
def client(start: Start) -> EsiClient:
    return start()
