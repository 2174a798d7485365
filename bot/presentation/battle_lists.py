"""Battles on request: `/battle recent`, a page of them in two lines each, and `/battle show`, one in full.

A list says at its head what was asked, so that a reader of the channel understands the answer without the question.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, phrases, times
from bot.presentation.battles import (
    battle_buttons,
    battle_head,
    headline,
    loss_lines,
    side_name,
)
from bot.presentation.card import Card
from bot.presentation.figures import CLEAR, split_sides
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DESCRIPTION, FIELD_VALUE, clamp, escape, fit, held, link
from services.domain.battle import Battle, BattleState, Party, Side, related_url
from services.domain.ids import RegionId

PAGE = 10
"""Battles on one page of a list."""
_MANY_PAGES = 5
"""A longer list says how to make it shorter."""
_SIDES = 6
"""Sides told in full; the rest is summed in one field."""
_PARTIES = 12
"""Parties told per side; the field's limit may allow fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleListView:
    """One page of `/battle recent`. `page` counts from 0; `total` is over all pages."""

    battles: tuple[Battle, ...]
    page: int
    pages: int
    total: int
    hours: int
    region_id: RegionId | None = None
    min_kills: int | None = None


def render_battle_list(
    view: BattleListView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """A page of battles, newest first as they come."""
    blocks = [_block(battle, lexicon, now=now, zone=zone) for battle in view.battles[:PAGE]]
    if not blocks:
        blocks = [_nothing(view)]
    embed = discord.Embed(
        title=_asked(view, lexicon),
        description=fit(
            blocks, DESCRIPTION, more=lambda left: f"*and {left} more that do not fit*"
        ),
        colour=colours.NEUTRAL,
    )
    if view.total:
        embed.set_footer(text=" · ".join(_list_foot(view)))
    return Card(embed=clamp(embed))


def render_battle(battle: Battle, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """One battle in full: every large side with its parties, their kills, losses and ISK."""
    embed = battle_head(battle, lexicon, now=now, zone=zone)
    main, third = split_sides(battle)
    ranked = (*main, *third)
    for index, side in enumerate(ranked[:_SIDES]):
        embed.add_field(
            name=side_name(index, side), value=_side(battle, side, lexicon), inline=False
        )
    if rest := ranked[_SIDES:]:
        pilots, losses = sum(side.pilots for side in rest), sum(side.losses for side in rest)
        told = f"{phrases.counted(pilots, 'pilot')}, {phrases.counted(losses, 'ship')} lost"
        embed.add_field(
            name=f"{phrases.counted(len(rest), 'smaller side')}", value=told, inline=False
        )
    embed.set_footer(text=" · ".join(_foot(battle)))
    return Card(embed=clamp(embed), buttons=battle_buttons(battle, lexicon))


def _nothing(view: BattleListView) -> str:
    """What to ask for instead; only what was asked can be asked less strictly."""
    wider = ["more hours"]
    if view.min_kills:
        wider.append("fewer kills")
    if view.region_id is not None:
        wider.append("another region")
    return f"No battle here. Ask for {' or '.join(wider)}."


def _list_foot(view: BattleListView) -> list[str]:
    words = [f"Page {view.page + 1} of {view.pages:,}"] if view.pages > 1 else []
    words.append(phrases.counted(view.total, "battle"))
    words.append("/battle show tells all of one")
    if view.pages > _MANY_PAGES and view.min_kills is None:
        words.append("min_kills leaves small ones out")
    return words


def _asked(view: BattleListView, lexicon: Lexicon) -> str:
    where = (
        f" in {escape(lexicon.region_name(view.region_id))}" if view.region_id is not None else ""
    )
    floor = f", at least {phrases.counted(view.min_kills, 'kill')}" if view.min_kills else ""
    return f"Battles{where}, last {phrases.counted(view.hours, 'hour')}{floor}"


def _block(battle: Battle, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> str:
    name = link(lexicon.system_name(battle.system_id), related_url(battle.system_id, battle.start))
    region = lexicon.region_of(battle.system_id)
    told = phrases.row(
        (
            f"**{name}**" + (f" {escape(region)}" if region else ""),
            f"**{phrases.counted(battle.kills, 'kill')}**",
            phrases.counted(battle.pilots, "pilot"),
            phrases.isk(battle.isk_destroyed),
            "**ongoing**" if battle.state is BattleState.OPEN else None,
        )
    )
    # The list is in the order of the last kills, so that is what the relative time tells.
    when = (
        f"{times.relative(battle.end)} · {times.span(battle.start, battle.end, now=now, zone=zone)}"
    )
    return f"{told}\n{escape(headline(battle, lexicon))}\n{when}\n-# `{battle.public_id}`\n"


def _side(battle: Battle, side: Side, lexicon: Lexicon) -> str:
    tail = loss_lines(battle, side, hulls=len(side.hulls) + 1)
    room = FIELD_VALUE - sum(len(line) + 1 for line in tail)
    lines = [_party(party, lexicon) for party in side.parties[:_PARTIES]]
    hidden = max(len(side.parties) - _PARTIES, 0)
    if hidden:
        lines.append(f"*and {hidden} more*")
    told = fit(lines, max(room, 200), more=lambda left: f"*and {left + max(hidden - 1, 0)} more*")
    return "\n".join([told, *tail])


def _party(party: Party, lexicon: Lexicon) -> str:
    name = phrases.organisation(lexicon, party.organisation)
    parts = [phrases.counted(party.pilots, "pilot") if party.pilots else "no pilot seen"]
    if party.kills:
        parts.append(f"on {phrases.counted(party.kills, 'kill')}")
    if party.losses:
        parts.append(f"lost {party.losses:,}, {party.isk_lost}")
    return phrases.row((f"**{name}**", *(held(part) for part in parts)))


def _foot(battle: Battle) -> list[str]:
    words = [battle.public_id]
    if battle.certainty >= CLEAR and len(battle.sides) > 1:
        words.append(f"sides read from who shot whom, {battle.certainty:.0%} explained")
    if battle.state is BattleState.FROZEN:
        words.append("kept as it was: its oldest kills are no longer stored in full")
    return words
