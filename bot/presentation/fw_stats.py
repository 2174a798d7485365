"""`/fw stats`: what the militias did, day by day, as a picture and in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, fw_words, phrases, times
from bot.presentation.ages import age_text
from bot.presentation.card import Card, CardFile
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import clamp
from services.domain.freshness import Freshness
from services.domain.ids import FactionId
from services.domain.warfare import FactionDay, WarzoneStats

FILE = "warzone.png"
MILITIAS = tuple(faction_id for pair in fw_words.WARZONES for faction_id in pair)
"""In the order in which they are told and drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FwStatsView:
    """What one `/fw stats` answers."""

    picture: bytes | None
    """None where nothing is known yet, or it could not be drawn."""
    failed: bool = False
    """It could not be drawn."""
    stats: WarzoneStats
    known_since: datetime | None = None
    """Where who held what is known of a part of the time alone: since when."""
    days: int
    start: datetime
    end: datetime
    occupancy: Freshness
    """Of who holds what."""


def render_fw_stats(view: FwStatsView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The picture under the figures of each militia."""
    embed = discord.Embed(
        title=f"Faction warfare, last {phrases.counted(view.days, 'day')}",
        description="\n".join(_notes(view)) or None,
        colour=colours.NEUTRAL,
    )
    for faction_id in MILITIAS:
        name = fw_words.faction(lexicon, faction_id)
        lines = list(_faction(view, faction_id))
        embed.add_field(name=name, value="\n".join(lines) or "Nothing known yet", inline=False)
    ages = (
        f"-# Systems held: {age_text(view.occupancy, now=now, zone=zone)}",
        f"-# Kills, victory points and pilots (ESI, once a day): {age_text(view.stats.freshness, now=now, zone=zone)}",
    )
    embed.add_field(name="How old this is", value="\n".join(ages), inline=False)
    embed.set_footer(text=times.span(view.start, view.end, now=now, zone=zone))
    if view.picture is None:
        return Card(embed=clamp(embed))
    embed.set_image(url=f"attachment://{FILE}")
    told = "Lines over time for each militia: systems held, kills a day, victory points a day."
    return Card(
        embed=clamp(embed),
        files=(CardFile(name=FILE, data=view.picture, description=told),),
    )


def _notes(view: FwStatsView) -> Iterator[str]:
    if view.failed:
        yield "*The picture could not be drawn; the figures stand below.*"
    if view.known_since is not None:
        since = times.relative(view.known_since)
        yield f"-# Who holds what I know since {since} only; what was before is not known"
    days = {day.day for day in view.stats.days}
    if days and len(days) < view.days:
        yield f"-# Kills and points are known of {phrases.counted(len(days), 'day')} of {view.days:,}"
    elif not days:
        yield "-# ESI has not given daily figures yet"


def _faction(view: FwStatsView, faction_id: FactionId) -> Iterator[str]:
    held = [dict(counts).get(faction_id, 0) for _, counts in view.stats.holdings]
    if held:
        yield f"**{phrases.counted(held[-1], 'system')}** ({_moved(held, view.known_since)})"
    days = [day for day in view.stats.days if day.faction_id == faction_id]
    if not days:
        return
    yield _sums(days)
    last = days[-1]
    yield (
        f"-# Day before {_date(last.day)}: {phrases.counted(last.kills_yesterday, 'kill')}, "
        f"{last.points_yesterday:,} points · week: {phrases.counted(last.kills_week, 'kill')}, "
        f"{last.points_week:,} points · {phrases.counted(last.pilots, 'pilot')} enlisted"
    )


def _moved(held: Sequence[int], known_since: datetime | None) -> str:
    """`+3 in this time`, `as at the beginning`; since when, where the beginning is not known."""
    change = held[-1] - held[0]
    if known_since is not None:
        since = f"since {times.relative(known_since)}"
        return f"{change:+,} {since}" if change else f"as many {since}"
    return f"{change:+,} in this time" if change else "as at the beginning"


def _sums(days: Sequence[FactionDay]) -> str:
    kills = sum(day.kills_yesterday for day in days)
    points = sum(day.points_yesterday for day in days)
    told = f"**{phrases.counted(kills, 'kill')}** and **{points:,}** victory points"
    return f"{told} in {phrases.counted(len(days), 'day')}"


def _date(day: date) -> str:
    return f"{day:%b} {day.day}"
