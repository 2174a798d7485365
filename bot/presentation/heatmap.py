"""`/heatmap galaxy`: the picture, and the same information as text for those who cannot see it or scroll past it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.card import Card, CardFile
from bot.presentation.lexicon import Lexicon
from bot.presentation.searches import asked_line, unknown_line
from bot.presentation.text import DESCRIPTION, clamp, escape, fit, link
from services.domain.filter import Filter
from services.domain.heat import Coverage
from services.domain.ids import SystemId
from services.domain.isk import IskSum

FILE = "heatmap.png"
NO_PICTURE = "-# The map could not be drawn."
"""Under words that stand without their picture."""
TOP = 10
"""Systems told in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotSystem:
    """One system of the window."""

    system_id: SystemId
    kills: int
    isk: IskSum


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapView:
    """What one heatmap answers: the PNG, its window [start, end), the totals, and the hottest systems in order."""

    picture: bytes | None
    """None: it could not be drawn."""
    by_isk: bool
    start: datetime
    end: datetime
    kills: int
    isk: IskSum
    off_map: int = 0
    """Kills in systems that the picture has no place for: wormholes, the abyss."""
    hottest: tuple[HotSystem, ...]
    coverage: Coverage
    """Of the window."""
    filter: Filter | None = None
    """Only kills that meet it; None: all."""
    unknown: int = 0
    """Kills that may or may not meet it."""

    @property
    def on_map(self) -> int:
        """Kills that the picture shows; none, and it is left away."""
        return self.kills - self.off_map


def render_heatmap_card(
    view: HeatmapView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The picture with the ten hottest systems under the totals; no picture where it would be empty."""
    hours = round((view.end - view.start) / timedelta(hours=1))
    what = "ISK lost" if view.by_isk else "Kills"
    lines = [
        *([] if view.filter is None else [asked_line(view.filter, lexicon)]),
        *_totals(view),
        *(
            hot_line(place, spot.system_id, lexicon, kills=spot.kills, isk=spot.isk)
            for place, spot in enumerate(view.hottest[:TOP], start=1)
        ),
        *([f"-# {unknown_line(view.unknown)}"] if view.unknown else []),
        *coverage_lines(view.coverage, kills=view.kills),
        *([NO_PICTURE] if view.picture is None and view.on_map else []),
    ]
    embed = discord.Embed(
        title=f"{what} across New Eden, last {phrases.counted(hours, 'hour')}",
        description=fit(lines, DESCRIPTION, more=lambda left: f"*and {left} more*"),
        colour=colours.NEUTRAL,
    )
    embed.set_footer(text=times.span(view.start, view.end, now=now, zone=zone))
    if not view.on_map or view.picture is None:
        return Card(embed=clamp(embed))
    embed.set_image(url=f"attachment://{FILE}")
    named = ", ".join(lexicon.system_name(spot.system_id) for spot in view.hottest[:3])
    told = f"Map of New Eden with {phrases.counted(view.on_map, 'kill')}." + (
        f" Hottest: {named}." if named else ""
    )
    return Card(
        embed=clamp(embed), files=(CardFile(name=FILE, data=view.picture, description=told),)
    )


def _totals(view: HeatmapView) -> list[str]:
    if not view.kills:
        return _nothing(view)
    lines = [f"**{phrases.counted(view.kills, 'kill')}** · {phrases.destroyed(view.isk)}"]
    if view.off_map:
        elsewhere = f"{view.off_map:,} in wormholes and elsewhere off the map"
        shown = f"{view.on_map:,} of them on this map; " if view.on_map else ""
        lines.append(f"*{shown}{elsewhere}*")
    return lines


def _nothing(view: HeatmapView) -> list[str]:
    if view.coverage.is_nothing:
        return []
    if view.filter is not None:
        return ["Nothing that I heard of in this time meets that."]
    return ["Nothing that I heard of died in this time."]


def coverage_lines(coverage: Coverage, *, kills: int) -> Iterator[str]:
    """How much of a window is known, where that is not all of it: a time without stored kills is not a quiet one."""
    if coverage.is_nothing and not kills:
        yield "I have no kills of this time stored: nothing can be said of it."
    elif not coverage.is_whole:
        hours = phrases.counted(round(coverage.window / timedelta(hours=1)), "hour")
        stored = times.duration(coverage.stored)
        yield f"-# Kills are stored for {stored} of {hours}: what died in the rest is not known"


def hot_line(
    place: int, system_id: SystemId, lexicon: Lexicon, *, kills: int, isk: IskSum, area: bool = True
) -> str:
    """`1. Amamake 0.4 Heimatar · 12 kills · 3.2B`. `area`: False where the region is said already."""
    system = lexicon.universe.find_system(system_id)
    url = links.dotlan_url(system.name) if system else links.system_url(system_id)
    region = lexicon.area(system_id) if area else None
    where = " ".join(
        part for part in (lexicon.security(system_id), escape(region) if region else None) if part
    )
    name = f"**{link(lexicon.system_name(system_id), url)}**"
    return f"{place}\\. {name} {where} · {phrases.counted(kills, 'kill')} · {isk}"
