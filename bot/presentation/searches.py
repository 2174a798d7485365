"""Kills that meet a filter: `/kill search`, a page of them in two lines each.

A list says at its head what was asked and how far back was looked, so that "nothing" is never taken for more than it
is.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.card import Card
from bot.presentation.filters import kills
from bot.presentation.kill_lines import value_mark
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DESCRIPTION, SHORT_NAME, clamp, escape, fit, link
from services.domain.filter import Filter
from services.domain.isk import Value, format_isk
from services.domain.killmail import Combatant
from services.domain.message import KillSummary

PAGE = 10
"""Kills on one page of a list."""
_ASKED = 600
"""Characters of a filter in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KillListView:
    """One page of `/kill search`. `page` counts from 0; `total` is over all pages, None where nobody counted."""

    filter: Filter
    kills: tuple[KillSummary, ...]
    page: int
    total: int | None
    more: bool
    hours: int
    since: datetime
    reached: datetime
    """Looked at back to here; later than `since` where the search was given up."""
    unknown: int = 0
    """Kills whose attackers and items are gone, and which may or may not belong here."""
    stored_since: datetime | None = None


def render_kill_list(
    view: KillListView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """A page of kills, newest first as they come."""
    told = [asked_line(view.filter, lexicon), *limits(view, now=now, zone=zone), ""]
    told += [_block(kill, lexicon, now=now, zone=zone) for kill in view.kills[:PAGE]]
    if not view.kills:
        told.append(_nothing(view))
    embed = discord.Embed(
        title=f"Kills, last {phrases.counted(view.hours, 'hour')}",
        description=fit(told, DESCRIPTION, more=lambda left: f"*and {left} more that do not fit*"),
        colour=colours.NEUTRAL,
    )
    if view.kills:
        embed.set_footer(text=" · ".join(_foot(view)))
    return Card(embed=clamp(embed))


def asked_line(wanted: Filter, lexicon: Lexicon) -> str:
    """What was asked, in words."""
    return f"**Asked for** {escape(kills(wanted, lexicon, limit=_ASKED))}"


def unknown_line(unknown: int) -> str:
    """What cannot be known, or not any more."""
    are, of_them = ("kill is", "it") if unknown == 1 else ("kills are", "them")
    return (
        f"{unknown:,} {are} left out, because nobody can say whether the filter holds: what it asks of {of_them} is no "
        "longer kept, or zKillboard's labels never came with the archives."
    )


def limits(view: KillListView, *, now: datetime, zone: ZoneInfo) -> list[str]:
    """How far the answer reaches, where that is not as far as was asked."""
    told = []
    if view.unknown:
        told.append(f"-# {unknown_line(view.unknown)}")
    if view.reached > view.since:
        until = times.eve(view.reached, now=now, zone=zone)
        told.append(
            f"-# This took too long: I looked back to {until}. Ask for fewer hours, or add a place or a value."
        )
    elif view.stored_since is not None and view.stored_since > view.since:
        first = times.eve(view.stored_since, now=now, zone=zone)
        told.append(f"-# The earliest kill that I have is of {first}.")
    return told


def _nothing(view: KillListView) -> str:
    if view.stored_since is None:
        return "I have not stored any kill yet."
    if view.page:
        return "There are no more."
    return "Nothing that I have stored meets this. Ask for more hours, or for less at once."


def _foot(view: KillListView) -> list[str]:
    if view.total is None:
        return [f"Page {view.page + 1}", "more follow" if view.more else "the last one"]
    pages = max(1, -(-view.total // PAGE))
    paged = [f"Page {view.page + 1} of {pages:,}"] if pages > 1 else []
    return [*paged, phrases.counted(view.total, "kill")]


def _block(kill: KillSummary, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> str:
    hull = link(lexicon.hull_name(kill.victim.ship_type_id), links.kill_url(kill.id))
    area = lexicon.area(kill.system_id)
    place = escape(lexicon.system_name(kill.system_id)) + (f" ({escape(area)})" if area else "")
    head = phrases.row((f"**{hull}**", f"**{_worth(kill.value)}**", place))
    when = f"{times.relative(kill.time)} · {times.eve(kill.time, now=now, zone=zone)}"
    return f"{head}\n{_who(kill, lexicon)}\n-# {when}"


def _worth(value: Value) -> str:
    return (
        "value unknown" if value.isk is None else f"{value_mark(value)}{format_isk(value.isk)} ISK"
    )


def _who(kill: KillSummary, lexicon: Lexicon) -> str:
    """`Vex [BETA] by Ana [ALPHA] and 11 others`."""
    victim = _name(kill.victim, lexicon)
    if kill.final_blow is None:
        return victim
    killer = _name(kill.final_blow, lexicon)
    others = kill.pilots - (kill.final_blow.character_id is not None)
    beside = f" and {phrases.counted(others, 'other')}" if others > 0 else ""
    return f"{victim} by {killer}{beside}"


def _name(who: Combatant, lexicon: Lexicon) -> str:
    """The pilot with their organisation's ticker, else the organisation, else whose NPC it is."""
    party = who.organisation
    if who.character_id is not None:
        name = phrases.pilot(lexicon, who.character_id)
        alone = party is None or party.id == who.character_id
        return name if alone or party is None else name + phrases.tag(lexicon.ticker(party))
    if party is not None:
        return phrases.organisation(lexicon, party, limit=SHORT_NAME)
    npc = lexicon.npc_name(who)
    return f"{escape(npc)} (NPC)" if npc else "an NPC"


def kill_line(kill: KillSummary, lexicon: Lexicon) -> str:
    """A kill in one line, for short lists."""
    hull = link(lexicon.hull_name(kill.victim.ship_type_id), links.kill_url(kill.id))
    place = escape(lexicon.system_name(kill.system_id))
    return phrases.row((hull, _worth(kill.value), place, times.relative(kill.time)))
