"""`/incursion list`: which incursions there are, how far they have come, and how far away they are."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, incursion_words, phrases, times
from bot.presentation.ages import age_text
from bot.presentation.card import Card
from bot.presentation.hubs import hub_words, jumps_words
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DESCRIPTION, clamp, escape, fit
from services.domain.ids import SystemId
from services.domain.incursion import Incursion, Incursions
from services.domain.space import Space

_SPACES = (Space.HIGH, Space.LOW, Space.NULL)
_NONE = "No incursion is anywhere."
_WITHDRAWING = "withdrawing"


def render_incursions(
    view: Incursions,
    lexicon: Lexicon,
    *,
    near: SystemId | None,
    now: datetime,
    zone: ZoneInfo,
) -> Card:
    """All of them; the nearest first where `near` is given, else high-sec first."""
    told = [
        "\n".join(_block(one, lexicon, near=near, now=now))
        for one in _sorted(view, lexicon, near=near)
    ]
    if not told and view.freshness.as_of is not None:
        told = [_NONE]
    told.append(f"-# {age_text(view.freshness, now=now, zone=zone)}")
    count = phrases.counted(len(view.incursions), "incursion")
    embed = discord.Embed(
        title=count if view.incursions else "Incursions",
        description=fit(
            "\n\n".join(told).split("\n"), DESCRIPTION, more=lambda left: f"*and {left} lines more*"
        ),
        colour=colours.WARNING if view.freshness.is_stale else colours.NEUTRAL,
    )
    return Card(embed=clamp(embed))


def _sorted(view: Incursions, lexicon: Lexicon, *, near: SystemId | None) -> list[Incursion]:
    """Those that no gate leads to come last."""

    def place(one: Incursion) -> tuple[int, str]:
        name = lexicon.system_name(one.staging_id).casefold()
        if near is not None:
            jumps = lexicon.universe.jumps(near, one.staging_id)
            return (10_000 if jumps is None else jumps), name
        space = lexicon.universe.space_of(one.staging_id)
        return (_SPACES.index(space) if space in _SPACES else len(_SPACES)), name

    return sorted(view.incursions, key=place)


def _boss(one: Incursion) -> str | None:
    """Whether its last fight is open. One that withdraws had its boss, which may be dead, or gets none any more."""
    if one.has_boss:
        return "boss sighted"
    return None if one.state == _WITHDRAWING else "no boss yet"


def _block(
    one: Incursion, lexicon: Lexicon, *, near: SystemId | None, now: datetime
) -> Iterator[str]:
    """Where it stages, how it stands, how far away, and which systems it holds."""
    yield f"**{phrases.place(lexicon, one.staging_id)}**"
    since = "" if one.state_since is None else f" for {times.duration(now - one.state_since)}"
    yield phrases.row(
        (
            f"**{incursion_words.state(one)}**{since}",
            f"influence **{incursion_words.influence(one.influence)}**",
            _boss(one),
        )
    )
    away = (
        hub_words(lexicon, one.staging_id)
        if near is None
        else jumps_words(lexicon, one.staging_id, near)
    )
    faction = lexicon.universe.factions.get(one.faction_id)
    other = one.faction_id != incursion_words.SANSHA and faction is not None
    constellation = escape(lexicon.constellation_name(one.constellation_id))
    yield phrases.row(
        (
            away,
            f"constellation {constellation}",
            escape(faction.name) if other and faction else None,
        )
    )
    others = ", ".join(escape(lexicon.system_name(system)) for system in one.systems[1:])
    if others:
        yield f"-# and {others}"
