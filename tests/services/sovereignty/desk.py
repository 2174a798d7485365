"""The three sources with their pollers before a stand-in of ESI, by a clock that is moved by hand."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Self

import aiohttp

from services.domain.occurrence import Occurrence
from services.domain.sovereignty import Campaign
from services.esi.client import EsiClient
from services.esi.settings import EsiSettings
from services.occurrences.store import save_new
from services.polling.poller import Poller
from services.polling.source import Moment
from services.sovereignty import store
from services.sovereignty.campaign_source import CampaignSource
from services.sovereignty.service import SovereigntyService
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.skyhook_source import SkyhookSource
from services.sovereignty.system_source import SystemSource
from services.sovereignty.wire import CAMPAIGNS, SKYHOOKS, SYSTEMS
from services.storage.database import Database, Transaction
from tests.factories import EVENING, HandClock
from tests.fakes.esi import FakeEsi
from tests.fakes.watch import Watch
from tests.services.sovereignty.made_up import minutes

USER_AGENT = {"User-Agent": "warroom-test/1 (contact: nobody)"}


class Killed(Exception):
    """The process died here."""


class Desk:
    """One process. `restart` forgets everything that is only in memory."""

    def __init__(
        self,
        database: Database,
        esi: FakeEsi,
        session: aiohttp.ClientSession,
        *,
        clock: HandClock,
    ) -> None:
        self.database = database
        self.esi = esi
        self.session = session
        self.clock = clock
        self.watch = Watch()
        self.settings = SovereigntySettings()
        self.told: list[Occurrence] = []
        self.dies = False
        self.restart()

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Database) -> AsyncIterator[Self]:
        """With an ESI that keeps its limits, and knows no campaign and no system yet."""
        clock = HandClock(EVENING)
        async with (
            FakeEsi(clock).serve() as esi,
            aiohttp.ClientSession(headers=USER_AGENT) as session,
        ):
            yield cls(database, esi, session, clock=clock)
            assert esi.violations == []

    def restart(self) -> None:
        client = EsiClient(
            self.session,
            EsiSettings(base_url=self.esi.url),
            clock=self.clock,
            watch=self.watch,
            sleep=self.clock.sleep,
            jitter=lambda: 0.0,
        )
        sources = (
            CampaignSource(client, self.settings, watch=self.watch),
            SystemSource(client, self.settings, watch=self.watch),
            SkyhookSource(client, self.settings, watch=self.watch),
        )
        self.pollers: list[Poller[Any]] = [
            Poller(
                self.database,
                source,
                tell=self._tell,
                clock=self.clock,
                ring=lambda: None,
                watch=self.watch,
            )
            for source in sources
        ]
        self.service = SovereigntyService(self.database, self.settings, clock=self.clock)

    async def _tell(self, tx: Transaction, found: Sequence[Occurrence], moment: Moment) -> None:
        new = await save_new(tx, found)
        if self.dies:
            raise Killed
        self.told += new

    def campaigns(self, *rows: dict[str, Any]) -> None:
        """What ESI says of them from now on."""
        self.esi.put(CAMPAIGNS, list(rows), max_age=5)

    def systems(self, *rows: dict[str, Any], made: float | None = None) -> None:
        when = None if made is None else minutes(made)
        self.esi.put(SYSTEMS, {"solar_systems": list(rows)}, made=when)

    def skyhooks(self, *rows: dict[str, Any]) -> None:
        self.esi.put(SKYHOOKS, {"skyhooks": list(rows)})

    async def until(self, minute: float) -> list[str]:
        """Let time pass, with a look every minute; returns the keys of what was told meanwhile."""
        before = len(self.told)
        while self.clock.now < minutes(minute):
            self.clock.now = min(self.clock.now + timedelta(minutes=1), minutes(minute))
            await self.look()
        return [one.key for one in self.told[before:]]

    async def look(self) -> None:
        """Ask whoever is due."""
        for poller in self.pollers:
            await poller.step()

    async def campaign(self, number: int) -> Campaign:
        async with self.database.read() as tx:
            (found,) = await store.load_campaigns(tx, (number,))
        return found
