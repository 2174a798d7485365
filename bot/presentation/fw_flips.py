"""`/fw flips`: systems of the warzone that changed hands, latest first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, fw_words, phrases, times
from bot.presentation.card import Card
from bot.presentation.fw_systems import age_lines
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DESCRIPTION, clamp, fit
from services.domain.freshness import Freshness
from services.domain.ids import FactionId
from services.domain.occurrence import Occurrence

PAGE = 12
"""Flips on one page of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipListView:
    """One page of `/fw flips`. `page` counts from 0."""

    flips: tuple[Occurrence, ...]
    """All of them, latest first."""
    page: int
    pages: int
    days: int
    known_since: datetime | None = None
    """Where less than the asked days is known: since when."""
    freshness: Freshness


def render_flips(view: FlipListView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """A page of flips under who took how many."""
    shown = view.flips[view.page * PAGE : (view.page + 1) * PAGE]
    lines = [
        *_head(view, lexicon),
        *(flip_line(flip, lexicon, now=now, zone=zone) for flip in shown),
        "",
        *age_lines(view.freshness, now=now, zone=zone),
    ]
    embed = discord.Embed(
        title=f"Flips, last {phrases.counted(view.days, 'day')}",
        description=fit(lines, DESCRIPTION, more=lambda left: f"*and {left} more lines*"),
        colour=colours.NEUTRAL,
    )
    pages = f"Page {view.page + 1} of {view.pages:,} · " if view.pages > 1 else ""
    if view.flips:
        embed.set_footer(text=f"{pages}{phrases.counted(len(view.flips), 'flip')}")
    return Card(embed=clamp(embed))


def flip_line(flip: Occurrence, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> str:
    """What changed hands, and when; between which moments where nobody looked for a while."""
    when = times.eve(flip.at, now=now, zone=zone)
    if flip.since is not None:
        when = f"between {times.eve(flip.since, now=now, zone=zone)} and {when}"
    return f"{fw_words.line(flip, lexicon)}\n-# {times.relative(flip.at)} · {when}"


def _head(view: FlipListView, lexicon: Lexicon) -> Iterator[str]:
    if view.known_since is not None:
        yield f"-# I have looked since {times.relative(view.known_since)} only; what was before is not known"
    if view.flips:
        yield f"{took_words(view.flips, lexicon)}\n"
    else:
        yield "No system changed hands that I know of."


def took_words(flips: Sequence[Occurrence], lexicon: Lexicon) -> str:
    """`Minmatar took 5, lost 2 · Amarr took 2, lost 5`, whoever took most first."""
    took = Counter(flip.new.id for flip in flips if flip.new is not None)
    lost = Counter(flip.old.id for flip in flips if flip.old is not None)
    parties = sorted(took.keys() | lost.keys(), key=lambda one: (-took[one], lost[one], one))
    return phrases.row(
        f"**{fw_words.short_faction(lexicon, FactionId(one))}** took {took[one]:,}, lost {lost[one]:,}"
        for one in parties
    )
