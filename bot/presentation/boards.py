"""A board: one message that keeps itself up to date with what lies ahead, and the lists and answers about boards.

What it shows is as old as its last line says; countdowns go on by themselves in the reader's client.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, phrases, times
from bot.presentation.ages import age_text
from bot.presentation.campaigns import doubt_words, ids_in_campaign
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.sov_words import (
    adm_words,
    campaign_state,
    defender_of,
    holder_name,
    percent,
    structure_name,
    system_link,
)
from bot.presentation.text import DESCRIPTION, SHORT_NAME, clamp, escape, fit, length, plain
from bot.presentation.timers import timer_line
from services.domain.ids import ChannelId
from services.domain.news import BoardMessage
from services.domain.sovereignty import Campaign
from services.domain.timer import Board, BoardState

_AIRY = 10
"""Up to so many blocks stand apart by an empty line."""
_ALL = "all of sovereignty"
_OWN = 900
"""Characters for the server's own timers, where campaigns need the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardListView:
    """A server's boards. `resting`: why the bot cannot keep one up, by its channel."""

    boards: tuple[Board, ...]
    resting: Mapping[ChannelId, str] = field(default_factory=dict)


def render_board(message: BoardMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The board as it stands."""
    state = message.state
    own = list(_own(state, lexicon, now=now, zone=zone))
    age = f"-# Sovereignty {age_text(state.freshness, now=now, zone=zone)}"
    tail = "\n".join(["", *own, age] if own and len(state.campaigns) > _AIRY else [*own, age])
    told = _fitted(state, lexicon, DESCRIPTION - length(tail) - 1, now=now, zone=zone)
    embed = discord.Embed(
        title=board_title(message.board, lexicon),
        description=f"{told}\n{tail}",
        colour=colours.WARNING if state.freshness.is_stale else colours.NEUTRAL,
    )
    embed.set_footer(text=f"Board #{message.board.id} · keeps itself up to date")
    return Card(embed=clamp(embed))


def board_title(board: Board, lexicon: Lexicon) -> str:
    """`Timers: Delve, Querious, Goonswarm Federation`."""
    return f"Timers: {board_scope(board, lexicon)}"


def board_scope(board: Board, lexicon: Lexicon) -> str:
    """What it shows: `all of sovereignty`, or regions and defenders by name. Safe in markdown."""
    names = [escape(lexicon.region_name(region)) for region in board.regions]
    names += [holder_name(lexicon, party) for party in board.parties]
    return ", ".join(names) or _ALL


def board_scope_plain(board: Board, lexicon: Lexicon) -> str:
    """The same for choices of an option, which have no markdown."""
    names = [plain(lexicon.region_name(region)) for region in board.regions]
    names += [phrases.organisation_plain(lexicon, p, limit=SHORT_NAME) for p in board.parties]
    return ", ".join(names) or _ALL


def ids_in_board(message: BoardMessage) -> frozenset[int]:
    """Everybody whom the board names."""
    parties = frozenset(party.id for party in message.board.parties)
    return parties.union(*(ids_in_campaign(one) for one in message.state.campaigns))


def campaign_line(
    campaign: Campaign, lexicon: Lexicon, *, adm: float | None, now: datetime, zone: ZoneInfo
) -> str:
    """Two lines of a list: where and whose, then when and how it stands."""
    defender = defender_of(campaign)
    whose = holder_name(lexicon, defender) if defender else "defender unknown"
    kind = None if campaign.event_type == "ihub_defense" else structure_name(campaign.event_type)
    head = phrases.row((f"**{system_link(lexicon, campaign.system_id)}**", whose, kind))
    return f"{head}\n{_when(campaign, adm=adm, now=now, zone=zone)}"


def render_board_list(view: BoardListView, lexicon: Lexicon) -> Card:
    """`/sov board list`."""
    lines = [_listed(board, lexicon, resting=view.resting) for board in view.boards]
    embed = discord.Embed(
        title="Boards of this server",
        description=fit(
            lines or ["No board yet. `/sov board add` makes one."],
            DESCRIPTION,
            more=lambda left: f"*and {left} more*",
        ),
        colour=colours.NEUTRAL,
    )
    return Card(embed=clamp(embed))


def _campaigns(
    state: BoardState, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[str]:
    adms = dict(state.adms)
    for campaign in state.campaigns:
        adm = adms.get(campaign.system_id)
        yield campaign_line(campaign, lexicon, adm=adm, now=now, zone=zone)
    if not state.campaigns:
        unknown = state.freshness.as_of is None
        yield "No contest is known." if unknown else "No contest is under way or announced."


def _fitted(
    state: BoardState, lexicon: Lexicon, room: int, *, now: datetime, zone: ZoneInfo
) -> str:
    """As many contests as fit, and how many are missing."""
    blocks = list(_campaigns(state, lexicon, now=now, zone=zone))
    if len(blocks) <= _AIRY:
        blocks = [f"{block}\n" for block in blocks]

    def more(left: int) -> str:
        return f"*and {left + state.more} more: `/sov timers`*"

    told = fit(blocks, room - length(more(0)) - 1, more=more)
    fits = told == "\n".join(blocks)
    return f"{told}\n{more(0)}" if fits and state.more else told


def _own(state: BoardState, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """The server's own timers under a heading; nothing where it has none."""
    if not state.timers:
        return
    lines = [timer_line(timer, lexicon, now=now, zone=zone) for timer in state.timers]
    yield "**Own timers**"
    yield fit(lines, _OWN, more=lambda left: f"*and {left} more: `/timer list`*")


def _when(campaign: Campaign, *, adm: float | None, now: datetime, zone: ZoneInfo) -> str:
    missed = campaign.start <= now and not campaign.has_begun
    moment = times.eve(campaign.start, now=now, zone=zone, dated=missed)
    if not campaign.has_begun:
        starts = times.relative(campaign.start)
        starts = f"was to start {starts}" if missed else starts
        doubt = doubt_words(campaign, now=now, zone=zone)
        return phrases.row((starts, moment, f"**{doubt}**" if doubt else None, adm_words(adm)))
    score = campaign.score
    share = f"defender **{percent(score.defender if score else None)}**"
    since = f"since {moment}"
    return phrases.row((f"**{campaign_state(campaign)}**", share, since, adm_words(adm)))


def _listed(board: Board, lexicon: Lexicon, *, resting: Mapping[ChannelId, str]) -> str:
    line = f"**#{board.id}** in <#{board.channel_id}>: {board_scope(board, lexicon)}"
    reason = resting.get(board.channel_id)
    if reason is None:
        return line
    return (
        f"{line}\n**rests**: {escape(reason)}. Mend that, then use `/sov board resume {board.id}`."
    )
