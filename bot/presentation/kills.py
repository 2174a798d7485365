"""One kill: what died, where and worth what, who did it, and why this channel hears of it.

The victim's party is the author line and the killers stand in the body. A mere place match takes no side, so the card
is neutral, or gold when it is very valuable. What the mail does not say is said to be missing.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.card import Card, LinkButton
from bot.presentation.lexicon import Lexicon
from bot.presentation.pings import called, mentions
from bot.presentation.reasons import footer, mark_sample
from bot.presentation.text import clamp, escape, plain
from services.domain.battle import related_url
from services.domain.isk import Value, ValueSource, format_isk
from services.domain.message import KillMessage, KillSummary

LATE = timedelta(minutes=10)
"""A kill told later than this says how old it is; the feed itself is usually a minute or two behind."""


def render_kill_message(
    message: KillMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The card of an alert on kills."""
    kill = message.kill
    embed = _embed(kill, lexicon, _lines(kill, lexicon, now=now, zone=zone))
    if message.sample:
        mark_sample(embed)
    late = now - kill.time
    hint = f"posted {times.duration(late)} after the kill" if late > LATE else ""
    embed.set_footer(text=footer(message.reasons, lexicon, hint))
    return Card(
        embed=clamp(embed),
        buttons=kill_buttons(kill, lexicon),
        content=mentions(message.ping),
        role_pings=called(message.ping, until=message.ping_until, now=now),
    )


def render_kill(kill: KillSummary, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The fuller card of `/kill show`: the weapon, the damage and the exact value too."""
    lines = _lines(kill, lexicon, now=now, zone=zone)
    if kill.damage_taken:
        lines.append(f"**Damage** {kill.damage_taken:,} hit points")
    if (
        kill.final_weapon_type_id
        and kill.final_blow
        and kill.final_weapon_type_id != kill.final_blow.ship_type_id
    ):
        lines.append(f"**Final weapon** {escape(lexicon.hull_name(kill.final_weapon_type_id))}")
    if kill.value.isk is not None:
        lines.append(f"**Value in full** {_value_mark(kill.value)}{kill.value.isk:,.0f} ISK")
    embed = _embed(kill, lexicon, lines)
    embed.set_footer(text=f"Killmail {kill.id}")
    return Card(embed=clamp(embed), buttons=kill_buttons(kill, lexicon))


def kill_title(kill: KillSummary, lexicon: Lexicon) -> str:
    """`Avatar destroyed in X47L-Q`, safe in markdown."""
    return f"{phrases.hull(lexicon, kill.victim)} destroyed in {escape(lexicon.system_name(kill.system_id))}"


def value_text(value: Value) -> str:
    """`1.24B ISK`, `~350M ISK (estimate)`, `at least ~1.24B ISK (estimate, 2 stacks unpriced)`, `unknown (...)`."""
    if value.isk is None:
        return "unknown (no price known)"
    figure = f"{_value_mark(value)}{format_isk(value.isk)} ISK"
    if value.source is ValueSource.TYPICAL:
        return f"{figure} (typical for such a hull)"
    if not value.is_estimate:
        return figure
    if value.unpriced:
        return f"at least {figure} (estimate, {phrases.counted(value.unpriced, 'stack')} unpriced)"
    return f"{figure} (estimate)"


def kill_buttons(kill: KillSummary, lexicon: Lexicon) -> tuple[LinkButton, ...]:
    """The kill, what else died there that hour, the system."""
    buttons = [
        LinkButton(label="zKillboard", url=links.kill_url(kill.id)),
        LinkButton(label="Related kills", url=related_url(kill.system_id, kill.time)),
    ]
    if system := lexicon.universe.find_system(kill.system_id):
        buttons.append(LinkButton(label="DOTLAN", url=links.dotlan_url(system.name)))
    return tuple(buttons)


def _embed(kill: KillSummary, lexicon: Lexicon, lines: list[str]) -> discord.Embed:
    embed = discord.Embed(
        title=kill_title(kill, lexicon),
        url=links.kill_url(kill.id),
        description="\n".join(lines),
        colour=colours.by_value(kill.value.isk, colours.VALUABLE_KILL),
    )
    if party := kill.victim.organisation:
        embed.set_author(
            name=phrases.organisation_plain(lexicon, party),
            url=links.organisation_url(party),
            icon_url=links.organisation_picture(party),
        )
    elif npc := lexicon.npc_name(kill.victim):
        embed.set_author(name=plain(npc))
    hull = kill.victim.ship_type_id
    if hull is not None:
        embed.set_thumbnail(url=links.hull_picture(hull, lexicon.hull_class(hull)))
    return embed


def _lines(kill: KillSummary, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> list[str]:
    lines = [f"**Value** {value_text(kill.value)}", _victim(kill, lexicon)]
    if kill.final_blow:
        lines.append(f"**Final blow** {_final_blow(kill, lexicon)}")
    lines.append(f"**Attackers** {_attackers(kill, lexicon)}")
    lines.append(f"**Where** {phrases.place(lexicon, kill.system_id)}")
    lines.append(
        f"**When** {times.relative(kill.time)} · {times.eve(kill.time, now=now, zone=zone)}"
    )
    if notes := _notes(kill):
        lines.append(f"**Note** {' · '.join(notes)}")
    return lines


def _victim(kill: KillSummary, lexicon: Lexicon) -> str:
    victim = kill.victim
    corporation = phrases.employer(lexicon, victim)
    if victim.character_id is not None:
        name = phrases.pilot(lexicon, victim.character_id)
        return f"**Victim** {name}" + (f" · {corporation}" if corporation else "")
    party = victim.organisation
    owner = corporation or (phrases.organisation(lexicon, party, linked=True) if party else None)
    if owner is None:
        return "**Victim** not a player's"
    return f"**Owner** {owner}" + (
        "" if phrases.is_crewless(lexicon, victim) else " (nobody aboard)"
    )


def _final_blow(kill: KillSummary, lexicon: Lexicon) -> str:
    assert kill.final_blow is not None
    killer = kill.final_blow
    hull = phrases.hull(lexicon, killer) if killer.ship_type_id is not None else None
    party = killer.organisation
    if killer.character_id is not None:
        who = phrases.pilot(lexicon, killer.character_id) + (
            f" in {_article(hull)}" if hull else ""
        )
        alone = party is None or party.id == killer.character_id
        return who if alone or party is None else f"{who} · {phrases.organisation(lexicon, party)}"
    if party is not None:
        owner = phrases.organisation(lexicon, party)
        return f"{hull} of {owner}" if hull else owner
    npc = lexicon.npc_name(killer)
    owner = f"{escape(npc)} (NPC)" if npc else "an NPC"
    return f"{hull} · {owner}" if hull else owner


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'AEIOUaeiou' else 'a'} {noun}"


def _attackers(kill: KillSummary, lexicon: Lexicon) -> str:
    if not kill.pilots:
        return f"no named pilot, {phrases.counted(kill.attackers, 'entry', 'entries')} on the mail"
    text = phrases.counted(kill.pilots, "pilot")
    if kill.leading is not None:
        party = phrases.organisation(lexicon, kill.leading)
        everybody = kill.leading_pilots == kill.pilots
        text += f", all {party}" if everybody else f", mostly {party} ({kill.leading_pilots:,})"
    nameless = kill.attackers - kill.pilots
    return text + (f", and {nameless:,} without a pilot" if nameless > 0 else "")


def _notes(kill: KillSummary) -> list[str]:
    told = (
        (kill.npc, "killed by NPCs alone"),
        (kill.solo, "solo kill"),
        (kill.awox, "awox: killed by its own side"),
        ("ganked" in kill.labels, "suicide gank"),
        (kill.war_id is not None, "in a declared war"),
    )
    return [words for holds, words in told if holds]


def _value_mark(value: Value) -> str:
    return "~" if value.is_estimate else ""
