"""The price service on a stand-in of ESI, once on each database."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import aiohttp
import pytest
from sqlalchemy import func, select

from services.domain.ids import GroupId, KillmailId, SystemId, TypeId
from services.domain.isk import UNKNOWN_VALUE, Value
from services.domain.killmail import Item, Killmail, Victim
from services.esi.client import EsiClient
from services.esi.settings import EsiSettings
from services.prices.service import PriceService
from services.prices.settings import PriceSettings
from services.prices.typical import TypicalValues
from services.storage.database import Database
from services.storage.tables import prices as prices_table
from tests.factories import EVENING, HandClock
from tests.fakes.esi import FakeEsi
from tests.fakes.watch import Watch

RIFTER, CAPSULE = TypeId(587), TypeId(670)
MUTATED = TypeId(47408)
HOUR = 3600
Restart = Callable[..., PriceService]


def market(count: int = 1200, each: float = 10.0) -> list[dict[str, float]]:
    """A price list: the Rifter at 500 times `each`, other types at `each`."""
    rows: list[dict[str, float]] = [{"type_id": RIFTER, "average_price": 500 * each}]
    rows += [{"type_id": 1000 + n, "adjusted_price": each} for n in range(count - 1)]
    return rows


def mail(hull: TypeId = RIFTER, value: Value = UNKNOWN_VALUE, items: int = 2) -> Killmail:
    """A loss with that many priced items, one piece each."""
    return Killmail(
        id=KillmailId(1),
        hash="ab",
        time=datetime(2026, 11, 20, tzinfo=UTC),
        system_id=SystemId(30000142),
        victim=Victim(
            ship_type_id=hull,
            items=tuple(Item(type_id=TypeId(1000 + n), flag=5, dropped=1) for n in range(items)),
        ),
        attackers=(),
        value=value,
    )


def isk(service: PriceService, hull: TypeId = RIFTER) -> float | None:
    return service.value_of(mail(hull)).value.isk


@pytest.fixture
def clock() -> HandClock:
    return HandClock(EVENING)


@pytest.fixture
async def esi() -> AsyncIterator[FakeEsi]:
    async with FakeEsi().serve() as fake:
        fake.prices = market()
        yield fake


@pytest.fixture
async def client(esi: FakeEsi, clock: HandClock) -> AsyncIterator[EsiClient]:
    async with aiohttp.ClientSession() as session:
        yield EsiClient(session, EsiSettings(base_url=esi.url), clock=clock, sleep=clock.sleep)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def restart(database: Database, client: EsiClient, clock: HandClock, watch: Watch) -> Restart:
    """Makes a service as after a restart."""
    return lambda **more: PriceService(
        database,
        client,
        typical=TypicalValues({CAPSULE: 10_000}, {25: 4_000_000}),
        group_of=lambda type_id: GroupId(25) if type_id in {RIFTER, 588} else None,
        is_mutated=lambda type_id: type_id == MUTATED,
        settings=PriceSettings(),
        clock=clock,
        watch=watch,
        **more,
    )


@pytest.fixture
async def service(restart: Restart) -> PriceService:
    made = restart()
    await made.load()
    return made


async def stored_rows(database: Database) -> int:
    async with database.read() as tx:
        found = await tx.scalar(select(func.count()).select_from(prices_table))
    return int(found or 0)
