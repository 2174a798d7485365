"""`/fw system`: all that is known of one system of the warzone, each part with its own age."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, fw_words, links, phrases, times
from bot.presentation.ages import age_text
from bot.presentation.card import Card, LinkButton
from bot.presentation.fw_systems import (
    FOOTER,
    Fights,
    activity_words,
    age_lines,
    corruption_words,
    share_words,
    stale_line,
    stored_line,
)
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import NO_BREAK, clamp, escape
from services.domain.freshness import Freshness
from services.domain.occurrence import Occurrence
from services.domain.warfare import Insurgency, Trend, WarzoneSystem

_ROLE_RULES = {
    "frontline": "a gate leads to a system that an enemy occupies",
    "command operations": "a gate leads to a frontline system of the same occupier",
    "rearguard": "neither frontline nor beside one",
}

Field = tuple[str, str]
_USUAL = frozenset({"contested", "uncontested", "vulnerable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FwSystemView:
    """`/fw system`."""

    system: WarzoneSystem
    insurgency: Insurgency | None
    """The one that it is in."""
    fights: Fights
    flips: tuple[Occurrence, ...] = ()
    """Of this system, latest first."""
    occupancy: Freshness
    advantage: Freshness
    pirates: Freshness
    """Of insurgencies."""
    near: tuple[WarzoneSystem, ...] = ()
    """Systems of the warzone that its gates lead to."""


def render_fw_system(
    view: FwSystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """All that is known of one system."""
    system = view.system
    name = lexicon.system_name(system.system_id)
    stale = stale_line(view.occupancy, now=now, zone=zone)
    known = lexicon.universe.find_system(system.system_id)
    embed = discord.Embed(
        title=f"{escape(name)}: {_title_state(view)}",
        url=links.dotlan_url(name) if known else links.system_url(system.system_id),
        description="\n".join([*([stale] if stale else []), *_about(view, lexicon)]),
        colour=colours.WARNING
        if stale or system.is_vulnerable or system.is_reset
        else colours.NEUTRAL,
    )
    for title, value in _fields(view, lexicon, now=now, zone=zone):
        embed.add_field(name=title, value=value, inline=False)
    embed.set_footer(text=FOOTER)
    buttons = [LinkButton(label="zKillboard", url=links.system_url(system.system_id))]
    if known:
        buttons.insert(0, LinkButton(label="DOTLAN", url=links.dotlan_url(name)))
    return Card(embed=clamp(embed), buttons=tuple(buttons))


def _title_state(view: FwSystemView) -> str:
    if view.system.is_vulnerable:
        return "vulnerable"
    if view.system.is_reset:
        return "probably taken"
    share = view.system.share
    return "contested share unknown" if share is None else f"contested {fw_words.percent(share)}"


def _about(view: FwSystemView, lexicon: Lexicon) -> Iterator[str]:
    system = view.system
    yield phrases.place(lexicon, system.system_id)
    occupier = fw_words.faction(lexicon, system.occupier_id)
    since = f", since {times.relative(system.occupied_since)}" if system.occupied_since else ""
    if system.owner_id == system.occupier_id:
        yield f"Held by **{occupier}**{since}"
    else:
        owner = fw_words.faction(lexicon, system.owner_id)
        yield f"Held by **{occupier}**{since}, owned by {owner}"
    if system.reset_at is not None:
        yield (
            f"**Probably taken** {times.relative(system.reset_at)}: all of its share was gone at once. "
            f"ESI still names {occupier}, and names who took it only later, sometimes after more than a day"
        )
    if (word := fw_words.role(system.role)) is not None:
        rule = _ROLE_RULES.get(word)
        yield f"**{word[:1].upper()}{word[1:]}**" + (f": {rule}" if rule else "")


def _fields(
    view: FwSystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[Field]:
    yield "Contested", "\n".join(_contested(view.system, stale=view.occupancy.is_stale))
    fought = activity_words(view.system.system_id, view.fights)
    yield "Kills and pilots", "\n".join(filter(None, [fought, stored_line(view.fights)]))
    yield "Advantage", "\n".join(_advantage(view, lexicon, now=now, zone=zone))
    if view.insurgency is not None and view.system.corruption is not None:
        yield "Insurgency", "\n".join(_pirates(view, lexicon, now=now, zone=zone))
    if view.flips:
        lines = [f"{times.relative(flip.at)} {_flip(flip, lexicon)}" for flip in view.flips]
        yield "Changed hands", "\n".join(lines)
    if view.near:
        lines = [_neighbour(one, view.fights, lexicon) for one in view.near]
        yield "Gates to", "\n".join(lines)
    if not view.occupancy.is_stale:
        yield "How old this is", "\n".join(age_lines(view.occupancy, now=now, zone=zone))


def _contested(system: WarzoneSystem, *, stale: bool) -> Iterator[str]:
    held_back = (
        f"{system.victory_points:,} of {system.threshold:,} victory points"
        if system.threshold > 0
        else f"{system.victory_points:,} victory points, threshold unknown"
    )
    told = None if system.contested in _USUAL else f"ESI calls it {escape(system.contested)}"
    yield phrases.row((share_words(system), held_back, told))
    if system.trends:
        yield f"Moving {', '.join(_over(trend) for trend in system.trends)}"
    if system.forecast is not None:
        yield f"Estimate, if it goes on so: {fw_words.forecast_words(system.forecast, times.relative)}"
    elif any(trend.per_hour for trend in system.trends) and not system.is_vulnerable:
        why = "this is stale" if stale else "too little is kept, or its trends do not agree"
        yield f"-# No estimate when it turns: {why}"


def _over(trend: Trend) -> str:
    if trend.per_hour is None:
        return f"unknown over {trend.hours}{NO_BREAK}h"
    speed = (
        "not at all"
        if not round(abs(trend.per_hour) * 1000)
        else f"{fw_words.points(trend.per_hour)}/h"
    )
    return f"{speed} over {trend.hours}{NO_BREAK}h"


def _advantage(
    view: FwSystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[str]:
    for one in view.system.advantages:
        parts = [
            f"{what} {amount:g}"
            for what, amount in (("terrain", one.terrain), ("dynamic", one.dynamic))
            if amount is not None
        ]
        made_of = f" ({', '.join(parts)})" if parts else ""
        yield f"{fw_words.faction(lexicon, one.faction_id)} **{one.total:g}**{made_of}"
    if not view.system.advantages:
        yield "Unknown: the website of the game has not said"
    yield f"-# {age_text(view.advantage, now=now, zone=zone)}"


def _pirates(
    view: FwSystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[str]:
    insurgency, corruption = view.insurgency, view.system.corruption
    assert insurgency is not None
    assert corruption is not None
    origin = escape(lexicon.system_name(insurgency.origin_id))
    yield f"{fw_words.faction(lexicon, insurgency.pirate_id)} from {origin}: {corruption_words(corruption)}"
    yield f"-# {age_text(view.pirates, now=now, zone=zone)}"


def _flip(flip: Occurrence, lexicon: Lexicon) -> str:
    """Without its system, which is the card's."""
    return fw_words.happened(flip, lexicon)


def _neighbour(system: WarzoneSystem, fights: Fights, lexicon: Lexicon) -> str:
    activity = fights.of_day(system.system_id)
    kills = (
        f"{phrases.counted(activity.kills, 'kill')} in 24{NO_BREAK}h" if activity.kills else None
    )
    return phrases.row(
        (
            fw_words.system(lexicon, system.system_id, region=False),
            fw_words.short_faction(lexicon, system.occupier_id),
            share_words(system),
            kills,
        )
    )
