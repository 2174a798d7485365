"""Pictures as people ask for them: the figures out of the store, drawn off the event loop."""

from datetime import datetime

from services.domain.clock import Clock
from services.domain.heat import Heat, HeatBy, HeatPicture
from services.domain.ids import SystemId
from services.domain.isk import IskSum
from services.killmails.service import KillmailService
from services.rendering.heatmap import HeatmapData
from services.rendering.service import HeatmapService


class Pictures:
    """Gathers, draws, and hands the figures over with the picture."""

    def __init__(
        self, killmails: KillmailService, heatmaps: HeatmapService, *, clock: Clock
    ) -> None:
        self._killmails = killmails
        self._heatmaps = heatmaps
        self._clock = clock

    async def heatmap(self, start: datetime, end: datetime, *, by: HeatBy) -> HeatPicture:
        """The galaxy in a window (`end` excluded). Raises RenderBusy, a reply, when too many are waiting."""
        heat = await self._killmails.heat(start, end)
        total = sum((found.isk for found in heat.values()), IskSum())
        data = HeatmapData(
            heat={system: _measure(found, by) for system, found in heat.items()},
            by=by,
            start=start,
            end=end,
            drawn_at=self._clock(),
            unpriced=total.unpriced,
            estimated=total.estimated,
        )
        return HeatPicture(
            png=await self._heatmaps.heatmap(data),
            by=by,
            start=start,
            end=end,
            systems=tuple(sorted(heat.items(), key=lambda item: _rank(item, by))),
        )


def _measure(heat: Heat, by: HeatBy) -> float:
    return float(heat.kills) if by is HeatBy.KILLS else heat.isk.isk


def _rank(item: tuple[SystemId, Heat], by: HeatBy) -> tuple[float, int]:
    return -_measure(item[1], by), item[0]
