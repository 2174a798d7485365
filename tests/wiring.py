"""The whole house without loops and Discord, for tests: real services, a SQLite file, the shipped universe, no network.

`async with wired(tmp_path) as wiring:` then `wiring.take(mail(...))`, `wiring.services...`. Time stands still until
`wiring.clock.advance(...)`. The same folder opened again is the same bot after a restart.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.app import House, open_house
from bot.settings import Settings
from services.container import Services
from services.domain.killmail import Arrival, Killmail
from services.feeds.intake import Intake
from services.outbox.sender import Sender
from services.outbox.worker import OutboxWorker
from services.pipeline import Taken
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from services.universe.universe import Universe
from tests.factories import MIDNIGHT, HandClock, arrival

JITA, AMAMAKE, UEDAMA, X47L = 30000142, 30002537, 30002768, 30001967
HEIMATAR, THE_FORGE = 10000030, 10000002
NAMES = {
    90_065_001: ("character", "Ana Kaseros", None),
    90_066_001: ("character", "Vex *Rourke*", None),
    99_000_065: ("alliance", "Alpha Pact", "ALPHA"),
    99_000_066: ("alliance", "Beta Union", "BETA"),
}
"""Names of the factories' pilots A1 and B1 and of their alliances; other names are unknown."""


@cache
def universe() -> Universe:
    """The shipped one, once per run."""
    return Universe.load()


@dataclass(kw_only=True)
class Wiring:
    """An open house and its clock."""

    house: House
    clock: HandClock

    @property
    def services(self) -> Services:
        """What cogs get."""
        return self.house.services

    async def take(self, *mails: Killmail | Arrival, live: bool = True) -> Taken:
        """Bring killmails in; those without an arrival came in a minute after the kill."""
        arrivals = tuple(m if isinstance(m, Arrival) else arrival(m) for m in mails)
        return await self.house.pipeline.take(Intake(live=live, arrivals=arrivals))

    async def end_battles(self) -> None:
        """End those that have been quiet for half an hour."""
        await self.services.battles.end_quiet(self.house.pipeline.tell)

    def worker(self, sender: Sender) -> OutboxWorker:
        """The outbox's worker; `drain()` sends what is due."""
        return self.house.worker(sender)


@asynccontextmanager
async def wired(
    folder: Path, *, clock: HandClock | None = None, online: bool = False, **settings: Any
) -> AsyncIterator[Wiring]:
    """Open the house in a folder. `settings`: parts of the bot's settings; half past three in the night by default.

    `online`: ESI and others may be asked, at the addresses of the settings.
    """
    clock = clock or HandClock(MIDNIGHT + timedelta(hours=3, minutes=30))
    file = folder / "warroom.db"
    if not file.exists():
        shutil.copy(await _migrated(), file)
    chosen = Settings(database=DatabaseSettings(url=_url(file)), **settings)
    async with open_house(chosen, online=online, clock=clock, universe=universe()) as house:
        await house.services.names.seed((key, *told) for key, told in NAMES.items())
        yield Wiring(house=house, clock=clock)


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


_template: list[Path] = []


async def _migrated() -> Path:
    """An empty database with all its tables, made once per run: migrating costs more than most tests."""
    if not _template:
        file = Path(tempfile.mkdtemp(prefix="warroom-template-")) / "empty.db"
        database = await Database.open(DatabaseSettings(url=_url(file)))
        await database.close()
        _template.append(file)
    return _template[0]
