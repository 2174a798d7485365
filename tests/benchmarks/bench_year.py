"""What a large database costs: every read of a command, pruning, copying, opening, and the live path, on a year's file.

`python -m tests.benchmarks.bench_year FILE` measures a file that `tests.benchmarks.year` made, with what a year brings
besides killmails (names, alerts, messages) added to it; do it on a copy. `make bench` does the same on a small one that
it makes first. The yardsticks are the smallest read and the smallest write that this house knows, in the same run.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from bot.app import House, open_house
from services.domain.battle import BattleSearch
from services.domain.ids import KillmailId, RegionId
from services.domain.killmail import Arrival, Killmail
from services.domain.names import EntityKind
from services.feeds.intake import Intake
from services.outbox import overview
from services.outbox.due import candidates
from services.storage.backup import copy_sqlite
from services.storage.battle_tables import battles
from services.storage.tables import killmails
from tests.benchmarks.battle_reads import Read, autocomplete, over_a_year, recent
from tests.benchmarks.bench_pipeline import plain_commits
from tests.benchmarks.figure import Figure
from tests.benchmarks.furnished import GUILD, furnish
from tests.benchmarks.year import LATE, MovingClock, Year, fill, recorded_year, year_settings

SMALL = 20_000
"""Killmails of the file that `make bench` measures."""
TIMES = 20
"""How often each read is done warm; the second slowest is the 95th percentile."""
LIVE = 300


@dataclass(slots=True, kw_only=True)
class Timed:
    """How long something took, each time, in ms; `cold` with nothing of the file in memory."""

    cold: float
    warm: list[float]

    @property
    def p95(self) -> float:
        """The second slowest of twenty."""
        return sorted(self.warm)[-2] if len(self.warm) > 1 else self.warm[0]


@asynccontextmanager
async def house_at(file: Path) -> AsyncIterator[tuple[House, MovingClock]]:
    """A house whose clock stands a minute after the last killmail came in."""
    clock = MovingClock()
    async with open_house(year_settings(file), online=False, clock=clock) as house:
        async with house.database.read() as tx:
            last = await tx.scalar(select(func.max(killmails.c.time)))
        clock.now = (last or clock.now) + 2 * LATE
        yield house, clock


def forget_file(file: Path) -> None:
    """Let the operating system drop what it holds of the file in memory."""
    for path in (file, file.with_name(file.name + "-wal")):
        if path.exists() and hasattr(os, "posix_fadvise"):
            with path.open("rb") as held:
                os.fsync(held.fileno())
                os.posix_fadvise(held.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


# Reads


async def reads(house: House) -> dict[str, Read]:
    """Every question that a slash command or the worker asks the database, by name."""
    async with house.database.read() as tx:
        newest = select(killmails.c.id).order_by(killmails.c.time.desc()).limit(1)
        widest = select(killmails.c.id).where(killmails.c.pruned.is_(False))
        kills = [
            await tx.scalar(select(func.min(killmails.c.id))),
            await tx.scalar(newest),
            await tx.scalar(widest.order_by(killmails.c.attackers.desc()).limit(1)),
        ]
        first = select(battles.c.public_id).order_by(battles.c.end).limit(1)
        large = select(battles.c.public_id).order_by(battles.c.kills.desc()).limit(1)
        shown = [await tx.scalar(first), await tx.scalar(large)]
    now = house.clock()
    found: dict[str, Read] = {
        "/status": lambda h: h.services.status.look(),
        "/alert list": lambda h: h.services.alerts.all_of(GUILD),
        "name begins with a letter": lambda h: h.services.names.search("s", kinds=set(EntityKind)),
        "name, exact": lambda h: h.services.names.resolve("Karovex Lintor 12"),
        "name, misspelt": lambda h: h.services.names.resolve("Karovexx Lintr 12"),
        "battle autocomplete": autocomplete,
        "outbox: what is due": _due,
        "outbox: how long it waits": _waiting,
    }
    for hours in (1, 24, 72):
        since = now - timedelta(hours=hours)
        found[f"/heatmap galaxy hours:{hours}"] = lambda h, s=since: h.services.killmails.heat(
            s, now
        )
        found |= recent(f"/battle list hours:{hours}", BattleSearch(since=since))
    since = now - timedelta(hours=72)
    region = RegionId(10000002)
    found |= recent("/battle list region", BattleSearch(since=since, region_id=region))
    found |= recent("/battle list min_kills:50", BattleSearch(since=since, min_kills=50))
    found |= await over_a_year(house)
    for which, kill in zip(("oldest", "newest", "widest"), kills, strict=True):
        found[f"/kill show, {which}"] = lambda h, k=kill: h.services.killmails.get(str(k))
    for which, battle in zip(("oldest", "largest"), shown, strict=True):
        found[f"/battle show, {which}"] = lambda h, b=battle: h.services.battles.get(b.lower())
    found["/battle show, related link"] = lambda h: h.services.battles.search(
        BattleSearch(system_id=30000142, since=since, until=since + timedelta(hours=1)), shown=False
    )
    return found


async def _due(house: House) -> None:
    async with house.database.read() as tx:
        (await tx.scalars(candidates(house.clock(), limit=10, busy=()))).all()


async def _waiting(house: House) -> None:
    async with house.database.read() as tx:
        await overview.load_queue(tx)
        await overview.load_waiting_since(tx)


async def time_reads(file: Path) -> dict[str, Timed]:
    """Each read cold, in a house that was just opened, then warm."""
    async with house_at(file) as (house, _):
        await furnish(house)
        found = await reads(house)
    timed: dict[str, Timed] = {}
    for name, read in found.items():
        async with house_at(file) as (house, _):
            forget_file(file)
            cold = await _ms(read, house)
            timed[name] = Timed(cold=cold, warm=[await _ms(read, house) for _ in range(TIMES)])
    return timed


async def _ms(read: Read, house: House) -> float:
    start = time.perf_counter()
    await read(house)
    return 1000 * (time.perf_counter() - start)


# Writes


class Arriving:
    """Killmails that arrive one by one, and how long each one takes to be stored, in ms."""

    def __init__(self, house: House, clock: MovingClock, year: Year, first_id: int) -> None:
        self._house = house
        self._clock = clock
        self._year = year
        self._first_id = first_id
        self._number = 0
        self.took: list[float] = []

    async def one(self) -> None:
        """The next one, live."""
        mail = self._mail()
        self._clock.now = max(self._clock.now, mail.time + LATE)
        arrival = Arrival(killmail=mail, received_at=self._clock.now, published_at=self._clock.now)
        start = time.perf_counter()
        await self._house.pipeline.take(
            Intake(live=True, arrivals=(arrival,), cursor=("r2z2", mail.id))
        )
        self.took.append(1000 * (time.perf_counter() - start))

    def _mail(self) -> Killmail:
        self._number += 1
        mail = self._year.killmail(self._number)
        moment = self._clock.now.replace(microsecond=0) - LATE + timedelta(seconds=6)
        return replace(mail, id=KillmailId(self._first_id + self._number), time=moment)

    async def rate(self) -> float:
        """Killmails a second, one after another."""
        self.took.clear()
        start = time.perf_counter()
        for _ in range(LIVE):
            await self.one()
        return LIVE / (time.perf_counter() - start)

    async def while_(self, work: Awaitable[object]) -> tuple[float, float]:
        """Seconds that `work` takes while they arrive ten a second, and the longest that one took, in ms."""
        self.took.clear()
        start = time.perf_counter()
        working = asyncio.ensure_future(work)
        while not working.done():
            await self.one()
            await asyncio.wait([working], timeout=0.1)
        await working
        return time.perf_counter() - start, max(self.took)


async def arriving(house: House, clock: MovingClock, year: Year) -> Arriving:
    """From behind the last killmail that is stored."""
    async with house.database.read() as tx:
        last = await tx.scalar(select(func.max(killmails.c.id)))
    return Arriving(house, clock, year, int(last or 0))


async def empty_rate(year: Year) -> float:
    """What the same killmails cost in a database that has nothing but them, in killmails a second."""
    with tempfile.TemporaryDirectory() as folder:
        async with house_at(Path(folder) / "empty.db") as (house, clock):
            await furnish(house)
            coming = Arriving(house, clock, year, 0)
            await coming.one()
            return await coming.rate()


async def time_writes(file: Path, year: Year) -> Iterable[Figure]:
    """The live path, a day's pruning and a copy, each while killmails arrive."""
    figures: list[Figure] = []
    async with house_at(file) as (house, clock):
        coming = await arriving(house, clock, year)
        await coming.one()
        commits = await plain_commits(house)
        rate = await coming.rate()
        fresh = await empty_rate(year)
        figures.append(_figure("live path", rate, "killmails/s", fresh, "in an empty database"))
        smallest = 1000 / commits
        quiet = statistics.median(coming.took)
        figures.append(_figure("a killmail alone, median", quiet, "ms", smallest, "smallest write"))
        await house.retention.prune()
        clock.now += timedelta(days=1)
        pruning, waited = await coming.while_(house.retention.prune())
        figures.append(_figure("pruning a day's details", pruning, "s"))
        figures.append(
            _figure("longest killmail meanwhile", waited, "ms", smallest, "smallest write")
        )
        copy = file.with_name(file.name + ".copy")
        copying, waited = await coming.while_(asyncio.to_thread(copy_sqlite, file, copy))
        reading = await asyncio.to_thread(_read_through, copy)
        copy.unlink()
        figures.append(_figure("copying", copying, "s", reading, "reading the file once"))
        figures.append(
            _figure("longest killmail meanwhile", waited, "ms", smallest, "smallest write")
        )
        wal = file.with_name(file.name + "-wal").stat().st_size / 1e6
        figures.append(_figure("log beside the file, afterwards", wal, "MB"))
    return figures


def _read_through(file: Path) -> float:
    start = time.perf_counter()
    with file.open("rb") as whole:
        while whole.read(1 << 20):
            pass
    return time.perf_counter() - start


async def room(file: Path) -> Iterable[Figure]:
    """How large the file is, what of it is free for what comes, and how long it takes to open."""
    start = time.perf_counter()
    async with house_at(file) as (house, _):
        opening = time.perf_counter() - start
        async with house.database.read() as tx:
            count = int(await tx.scalar(select(func.count()).select_from(killmails)) or 1)
            free = int(await tx.scalar(text("PRAGMA freelist_count")) or 0)
            pages = int(await tx.scalar(text("PRAGMA page_count")) or 0)
            page = int(await tx.scalar(text("PRAGMA page_size")) or 0)
    return [
        _figure("killmails", count, ""),
        _figure("file", pages * page / 1e6, "MB"),
        _figure("a killmail", pages * page / count, "bytes"),
        _figure("free for what comes", free * page / 1e6, "MB"),
        _figure("opening", opening, "s"),
    ]


def _figure(
    name: str, value: float, unit: str, yardstick: float | None = None, of: str = ""
) -> Figure:
    return Figure(
        name=f"year: {name}", value=value, unit=unit, yardstick=yardstick, yardstick_name=of
    )


async def smallest_read(file: Path) -> float:
    """The median of the smallest question, in ms."""

    async def ask(house: House) -> None:
        async with house.database.read() as tx:
            await tx.execute(text("SELECT 1"))

    async with house_at(file) as (house, _):
        return statistics.median([await _ms(ask, house) for _ in range(TIMES)])


async def measure(file: Path, year: Year) -> list[Figure]:
    """All of it."""
    figures = list(await room(file))
    timed = await time_reads(file)
    smallest = await smallest_read(file)
    for name, times in sorted(timed.items(), key=lambda item: -item[1].p95):
        figures.append(_figure(f"{name}, warm p95", times.p95, "ms", smallest, "smallest read"))
        figures.append(_figure(f"{name}, cold", times.cold, "ms", smallest, "smallest read"))
    slowest = max(timed, key=lambda name: timed[name].p95)
    coldest = max(timed, key=lambda name: timed[name].cold)
    bar = "under 300 ms warm, 1 s cold"
    figures.append(replace(_figure(f"slowest warm ({slowest})", timed[slowest].p95, "ms"), bar=bar))
    figures.append(
        replace(_figure(f"slowest cold ({coldest})", timed[coldest].cold, "ms"), bar=bar)
    )
    figures += await time_writes(file, year)
    return figures


async def _small() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        file, year, clock = Path(folder) / "year.db", recorded_year(), MovingClock()
        async with open_house(year_settings(file), online=False, clock=clock) as house:
            async for _ in fill(house, clock, year, SMALL):
                pass
        return await measure(file, year)


def bench() -> Iterable[Figure]:
    """On a small file; nothing without the recorded days."""
    if not os.environ.get("WARROOM_TEST_DATA"):
        return []
    return asyncio.run(_small())


def main() -> None:
    """On a file that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    for figure in asyncio.run(measure(parser.parse_args().file, recorded_year())):
        print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
