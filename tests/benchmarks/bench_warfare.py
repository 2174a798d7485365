"""The recorded warzone: 759 snapshots of 26 days through the poller, and what commands ask of the outcome."""

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import structlog

from services.domain.ids import SystemId
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.occurrences.store import save_new
from services.polling.poller import Poller
from services.polling.source import Moment
from services.storage.database import Database, Transaction
from services.storage.settings import DatabaseSettings
from services.warfare.service import WarfareService
from services.warfare.settings import WarfareSettings
from services.warfare.systems import FwSystemSource
from services.warfare.wire import SYSTEMS
from tests.benchmarks.figure import Figure, seconds
from tests.factories import HandClock, universe
from tests.services.warfare.recorded import GivenEsi, Snapshot, flips, load_snapshots

_TAMA = SystemId(30_002_813)


def bench() -> list[Figure]:
    """Needs WARROOM_TEST_DATA; nothing is printed without it."""
    folder = os.environ.get("WARROOM_TEST_DATA")
    if not folder:
        return []
    snapshots = load_snapshots(Path(folder))
    universe().warm()
    with tempfile.TemporaryDirectory() as place, structlog.testing.capture_logs():
        return asyncio.run(_measure(Path(place), snapshots))


async def _measure(place: Path, snapshots: Sequence[Snapshot]) -> list[Figure]:
    file = place / "bench.db"
    settings = DatabaseSettings(url=f"sqlite+aiosqlite:///{file}")
    await (await Database.open(settings)).close()
    empty = file.stat().st_size  # closed, so without its log
    database = await Database.open(settings)
    found: list[Occurrence] = []

    async def tell(tx: Transaction, new: Sequence[Occurrence], moment: Moment) -> None:
        found.extend(await save_new(tx, new))

    clock, esi = HandClock(snapshots[0].at), GivenEsi()
    half = len(snapshots) // 2
    start = time.perf_counter()
    for part in (snapshots[:half], snapshots[half:]):  # the second poller is a process started anew
        source = FwSystemSource(esi, universe(), WarfareSettings())
        poller = Poller(database, source, tell=tell, clock=clock, ring=lambda: None)
        for snapshot in part:
            clock.now = max(snapshot.at, clock.now) + timedelta(minutes=31)
            esi.made, esi.answers[SYSTEMS] = snapshot.at, snapshot.body
            assert await poller.step()
    replayed = time.perf_counter() - start
    decoding = seconds(lambda: [msgspec.json.decode(one.body) for one in snapshots])
    service = WarfareService(database, universe(), WarfareSettings(), clock=clock)
    kinds = Counter(one.kind for one in found)
    told = [(one.system_id, one.new and one.new.id, one.at) for one in found if one.new]
    days = (snapshots[-1].at - snapshots[0].at) / timedelta(days=1)
    figures = [
        Figure(
            name=f"replay {len(snapshots)} snapshots, with a restart in the middle",
            value=replayed,
            unit="s",
            yardstick=decoding,
            yardstick_name="decoding them",
            bar="at most 10 s",
        ),
        Figure(
            name="flips told",
            value=kinds[OccurrenceKind.FLIP],
            unit="",
            bar=f"the recorded {len(flips(snapshots))}, each once"
            + ("" if sorted(told) == sorted(flips(snapshots)) else ": NOT THE SAME"),
        ),
        *(
            Figure(name=f"{kind.value} told", value=count, unit="")
            for kind, count in sorted(kinds.items())
            if kind is not OccurrenceKind.FLIP
        ),
        Figure(name="the warzone as it is", value=await _timed(service.warzone), unit="ms"),
        Figure(
            name="stats of 26 days",
            value=await _timed(lambda: service.stats(snapshots[0].at)),
            unit="ms",
        ),
        Figure(
            name="shares of a system over 26 days",
            value=await _timed(lambda: service.shares(_TAMA, snapshots[0].at)),
            unit="ms",
        ),
    ]
    await database.close()
    grown = (file.stat().st_size - empty) / 1e6
    name = f"size of a year, at {len(snapshots) / days:.0f} snapshots a day"
    return [*figures, Figure(name=name, value=grown / days * 365, unit="MB")]


async def _timed(ask: object) -> float:
    assert callable(ask)
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        await ask()
        best = min(best, time.perf_counter() - start)
    return best * 1000


if __name__ == "__main__":
    for figure in bench():
        print(figure.line())
