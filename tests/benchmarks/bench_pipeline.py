"""The way in: backfill of the recorded days and the live path, beside unpacking and decoding alone.

Each runs in a process of its own. The live path takes one killmail a transaction, with an alert for battles in place,
as a running bot does.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import text

from bot.app import House, open_house
from bot.cli.backfill import import_archives, silent_progress
from bot.settings import CONFIG_VARIABLE, Settings
from services.domain.alert import AlertKind, AlertRequest
from services.domain.ids import ChannelId, GuildId, UserId
from services.domain.killmail import Arrival, Killmail
from services.feeds.archive import read_archive
from services.feeds.intake import Intake
from services.storage.settings import DatabaseSettings
from tests.benchmarks.bench_feeds import recorded_archives, unpack_and_decode
from tests.benchmarks.figure import Figure, seconds

LIVE_MAILS = 4000
"""Killmails of the live figure: those around UW9B-F, where fights are large and the work is hardest."""
LIVE_FROM = 11_000


def settings(folder: str) -> Settings:
    """Nothing but a database of its own."""
    os.environ[CONFIG_VARIABLE] = os.devnull
    url = f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}"
    return Settings(database=DatabaseSettings(url=url))


def bench() -> Iterable[Figure]:
    """Backfill, its memory and room, and the live path."""
    archives = recorded_archives()
    if not archives:
        return
    alone = seconds(lambda: unpack_and_decode(archives))
    took, memory, per_mail, per_battle, plain_battle = alone_in_a_process("backfill")
    again = seconds(lambda: unpack_and_decode(archives))
    yield Figure(
        name="backfill of three days with battles",
        value=took,
        unit="s",
        yardstick=(alone + again) / 2,
        yardstick_name="unpacking and decoding alone, before and after",
        bar="at most 3x",
    )
    yield Figure(name="its memory at the most", value=memory, unit="MB", bar="at most 400 MB")
    yield Figure(name="database, a killmail", value=per_mail, unit="bytes")
    yield Figure(
        name="a battle's own rows on average",
        value=per_battle,
        unit="bytes",
        yardstick=plain_battle,
        yardstick_name="its killmail ids as JSON",
        bar="under 10,000",
    )
    rate, commits = alone_in_a_process("live")
    yield Figure(
        name="live pipeline, one killmail a transaction",
        value=rate,
        unit="killmails/s",
        yardstick=commits,
        yardstick_name="smallest write transactions a second",
        bar="at least 300",
    )


def alone_in_a_process(what: str) -> list[float]:
    """Run one of the two in a process of its own, with a heap of its own; the figures of its last line."""
    printed = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_pipeline", what],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [float(word) for word in printed.splitlines()[-1].split()]


async def live() -> None:
    """One killmail a transaction: prints killmails a second, and plain commits a second."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(settings(folder), online=False) as house:
            request = AlertRequest(
                guild_id=GuildId(1),
                channel_id=ChannelId(2),
                created_by=UserId(3),
                kind=AlertKind.BATTLES,
            )
            await house.services.alerts.add(request)
            mails = recorded_mails()
            await take(house, mails[: LIVE_MAILS // 10])
            start = time.perf_counter()
            await take(house, mails[LIVE_MAILS // 10 :])
            rate = (len(mails) - LIVE_MAILS // 10) / (time.perf_counter() - start)
            commits = await plain_commits(house)
    print(rate, commits)


def recorded_mails() -> list[Killmail]:
    """A stretch of the recorded days."""
    records = (r for path in recorded_archives() for r in read_archive(path))
    mails = [r for _, r in zip(range(LIVE_FROM + LIVE_MAILS), records, strict=False)]
    return [r for r in mails[LIVE_FROM:] if isinstance(r, Killmail)]


async def take(house: House, mails: list[Killmail]) -> None:
    """The live path, as the feed's loop walks it."""
    for number, mail in enumerate(mails):
        arrival = Arrival(killmail=mail, received_at=house.clock(), published_at=house.clock())
        await house.pipeline.take(Intake(live=True, arrivals=(arrival,), cursor=("r2z2", number)))


async def plain_commits(house: House) -> float:
    """Transactions a second that write one small row."""
    start = time.perf_counter()
    for number in range(500):
        async with house.database.write() as tx:
            await tx.execute(
                text("UPDATE cursors SET position = :number WHERE name = 'r2z2'"),
                {"number": number},
            )
    return 500 / (time.perf_counter() - start)


async def backfill() -> None:
    """What the process of its own does: prints seconds, MB, bytes a killmail, bytes a battle, bytes of plain ids."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(settings(folder), online=False) as house:
            start = time.perf_counter()
            with silent_progress() as progress:
                tally = await import_archives(house, recorded_archives(), progress)
            took = time.perf_counter() - start
            async with house.database.read() as tx:
                battles = float(await tx.scalar(text(_BATTLE_BYTES)) or 0)
                ids = float(await tx.scalar(text(_PLAIN_BYTES)) or 0)
            size = await house.database.size()
    print(took, peak_memory(), size / tally.stored, battles, ids)


def peak_memory() -> float:
    """MB at the most since this process began (rusage would count what forked it, too)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


_BATTLE_BYTES = """
SELECT (SELECT SUM(length(sides) + length(public_id) + length(stem) + 90) FROM battles) * 1.0 / COUNT(*)
    + (SELECT COUNT(*) * 12.0 FROM battle_killmails) / COUNT(*)
    + (SELECT SUM(length(public_id) + length(stem) + 8) FROM battle_ids) * 1.0 / COUNT(*)
FROM battles
"""
_PLAIN_BYTES = "SELECT (SELECT COUNT(*) * 9.0 FROM battle_killmails) / COUNT(*) FROM battles"


if __name__ == "__main__":
    asyncio.run(live() if sys.argv[1:] == ["live"] else backfill())
