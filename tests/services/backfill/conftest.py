"""The service of days between stand-ins of those who keep them and a real database."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from services.backfill import store
from services.backfill.importing import Imported, Take
from services.backfill.service import BackfillService
from services.backfill.settings import BackfillSettings
from services.domain.days import Day, Source
from services.feeds.download import FileHost, HostRules
from services.feeds.everef import EveRef
from services.feeds.history import History
from services.feeds.http import create_session, user_agent
from services.feeds.items import GapFound
from services.killmails.feed_memory import FeedMemoryStore, remember
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from services.storage.tables import gaps, killmails
from tests.factories import EVENING, HandClock
from tests.fakes.everef import FakeEveRef
from tests.fakes.history import FakeHistory
from tests.fakes.watch import Watch
from tests.services.feeds.conftest import esi
from tests.services.newsroom import Newsroom

TODAY = EVENING.date()
"""A Friday, 18:00 EVE."""
YESTERDAY = TODAY - timedelta(days=1)


def mails_of(day: date, numbers: Iterable[int], **more: Any) -> list[dict[str, Any]]:
    """Small killmails of that day."""
    return [esi(number, killmail_time=f"{day}T12:00:00Z", **more) for number in numbers]


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.done: list[tuple[Day, Imported | None]] = []
        self.events: list[str] = []

    def on_fetched(self, day: Day, size: int) -> None:
        self.events.append(f"fetched {day.day} {size}")

    def on_begin(self, day: Day, size: int) -> None:
        self.events.append(f"begin {day.day} {size}")

    def on_read(self, day: Day, position: int) -> None:
        pass

    def on_taken(self, day: Day, killmails: int) -> None:
        self.events.append(f"taken {day.day} {killmails}")

    def on_done(self, day: Day, imported: Imported | None) -> None:
        self.done.append((day, imported))


@dataclass
class Desk:
    """Everything a test turns at. `restart` is a new process in the same folder with the same database."""

    database: Database
    session: aiohttp.ClientSession
    everef: FakeEveRef
    history: FakeHistory
    folder: Path
    clock: HandClock
    newsroom: Newsroom
    watch: Watch = field(default_factory=Watch)
    take: Take | None = None

    def restart(self, **settings: Any) -> None:
        """What was only in memory is gone."""
        chosen = BackfillSettings(
            everef_url=self.everef.url, folder=str(self.folder / "days"), **settings
        )
        self.service = BackfillService(
            self.database,
            self.take or self.newsroom.pipeline.take,
            [
                EveRef(self._host(self.everef.url, "everef", "everef", 2.0)),
                History(self._host(self.history.url, "zkillboard", "r2z2", 1 / 3)),
            ],
            settings=chosen,
            clock=self.clock,
            watch=self.watch,
        )

    def memory(self, name: str = "r2z2") -> FeedMemoryStore:
        """What a feed remembers."""
        hour = timedelta(hours=1)
        return FeedMemoryStore(
            self.database, name=name, clock=self.clock, hole_retry=hour, hole_lifetime=hour
        )

    def _host(self, url: str, name: str, pauses: str, rate: float) -> FileHost:
        return FileHost(
            self.session,
            url,
            HostRules(name=name, title=name.title(), requests_per_second=rate),
            memory=self.memory(pauses),
            clock=self.clock,
            sleep=self.clock.sleep,
            watch=self.watch,
        )

    async def bring(self, *days: date, heard: Heard | None = None, batch: int = 100) -> list[Day]:
        """What `warroom backfill` does."""
        return await self.service.bring(days, heard or Heard(), batch=batch)

    async def step(self, **after: float) -> None:
        """Let time pass, then a step and all it begins."""
        self.clock.advance(**after)
        await self.service.step()
        await self.service.settle()

    async def step_at(self, moment: datetime) -> None:
        """The same at that moment."""
        self.clock.now = moment
        await self.step()

    async def stored(self) -> dict[int, str]:
        """Killmails by id, with their hashes."""
        async with self.database.read() as tx:
            rows = (await tx.execute(select(killmails.c.id, killmails.c.hash))).all()
        return {row.id: row.hash for row in rows}

    async def day(self, day: date, source: Source = Source.EVEREF) -> Day:
        """How a day stands."""
        async with self.database.read() as tx:
            (found,) = await store.load_days(tx, [day], source=source)
        return found

    async def days(self) -> list[str]:
        """Names of all that is known."""
        async with self.database.read() as tx:
            every = [date(2026, 11, 1) + timedelta(days=n) for n in range(30)]
            return [day.name for day in await store.load_days(tx, every)]

    async def gap(self, since: datetime | None, until: datetime, *, first: int = 100) -> None:
        """The feed finds numbers that are gone."""
        note = GapFound(first=first, last=first + 9, since=since, until=until)
        async with self.database.write() as tx:
            await remember(tx, [note], now=self.clock())

    async def open_gaps(self) -> int:
        """How many are not filled."""
        async with self.database.read() as tx:
            return len(list(await tx.scalars(select(gaps.c.id).where(gaps.c.filled_at.is_(None)))))

    @property
    def files(self) -> list[str]:
        """What lies in the folder, without locks."""
        paths = (self.folder / "days").glob("*")
        return sorted(path.name for path in paths if not path.name.endswith(".lock"))


@asynccontextmanager
async def at_desk(database: Database, folder: Path) -> AsyncIterator[Desk]:
    """A desk, and its stand-ins listening."""
    clock = HandClock(EVENING)
    async with (
        FakeEveRef(clock).serve() as everef,
        FakeHistory(clock).serve() as history,
        create_session(user_agent("tester@example.org", "0")) as session,
    ):
        newsroom = Newsroom(database, clock=clock)
        desk = Desk(database, session, everef, history, folder, clock, newsroom)
        desk.restart()
        yield desk
        await desk.service.aclose()
    assert everef.most_at_once <= 2
    assert history.most_at_once <= 1
    assert all(asked.user_agent.startswith("eve-warroom/") for asked in everef.asked)


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """On SQLite."""
    database = await Database.open(DatabaseSettings(url=sqlite_url))
    async with at_desk(database, tmp_path) as found:
        yield found
    await database.close()


@pytest.fixture
async def any_desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """Once on each database."""
    async with at_desk(database, tmp_path) as found:
        yield found


__all__ = ["TODAY", "YESTERDAY", "Desk", "Heard", "mails_of"]
