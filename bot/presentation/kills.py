"""One kill: what died, where and worth what, who did it, and why this channel hears of it.

The victim's party is the author line and the killers stand in the body. Whose loss or kill it is to the server is said
in the title and underlined by the colour; a mere place match takes no side, so its card is neutral, or gold when it is
very valuable.
"""

from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.card import Button, Card, LinkButton
from bot.presentation.kill_lines import (
    Reader,
    attackers_sentence,
    body,
    combatant,
    distance,
    value_mark,
)
from bot.presentation.lexicon import Lexicon
from bot.presentation.pings import called, mentions
from bot.presentation.reasons import SAMPLE, footer, mark_sample
from bot.presentation.text import clamp, escape, plain
from bot.presentation.watch import handling_lines, watch_buttons
from services.domain.alert import CardPart, CardStyle
from services.domain.battle import related_url
from services.domain.isk import format_isk
from services.domain.message import KillMessage, KillSummary
from services.domain.standing import Stance

_STANCES = {Stance.LOSS: "Our loss", Stance.KILL: "Our kill", Stance.NEUTRAL: ""}
_COLOURS = {Stance.LOSS: colours.LOSS, Stance.KILL: colours.KILL}


def render_kill_message(
    message: KillMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The card of an alert on kills, in the alert's style."""
    reader = Reader(now=now, zone=zone, home_id=message.home_id)
    content = mentions(message.ping, message.call)
    buttons: tuple[Button, ...] = ()
    match message.style:
        case CardStyle.LINK:
            embed = discord.Embed()
            content = _link_text(message, lexicon, content)
        case CardStyle.COMPACT:
            embed = _compact(message, lexicon, reader)
        case CardStyle.FULL | CardStyle.WATCH:
            embed = _full(message, lexicon, reader)
            buttons = _buttons(message, lexicon)
        case _:
            assert_never(message.style)
    return Card(
        embed=clamp(embed),
        buttons=buttons,
        content=content,
        role_pings=called(message.ping, until=message.ping_until, now=now),
        user_pings=called(message.call, until=message.ping_until, now=now),
    )


def render_kill(
    kill: KillSummary,
    lexicon: Lexicon,
    *,
    now: datetime,
    zone: ZoneInfo,
    stance: Stance = Stance.NEUTRAL,
) -> Card:
    """The fuller card of `/kill show`: the weapon, the damage and the exact value too."""
    lines = [line for _, line in body(kill, lexicon, Reader(now=now, zone=zone))]
    if kill.damage_taken:
        lines.append(f"**Damage** {kill.damage_taken:,} hit points")
    if (
        kill.final_weapon_type_id
        and kill.final_blow
        and kill.final_weapon_type_id != kill.final_blow.ship_type_id
    ):
        lines.append(f"**Final weapon** {escape(lexicon.hull_name(kill.final_weapon_type_id))}")
    if kill.value.isk is not None:
        lines.append(f"**Value in full** {value_mark(kill.value)}{kill.value.isk:,.0f} ISK")
    embed = _embed(kill, lexicon, lines, stance=stance)
    embed.set_footer(text=f"Killmail {kill.id}")
    return Card(embed=clamp(embed), buttons=kill_buttons(kill, lexicon))


def kill_title(kill: KillSummary, lexicon: Lexicon, *, stance: Stance = Stance.NEUTRAL) -> str:
    """`Our loss: Avatar destroyed in X47L-Q`, safe in markdown."""
    told = f"{phrases.hull(lexicon, kill.victim)} destroyed in {escape(lexicon.system_name(kill.system_id))}"
    return f"{_STANCES[stance]}: {told}" if _STANCES[stance] else told


def kill_buttons(kill: KillSummary, lexicon: Lexicon) -> tuple[LinkButton, ...]:
    """The kill, what else died there that hour, the system."""
    buttons = [LinkButton(label="zKillboard", url=links.kill_url(kill.id)), _related(kill)]
    if system := lexicon.universe.find_system(kill.system_id):
        buttons.append(LinkButton(label="DOTLAN", url=links.dotlan_url(system.name)))
    return tuple(buttons)


def _related(kill: KillSummary) -> LinkButton:
    return LinkButton(label="Related kills", url=related_url(kill.system_id, kill.time))


def _buttons(message: KillMessage, lexicon: Lexicon) -> tuple[Button, ...]:
    """One row: a watch has four of its own, and the title and the place are links as well."""
    linked = () if CardPart.LINKS in message.hidden else kill_buttons(message.kill, lexicon)
    if message.style is not CardStyle.WATCH:
        return linked
    return (*watch_buttons(message), *((_related(message.kill),) if linked else ()))


def _link_text(message: KillMessage, lexicon: Lexicon, called_by: str | None) -> str:
    """The link, which Discord unfolds, and in small print whose it is and why it stands here."""
    told = [_STANCES[message.stance]]
    if CardPart.REASON not in message.hidden:
        told.append(footer(message.reasons, lexicon))
    small = escape(" · ".join(part for part in told if part))
    lines = (
        SAMPLE if message.sample else None,
        called_by,
        links.kill_url(message.kill.id),
        f"-# {small}" if small else None,
    )
    return "\n".join(line for line in lines if line)


def _compact(message: KillMessage, lexicon: Lexicon, reader: Reader) -> discord.Embed:
    """What died, where and worth what; then who lost it to whom, how far, and when."""
    kill, hidden = message.kill, message.hidden
    value = None if CardPart.VALUE in hidden else _short_value(kill)
    embed = discord.Embed(
        title=phrases.row((kill_title(kill, lexicon, stance=message.stance), value)),
        url=links.kill_url(kill.id),
        description=phrases.row(_second_line(message, lexicon, reader)),
        colour=_colour(message.stance, kill),
    )
    return _finished(embed, message, lexicon)


def _second_line(message: KillMessage, lexicon: Lexicon, reader: Reader) -> list[str | None]:
    kill, hidden = message.kill, message.hidden
    parties = []
    if CardPart.VICTIM not in hidden:
        parties.append(f"lost by {_loser(kill, lexicon)}")
    if CardPart.ATTACKERS not in hidden:
        parties.append(f"to {_winners(message, lexicon)}")
    area = lexicon.area(kill.system_id)
    who = " ".join(parties)
    return [
        who[:1].upper() + who[1:],
        escape(area) if area and CardPart.PLACE not in hidden else None,
        None if CardPart.DISTANCE in hidden else distance(kill, lexicon, reader.home_id),
        None if CardPart.TIME in hidden else times.relative(kill.time),
    ]


def _loser(kill: KillSummary, lexicon: Lexicon) -> str:
    party = kill.victim.organisation
    if kill.victim.character_id is None:
        return phrases.organisation(lexicon, party) if party else "nobody's pilot"
    name = phrases.pilot(lexicon, kill.victim.character_id)
    return name + (phrases.tag(lexicon.ticker(party)) if party else "")


def _winners(message: KillMessage, lexicon: Lexicon) -> str:
    kill = message.kill
    if not kill.pilots:
        return "NPCs" if kill.npc else "no named pilot"
    alone = kill.pilots == 1 and kill.final_blow is not None
    if alone and kill.final_blow and CardPart.FINAL_BLOW not in message.hidden:
        return combatant(lexicon, kill.final_blow)
    return attackers_sentence(kill, lexicon)


def _short_value(kill: KillSummary) -> str:
    if kill.value.isk is None:
        return "value unknown"
    at_least = "at least " if kill.value.unpriced else ""
    return f"{at_least}{value_mark(kill.value)}{format_isk(kill.value.isk)} ISK"


def _full(message: KillMessage, lexicon: Lexicon, reader: Reader) -> discord.Embed:
    told = body(message.kill, lexicon, reader)
    lines = [line for part, line in told if part not in message.hidden]
    embed = _embed(
        message.kill, lexicon, [*handling_lines(message.handling), *lines], stance=message.stance
    )
    if CardPart.PICTURE in message.hidden:
        embed.set_thumbnail(url=None)
    if CardPart.VICTIM in message.hidden:
        embed.remove_author()
    return _finished(embed, message, lexicon)


def _finished(embed: discord.Embed, message: KillMessage, lexicon: Lexicon) -> discord.Embed:
    if message.sample:
        mark_sample(embed)
    if CardPart.REASON not in message.hidden:
        embed.set_footer(text=footer(message.reasons, lexicon) or None)
    return embed


def _embed(
    kill: KillSummary, lexicon: Lexicon, lines: list[str], *, stance: Stance = Stance.NEUTRAL
) -> discord.Embed:
    embed = discord.Embed(
        title=kill_title(kill, lexicon, stance=stance),
        url=links.kill_url(kill.id),
        description="\n".join(lines),
        colour=_colour(stance, kill),
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


def _colour(stance: Stance, kill: KillSummary) -> int:
    return _COLOURS.get(stance) or colours.by_value(kill.value.isk, colours.VALUABLE_KILL)
