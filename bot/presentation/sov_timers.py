"""`/sov timers`: contests that are under way or ahead, by the page, each in three lines.

The list says at its head what was asked, and at its foot how old it is: a timer that is not there may be one that
nobody could ask for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, phrases
from bot.presentation.ages import NOTHING, age_text
from bot.presentation.boards import campaign_line
from bot.presentation.card import Card
from bot.presentation.hubs import hub_words, jumps_words
from bot.presentation.lexicon import Lexicon
from bot.presentation.sov_words import holder_name
from bot.presentation.text import DESCRIPTION, clamp, escape, fit
from services.domain.freshness import Freshness
from services.domain.ids import RegionId, SystemId
from services.domain.killmail import Organisation
from services.domain.sovereignty import Campaign

PAGE = 8
"""Contests on one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersAsked:
    """The conditions, for the head of the list. None: not asked for."""

    region_id: RegionId | None = None
    party: Organisation | None = None
    near_id: SystemId | None = None
    jumps: int | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersView:
    """One page. `page` counts from 0; `total` is over all pages."""

    campaigns: tuple[Campaign, ...]
    freshness: Freshness
    page: int
    pages: int
    total: int
    asked: TimersAsked = field(default_factory=TimersAsked)
    adms: Mapping[SystemId, float] = field(default_factory=dict)


def render_timers(view: TimersView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """A page of contests, those under way first."""
    told = []
    if asked := _asked(view.asked, lexicon):
        told.append(f"**Asked for** {asked}\n")
    told += [_block(one, view, lexicon, now=now, zone=zone) for one in view.campaigns]
    if not view.total:
        told.append(_nothing(view))
    known = view.freshness.as_of is not None
    age = f"-# Sovereignty {age_text(view.freshness, now=now, zone=zone)}" if known else ""
    embed = discord.Embed(
        title="Sovereignty timers",
        description=fit(
            told,
            DESCRIPTION - len(age) - 1,
            more=lambda left: f"*and {left} more that do not fit*",
        )
        + f"\n{age}",
        colour=colours.WARNING if view.freshness.is_stale else colours.NEUTRAL,
    )
    if view.total:
        pages = [f"Page {view.page + 1} of {view.pages:,}"] if view.pages > 1 else []
        words = [*pages, phrases.counted(view.total, "contest"), "/sov system tells all of one"]
        embed.set_footer(text=" · ".join(words))
    return Card(embed=clamp(embed))


def _asked(asked: TimersAsked, lexicon: Lexicon) -> str:
    """`in Delve, defended by Goonswarm Federation [CONDI], in the next 24 hours`. Safe in markdown."""
    words = []
    if asked.region_id is not None:
        words.append(f"in {escape(lexicon.region_name(asked.region_id))}")
    if asked.party is not None:
        words.append(f"defended by {holder_name(lexicon, asked.party)}")
    if asked.near_id is not None:
        jumps = phrases.counted(asked.jumps or 0, "jump")
        words.append(f"within {jumps} of {escape(lexicon.system_name(asked.near_id))}")
    if asked.hours is not None:
        words.append(f"in the next {phrases.counted(asked.hours, 'hour')}")
    return ", ".join(words)


def _block(
    campaign: Campaign, view: TimersView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> str:
    adm = view.adms.get(campaign.system_id)
    near = view.asked.near_id
    away = phrases.row(
        (
            None if near is None else jumps_words(lexicon, campaign.system_id, near),
            hub_words(lexicon, campaign.system_id),
        )
    )
    told = campaign_line(campaign, lexicon, adm=adm, now=now, zone=zone)
    return f"{told}\n-# {away}\n" if away else f"{told}\n"


def _nothing(view: TimersView) -> str:
    """Silence of the source is not calm."""
    if view.freshness.as_of is None:
        return f"Sovereignty timers: {NOTHING}."
    if view.asked == TimersAsked():
        return "No contest is under way or announced."
    return "No contest of that kind is under way or announced. Ask for less at once to see others."
