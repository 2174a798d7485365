"""Pictures for everybody who asks: a heatmap's ground is drawn once and kept, each picture once per content.

The key is made of what the picture shows and nothing else: the build of the map, and times by the minute, as they are
written. When the universe is exchanged for a newer build, the ground is drawn anew at the next picture.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from services.domain.battle_report import BattleReport
from services.domain.ids import SystemId
from services.rendering.battle_data import BattlePicture, battle_picture_key, systems_of
from services.rendering.battle_picture import render_battle
from services.rendering.chart import ChartData, chart_key, render_chart
from services.rendering.ground import NEW_EDEN, Ground, MapSystem, ground_of
from services.rendering.ground_picture import GroundPicture, draw_ground
from services.rendering.heatmap import HeatmapData, render_heatmap
from services.rendering.map_data import MapData, map_key
from services.rendering.map_galaxy import render_galaxy
from services.rendering.map_picture import render_map
from services.rendering.map_sheet import Sheet, sheet_of
from services.rendering.series import SeriesData, render_series, series_key
from services.rendering.worker import RenderWorker
from services.universe.universe import Universe

_SHEETS = 64
"""Kept: a few tens of kilobytes each."""


class HeatmapService:
    """Draws in the worker's thread alone; the ground belongs to that thread."""

    def __init__(self, universe: Universe, worker: RenderWorker) -> None:
        self._universe = universe
        self._worker = worker
        self._picture: GroundPicture | None = None
        self._sheets: OrderedDict[tuple[int, tuple[SystemId, ...]], Sheet] = OrderedDict()
        self._build: int | None = None
        """Of the universe that the ground was drawn from."""

    async def heatmap(self, data: HeatmapData) -> bytes:
        """A PNG, 1600 pixels wide. Raises RenderError (RenderBusy is a reply) as `RenderWorker.render` does."""
        return await self._worker.render(self._key(data), self._render, data)

    async def chart(self, data: ChartData) -> bytes:
        """A PNG, 1200 pixels wide; raises as `heatmap` does."""
        return await self._worker.render(chart_key(data), render_chart, data)

    async def series(self, data: SeriesData) -> bytes:
        """A PNG, 1200 pixels wide; raises as `heatmap` does."""
        return await self._worker.render(series_key(data), render_series, data)

    async def battle(
        self, report: BattleReport, side_names: Sequence[str], *, drawn_at: datetime
    ) -> bytes:
        """A PNG, 1200 pixels wide; raises as `heatmap` does. `side_names`: in the order of the battle's sides."""
        universe = self._universe.pinned()
        hulls = {moment.ship_type_id for moment in report.moments}
        data = BattlePicture(
            report=report,
            side_names=tuple(side_names),
            systems={
                key: system.name
                for key in systems_of(report)
                if (system := universe.find_system(key)) is not None
            },
            hulls={
                kind.id: kind.name for key in hulls if (kind := universe.find_type(key)) is not None
            },
            drawn_at=drawn_at,
        )
        return await self._worker.render(battle_picture_key(data), render_battle, data)

    async def map(self, data: MapData) -> bytes:
        """A PNG of the data's systems, at most 1600 pixels wide; raises as `heatmap` does."""
        return await self._worker.render(self._map_key("map", data), self._render_map, data)

    async def galaxy(self, data: MapData) -> bytes:
        """A PNG of who holds New Eden, 1600 pixels wide, whatever systems the data name; raises as `heatmap` does."""
        return await self._worker.render(self._map_key("galaxy", data), self._render_galaxy, data)

    async def warm(self) -> None:
        """Draw the ground now, so that the first who asks does not wait for it."""
        await self._worker.run(self._ground)

    def _key(self, data: HeatmapData) -> str:
        return f"{content_key(data)}:{self._universe.build}"

    def _map_key(self, what: str, data: MapData) -> str:
        return f"{what}:{map_key(data)}:{self._universe.build}"

    def _render_map(self, data: MapData) -> bytes:
        return render_map(self._sheet(data.systems), data)

    def _render_galaxy(self, data: MapData) -> bytes:
        return render_galaxy(self._ground(), data)

    def _sheet(self, systems: tuple[SystemId, ...]) -> Sheet:
        """Laid out once; the warzone takes a quarter of a second."""
        universe = self._universe.pinned()
        key = (universe.build, systems)
        sheet = self._sheets.pop(key, None) or sheet_of(universe, systems)
        self._sheets[key] = sheet
        while len(self._sheets) > _SHEETS:
            self._sheets.popitem(last=False)
        return sheet

    def _render(self, data: HeatmapData) -> bytes:
        return render_heatmap(self._ground(), data)

    def _ground(self) -> GroundPicture:
        universe = self._universe.pinned()  # this is another thread: the build may change meanwhile
        if self._picture is None or self._build != universe.build:
            self._picture = draw_ground(new_eden(universe))
            self._build = universe.build
        return self._picture


def new_eden(universe: Universe) -> Ground:
    """Known space and Pochven out of the universe: 5,431 systems."""
    systems = [
        MapSystem(system.id, system.name, system.region_id, system.position[0], system.position[2])
        for system in universe.systems.values()
        if system.region_id in NEW_EDEN
    ]
    gates = universe.gates
    return ground_of(
        systems,
        {region_id: region.name for region_id, region in universe.regions.items()},
        gates=((system.id, other) for system in systems for other in gates.get(system.id, ())),
    )


def content_key(data: HeatmapData) -> str:
    """The same for data that give the same picture, another one for any that differ."""
    parts = [
        data.by.value,
        data.title,
        *(f"{moment:%Y-%m-%dT%H:%M%z}" for moment in (data.start, data.end, data.drawn_at)),
        str(data.unpriced),
        str(bool(data.estimated)),
        *(f"{system_id}={float(value)!r}" for system_id, value in sorted(data.heat.items())),
    ]
    return "heatmap:" + hashlib.blake2b("\x00".join(parts).encode(), digest_size=16).hexdigest()
