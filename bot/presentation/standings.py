"""`/standing list`: whom a server calls us, friend and foe."""

from dataclasses import dataclass
from itertools import groupby

import discord

from bot.presentation import colours
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.phrases import counted, organisation
from bot.presentation.text import DESCRIPTION, clamp, fit
from services.domain.filter import Condition, Filter, FilterField, FilterNode, GroupKind, Op
from services.domain.killmail import Organisation
from services.domain.standing import Mark, Standing, Standings

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


def nobody_bears(asked: Filter | None, standings: Standings) -> str | None:
    """Why a filter that asks for standings finds less than it could, in a sentence; None where nothing is amiss.

    It can match nothing where it wants those whom nobody is marked as.
    """
    if asked is None:
        return None
    borne = frozenset({Standing.NEUTRAL, *standings.marks.values()})
    if wanted := _in_vain(asked.root, borne):
        named = [standing.value for standing in Standing if standing in wanted]
        return (
            f"It asks for {' or '.join(named)}, and nobody is marked so: it can match nothing until "
            f"`/standing add as:{named[0]}`."
        )
    if not standings.marks and _asks(asked.root):
        return (
            "It asks who is us, friend or foe, and nobody is marked: everybody counts as neutral until "
            "`/standing add as:us`."
        )
    return None


def _in_vain(node: FilterNode, borne: frozenset[Standing]) -> frozenset[Standing]:
    """The standings for want of which nothing can meet it; empty where something can."""
    if isinstance(node, Condition):
        if node.field is not FilterField.STANDING or node.op is not Op.IS:
            return frozenset()
        wanted = frozenset(Standing(str(value)) for value in node.values)
        return frozenset() if wanted & borne else wanted
    if node.kind is GroupKind.NONE:
        return frozenset()
    vain = [_in_vain(member, borne) for member in node.members]
    if node.kind is GroupKind.ANY and not all(vain):
        return frozenset()
    return frozenset().union(*vain)


def _asks(node: FilterNode) -> bool:
    if isinstance(node, Condition):
        return node.field is FilterField.STANDING
    return any(_asks(member) for member in node.members)


def _line(mark: Mark, lexicon: Lexicon) -> str:
    party = Organisation(mark.entity_id, mark.kind)
    kind = _KIND.get(mark.kind.value, mark.kind.value)
    return f"- {organisation(lexicon, party, linked=True)} · {kind}"
