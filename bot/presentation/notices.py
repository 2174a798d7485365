"""The bot about itself: what was missed while the feed was behind, and what somebody has to know or do.

A warning wears a word and a sign besides its colour. A notice is our own markdown (it names channels and commands).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.card import Card, LinkButton
from bot.presentation.kills import kill_title, value_text
from bot.presentation.lexicon import Lexicon
from bot.presentation.reasons import footer
from bot.presentation.text import clamp, escape
from services.domain.message import BattleLine, CatchUpMessage, KillSummary, NoticeMessage, Severity

BATTLES = 8
"""Battles named in a summary, the largest."""
_COLOURS = {Severity.INFO: colours.NEUTRAL, Severity.WARNING: colours.WARNING}


def render_catch_up(
    message: CatchUpMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """One summary in place of the cards that would all be late."""
    behind = times.duration(timedelta(seconds=message.lag_seconds))
    when = times.span(message.since, message.until, now=now, zone=zone)
    lines = [f"The kill feed was up to {behind} behind: {when}."]
    if message.kills:
        matched = phrases.counted(message.kills, "kill")
        lines.append(f"**{matched}** matched here, {phrases.destroyed(message.isk)}.")
    if message.largest:
        lines.append(f"Largest: {_largest(message.largest, lexicon)}")
    lines += _battles(message.battles, lexicon)
    lines.append("They are stored. Once the feed is current, each is told by itself again.")
    told = [(message.kills, "kill"), (len(message.battles), "battle")]
    counts = " and ".join(phrases.counted(count, word) for count, word in told if count)
    embed = discord.Embed(
        title=f"Caught up: {counts} while the feed was behind",
        description="\n".join(lines),
        colour=colours.NEUTRAL,
    )
    embed.set_footer(text=footer(message.reasons, lexicon) or "War Room")
    buttons: tuple[LinkButton, ...] = ()
    if message.largest:
        buttons = (
            LinkButton(label="Largest on zKillboard", url=links.kill_url(message.largest.id)),
        )
    return Card(embed=clamp(embed), buttons=buttons)


def _battles(battles: Sequence[BattleLine], lexicon: Lexicon) -> Iterator[str]:
    """The largest of them, each with the id that `/battle show` takes."""
    ranked = sorted(battles, key=lambda line: (-line.kills, line.public_id))
    if ranked:
        yield f"**{phrases.counted(len(ranked), 'battle')}** matched here:"
    for line in ranked[:BATTLES]:
        place = escape(lexicon.system_name(line.system_id))
        yield f"{place}: {phrases.counted(line.kills, 'kill')}, {line.isk} ISK · `{line.public_id}`"
    if len(ranked) > BATTLES:
        yield f"and {len(ranked) - BATTLES} more: `/battle recent`"


def render_notice(message: NoticeMessage) -> Card:
    """A notice in the bot's own name."""
    sign = "⚠ Please look: " if message.severity is Severity.WARNING else ""
    embed = discord.Embed(
        title=f"{sign}{message.title}",
        description=message.text,
        colour=_COLOURS[message.severity],
    )
    embed.set_footer(text="War Room about itself")
    return Card(embed=clamp(embed))


def _largest(kill: KillSummary, lexicon: Lexicon) -> str:
    return f"[{kill_title(kill, lexicon)}]({links.kill_url(kill.id)}) · {value_text(kill.value)}"
