"""Name search among 300,000 names on SQLite (`python -m tests.benchmarks.bench_names`).

The organisations are recorded ones; pilots' names were not recorded and are put together from theirs.
"""

import asyncio
import json
import os
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from services.names.service import NameService, Seed
from services.names.settings import NameSettings
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.benchmarks.figure import Figure

NAMES = 300_000
QUERIES = 1_000
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def bench() -> list[Figure]:
    """By one letter, by two to five, by ticker, exactly; misspelt names with suggestions."""
    folder = os.environ.get("WARROOM_TEST_DATA")
    if not folder:
        return []
    with tempfile.TemporaryDirectory() as scratch:
        address = os.environ.get("WARROOM_BENCH_DATABASE", f"sqlite+aiosqlite:///{scratch}/n.db")
        return asyncio.run(_bench(_names(Path(folder)), address))


def _names(folder: Path) -> list[Seed]:
    pick = random.Random(20260820)
    organisations: list[Seed] = [
        (entry["id"], kind, entry["name"], entry["ticker"] or None)
        for kind in ("alliance", "corporation")
        for entry in json.loads((folder / f"names/{kind}s.json").read_text())
    ]
    words = sorted({word for _, _, name, _ in organisations for word in name.split()})
    pilots: list[Seed] = [
        (2_100_000_000 + number, "character", f"{pick.choice(words)} {pick.choice(words)}", None)
        for number in range(NAMES - len(organisations))
    ]
    return organisations + pilots


async def _bench(names: list[Seed], address: str) -> list[Figure]:
    database = await Database.open(DatabaseSettings(url=address))
    service = NameService(database, None, settings=NameSettings(), clock=lambda: datetime.now(UTC))
    start = time.perf_counter()
    await service.seed(names)
    stored = time.perf_counter() - start
    pick = random.Random(1)
    some = [pick.choice(names) for _ in range(QUERIES)]
    whole = await _times(service, [name for _, _, name, _ in some])
    found = {
        "one letter": await _times(service, list(LETTERS) * 10),
        "2 to 5 letters": await _times(service, [n[: pick.randint(2, 5)] for _, _, n, _ in some]),
        "a ticker": await _times(service, [f"[{t}]" for _, _, _, t in names[:QUERIES]]),
    }
    misspelt = [_misspelt(name, pick) for _, _, name, _ in some[:200] if len(name) > 4]
    near = await _times(service, misspelt, resolve=True)
    await database.close()
    yardstick = median(whole)
    figures = [Figure(name=f"names: storing {len(names)}", value=stored, unit="s")]
    for words, took in (*found.items(), ("a misspelt name, suggestions", near)):
        figures += [
            Figure(
                name=f"names: search by {words}, {part}",
                value=value,
                unit="ms",
                yardstick=yardstick,
                yardstick_name="a whole name, p50",
                bar="under 100 ms",
            )
            for part, value in (("p50", median(took)), ("p95", quantiles(took, n=20)[-1]))
        ]
    return figures


async def _times(service: NameService, texts: list[str], *, resolve: bool = False) -> list[float]:
    took = []
    for text in texts:
        start = time.perf_counter()
        await (service.resolve(text) if resolve else service.search(text))
        took.append((time.perf_counter() - start) * 1e3)
    return took


def _misspelt(name: str, pick: random.Random) -> str:
    place = pick.randrange(2, len(name))
    return name[:place] + pick.choice(LETTERS) + name[place + 1 :]


if __name__ == "__main__":
    for figure in bench():
        print(figure.line())
