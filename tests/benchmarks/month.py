"""A month of stored killmails, for questions that look far back: the recorded days again and again, straight into the
tables.

`python -m tests.benchmarks.month FILE` makes it. No battles, no messages: only what a search reads. The recorded days
lack zKillboard's flags, labels and values; they get what zKillboard would say of them as far as the mails tell. Needs
WARROOM_TEST_DATA.
"""

import argparse
import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import House, open_house
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Killmail
from services.domain.space import Space
from services.feeds.archive import read_archive
from services.killmails.store import save_new
from services.universe.universe import Universe
from tests.benchmarks.bench_feeds import recorded_archives
from tests.benchmarks.year import LATE, MovingClock, Year, year_settings

COUNT, DAYS = 500_000, 30
END = datetime(2026, 11, 20, tzinfo=UTC)
_STEP = 2_000
_LABELS = {
    Space.HIGH: "loc:highsec",
    Space.LOW: "loc:lowsec",
    Space.NULL: "loc:nullsec",
    Space.WORMHOLE: "loc:w-space",
}


def recorded_mails(house: House) -> Iterator[Killmail]:
    """Every recorded killmail with a value, flags and labels."""
    for path in recorded_archives():
        for record in read_archive(path):
            if isinstance(record, Killmail):
                yield as_published(house.prices.value_of(record), house.services.universe)


def as_published(mail: Killmail, universe: Universe) -> Killmail:
    """As zKillboard would have published it: flags and labels, and the value taken for its own."""
    pilots = {a.character_id for a in mail.attackers if a.character_id is not None}
    npc = not mail.has_player_attacker
    solo = len(pilots) == 1 and universe.is_ship(mail.victim.ship_type_id) and not npc
    labels = ["pvp" if not npc else "npc", *(["solo"] if solo else [])]
    if (place := _LABELS.get(universe.space_of(mail.system_id))) is not None:
        labels.append(place)
    isk = mail.value.isk
    return replace(
        mail,
        npc=npc,
        solo=solo,
        awox=False,
        labels=tuple(labels),
        value=mail.value if isk is None else Value(isk=isk, source=ValueSource.ZKB),
    )


async def fill_month(
    house: House, *, count: int = COUNT, days: float = DAYS, end: datetime = END
) -> AsyncIterator[int]:
    """Store `count` killmails of the `days` before `end`; how many there are, again and again."""
    length = timedelta(days=days)
    year = Year(list(recorded_mails(house)), beginning=end - length, a_day=count / days)
    for at in range(0, count, _STEP):
        mails = [year.killmail(number) for number in range(at, min(at + _STEP, count))]
        arrivals = [Arrival(killmail=m, received_at=m.time + LATE) for m in mails]
        async with house.database.write() as tx:
            await save_new(tx, arrivals)
        yield at + len(mails)


async def make(file: Path, count: int) -> None:
    """Make the file."""
    clock = MovingClock()
    gc.disable()
    async with open_house(year_settings(file), online=False, clock=clock) as house:
        async for done in fill_month(house, count=count):
            if done % 50_000 == 0:
                print(f"{done:,} killmails", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--killmails", type=int, default=COUNT)
    chosen = parser.parse_args()
    asyncio.run(make(chosen.file, chosen.killmails))


if __name__ == "__main__":
    main()
