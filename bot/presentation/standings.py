"""`/standing list`: whom a server calls us, friend and foe."""

from dataclasses import dataclass
from itertools import groupby

import discord

from bot.presentation import colours
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.phrases import counted, organisation
from bot.presentation.text import DESCRIPTION, clamp, fit
from services.domain.killmail import Organisation
from services.domain.standing import Mark, Standing

_HEADS = {
    Standing.US: "Us",
    Standing.FRIEND: "Friends",
    Standing.FOE: "Foes",
    Standing.NEUTRAL: "Neutral",
}
_KIND = {"character": "pilot"}
_NOBODY = (
    "Nobody is marked. `/standing add` marks pilots, corporations, alliances and factions as us, friend or foe. "
    "Then cards say whose loss it was, and filters can ask for it (`-attacker:us`)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingListView:
    """One page of `/standing list`, in the order in which it is shown. `page` counts from 0."""

    marks: tuple[Mark, ...]
    page: int
    pages: int
    total: int


def render_standings(view: StandingListView, lexicon: Lexicon) -> Card:
    """The marks of a server under three heads."""
    lines: list[str] = []
    for standing, marks in groupby(view.marks, key=lambda mark: mark.standing):
        lines.append(f"**{_HEADS[standing]}**")
        lines += [_line(mark, lexicon) for mark in marks]
    embed = discord.Embed(
        title="Friend and foe",
        description=fit(
            lines or [_NOBODY], DESCRIPTION, more=lambda left: f"*and {left} more that do not fit*"
        ),
        colour=colours.NEUTRAL,
    )
    page = f"Page {view.page + 1} of {view.pages:,} · " if view.pages > 1 else ""
    embed.set_footer(text=f"{page}{counted(view.total, 'mark')}")
    return Card(embed=clamp(embed))


def _line(mark: Mark, lexicon: Lexicon) -> str:
    party = Organisation(mark.entity_id, mark.kind)
    kind = _KIND.get(mark.kind.value, mark.kind.value)
    return f"- {organisation(lexicon, party, linked=True)} · {kind}"
