"""The name service on a stand-in of ESI, once on each database."""

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from sqlalchemy import select

from services.esi.client import EsiClient
from services.esi.settings import EsiSettings
from services.names.service import NameService
from services.names.settings import NameSettings
from services.storage.database import Database
from services.storage.tables import names as names_table
from tests.factories import EVENING, HandClock
from tests.fakes.esi import FakeEsi

LONG = 10.0
"""Seconds that are never used up: the answer comes at once."""

Restart = Callable[[EsiClient | None], NameService]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(EVENING)


@pytest.fixture
async def esi() -> AsyncIterator[FakeEsi]:
    async with FakeEsi().serve() as fake:
        fake.names = {i: ("character", f"Pilot {i}") for i in range(1, 2001)}
        yield fake


@pytest.fixture
async def client(esi: FakeEsi, clock: HandClock) -> AsyncIterator[EsiClient]:
    async with aiohttp.ClientSession() as session:
        yield EsiClient(session, EsiSettings(base_url=esi.url), clock=clock, sleep=clock.sleep)


@pytest.fixture
async def service(
    database: Database, client: EsiClient, clock: HandClock
) -> AsyncIterator[NameService]:
    made = NameService(
        database,
        client,
        settings=NameSettings(),
        clock=clock,
        static={500001: "Caldari State"},
    )
    yield made
    await made.aclose()


@pytest.fixture
def restart(database: Database, clock: HandClock) -> Restart:
    """Makes a service as after a restart: the same table, an empty memory; with ESI or without a network."""
    return lambda source: NameService(database, source, settings=NameSettings(), clock=clock)


async def stored(database: Database) -> dict[int, tuple[str, str, str | None]]:
    async with database.read() as tx:
        rows = (await tx.execute(select(names_table))).all()
    return {row.id: (row.category, row.name, row.ticker) for row in rows}
