"""The universe: load, memory, search with misspellings, routes, an update (`python -m tests.benchmarks universe`)."""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import aiohttp

from services.domain.clock import system_clock
from services.universe.columns import unpack
from services.universe.compile import build_universe
from services.universe.model import NameKind, Prefer
from services.universe.search import fold, squeeze
from services.universe.settings import UniverseSettings
from services.universe.universe import ALL_KINDS, Universe, shipped_file
from services.universe.update import UniverseUpdater
from tests.benchmarks.figure import Figure
from tests.fakes.sde import FakeSde, recorded_export, zip_of
from tests.services.universe.misspellings import misspell

Q = TypeVar("Q")
QUERIES = 6_000
ROUTES = 2_000
FRESH_RUNS = 5

FRESH = """
import resource, time
def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6
bare = resident()
import numpy, msgspec, rapidfuzz.process, rapidfuzz.fuzz, rustworkx, lzma
libraries = resident()
start = time.perf_counter()
from services.universe.universe import Universe
u = Universe.load()
loaded = time.perf_counter() - start
after_load = resident()
u.warm(); u.jumps(30000142, 30002187); u.search("jita"); u.light_years(30000142, 30002187)
print(loaded, after_load - libraries, resident() - bare, libraries - bare)
"""

UNPACK = """
import time, lzma, hashlib
from services.universe.columns import unpack
from services.universe.universe import shipped_file
start = time.perf_counter(); unpack(shipped_file().read_bytes()); print(time.perf_counter() - start)
"""


def bench() -> list[Figure]:
    """Every figure of the universe, with its bar."""
    return [*_fresh(), *_search(), *_routes(), *_update(), _size()]


def _run(code: str) -> list[float]:
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return [float(word) for word in out.stdout.split()]


def _fresh() -> list[Figure]:
    """Load and memory in processes of their own, the median of some; unpacking alone is the yardstick."""
    runs = sorted(_run(FRESH) for _ in range(FRESH_RUNS))
    loaded, after_load, whole, libraries = runs[FRESH_RUNS // 2]
    unpacking = sorted(_run(UNPACK) for _ in range(FRESH_RUNS))[FRESH_RUNS // 2][0]
    return [
        Figure(
            name="universe: load in a fresh process",
            value=loaded * 1e3,
            unit="ms",
            yardstick=unpacking * 1e3,
            yardstick_name="unpacking the file alone",
            bar="under 300 ms",
        ),
        Figure(name="universe: memory after load", value=after_load, unit="MB", bar="under 80 MB"),
        Figure(
            name="universe: memory with graph, index and libraries",
            value=whole,
            unit="MB",
            yardstick=libraries,
            yardstick_name="importing numpy, rustworkx, rapidfuzz, msgspec alone",
            bar="under 80 MB",
        ),
    ]


def _names(universe: Universe) -> list[str]:
    places = (universe.systems, universe.constellations, universe.regions)
    ships = [kind.name for kind in universe.types.values() if universe.is_ship(kind.id)]
    return [place.name for table in places for place in table.values()] + ships


def _queries(universe: Universe) -> list[str]:
    """In equal parts prefixes of 1 to 6 letters, single words, and whole names with a mistake; always the same ones."""
    pick = random.Random(20260820)
    every = _names(universe)
    prefixes = [name[: pick.randint(1, 6)] for name in pick.choices(every, k=QUERIES // 3)]
    words = [pick.choice(name.split()) for name in pick.choices(every, k=QUERIES // 3)]
    wrong = [misspell(name, pick) for name in pick.choices(every, k=QUERIES // 3)]
    mixed = prefixes + words + wrong
    pick.shuffle(mixed)
    return mixed


def _search() -> list[Figure]:
    universe = Universe.load()
    queries = _queries(universe)
    universe.warm()
    every = [fold(name) for name in _names(universe)]
    p95, p50, worst = _spread(universe.search, queries)
    plain = _spread(lambda query: sorted(n for n in every if fold(query) in n)[:25], queries[::20])
    near = _spread(lambda query: universe.nearest(query, NameKind.SYSTEM), queries[::20])
    return [
        Figure(
            name=f"universe: search p95 over {len(queries)} queries, a third misspelt",
            value=p95 * 1e3,
            unit="ms",
            yardstick=plain[0] * 1e3,
            yardstick_name="p95 of a plain scan for the text in every name",
            bar="under 5 ms",
        ),
        Figure(name="universe: search median", value=p50 * 1e3, unit="ms"),
        Figure(name="universe: search worst", value=worst * 1e3, unit="ms"),
        Figure(name="universe: nearest names p95", value=near[0] * 1e3, unit="ms"),
        _share_found(universe),
    ]


def _share_found(universe: Universe) -> Figure:
    pick = random.Random(20260821)
    long = [name for name in _names(universe) if len(squeeze(fold(name))) >= 5]
    asked = [(name, misspell(name, pick)) for name in pick.choices(long, k=QUERIES)]

    def first_five(query: str) -> list[str]:
        return [hit.name for hit in universe.search(query, kinds=ALL_KINDS, limit=25)][:5]

    right = sum(name in first_five(query) for name, query in asked)
    strict = sum(
        name in [hit.name for hit in universe.search(query, misspelt=False)][:5]
        for name, query in asked
    )
    return Figure(
        name=f"universe: {len(asked)} names of 5 letters and more with a mistake, right one in the first 5",
        value=100 * right / len(asked),
        unit="%",
        yardstick=100 * strict / len(asked),
        yardstick_name="without looking for what is misspelt",
        bar="at least 95 %",
    )


def _routes() -> list[Figure]:
    """Any preference; half with five systems and two regions to avoid, a fifth in high security alone."""
    universe = Universe.load()
    universe.warm()
    pick = random.Random(20260822)
    gated = [key for key, ends in universe.gates.items() if ends]
    regions = [key for key in universe.regions if key < 11_000_000]
    terms = [
        {
            "prefer": pick.choice(list(Prefer)),
            "avoid": pick.sample(gated, 5) + pick.sample(regions, 2) if number % 2 else [],
            "only_high": number % 5 == 0,
        }
        for number in range(ROUTES)
    ]
    ends = [pick.sample(gated, 2) for _ in range(ROUTES)]
    p95, p50, worst = _spread(
        lambda number: universe.route(*ends[number], **terms[number]),  # type: ignore[arg-type]
        range(ROUTES),
    )
    distances = _spread(lambda number: universe.jumps(*ends[number]), range(ROUTES))
    return [
        Figure(
            name=f"universe: route p95 over {ROUTES} questions",
            value=p95 * 1e3,
            unit="ms",
            yardstick=distances[0] * 1e3,
            yardstick_name="p95 of the jumps alone, by breadth first search",
            bar="under 5 ms",
        ),
        Figure(name="universe: route median", value=p50 * 1e3, unit="ms"),
        Figure(name="universe: route worst", value=worst * 1e3, unit="ms"),
        Figure(
            name="universe: Jita to Amarr in high security alone",
            value=universe.jumps(30000142, 30002187, only_high=True) or 0,
            unit="jumps",
            bar="34",
        ),
    ]


def _update() -> list[Figure]:
    """The recorded export as a newer build, and how long the event loop was held meanwhile."""
    data = os.environ.get("WARROOM_TEST_DATA")
    if data is None:
        return []
    export = recorded_export(Path(data) / "sde")
    with tempfile.TemporaryDirectory() as name:
        whole, held, received, size = asyncio.run(_updated(export, Path(name)))
        threaded = asyncio.run(
            _held(lambda: build_universe(Path(data) / "sde", Path(name) / "plain.bin"))
        )
    return [
        Figure(name="universe: a whole update", value=whole, unit="s"),
        Figure(
            name="universe: longest time the event loop was held by it",
            value=held * 1e3,
            unit="ms",
            yardstick=threaded * 1e3,
            yardstick_name="compiling in a thread instead of a process",
        ),
        Figure(
            name="universe: downloaded for it",
            value=received / 1e6,
            unit="MB",
            yardstick=size / 1e6,
            yardstick_name="the whole zip",
        ),
    ]


async def _updated(export: dict[str, bytes], folder: Path) -> tuple[float, float, int, int]:
    """Seconds in all, longest hold in seconds, bytes received, bytes of the zip."""
    export["_sde"] = export["_sde"].replace(b"3475087", b"3569502")
    sde = FakeSde(build=3569502, zip=zip_of(export, ballast=20_000_000))
    async with sde.serve(), aiohttp.ClientSession() as session:
        settings = UniverseSettings(base_url=sde.url, file=folder / "universe.bin")
        universe = Universe.load()
        updater = UniverseUpdater(universe, session, settings, clock=system_clock)
        start = time.perf_counter()
        lag = asyncio.create_task(_lag())
        outcome = await updater.check()
        lag.cancel()
        assert universe.build == sde.build, outcome
        longest = await lag
    return time.perf_counter() - start, longest, outcome.received, len(sde.zip)


async def _held(function: Callable[[], object]) -> float:
    lag = asyncio.create_task(_lag())
    await asyncio.to_thread(function)
    lag.cancel()
    return await lag


async def _lag() -> float:
    """Until it is cancelled: the longest that a millisecond's sleep took, in seconds."""
    longest = 0.0
    try:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - start)
    except asyncio.CancelledError:
        return longest


def _spread(ask: Callable[[Q], object], queries: Iterable[Q]) -> tuple[float, float, float]:
    """95th percentile, median and worst, in seconds."""
    took: list[float] = []
    for query in queries:
        start = time.perf_counter()
        ask(query)
        took.append(time.perf_counter() - start)
    took.sort()
    return took[int(len(took) * 0.95)], took[len(took) // 2], took[-1]


def _size() -> Figure:
    data = shipped_file().read_bytes()
    columns = unpack(data)
    text = len(columns.systems.names.encode()) + len(columns.types.names.encode())
    return Figure(
        name="universe: compiled file",
        value=len(data) / 1e6,
        unit="MB",
        yardstick=text / 1e6,
        yardstick_name="the names alone, as plain text",
        bar="at most 4 MB",
    )


if __name__ == "__main__":
    for figure in bench():
        print(figure.line())
