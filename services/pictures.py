"""Pictures as people ask for them: the figures out of the store, drawn off the event loop."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from services.domain.battle_report import BattleReport
from services.domain.clock import Clock
from services.domain.filter import Filter
from services.domain.heat import Heat, HeatBy, HeatPicture
from services.domain.ids import FactionId, SystemId
from services.domain.isk import IskSum
from services.domain.standing import NO_STANDINGS, Standings
from services.domain.trial import FLOOD_A_DAY, Trial
from services.domain.warfare import WarzoneStats
from services.killmails.service import KillmailService
from services.rendering.chart import ChartBar, ChartData
from services.rendering.drawing import drawn
from services.rendering.heatmap import HeatmapData
from services.rendering.service import HeatmapService
from services.rendering.warzone_series import warzone_series

_DAY = timedelta(days=1)
_LEAST = 0.1
"""Matches a day below which a figure says no more."""
_HARDLY_ALL = 0.98
"""Where less of a window is stored, its chart says so."""


class Pictures:
    """Gathers, draws, and hands the figures over with the picture."""

    def __init__(
        self, killmails: KillmailService, heatmaps: HeatmapService, *, clock: Clock
    ) -> None:
        self._killmails = killmails
        self._heatmaps = heatmaps
        self._clock = clock

    async def heatmap(
        self,
        start: datetime,
        end: datetime,
        *,
        by: HeatBy,
        wanted: Filter | None = None,
        standings: Standings = NO_STANDINGS,
        on_map: Callable[[SystemId], bool] | None = None,
    ) -> HeatPicture:
        """The galaxy in a window (`end` excluded), of all kills or of those that meet a filter.

        `on_map`: nothing is drawn where it holds for none of the systems; None: an empty map is wanted too.
        Without the PNG where drawing fails. Raises RenderBusy, a reply, when too many are waiting.
        """
        heat, unknown = await self._heat(start, end, wanted, standings)
        total = sum((found.isk for found in heat.values()), IskSum())
        data = HeatmapData(
            heat={system: _measure(found, by) for system, found in heat.items()},
            by=by,
            start=start,
            end=end,
            drawn_at=self._clock(),
            unpriced=total.unpriced,
            estimated=total.estimated,
            title="" if wanted is None else _title(by),
        )
        empty = on_map is not None and not any(map(on_map, heat))
        return HeatPicture(
            png=None if empty else await drawn(self._heatmaps.heatmap, data),
            by=by,
            start=start,
            end=end,
            systems=tuple(sorted(heat.items(), key=lambda item: _rank(item, by))),
            unknown=unknown,
        )

    async def chart(self, trial: Trial) -> bytes:
        """When a filter would have found something. Raises RenderError (RenderBusy is a reply), or as drawing does."""
        return await self._heatmaps.chart(chart_of(trial, drawn_at=self._clock()))

    async def digest(self, kills: Mapping[SystemId, int], start: datetime, end: datetime) -> bytes:
        """The galaxy with these kills alone, as PNG. Raises RenderError."""
        data = HeatmapData(
            heat=kills,
            by=HeatBy.KILLS,
            start=start,
            end=end,
            drawn_at=self._clock(),
            title="Kills that matched",
        )
        return await self._heatmaps.heatmap(data)

    async def battle(self, report: BattleReport, *, side_names: Sequence[str]) -> bytes:
        """A battle as PNG: when each side lost what, where, and what it flew. Raises as `chart` does.

        `side_names`: raw text, in the order of `report.battle.sides`.
        """
        return await self._heatmaps.battle(report, side_names, drawn_at=self._clock())

    async def warzone(
        self,
        stats: WarzoneStats,
        names: Mapping[FactionId, str],
        *,
        start: datetime,
        end: datetime,
        held_until: datetime | None,
    ) -> bytes:
        """What the militias did in a window, as PNG. Raises as `chart` does.

        `names`: of the militias, in the order in which they are drawn; `held_until`: when who holds what was last true.
        """
        return await self._heatmaps.series(
            warzone_series(
                stats,
                names,
                start=start,
                end=end,
                held_until=held_until,
                drawn_at=self._clock(),
            )
        )

    async def _heat(
        self, start: datetime, end: datetime, wanted: Filter | None, standings: Standings
    ) -> tuple[dict[SystemId, Heat], int]:
        if wanted is None:
            return await self._killmails.heat(start, end), 0
        return await self._killmails.heat_of(wanted, start, end, standings=standings)


def chart_of(trial: Trial, *, drawn_at: datetime) -> ChartData:
    """A dry run as a chart, with what its figures rest on."""
    about = "~" if trial.sampled else ""
    per_day = trial.per_day
    noun = "match" if round(trial.matches) == 1 else "matches"
    return ChartData(
        title="Matches per day" if trial.step == _DAY else "Matches per hour",
        figure=f"{about}{trial.matches:,.0f} {noun}",
        detail=_rate(per_day) if per_day else "",
        note=_note(trial),
        bars=tuple(
            ChartBar(start=bar.start, value=bar.matches, covered=bar.covered) for bar in trial.bars
        ),
        step=trial.step,
        start=trial.since,
        end=trial.until,
        line=FLOOD_A_DAY * (trial.step / _DAY),
        line_text=f"{FLOOD_A_DAY} a day",
        drawn_at=drawn_at,
    )


def _note(trial: Trial) -> str:
    notes = []
    if trial.sampled:
        notes.append(f"{trial.share:.0%} of the kills tested, ± {trial.margin:,.0f}")
    if trial.coverage < _HARDLY_ALL:
        notes.append(f"kills are stored for {trial.coverage:.0%} of this time")
    return " · ".join(notes)


def _rate(per_day: float) -> str:
    return f"about {_few(per_day)} a day" if per_day >= _LEAST else f"less than {_LEAST} a day"


def _few(figure: float) -> str:
    """A figure that is not more exact than it can be: `0.3`, `4.2`, `177`."""
    return f"{figure:,.1f}" if figure < 9.95 else f"{figure:,.0f}"


def _title(by: HeatBy) -> str:
    return "Kills by filter" if by is HeatBy.KILLS else "ISK lost, by filter"


def _measure(heat: Heat, by: HeatBy) -> float:
    return float(heat.kills) if by is HeatBy.KILLS else heat.isk.isk


def _rank(item: tuple[SystemId, Heat], by: HeatBy) -> tuple[float, int]:
    return -_measure(item[1], by), item[0]
