"""A source, its poller and whoever it tells, on a database; the website and its mirror on this computer."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from services.domain.occurrence import Occurrence
from services.occurrences.store import save_new
from services.polling.poller import Poller
from services.polling.source import Moment, Source
from services.storage.database import Database, Transaction
from services.storage.settings import DatabaseSettings
from services.warfare.settings import WarfareSettings
from services.warfare.systems import FwSystemSource
from services.warfare.website import Website
from services.warfare.wire import SYSTEMS
from tests.factories import EVENING, HandClock, universe
from tests.fakes.warzone import FakeWarzone
from tests.services.warfare.recorded import GivenEsi


class Desk:
    """A source being asked. `told`: what it raised, each key once."""

    def __init__(self, database: Database, source: Source[Any], clock: HandClock) -> None:
        self.database = database
        self.clock = clock
        self.told: list[Occurrence] = []
        self.restart(source)

    def restart(self, source: Source[Any]) -> None:
        """A new process: nothing is left but the database."""
        self._poller: Poller[Any] = Poller(
            self.database, source, tell=self._tell, clock=self.clock, ring=lambda: None
        )
        self._source = source

    async def step(self, **later: float) -> list[Occurrence]:
        """Ask when that has passed (else when the source's pace has); what it raised."""
        self.clock.now += timedelta(**later) if later else self._source.pace
        before = len(self.told)
        await self._poller.step()
        return self.told[before:]

    async def _tell(self, tx: Transaction, found: Sequence[Occurrence], moment: Moment) -> None:
        self.told += await save_new(tx, found)


class FwDesk(Desk):
    """`/fw/systems` being asked."""

    def __init__(self, database: Database, clock: HandClock) -> None:
        self.esi = GivenEsi()
        super().__init__(database, self.source(), clock)

    def source(self) -> FwSystemSource:
        return FwSystemSource(self.esi, universe(), WarfareSettings())

    async def answer(self, answer: object, **later: float) -> list[Occurrence]:
        """What ESI says when that has passed."""
        self.esi.answers[SYSTEMS] = answer
        return await self.step(**later)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(EVENING)


@pytest.fixture
def fw(database: Database, clock: HandClock) -> FwDesk:
    """On each kind of database."""
    return FwDesk(database, clock)


@pytest.fixture
async def lite(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    """SQLite alone: for rules in which the database has no say."""
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield opened
    await opened.close()


@pytest.fixture
def fw_lite(lite: Database, clock: HandClock) -> FwDesk:
    """On SQLite."""
    return FwDesk(lite, clock)


@pytest.fixture
async def warzone() -> AsyncIterator[FakeWarzone]:
    async with FakeWarzone().serve() as fake:
        yield fake


@pytest.fixture
async def website(warzone: FakeWarzone, clock: HandClock) -> AsyncIterator[Website]:
    """Asks the stand-in, waiting by hand."""
    settings = WarfareSettings(warzone_url=warzone.url, everef_url=warzone.url)
    async with aiohttp.ClientSession() as session:
        yield Website(session, settings, clock=clock, sleep=clock.sleep)


@pytest.fixture
def desk(lite: Database, clock: HandClock) -> Callable[[Source[Any]], Desk]:
    """A desk for any source, on SQLite."""
    return lambda source: Desk(lite, source, clock)
