"""Kills told as one message and not one by one: the feed was behind, the hours were quiet, the channel had its share.

It says why at once, then what was, so that nobody takes it for silence; all that its picture shows stands in words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.card import Card, CardFile, LinkButton
from bot.presentation.kill_lines import value_text
from bot.presentation.kills import kill_title
from bot.presentation.lexicon import Lexicon
from bot.presentation.reasons import footer
from bot.presentation.text import clamp, escape
from services.domain.ids import SystemId
from services.domain.message import BattleLine, KillSummary, SummaryCause, SummaryMessage

BATTLES = 8
"""Battles named, the largest."""
SYSTEMS = 5
"""Systems named, those with most kills."""
FILE = "digest.png"


def render_summary(
    message: SummaryMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """One summary in place of the cards that were not posted."""
    lines = [_why(message, now=now, zone=zone)]
    if message.kills:
        matched = phrases.counted(message.kills, "kill")
        lines.append(f"**{matched}** matched here, {phrases.destroyed(message.isk)}.")
    lines += _top(message.top, lexicon)
    lines += _systems(message.systems, lexicon)
    lines += _battles(message.battles, lexicon)
    lines.append(_after(message))
    embed = discord.Embed(
        title=_title(message),
        url=links.ZKILLBOARD,
        description="\n".join(lines),
        colour=colours.NEUTRAL,
    )
    embed.set_footer(text=footer(message.reasons, lexicon) or "War Room")
    buttons: tuple[LinkButton, ...] = ()
    if message.top:
        best = message.top[0]
        buttons = (LinkButton(label="Largest on zKillboard", url=links.kill_url(best.id)),)
    return Card(embed=clamp(embed), buttons=buttons)


def with_picture(card: Card, png: bytes, message: SummaryMessage, *, shown: int) -> Card:
    """The same card with its heatmap; what that shows is said in words already, but how many of the kills it shows."""
    embed = card.embed.copy().set_image(url=f"attachment://{FILE}")
    told = f"Map of New Eden with {phrases.counted(shown, 'kill')}."
    if shown < message.kills:
        embed.description = (
            f"{embed.description}\n-# {shown:,} of the {message.kills:,} kills are on this map; the others died in "
            "wormholes and elsewhere off it."
        )
        embed = clamp(embed)
    return replace(card, embed=embed, files=(CardFile(name=FILE, data=png, description=told),))


def _title(message: SummaryMessage) -> str:
    told = [(message.kills, "kill"), (len(message.battles), "battle")]
    more = "more " if message.cause is SummaryCause.CAP else ""
    counts = " and ".join(phrases.counted(count, f"{more}{word}") for count, word in told if count)
    match message.cause:
        case SummaryCause.QUIET:
            return f"While it was quiet: {counts or 'nothing'}"
        case SummaryCause.CAP:
            return f"Hourly limit reached: {counts or 'nothing more'}"
        case _:
            return f"Caught up: {counts} while the feed was behind"


def _why(message: SummaryMessage, *, now: datetime, zone: ZoneInfo) -> str:
    start, end = message.window or (message.since, message.until)
    match message.cause:
        case SummaryCause.QUIET:
            return f"Quiet hours: {times.span(start, end, now=now, zone=zone)}."
        case SummaryCause.CAP:
            limit = phrases.counted(message.limit, "post") if message.limit else "So many posts"
            until = times.eve(end, now=now, zone=zone)
            return f"{limit} an hour is this channel's limit. The rest until {until} is summed up here."
        case _:
            behind = times.duration(timedelta(seconds=message.lag_seconds))
            when = times.span(message.since, message.until, now=now, zone=zone)
            return f"The kill feed was up to {behind} behind: {when}."


def _after(message: SummaryMessage) -> str:
    match message.cause:
        case SummaryCause.QUIET:
            return "They are stored. From now on each is told by itself again."
        case SummaryCause.CAP:
            return "Narrower filters, or a second channel, let each be told by itself."
        case _:
            return "They are stored. Once the feed is current, each is told by itself again."


def _top(kills: Sequence[KillSummary], lexicon: Lexicon) -> Iterator[str]:
    if not kills:
        return
    yield "**Most valuable**"
    for kill in kills:
        title = kill_title(kill, lexicon)
        yield f"- [{title}]({links.kill_url(kill.id)}) · {value_text(kill.value)}"


def _systems(systems: Sequence[tuple[SystemId, int]], lexicon: Lexicon) -> Iterator[str]:
    ranked = sorted(systems, key=lambda item: (-item[1], item[0]))
    if not ranked:
        return
    told = [f"{escape(lexicon.system_name(key))} {count:,}" for key, count in ranked[:SYSTEMS]]
    left = len(ranked) - SYSTEMS
    more = f" and {phrases.counted(left, 'system')} more" if left > 0 else ""
    yield f"**Where** {phrases.row(told)}{more}"


def _battles(battles: Sequence[BattleLine], lexicon: Lexicon) -> Iterator[str]:
    """The largest of them, each with the id that `/battle show` takes."""
    ranked = sorted(battles, key=lambda line: (-line.kills, line.public_id))
    if ranked:
        yield f"**{phrases.counted(len(ranked), 'battle')}** matched here:"
    for line in ranked[:BATTLES]:
        place = escape(lexicon.system_name(line.system_id))
        yield f"{place}: {phrases.counted(line.kills, 'kill')}, {line.isk} ISK · `{line.public_id}`"
    if len(ranked) > BATTLES:
        yield f"and {len(ranked) - BATTLES} more: `/battle list`"
