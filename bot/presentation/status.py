"""How the bot is, what it is, and what it can do: `/status`, `/about`, `/help`.

What is wrong is said in words at the top, since when, and with what it means for whoever waits for alerts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import discord

from bot.presentation import colours, links, times
from bot.presentation.card import Button, Card, LinkButton
from bot.presentation.phrases import counted
from bot.presentation.text import (
    EMBED,
    FIELD_VALUE,
    clamp,
    cut,
    embed_length,
    escape,
    escape_lines,
    length,
    plain,
)
from services.domain.ids import KillmailId
from services.domain.trouble import Trouble, TroubleState
from services.troubles.rules import is_loud, title

LATE_FEED = timedelta(minutes=5)
"""The lag from which the feed counts as behind (then channels get summaries instead of single cards)."""
_LEGAL = (
    "EVE Online and all its names and pictures belong to Fenris Creations (formerly CCP). "
    "War Room is made by players and is not affiliated with it."
)

TROUBLES = 6
"""Troubles named; more of them are counted."""
_DETAIL = 140
_OF_THE_FEED = frozenset({Trouble.FEED_DOWN, Trouble.FEED_BANNED, Trouble.FEED_SILENT})

_PRIVACY = "It cannot read messages. `/config show` says what it stores of a server, `/config forget` deletes that."


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """How the bot is at `now`. Figures that are not known are None and are left out or said to be unknown."""

    now: datetime
    version: str
    started_at: datetime
    feed_lag: timedelta | None
    """How far the feed is behind the present; None before the first answer."""
    feed_fault: str | None
    """Why the feed stands still, in words; None while it runs."""
    last_kill_id: KillmailId | None
    last_kill_at: datetime | None
    killmails: int
    battles: int
    queue: int
    """Messages that wait to be sent."""
    blocked: int
    """Channels that refuse messages."""
    database_bytes: int
    servers: int
    alerts: int
    troubles: tuple[TroubleState, ...] = ()
    """What is wrong, what matters most first."""
    backlog: int = 0
    """Earlier numbers of the feed that are still to be read."""
    universe_build: int | None = None
    universe_at: datetime | None = None
    """When that build was released."""
    prices_at: datetime | None = None
    """When market prices were last fetched."""
    names: int | None = None
    posts_per_channel_hour: int | None = None
    """Kills that a channel gets one by one in an hour; the rest is summed up."""
    alerts_per_server: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutView:
    """What `/about` tells; addresses that the operator has not set are left out."""

    version: str
    invite_url: str
    source_url: str | None = None
    privacy_url: str | None = None
    support_url: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpEntry:
    """One command: as it is typed, what it does, and the names of its options; plain text."""

    command: str
    text: str
    options: tuple[str, ...] = ()
    configures: bool = False
    """Only for those who may manage channels."""


def render_status(view: StatusView) -> Card:
    """Troubles, feed, stock, queue and version."""
    behind = view.feed_lag is None or view.feed_lag > LATE_FEED
    loud = any(is_loud(state) for state in view.troubles)
    well = not (loud or behind or view.feed_fault or view.blocked)
    embed = discord.Embed(
        title="War Room is well" if well else "⚠ War Room runs, with a fault",
        description="\n".join([*trouble_lines(view.troubles), *_feed_lines(view)]),
        colour=colours.NEUTRAL if well else colours.WARNING,
    )
    size = _size(view.database_bytes)
    embed.add_field(
        name="Stored",
        value=f"{counted(view.killmails, 'kill')}\n{counted(view.battles, 'battle')}\n{size}",
    )
    blocked = (
        f"{counted(view.blocked, 'channel')} blocked" if view.blocked else "no channel blocked"
    )
    embed.add_field(name="Messages", value=f"{view.queue:,} waiting\n{blocked}")
    embed.add_field(
        name="Serves", value=f"{counted(view.servers, 'server')}\n{counted(view.alerts, 'alert')}"
    )
    embed.add_field(name="Knows", value="\n".join(_knowledge(view)), inline=False)
    if limits := list(_limits(view)):
        embed.add_field(name="Limits", value="\n".join(limits), inline=False)
    running = times.duration(view.now - view.started_at)
    embed.set_footer(text=f"War Room {view.version} · running for {running}")
    return Card(embed=clamp(embed))


def trouble_lines(troubles: Sequence[TroubleState], *, most: int = TROUBLES) -> Iterator[str]:
    """Since when, and for what weighs, why; then an empty line. That killmails are read up on is said with the feed."""
    told = [state for state in troubles if state.trouble is not Trouble.FEED_LATE]
    for state in told[:most]:
        sign = "⚠ " if is_loud(state) else ""
        doubt = "" if state.confirmed else " · not confirmed since the start"
        yield f"{sign}**{escape(title(state))}** · began {times.relative(state.began_at)}{doubt}"
        if is_loud(state) and state.detail:
            yield f"-# {escape(cut(plain(state.detail), _DETAIL))}"
    if len(told) > most:
        yield f"and {len(told) - most} more"
    if told:
        yield ""


def render_about(view: AboutView) -> Card:
    """What this is, whose it is, and where to get it."""
    contact = f"\nThis bot is run by {escape(view.contact)}." if view.contact else ""
    embed = discord.Embed(
        title="War Room",
        description=(
            "Tells EVE Online groups where the fights are: it reads the public kill feed, understands battles and "
            f"posts what your channels asked for. Free, open source (MIT).{contact}\n\n{_PRIVACY}\n\n{_LEGAL}"
        ),
        colour=colours.NEUTRAL,
    )
    embed.set_footer(
        text=f"War Room {view.version} · kills from zKillboard, facts from EVE's public data"
    )
    addresses = (
        ("Invite", view.invite_url),
        ("Source", view.source_url),
        ("Privacy", view.privacy_url),
        ("Support", view.support_url),
    )
    buttons: tuple[Button, ...] = tuple(
        LinkButton(label=label, url=url) for label, url in addresses if url
    )
    return Card(embed=clamp(embed), buttons=buttons)


def render_help(entries: tuple[HelpEntry, ...]) -> Card:
    """Every command in a line, those for everybody first; on top the one that people come for.

    Where all of it is more than a card holds, the options of configuring commands are left out: Discord shows them.
    """
    embed = _help(entries)
    if embed_length(embed) > EMBED:
        embed = _help([replace(one, options=()) if one.configures else one for one in entries])
    return Card(embed=clamp(embed))


def _help(entries: Sequence[HelpEntry]) -> discord.Embed:
    everybody = [_help_line(entry) for entry in entries if not entry.configures]
    managers = [_help_line(entry) for entry in entries if entry.configures]
    start = (
        "Start here: `/alert add kills` with a preset, or `/alert add battles`, in the channel that wants them. "
        "`/standing add` says who you are."
    )
    lines = [start]
    if everybody:
        lines += ["", "**For everybody**", *everybody]
    embed = discord.Embed(
        title="What War Room can do", description="\n".join(lines), colour=colours.NEUTRAL
    )
    for number, part in enumerate(_parts(managers, FIELD_VALUE)):
        name = "\u200b" if number else "For those who manage channels"
        embed.add_field(name=name, value=part, inline=False)
    embed.set_footer(
        text="Names are completed as you type; zKillboard and DOTLAN links work where a name is asked"
    )
    return embed


def _parts(lines: Sequence[str], limit: int) -> list[str]:
    """Lines in parts of at most so many characters."""
    parts: list[str] = []
    for line in lines:
        if parts and length(parts[-1]) + 1 + length(line) <= limit:
            parts[-1] += f"\n{line}"
        else:
            parts.append(line)
    return parts


def _help_line(entry: HelpEntry) -> str:
    options = f" · *{escape(', '.join(entry.options))}*" if entry.options else ""
    return f"`{entry.command.replace('`', '')}` {escape_lines(entry.text)}{options}"


def _feed_lines(view: StatusView) -> Iterator[str]:
    named = any(state.trouble in _OF_THE_FEED for state in view.troubles)
    if view.feed_fault and not named:
        yield f"**The feed stands still:** {escape_lines(view.feed_fault)}"
    if view.feed_lag is not None:
        yield _lag_words(view.feed_lag)
    elif not view.feed_fault:
        yield "**Feed** has not answered yet"
    if view.backlog:
        yield f"**Backlog** {counted(view.backlog, 'earlier kill')} still to be read, beside what happens now"
    if view.last_kill_at is not None and view.last_kill_id is not None:
        yield (
            f"**Last kill** [{view.last_kill_id}]({links.kill_url(view.last_kill_id)}) · "
            f"{times.relative(view.last_kill_at)}"
        )


def _knowledge(view: StatusView) -> Iterator[str]:
    """What is not given is left out; prices that never came are said to be missing."""
    if view.universe_build is not None and view.universe_at is not None:
        yield f"EVE data of {view.universe_at:%d %b %Y} (build {view.universe_build})"
    yield (
        f"Prices of {times.relative(view.prices_at)}"
        if view.prices_at
        else "Prices not fetched yet: values are typical losses"
    )
    if view.names is not None:
        yield counted(view.names, "name")


def _limits(view: StatusView) -> Iterator[str]:
    """What nobody may be surprised by; what is held back is always said where it is."""
    if view.posts_per_channel_hour is not None:
        posts = counted(view.posts_per_channel_hour, "kill")
        yield f"{posts} per channel and hour; the rest is summed up in one message"
    if view.alerts_per_server is not None:
        yield f"{counted(view.alerts_per_server, 'alert')} per server"


def _lag_words(lag: timedelta) -> str:
    if lag > LATE_FEED:
        return f"**Feed** {times.duration(lag)} behind: alerts come as summaries until it has caught up"
    return f"**Feed** live, {times.duration(lag)} behind"


def _size(size: int) -> str:
    for step, unit in ((1 << 30, "GB"), (1 << 20, "MB")):
        if size >= step:
            return f"{size / step:.1f} {unit} on disk"
    return f"{size / 1024:.0f} kB on disk"
