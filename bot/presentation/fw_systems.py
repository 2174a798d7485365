"""Systems of the warzone in lists: the lines and words that all of them share, and `/fw hotspots`.

Beside each contested share stand the kills and pilots that our own killmails know of: a share says what was run, kills
say whether somebody fights over it. Where kills of the time are not stored, none known is not told as none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, fw_words, phrases, times
from bot.presentation.ages import age_text
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DESCRIPTION, NO_BREAK, clamp, fit, held
from services.domain.freshness import Freshness
from services.domain.heat import Coverage
from services.domain.ids import SystemId
from services.domain.warfare import (
    Activity,
    Corruption,
    Trend,
    Warzone,
    WarzoneSystem,
)

LISTED = 8
"""Systems in each part of the hotspots."""
FOOTER = "Kills and pilots are those of the killmails that I know of"
NO_ACTIVITY = Activity(kills=0, pilots=0)
_MOVING = 0.002
"""Share per hour below which a system does not count as moving."""

Heat = Mapping[SystemId, Activity]
"""Kills and pilots by system; of those that are not in it, no kill is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fights:
    """What killmails tell of the last hour and of the last day, and how much of both is stored."""

    hour: Heat
    day: Heat
    hour_stored: Coverage
    day_stored: Coverage

    def of_day(self, system_id: SystemId) -> Activity:
        """What is known of one system."""
        return self.day.get(system_id, NO_ACTIVITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class HotspotsView:
    """`/fw hotspots`."""

    warzone: Warzone
    fights: Fights


def quickest(system: WarzoneSystem) -> Trend | None:
    """The trend over the shortest time that is known."""
    known = (trend for trend in system.trends if trend.per_hour is not None)
    return min(known, key=lambda trend: trend.hours, default=None)


def trend_words(trend: Trend | None) -> str | None:
    """`+2.1 points/h`, `still`; over how long where that is not the last hour."""
    if trend is None or trend.per_hour is None:
        return None
    over = "" if trend.hours == 1 else f" over {trend.hours}{NO_BREAK}h"
    if round(abs(trend.per_hour) * 1000) == 0:
        return f"still{over}"
    return f"{fw_words.points(trend.per_hour)}/h{over}"


def share_words(system: WarzoneSystem) -> str:
    """`contested **93.2%**`, `**vulnerable**`, `reset to 0, **probably taken**`."""
    if system.is_vulnerable:
        return "**vulnerable**"
    if system.is_reset:
        return "reset to 0, **probably taken**"
    return f"contested **{fw_words.percent(system.share)}**"


def activity_words(system_id: SystemId, fights: Fights) -> str:
    """`120 kills, 300 pilots in 24 h · 12 kills, 34 pilots in 1 h`; `no kills in 24 h`; what is not known."""
    hour, day = fights.hour.get(system_id, NO_ACTIVITY), fights.of_day(system_id)
    if not day.kills and not hour.kills:
        return held(f"{_no_kills(fights.day_stored)} in 24 h", 24)
    latest = _fought(hour) if hour.kills else _none(fights.hour_stored)
    return phrases.row(
        (f"{_fought(day)} in{NO_BREAK}24{NO_BREAK}h", f"{latest} in{NO_BREAK}1{NO_BREAK}h")
    )


def stored_line(fights: Fights) -> str | None:
    """Why there may have been more kills than are told; None where all of the last day is stored."""
    stored = fights.day_stored
    if stored.is_whole:
        return None
    if stored.is_nothing:
        return "-# Kills: none of the last 24 h are stored, so nobody knows what died"
    part = times.duration(stored.stored)
    return f"-# Kills: stored for {part} of the last 24 h; what died in the rest is not known"


def most_contested(systems: Sequence[WarzoneSystem]) -> list[WarzoneSystem]:
    """Vulnerable ones, those probably just taken, then all that are contested. What is not known is not among them."""

    def state(one: WarzoneSystem) -> int:
        return 0 if one.is_vulnerable else 1 if one.is_reset else 2

    known = [one for one in systems if state(one) < 2 or (one.share or 0) > 0]
    return sorted(known, key=lambda one: (state(one), -(one.share or 0), one.system_id))


def fastest_moving(systems: Sequence[WarzoneSystem]) -> list[WarzoneSystem]:
    """Those whose share moved most in the last hour (else over the shortest time known), up or down."""
    moving = [(_speed(system), system) for system in systems]
    moving = [(speed, system) for speed, system in moving if speed >= _MOVING]
    return [system for _, system in sorted(moving, key=lambda one: (-one[0], one[1].system_id))]


def system_line(system: WarzoneSystem, lexicon: Lexicon, fights: Fights) -> str:
    """Two lines: which, whose, what it is to the front; how contested, how fast, what died there."""
    head = phrases.row(
        (
            fw_words.system(lexicon, system.system_id),
            fw_words.short_faction(lexicon, system.occupier_id),
            fw_words.role(system.role),
        )
    )
    activity = activity_words(system.system_id, fights)
    figures = (share_words(system), trend_words(quickest(system)), turn_words(system), activity)
    return f"{head}\n{phrases.row(figures)}"


def turn_words(system: WarzoneSystem) -> str | None:
    """`est. vulnerable <t:…:R> (<t:…:R> at the earliest, perhaps never)`, where something can be said."""
    if system.forecast is None:
        return None
    return f"est. {fw_words.forecast_words(system.forecast, times.relative)}"


def render_hotspots(view: HotspotsView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The most contested systems, and those that move fastest."""
    systems = view.warzone.systems
    contested, moving = most_contested(systems)[:LISTED], fastest_moving(systems)[:LISTED]

    def told(system: WarzoneSystem) -> str:
        return system_line(system, lexicon, view.fights)

    trends_known = any(quickest(system) is not None for system in systems)
    slow = (
        "No system moves." if trends_known else "Not enough is kept yet to tell how fast they move."
    )
    stale = stale_line(view.warzone.freshness, now=now, zone=zone)
    ages = [] if stale else age_lines(view.warzone.freshness, now=now, zone=zone)
    ages += filter(None, [stored_line(view.fights)])
    lines = [
        *([f"{stale}\n"] if stale else []),
        "**Most contested**",
        *(map(told, contested) if contested else [_calm(systems)]),
        "\n**Moving fastest**",
        *([_again(s, lexicon) if s in contested else told(s) for s in moving] or [slow]),
        *(["", *ages] if ages else []),
    ]
    embed = discord.Embed(
        title="Hotspots of the warzone",
        description=fit(lines, DESCRIPTION, more=lambda left: f"*and {left} more lines*"),
        colour=colours.WARNING if stale else colours.NEUTRAL,
    )
    embed.set_footer(text=FOOTER)
    return Card(embed=clamp(embed))


def age_lines(
    occupancy: Freshness,
    advantage: Freshness | None = None,
    pirates: Freshness | None = None,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> list[str]:
    """How old what was shown is, by source, in small print."""
    told = (
        ("Occupancy and contested shares", occupancy),
        ("Advantage", advantage),
        ("Insurgencies", pirates),
    )
    return [
        f"-# {what}: {age_text(freshness, now=now, zone=zone)}"
        for what, freshness in told
        if freshness is not None
    ]


def stale_line(freshness: Freshness, *, now: datetime, zone: ZoneInfo) -> str | None:
    """What stands at the head of a card whose facts may be true no longer."""
    if not freshness.is_stale:
        return None
    return f"⚠ ESI says nothing new: {age_text(freshness, now=now, zone=zone)}"


def corruption_words(corruption: Corruption) -> str:
    """`corruption 3 of 5 (61%), suppression 1 of 5 (12%)`; `lawless` at the end."""
    lawless = ", **lawless**" if corruption.corruption_stage >= fw_words.LAWLESS else ""
    return (
        f"corruption **{corruption.corruption_stage}** of {fw_words.LAWLESS} ({corruption.corruption:.0%}){lawless}, "
        f"suppression **{corruption.suppression_stage}** of {fw_words.LAWLESS} ({corruption.suppression:.0%})"
    )


def _calm(systems: Sequence[WarzoneSystem]) -> str:
    """What stands where nothing is contested, or nobody knows."""
    if all(system.share is None for system in systems):
        return "Contested shares are unknown: ESI names no threshold."
    return "No system is contested."


def _again(system: WarzoneSystem, lexicon: Lexicon) -> str:
    """One that stands above already."""
    name = fw_words.system(lexicon, system.system_id, region=False)
    return phrases.row((name, trend_words(quickest(system)), "see above"))


def _speed(system: WarzoneSystem) -> float:
    trend = quickest(system)
    return 0.0 if trend is None or trend.per_hour is None else abs(trend.per_hour)


def _no_kills(stored: Coverage) -> str:
    if stored.is_whole:
        return "no kills"
    return "unknown kills" if stored.is_nothing else "no known kills"


def _none(stored: Coverage) -> str:
    return "none" if stored.is_whole else "unknown"


def _fought(activity: Activity) -> str:
    kills, pilots = (
        phrases.counted(activity.kills, "kill"),
        phrases.counted(activity.pilots, "pilot"),
    )
    return f"{held(kills)}, {held(pilots)}"
