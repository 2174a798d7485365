"""Fits of killmails whose items are gone, and an ESI that still knows them."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from sqlalchemy import update

from services.domain.killmail import Killmail
from services.esi.client import EsiClient
from services.esi.settings import EsiSettings
from services.fits.service import FitService
from services.fits.settings import FitSettings
from services.killmails import items, kept
from services.killmails.store import save_new
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from services.storage.tables import killmails
from tests.factories import EVENING, HandClock, arrival, mail
from tests.fakes.esi import FakeEsi
from tests.fakes.watch import Watch

KILLS = range(1, 7)
KEPT, PRUNED = 1, 2
"""The items of the first kill are still stored, those of the others are not."""
SETTINGS = FitSettings()

Start = Callable[..., FitService]


def path(number: int) -> str:
    """Where ESI tells a kill."""
    return f"/killmails/{number}/{number:040x}"


def document(number: int) -> dict[str, Any]:
    """What ESI says of a kill: a gun, and a container with ammunition."""
    return {
        "killmail_id": number,
        "killmail_time": "2021-11-30T00:01:00Z",
        "solar_system_id": 30_000_001,
        "attackers": [],
        "victim": {
            "ship_type_id": 587,
            "damage_taken": 100,
            "items": [
                {"item_type_id": 484, "flag": 27, "quantity_destroyed": 1, "singleton": 0},
                {
                    "item_type_id": 3467,
                    "flag": 5,
                    "quantity_dropped": 1,
                    "singleton": 0,
                    "items": [
                        {
                            "item_type_id": 193,
                            "flag": 0,
                            "quantity_dropped": 40 + number,
                            "singleton": 0,
                        }
                    ],
                },
            ],
        },
    }


def stored(number: int) -> Killmail:
    """The kill as it is stored."""
    return mail(number, number, "A1", "B1", items=[(484, 1, 0), (193, 0, 40 + number)])


async def store_kills(database: Database) -> None:
    """All of them, and all but the first without details."""
    async with database.write() as tx:
        await save_new(tx, [arrival(stored(number)) for number in KILLS])
        gone = update(killmails).where(killmails.c.id != KEPT)
        await tx.execute(gone.values(items=None, pruned=True))


@pytest.fixture
def clock() -> HandClock:
    return HandClock(EVENING)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def esi(clock: HandClock) -> AsyncIterator[FakeEsi]:
    fake = FakeEsi(clock)
    assert fake.judge is not None
    async with fake.serve():
        for number in KILLS:
            fake.put(path(number), document(number), max_age=2_592_000)
        yield fake
    assert fake.violations == []


@pytest.fixture
async def start_on(
    esi: FakeEsi, clock: HandClock, watch: Watch
) -> AsyncIterator[Callable[..., FitService]]:
    """Makes a service as a process of its own would: another client, another claim."""
    agent = {"User-Agent": "WarRoom-tests (contact: tests@example.org)"}
    async with aiohttp.ClientSession(headers=agent) as session:

        def start(
            database: Database, *, online: bool = True, settings: FitSettings = SETTINGS
        ) -> FitService:
            client = EsiClient(
                session, EsiSettings(base_url=esi.url), clock=clock, sleep=clock.sleep
            )
            return FitService(
                database,
                client if online else None,
                mails=kept,
                packing=items,
                settings=settings,
                clock=clock,
                watch=watch,
            )

        yield start


@pytest.fixture
async def start(database: Database, start_on: Callable[..., FitService]) -> Start:
    """Services on a database with the kills, once of each kind."""
    await store_kills(database)
    return lambda **more: start_on(database, **more)


@pytest.fixture
async def small_database(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    await store_kills(opened)
    yield opened
    await opened.close()


@pytest.fixture
def small_start(small_database: Database, start_on: Callable[..., FitService]) -> Start:
    """The same on SQLite alone: for rules in which the database has no say."""
    return lambda **more: start_on(small_database, **more)
