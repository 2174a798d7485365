"""How long maps take: a region's, cold in a fresh process and warm; sovereignty of a region and the galaxy; a warzone.

Cold is the first map of a process that has drawn nothing yet, without and with what it has to import; the universe is
loaded before, as it is in the bot. Warm maps are of other data than the one before, so that nothing finished is reused.
The yardstick is Pillow's own encoding of a picture of the same size.
"""

import io
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PIL import Image

from services.domain.ids import SystemId
from services.rendering.ground_picture import draw_ground
from services.rendering.map_colours import colours_of
from services.rendering.map_data import Contest, Holder, MapData
from services.rendering.map_galaxy import render_galaxy
from services.rendering.map_picture import render_map
from services.rendering.map_sheet import sheet_of
from services.rendering.service import new_eden
from services.universe.universe import Universe
from tests.benchmarks.figure import Figure, seconds
from tests.services.rendering.map_samples import (
    DELVE,
    FORGE,
    JITA,
    POCHVEN,
    heated,
    of_region,
    sample,
)

_COLD = """
import time
from services.universe.universe import Universe
universe = Universe.load()
begin = time.perf_counter()
from services.rendering.map_picture import render_map
from services.rendering.map_sheet import sheet_of
from tests.services.rendering.map_samples import FORGE, heated, of_region
imported = time.perf_counter()
data = heated(of_region(universe, FORGE))
drawing = time.perf_counter()
render_map(sheet_of(universe, data.systems), data)
print(imported - begin, time.perf_counter() - drawing)
"""
_WARZONE = (10_000_069, 10_000_048, 10_000_068, 10_000_064)
"""Black Rise, Placid, Verge Vendor and Essence: where Caldari and Gallente fight, and some more."""


def bench() -> list[Figure]:
    """Each kind of map, and how large its file is."""
    universe = Universe.load()
    runs = [_cold() for _ in range(3)]
    forge = heated(of_region(universe, FORGE))
    png = _map(universe, forge)
    image = Image.open(io.BytesIO(png)).convert("RGB")
    encoding = seconds(lambda: image.save(io.BytesIO(), "PNG"), repeat=3)
    timed: list[tuple[str, float, str]] = [
        ("region map, cold", min(first for _, first in runs), "under 0.7 s"),
        ("region map, cold, imports included", min(sum(run) for run in runs), ""),
    ]
    for name, region_id in (("The Forge", FORGE), ("Delve", DELVE), ("Pochven", POCHVEN)):
        data = heated(of_region(universe, region_id))
        draw = partial(_map, universe, data)
        timed.append((f"region map of {name}, warm", seconds(draw, repeat=5), "under 0.25 s"))
    for name, draw in _others(universe).items():
        timed.append((f"{name}, warm", seconds(draw, repeat=3), ""))
    return [
        *(
            Figure(
                name=name,
                value=value,
                unit="s",
                yardstick=encoding,
                yardstick_name="Pillow's encoding alone",
                bar=bar,
            )
            for name, value, bar in timed
        ),
        Figure(name="region map, size", value=len(png) / 1e6, unit="MB"),
    ]


def _others(universe: Universe) -> dict[str, Callable[[], bytes]]:
    picture = draw_ground(new_eden(universe))
    galaxy = _held(tuple(system.id for system in new_eden(universe).systems), holders=70)
    zone = tuple(key for region in _WARZONE for key in of_region(universe, region))
    near = tuple(sorted(universe.within_jumps(JITA, 3)))
    return {
        "sovereignty map of Delve": partial(
            _map, universe, _held(of_region(universe, DELVE), holders=8)
        ),
        "sovereignty map of New Eden": partial(render_galaxy, picture, galaxy),
        "warzone map": partial(_map, universe, _contested(tuple(sorted(zone)[:90]))),
        "neighbourhood": partial(_map, universe, replace(heated(near), asked=SystemId(JITA))),
    }


def _map(universe: Universe, data: MapData) -> bytes:
    return render_map(sheet_of(universe, data.systems), data)


def _held(systems: tuple[SystemId, ...], *, holders: int) -> MapData:
    """Cut into stretches of systems with like ids, which lie together."""
    colours = colours_of(range(99_000_000, 99_000_000 + holders))
    made = tuple(
        Holder(key=key, label=f"T{i}X", name=f"Alliance {i}", count=i, colour=colour)
        for i, (key, colour) in enumerate(colours.items())
    )
    size = -(-len(systems) // holders)
    held = tuple((key, made[i // size].key) for i, key in enumerate(systems))
    return sample(systems, holders=made, held=held)


def _contested(systems: tuple[SystemId, ...]) -> MapData:
    rng = random.Random(7)
    data = _held(systems, holders=2)
    return replace(
        data,
        heat=tuple((key, float(rng.randint(1, 90))) for key in systems[::3]),
        heat_text="kills in 24 hours",
        contests=tuple(Contest(system_id=key, share=rng.random() ** 3) for key in systems),
        enemies=((data.holders[0].key, data.holders[1].key),),
        exits=False,
    )


def _cold() -> tuple[float, float]:
    """Seconds for the imports and for the first map of a fresh process."""
    ran = subprocess.run([sys.executable, "-c", _COLD], capture_output=True, text=True, check=True)
    imports, first = map(float, ran.stdout.split())
    return imports, first


if __name__ == "__main__":
    for figure in bench():
        print(figure.line())
