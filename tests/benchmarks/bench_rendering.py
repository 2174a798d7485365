"""How long pictures take: a heatmap (the first one with the ground, a warm one, one that is kept), and a battle's.

The yardstick is the encoding of a finished picture of the same size, which no way of drawing can avoid. Heat is made up
in the shape of recorded days: 1,550 systems, few of them with very much. The battle has 1,000 kills and six sides over
three systems; its cold picture is the first one of a process that has drawn nothing yet, once with what that process
has to import for it.
"""

import asyncio
import io
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from PIL import Image

from services.domain.heat import HeatBy
from services.rendering.battle_picture import draw_battle, render_battle
from services.rendering.heatmap import HeatmapData
from services.rendering.service import HeatmapService, new_eden
from services.rendering.worker import RenderWorker
from services.universe.universe import Universe
from tests.benchmarks.figure import Figure, seconds
from tests.services.rendering.battle_samples import large

_COLD = """
import time
begin = time.perf_counter()
from services.rendering.battle_picture import render_battle
imported = time.perf_counter()
from tests.services.rendering.battle_samples import large
data = large(1000, sides=6, systems=3)
drawing = time.perf_counter()
render_battle(data)
print(imported - begin, time.perf_counter() - drawing)
"""


def bench() -> list[Figure]:
    """Cold, warm, kept, and the size of the picture."""
    return [*asyncio.run(_measure(Universe.load())), *_battle()]


def _battle() -> list[Figure]:
    """A large battle's picture, cold in a process of its own and warm in this one."""
    runs = [_cold() for _ in range(3)]
    data = large(1000, sides=6, systems=3)
    image, png = draw_battle(data), render_battle(data)
    encoding = seconds(lambda: image.save(io.BytesIO(), "PNG"), repeat=3)
    timed = {
        "battle, cold": (min(first for _, first in runs), "under 0.7 s"),
        "battle, cold, imports included": (min(sum(run) for run in runs), "under 0.7 s"),
        "battle, warm": (seconds(lambda: render_battle(data), repeat=5), ""),
    }
    return [
        *(
            Figure(
                name=name,
                value=value,
                unit="s",
                yardstick=encoding,
                yardstick_name="encoding alone",
                bar=bar,
            )
            for name, (value, bar) in timed.items()
        ),
        Figure(name="battle, size", value=len(png) / 1e6, unit="MB"),
    ]


def _cold() -> tuple[float, float]:
    """Seconds for the imports and for the first picture of a fresh process."""
    ran = subprocess.run([sys.executable, "-c", _COLD], capture_output=True, text=True, check=True)
    imports, first = map(float, ran.stdout.split())
    return imports, first


async def _measure(universe: Universe) -> list[Figure]:
    heats = [_heat(universe, seed) for seed in range(5)]
    async with RenderWorker() as worker:
        # A universe that nobody has asked anything yet, as after the start of the process.
        service = HeatmapService(Universe.load(), worker)
        cold, png = await _timed(service, heats[0])
        warm = min([(await _timed(service, data))[0] for data in heats[1:]])
        kept, _ = await _timed(service, heats[0])
    image = Image.open(io.BytesIO(png)).convert("RGB")
    encoding = seconds(lambda: image.save(io.BytesIO(), "PNG", compress_type=3), repeat=3)
    name = "encoding alone"
    return [
        Figure(
            name="heatmap, cold",
            value=cold,
            unit="s",
            yardstick=encoding,
            yardstick_name=name,
            bar="under 1.0 s",
        ),
        Figure(
            name="heatmap, warm",
            value=warm,
            unit="s",
            yardstick=encoding,
            yardstick_name=name,
            bar="under 0.3 s",
        ),
        Figure(name="heatmap, kept", value=kept, unit="s", yardstick=encoding, yardstick_name=name),
        Figure(name="heatmap, size", value=len(png) / 1e6, unit="MB", bar="below 1.5 MB"),
    ]


async def _timed(service: HeatmapService, data: HeatmapData) -> tuple[float, bytes]:
    start = time.perf_counter()
    png = await service.heatmap(data)
    return time.perf_counter() - start, png


def _heat(universe: Universe, seed: int) -> HeatmapData:
    rng = random.Random(seed)
    systems = rng.sample([system.id for system in new_eden(universe).systems], 1550)
    end = datetime(2021, 12, 1, tzinfo=UTC)
    return HeatmapData(
        heat={system_id: round(rng.paretovariate(0.8)) for system_id in systems},
        by=HeatBy.KILLS,
        start=end - timedelta(hours=24),
        end=end,
        drawn_at=end,
    )


if __name__ == "__main__":
    for figure in bench():
        print(figure.line())
