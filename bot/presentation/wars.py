"""`/war show` and `/war list`: who fights whom, since when, and what each destroyed so far.

A score is the game's own word. What could not be asked for lately says as of when it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times, war_words
from bot.presentation.ages import age_text
from bot.presentation.card import Card, LinkButton
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DESCRIPTION, clamp, escape, fit
from services.domain.freshness import Freshness
from services.domain.isk import format_isk
from services.domain.killmail import Organisation
from services.domain.war import Belligerent, War

PAGE = 6
"""Wars on one page."""
_NAMED = 8
"""Allies that a war's own card names: with their links, more do not fit into a field."""
_OLD = timedelta(minutes=90)
"""A war that was read longer ago says so: its answer holds for an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarListView:
    """One page of `/war list`. `page` counts from 0."""

    party: Organisation | None
    """Whose; None: of those whom this server marked as us or friend."""
    wars: tuple[War, ...]
    page: int
    pages: int
    total: int
    listed: int
    """How many of them the pages show: the latest."""
    finished: bool
    """Wars that are over were asked for too."""
    known_since: datetime | None
    """Wars declared from then on are known to all; None: nobody follows any."""
    freshness: Freshness
    marked: bool = True
    """This server marked somebody as us or friend."""


def ids_in_wars(wars: tuple[War, ...]) -> frozenset[int]:
    """Everybody whom their cards name."""
    return frozenset(party.id for war in wars for party in war.parties)


def render_war(war: War, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """One war."""
    told = [
        war_words.state(war, now),
        *_dates(war, now=now, zone=zone),
        *_terms(war, now),
    ]
    embed = discord.Embed(
        title=_title(war, lexicon),
        url=links.war_url(war.id),
        description="\n".join(told),
        colour=colours.NEUTRAL,
    )
    aggressor = war.aggressor.party
    embed.set_author(
        name=phrases.organisation_plain(lexicon, aggressor),
        url=links.organisation_url(aggressor),
        icon_url=links.organisation_picture(aggressor),
    )
    embed.set_thumbnail(url=links.organisation_picture(war.defender.party, 128))
    for name, side in (("Aggressor", war.aggressor), ("Defender", war.defender)):
        embed.add_field(name=name, value=_side(side, lexicon), inline=True)
    if war.allies:
        count = phrases.counted(len(war.allies), "ally", "allies")
        told_allies = war_words.named(war.allies, lexicon, most=_NAMED)
        embed.add_field(name=f"With the defender: {count}", value=told_allies, inline=False)
    age = times.eve(war.fetched, now=now, zone=zone)
    embed.set_footer(text=f"War {war.id} · as of {age}")
    return Card(
        embed=clamp(embed), buttons=(LinkButton(label="zKillboard", url=links.war_url(war.id)),)
    )


def render_wars(view: WarListView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """A list by pages, latest first."""
    told = [_block(war, lexicon, now=now, zone=zone) for war in view.wars]
    if not told:
        told = [_nothing(view, lexicon, now=now, zone=zone)]
    if view.known_since is not None and view.freshness.is_stale:
        age = age_text(view.freshness, now=now, zone=zone)
        told.append(f"-# Newer wars may be missing: {age}")
    whose = "of us and our friends"
    if view.party is not None:
        whose = f"of {escape(phrases.party_name(lexicon, view.party, limit=60))}"
    embed = discord.Embed(
        title=f"{'All wars' if view.finished else 'Wars'} {whose}",
        description=fit(
            "\n\n".join(told).split("\n"), DESCRIPTION, more=lambda left: f"*and {left} lines more*"
        ),
        colour=colours.NEUTRAL,
    )
    page = [f"Page {view.page + 1} of {view.pages}"] if view.pages > 1 else []
    count = [_count(view)] if view.total else []
    known = view.known_since if view.wars else None
    since = [] if known is None else [f"known from {times.eve(known, now=now, zone=zone)} on"]
    if words := (*page, *count, *since):
        embed.set_footer(text=" · ".join(words))
    return Card(embed=clamp(embed))


def _count(view: WarListView) -> str:
    """`12 wars`; `the latest 50 of 120 wars`."""
    latest = f"the latest {view.listed:,} of " if view.listed < view.total else ""
    return f"{latest}{phrases.counted(view.total, 'war')}"


def _title(war: War, lexicon: Lexicon) -> str:
    sides = (war.aggressor.party, war.defender.party)
    return " against ".join(escape(phrases.party_name(lexicon, one, limit=40)) for one in sides)


def _dates(war: War, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """When it was declared, begins or began, was retracted, ends or ended."""
    for words, moment in (
        ("Declared", war.declared),
        ("Fighting from", war.started),
        ("Retracted", war.retracted),
        ("Fighting until", war.finished),
    ):
        if moment is not None:
            yield f"{words} {times.eve(moment, now=now, zone=zone, dated=True)}"


def _terms(war: War, now: datetime) -> Iterator[str]:
    if war.mutual:
        yield "Mutual: both sides want it"
    if war.open_for_allies and (war.finished is None or war.finished > now):
        yield "The defender takes allies"


def _side(side: Belligerent, lexicon: Lexicon) -> str:
    return (
        f"{phrases.organisation(lexicon, side.party, linked=True)}\n"
        f"**{side.ships_killed:,}** {'ship' if side.ships_killed == 1 else 'ships'} killed\n"
        f"**{format_isk(side.isk_destroyed)} ISK** destroyed"
    )


def _block(war: War, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> str:
    """Who, how it stands, the score, allies."""
    score = " : ".join(
        f"**{format_isk(side.isk_destroyed)} ISK** ({phrases.counted(side.ships_killed, 'ship')})"
        for side in (war.aggressor, war.defender)
    )
    allies = phrases.counted(len(war.allies), "ally", "allies") if war.allies else None
    over = war.finished is not None and war.finished <= war.fetched
    old = None
    if not over and now - war.fetched > _OLD:
        old = f"as of {times.eve(war.fetched, now=now, zone=zone)}"
    lines = (
        war_words.parties(war, lexicon),
        phrases.row((war_words.state(war, now), f"[war {war.id}]({links.war_url(war.id)})")),
        phrases.row((f"destroyed {score}", allies, old)),
    )
    return "\n".join(lines)


def _nothing(view: WarListView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> str:
    """Why there is nothing, and what could be missing."""
    if view.party is None and not view.marked:
        return (
            "Nobody is marked as us or friend here. `/standing add` marks them; then I follow their wars. "
            "`/war list who:` lists those of anybody."
        )
    if view.known_since is None:
        return (
            "I have read no wars yet. I follow wars as soon as a server marks somebody as us or friend "
            "(`/standing add`); until then `/war show` takes a war's number."
        )
    goes_on = "" if view.finished else " that goes on"
    whose = (
        "theirs"
        if view.party is None
        else escape(phrases.party_name(lexicon, view.party, limit=60))
    )
    told = f"I know no war of {whose}{goes_on}."
    if view.party is not None and view.party.kind.value == "corporation":
        told += " A corporation in an alliance fights the alliance's wars: ask for that."
    return f"{told}\n-# Wars declared before {times.eve(view.known_since, now=now, zone=zone)} are not known to me"
