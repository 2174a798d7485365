"""Who is us, friend or foe, as this server reads it: the list by pages, what a change did, and names to choose from."""

from collections.abc import Mapping, Sequence

import discord
from discord import app_commands

from bot.interaction.backdrop import backdrop
from bot.interaction.paging import Page, page_count
from bot.interaction.standing_names import KIND_WORDS, Somebody, Sorted
from bot.presentation import colours, links
from bot.presentation.alerts import alert_title
from bot.presentation.card import Card
from bot.presentation.standings import StandingListView, nobody_bears, render_standings
from bot.presentation.text import DESCRIPTION, clamp, escape, fit, link, short
from services.container import Services
from services.domain.ids import GuildId
from services.domain.killmail import Organisation
from services.domain.standing import Standing, Standings, listed

PER_PAGE = 30
_CHOICES = 25
_LONGEST = 100
_FIELD = 1024


async def standings_page(services: Services, guild_id: GuildId, number: int) -> Page:
    """One page of `/standing list`, counted from 0; the last one when there are fewer."""
    marks = await services.standings.all_of(guild_id)
    scene = await backdrop(services, guild_id, ids=[mark.entity_id for mark in marks])
    ordered = listed(marks, scene.lexicon.names.name)
    pages = page_count(len(ordered), PER_PAGE)
    page = min(number, pages - 1)
    view = StandingListView(
        marks=tuple(ordered[page * PER_PAGE : (page + 1) * PER_PAGE]),
        page=page,
        pages=pages,
        total=len(ordered),
    )
    card = render_standings(view, scene.lexicon)
    return Page(card=scene.finished(card), page=page, pages=pages)


def change_card(
    told: Sorted, done: str, *, before: Mapping[int, Standing], after: Sequence[str] = ()
) -> Card:
    """What a change did: those it was done to, and each name that it could not be done to.

    `before`: what anybody was marked as; `after`: what follows from it, in lines.
    """
    embed = discord.Embed(
        title=f"{len(told.found):,} {done}" if told.found else "Nothing is changed",
        colour=colours.NEUTRAL if told.found else colours.WARNING,
    )
    names = [
        f"{_linked(one)} ({KIND_WORDS[one.kind]}"
        + (f", was {before[one.id].value})" if one.id in before else ")")
        for one in told.found
    ]
    embed.description = fit(names, DESCRIPTION // 2, more=lambda left: f"*and {left} more*")
    if told.problems:
        lines = [f"- {problem}" for problem in told.problems]
        problems = fit(lines, _FIELD, more=lambda left: f"*and {left} more*")
        name = f"Not taken: {len(told.problems):,}"
        embed.add_field(name=name, value=problems, inline=False)
    if after:
        felt = fit(list(after), _FIELD, more=lambda left: f"*and {left} more*")
        embed.add_field(name="Alerts that feel it", value=felt, inline=False)
    embed.set_footer(text="/standing list shows all")
    return Card(embed=clamp(embed))


async def alerts_in_vain(services: Services, guild_id: GuildId, *, since: Standings) -> list[str]:
    """Alerts that ask for somebody whom nobody is marked as any more, and did not so before; a line each."""
    now = await services.standings.standings(guild_id)
    lines = []
    for alert in await services.alerts.all_of(guild_id):
        words = nobody_bears(alert.filter, now)
        if words is not None and nobody_bears(alert.filter, since) is None:
            lines.append(f"**{escape(alert_title(alert)).replace(chr(92) + '#', '#', 1)}** {words}")
    return lines


async def marked_somebodies(services: Services, guild_id: GuildId) -> list[Somebody]:
    """Everybody who is marked, with their names as far as they are known."""
    marks = await services.standings.all_of(guild_id)
    names = await services.names.book([mark.entity_id for mark in marks])
    return [
        Somebody(id=mark.entity_id, kind=mark.kind, name=names.name(mark.entity_id))
        for mark in marks
    ]


async def marked_choices(
    services: Services, guild_id: GuildId, typed: str
) -> list[app_commands.Choice[str]]:
    """Those who are marked and whose names hold what was typed."""
    wanted = typed.strip().casefold()
    found = [
        app_commands.Choice(
            name=f"{one.name[:80]} ({KIND_WORDS[one.kind]})"[:_LONGEST],
            value=links.organisation_url(Organisation(one.id, one.kind)),
        )
        for one in await marked_somebodies(services, guild_id)
        if wanted in one.name.casefold()
    ]
    return found[:_CHOICES]


def _linked(one: Somebody) -> str:
    return link(short(one.name), links.organisation_url(Organisation(one.id, one.kind)))
