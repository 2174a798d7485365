"""The dry run of a filter over 30 days of stored kills, beside loading and testing every mail (measured on a part).

`python -m tests.benchmarks.bench_try FILE` measures a file that `tests.benchmarks.month` made; `make bench` makes one
first. Each filter is asked once by a service that has just been opened, then again.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.app import open_house
from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    GroupKind,
    Op,
    Reach,
    Side,
    Trait,
)
from services.domain.ids import SystemId
from services.domain.space import HullClass, Space
from services.domain.trial import Trial
from services.filters.compiling import Compiler
from services.filters.flat import Flattener
from services.killmails.items import unpack_items
from services.killmails.rows import killmail_of
from services.killmails.service import KillmailService
from services.killmails.store import load_attackers
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from services.storage.statements import chunks
from services.storage.tables import killmails
from services.universe.universe import Universe
from tests.benchmarks.figure import Figure
from tests.benchmarks.month import COUNT, DAYS, fill_month
from tests.benchmarks.year import MovingClock, year_settings

F = FilterField
DELVE, AMAMAKE = 10000060, SystemId(30002537)
GOONSWARM, DAMAGE_CONTROL, RARE_MODULE = 1354830081, 2048, 14268
NAIVE_MAILS = 5_000
BAR = "under 3 s"


def _every(*members: FilterNode) -> Filter:
    return Filter(FilterGroup(GroupKind.ALL, members))


def _but(*members: FilterNode) -> FilterGroup:
    return FilterGroup(GroupKind.NONE, members)


def filters() -> dict[str, Filter]:
    """What channels ask for."""
    low = Condition(F.SPACE, (Space.LOW.value,))
    goons = Condition(F.ALLIANCE, (GOONSWARM,), side=Side.ATTACKER)
    return {
        "region and floor": _every(
            Condition(F.REGION, (DELVE,)), Condition(F.ISK, (1e9,), op=Op.AT_LEAST)
        ),
        "an alliance, either side": _every(Condition(F.ALLIANCE, (GOONSWARM,), side=Side.EITHER)),
        "a capital within 7 ly": _every(
            Condition(F.WITHIN, (Reach(system_id=AMAMAKE, light_years=7.0),)),
            Condition(
                F.CLASS, (HullClass.CAPITAL.value, HullClass.SUPERCAPITAL.value), side=Side.EITHER
            ),
        ),
        "solo in low-sec": _every(low, Condition(F.IS, (Trait.SOLO.value,))),
        "a rare module": _every(Condition(F.FITTED, (RARE_MODULE,))),
        "a module on every seventh hull": _every(Condition(F.FITTED, (DAMAGE_CONTROL,))),
        "everything with exclusions": _every(
            _but(
                goons,
                Condition(F.REGION, (10000002,)),
                Condition(F.CLASS, (HullClass.POD.value,), side=Side.VICTIM),
            )
        ),
        "ten pilots of one organisation": _every(
            Condition(F.PILOTS, (10,), op=Op.AT_LEAST), Condition(F.SHARE, (0.8,), op=Op.AT_LEAST)
        ),
    }


async def last_kill(database: Database) -> Any:
    """When the newest stored kill was."""
    async with database.read() as tx:
        return await tx.scalar(select(func.max(killmails.c.time)))


class Pulse:
    """Beats every few milliseconds and remembers how long it had to wait: what the gateway would have felt."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def beat(self) -> None:
        """Until cancelled."""
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0.005)
            self.longest = max(self.longest, time.perf_counter() - start - 0.005)


async def tried(
    file: Path, wanted: Filter, universe: Universe
) -> tuple[Trial, float, float, float]:
    """The trial by a house just opened, how long it took then and once more, and the longest wait of everybody
    else."""
    database = await Database.open(DatabaseSettings(url=f"sqlite+aiosqlite:///{file}"))
    service, pulse = KillmailService(database, universe), Pulse()
    until = await last_kill(database) + timedelta(seconds=1)
    since = until - timedelta(days=DAYS)
    took: list[float] = []
    beating = asyncio.create_task(pulse.beat())
    for _ in range(2):
        start = time.perf_counter()
        trial = await service.try_filter(wanted, since=since, until=until)
        took.append(time.perf_counter() - start)
    beating.cancel()
    await database.close()
    return trial, took[0], took[1], pulse.longest


async def naive(file: Path, wanted: Filter, universe: Universe) -> float:
    """Seconds for all mails, by loading and testing some of them whole."""
    database = await Database.open(DatabaseSettings(url=f"sqlite+aiosqlite:///{file}"))
    flattener, program = Flattener(universe), Compiler(universe).compile(wanted)
    async with database.read() as tx:
        ids = list(await tx.scalars(select(killmails.c.id).limit(NAIVE_MAILS)))
        start = time.perf_counter()
        for some in chunks(ids):
            rows = (await tx.execute(select(killmails).where(killmails.c.id.in_(some)))).all()
            attackers = await load_attackers(tx, some)
            for row in rows:
                mail = killmail_of(row, attackers.get(row.id, ()))
                unpack_items(row.items)
                program.holds(flattener.flatten(mail, received_at=row.received_at))
        took = time.perf_counter() - start
    await database.close()
    return took * COUNT / len(ids)


async def measure(file: Path) -> AsyncIterator[Figure]:
    """All of it."""
    universe = Universe.load()
    universe.warm()
    wanted = filters()
    yardstick = await naive(file, wanted["everything with exclusions"], universe)
    longest = 0.0
    for name, each in wanted.items():
        trial, cold, warm, waited = await tried(file, each, universe)
        longest = max(longest, waited)
        said = f"{trial.matches:,.0f} matches" + (
            f" +- {trial.margin:,.0f}, {trial.share:.0%} tested" if trial.sampled else ""
        )
        yield Figure(
            name=f"try, {name} ({said}), first",
            value=cold,
            unit="s",
            yardstick=yardstick,
            yardstick_name="loading and testing every mail",
            bar=BAR,
        )
        yield Figure(name=f"try, {name}, again", value=warm, unit="s", bar=BAR)
    yield Figure(name="try, longest wait of the event loop", value=1000 * longest, unit="ms")


async def _made() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "month.db"
        async with open_house(year_settings(file), online=False, clock=MovingClock()) as house:
            async for _ in fill_month(house):
                pass
        return [figure async for figure in measure(file)]


def bench() -> Iterable[Figure]:
    """On a file made for it; nothing without the recorded days."""
    if not os.environ.get("WARROOM_TEST_DATA"):
        return []
    return asyncio.run(_made())


async def _shown(file: Path) -> None:
    async for figure in measure(file):
        print(figure.line(), flush=True)


def main() -> None:
    """On a file that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    asyncio.run(_shown(parser.parse_args().file))


if __name__ == "__main__":
    main()
