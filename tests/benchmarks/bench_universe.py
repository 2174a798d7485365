"""The universe: load time, memory, search, file size (`python -m tests.benchmarks.bench_universe`)."""

import random
import subprocess
import sys
import time
from collections.abc import Callable

from services.universe.columns import unpack
from services.universe.model import NameKind
from services.universe.search import fold
from services.universe.universe import Universe, shipped_file
from tests.benchmarks.figure import Figure

KINDS = frozenset({NameKind.SYSTEM, NameKind.REGION, NameKind.SHIP})
QUERIES = 4_000
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
    return [*_fresh(), *_search(), _size()]


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


def _queries(universe: Universe) -> list[str]:
    """Prefixes of 1 to 6 letters, and single words, of real names; always the same ones."""
    pick = random.Random(20260820)
    every = [system.name for system in universe.systems.values()]
    every += [region.name for region in universe.regions.values()]
    every += [kind.name for kind in universe.types.values() if universe.is_ship(kind.id)]
    prefixes = [name[: pick.randint(1, 6)] for name in pick.choices(every, k=QUERIES // 2)]
    words = [pick.choice(name.split()) for name in pick.choices(every, k=QUERIES // 2)]
    return prefixes + words


def _search() -> list[Figure]:
    universe = Universe.load()
    queries = _queries(universe)
    universe.warm()
    every = [
        fold(name)
        for columns in (universe.systems, universe.regions)
        for name in (place.name for place in columns.values())
    ]
    p95, p50, worst = _spread(lambda query: universe.search(query, kinds=KINDS), queries)
    plain = _spread(lambda query: sorted(n for n in every if fold(query) in n)[:25], queries[::20])
    near = _spread(lambda query: universe.nearest(query, NameKind.SYSTEM), queries[::20])
    return [
        Figure(
            name=f"universe: search p95 over {len(queries)} queries",
            value=p95 * 1e3,
            unit="ms",
            yardstick=plain[0] * 1e3,
            yardstick_name="p95 of a plain scan for the text in every name",
            bar="under 5 ms",
        ),
        Figure(name="universe: search median", value=p50 * 1e3, unit="ms"),
        Figure(name="universe: search worst", value=worst * 1e3, unit="ms"),
        Figure(name="universe: nearest names p95", value=near[0] * 1e3, unit="ms"),
    ]


def _spread(ask: Callable[[str], object], queries: list[str]) -> tuple[float, float, float]:
    """95th percentile, median and worst, in seconds."""
    took = []
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
