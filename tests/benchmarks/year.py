"""A database as a bot has it after a year: the recorded days again and again, through the real pipeline.

`python -m tests.benchmarks.year FILE --killmails 5000000` makes it, or goes on where it was stopped: all that it needs
to know stands in the file. The clock moves with the killmails, battles fall quiet, and the daily housekeeping is done
on every day of it, so details older than the retention are gone and battles stand as they were left. Nobody is told
anything. 13,700 killmails a day make five million in a year; the three recorded days are laid over one another to that
density. Needs WARROOM_TEST_DATA.
"""

import argparse
import asyncio
import gc
import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.app import House, open_house
from bot.jobs import keep_house_daily
from bot.settings import CONFIG_VARIABLE, Settings
from services.domain.ids import KillmailId
from services.domain.killmail import Arrival, Killmail
from services.feeds.archive import read_archive
from services.feeds.intake import Intake
from services.storage.settings import DatabaseSettings
from services.storage.tables import killmails
from tests.benchmarks.bench_feeds import recorded_archives

A_DAY = 13_700
"""Killmails: five million in a year."""
BEGINNING = datetime(2025, 11, 1, tzinfo=UTC)
FIRST_ID = 130_000_000
BATCH = 500
LATE = timedelta(seconds=60)
"""How long after the kill a killmail comes in."""


class Year:
    """Killmails without end: the recorded ones in ever new turns. The same number is always the same killmail."""

    def __init__(
        self,
        recorded: Sequence[Killmail],
        *,
        beginning: datetime = BEGINNING,
        a_day: float = A_DAY,
    ) -> None:
        first = min(mail.time for mail in recorded)
        self._beginning = beginning
        self._turn = timedelta(days=len(recorded) / a_day)
        offsets = (((mail.time - first) % self._turn, mail) for mail in recorded)
        self._mails = sorted(offsets, key=lambda pair: (pair[0], pair[1].id))

    def killmail(self, number: int) -> Killmail:
        """The `number`-th one, from 0; ids rise with time."""
        turn, place = divmod(number, len(self._mails))
        offset, mail = self._mails[place]
        at = self._beginning + turn * self._turn + offset
        return replace(
            mail,
            id=KillmailId(FIRST_ID + number),
            hash=hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest(),
            time=at.replace(microsecond=0),
        )

    def batches(self, start: int, end: int) -> Iterator[list[Killmail]]:
        """From number `start` to before `end`, some hundreds at a time."""
        for at in range(start, end, BATCH):
            yield [self.killmail(number) for number in range(at, min(at + BATCH, end))]


class MovingClock:
    """Stands where the killmails are."""

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> datetime:
        return self.now


def year_settings(file: Path) -> Settings:
    """Nothing but a database of its own."""
    os.environ[CONFIG_VARIABLE] = os.devnull
    return Settings(database=DatabaseSettings(url=f"sqlite+aiosqlite:///{file}"))


def recorded_year() -> Year:
    """The year made of the recorded days."""
    records = (record for path in recorded_archives() for record in read_archive(path))
    return Year([record for record in records if isinstance(record, Killmail)])


async def fill(house: House, clock: MovingClock, year: Year, count: int) -> AsyncIterator[int]:
    """Take in what is missing up to `count`, with everything that a day brings."""
    done = await stored(house)
    for mails in year.batches(done, count):
        clock.now = mails[-1].time + LATE
        arrivals = tuple(Arrival(killmail=mail, received_at=mail.time + LATE) for mail in mails)
        await house.pipeline.take(Intake(live=False, arrivals=arrivals))
        await house.services.battles.end_quiet(house.pipeline.tell)
        await keep_house_daily(house)
        done += len(mails)
        yield done


async def stored(house: House) -> int:
    """How many killmails of the year are there: their ids are numbered without a gap."""
    async with house.database.read() as tx:
        last = await tx.scalar(select(func.max(killmails.c.id)))
    return 0 if last is None else int(last) - FIRST_ID + 1


async def make(file: Path, count: int) -> None:
    """Make the file, or go on with it, and say how it goes."""
    year, clock = recorded_year(), MovingClock()
    gc.disable()
    async with open_house(year_settings(file), online=False, clock=clock) as house:
        start = time.perf_counter()
        shown = await stored(house)
        async for done in fill(house, clock, year, count):
            if done - shown >= 50_000 or done == count:
                now = time.perf_counter()
                size = await house.database.size()
                print(
                    f"{done:,} killmails, {clock.now:%Y-%m-%d}, {(done - shown) / (now - start):,.0f}/s, "
                    f"{size / 1e6:,.0f} MB",
                    flush=True,
                )
                start, shown = now, done
                gc.collect()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--killmails", type=int, default=5_000_000)
    chosen = parser.parse_args()
    asyncio.run(make(chosen.file, chosen.killmails))


if __name__ == "__main__":
    main()
