"""A server's own timers: the list, the answer to a new one, and the reminder in its channel.

What people typed is escaped; the time stands as EVE time, in the server's own zone, and as a countdown that goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, phrases, times
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.pings import called, mentions
from bot.presentation.text import DESCRIPTION, clamp, escape, fit
from services.domain.ids import ChannelId
from services.domain.news import TimerNoteMessage
from services.domain.timer import OwnTimer

PAGE = 10
"""Timers on one page of the list."""
_NAMED = 8
"""Channels of boards that an answer names."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerListView:
    """One page of `/timer list`, by time. `page` counts from 0; `total` is over all pages."""

    timers: tuple[OwnTimer, ...]
    page: int
    pages: int
    total: int
    hidden: int = 0
    """Timers of channels that the asker cannot see."""
    lacking: Mapping[ChannelId, str] = field(default_factory=dict)
    """Why nobody will be reminded in a channel, by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerAddedView:
    """The answer to a new timer."""

    timer: OwnTimer
    boards: tuple[ChannelId, ...] = ()
    """Channels of the boards on which it stands from now on."""
    hidden: bool = False
    """Not everybody in the server can see its channel."""


def render_timer_note(
    message: TimerNoteMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """A reminder; the roles that it calls stand above it."""
    timer = message.timer
    embed = discord.Embed(
        title=f"{_due_words(message, now)}: {escape(timer.what)}",
        description="\n".join(_about(timer, lexicon, now=now, zone=zone)),
        colour=colours.WARNING,
    )
    embed.set_footer(text=f"Timer #{timer.id} of this server")
    return Card(
        embed=clamp(embed),
        content=mentions(message.ping),
        role_pings=called(message.ping, until=message.ping_until, now=now),
    )


def render_timer_added(
    view: TimerAddedView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """What was stored and who will see it, so that a slip is seen at once."""
    timer = view.timer
    told = [*_about(timer, lexicon, now=now, zone=zone), reminders_line(timer), boards_line(view)]
    embed = discord.Embed(
        title=f"Timer #{timer.id}: {escape(timer.what)}",
        description="\n".join(told),
        colour=colours.NEUTRAL,
    )
    embed.set_footer(text=f"Only this server sees it · /timer remove takes #{timer.id} away")
    return Card(embed=clamp(embed))


def render_timer_list(
    view: TimerListView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """A page of timers, the next one first."""
    blocks = [
        _block(timer, lexicon, now=now, zone=zone, lacking=view.lacking.get(timer.channel_id))
        for timer in view.timers
    ]
    if not blocks:
        blocks = ["No timer lies ahead. `/timer add` makes one."]
    if view.hidden:
        blocks.append(
            f"-# {phrases.counted(view.hidden, 'timer')} of channels that you cannot see: not shown"
        )
    embed = discord.Embed(
        title="Timers of this server",
        description=fit(blocks, DESCRIPTION, more=lambda left: f"*and {left} that do not fit*"),
        colour=colours.NEUTRAL,
    )
    pages = f"Page {view.page + 1} of {view.pages:,} · " if view.pages > 1 else ""
    if view.total:
        embed.set_footer(text=f"{pages}{phrases.counted(view.total, 'timer')}")
    return Card(embed=clamp(embed))


def timer_line(timer: OwnTimer, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> str:
    """One line for lists that hold other things too: time, countdown, what, where."""
    where = None if timer.system_id is None else _system(timer, lexicon)
    return phrases.row(
        (
            times.eve(timer.at, now=now, zone=zone),
            times.relative(timer.at),
            f"**{escape(timer.what)}**",
            where,
        )
    )


def reminders_line(timer: OwnTimer) -> str:
    """`Reminds 3 h, 30 min, 5 min before and at the time, in #ops, calling @Fleet`."""
    if not timer.reminders:
        where = "in lists and on boards" if timer.on_boards else "in lists"
        return f"-# Nobody is reminded: it stands {where} alone"
    # What lay in the past when the timer was made is never told.
    spans = [m * _MINUTE for m in timer.reminders if timer.at - m * _MINUTE > timer.created_at]
    before = f"{', '.join(map(times.duration, spans))} before and " if spans else ""
    role = f", calling <@&{timer.role_id}>" if timer.role_id is not None else ""
    return f"-# Reminds {before}at the time, in <#{timer.channel_id}>{role}"


def boards_line(view: TimerAddedView) -> str:
    """On which boards it stands, and how that is changed: `On boards too, for all who read them: <#70>`."""
    place = f"<#{view.timer.channel_id}>"
    if not view.timer.on_boards:
        why = f": not everybody can see {place}" if view.hidden else ""
        return f"-# On no board{why}. `board:True` puts one there"
    told = ", ".join(f"<#{channel}>" for channel in view.boards[:_NAMED])
    if (left := len(view.boards) - _NAMED) > 0:
        told += f" and {phrases.counted(left, 'more channel')}"
    if not told:
        told = "there is none yet (`/sov board add` makes one)"
    seen = f", though not everybody can see {place}" if view.hidden else ""
    return f"-# On boards too, for all who read them{seen}: {told}"


def _due_words(message: TimerNoteMessage, now: datetime) -> str:
    """`In 30 min`, `Now`; how it really is where the reminder comes late."""
    left = message.timer.at - now
    if left < -_MINUTE:
        return f"{times.duration(-left)} ago"
    if left < _MINUTE:
        return "Now"
    asked = message.minutes * _MINUTE
    return f"In {times.duration(asked if abs(asked - left) <= _MINUTE else left)}"


def _about(timer: OwnTimer, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> list[str]:
    when = phrases.row((f"**{times.eve(timer.at, now=now, zone=zone)}**", times.relative(timer.at)))
    where = None if timer.system_id is None else phrases.place(lexicon, timer.system_id)
    note = escape(timer.note) if timer.note else None
    made = f"-# made by <@{timer.created_by}>"
    return [told for told in (when, where, note, made) if told]


def _block(
    timer: OwnTimer, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo, lacking: str | None
) -> str:
    where = None if timer.system_id is None else _system(timer, lexicon)
    head = phrases.row((f"`#{timer.id}` **{escape(timer.what)}**", where))
    when = phrases.row((times.eve(timer.at, now=now, zone=zone), times.relative(timer.at)))
    note = escape(timer.note) if timer.note else None
    vain = lacking and timer.reminders and timer.at > now
    missing = f"⚠ Nobody will be reminded: {lacking}" if vain else None
    off = "" if timer.on_boards else " · on no board"
    made = f"{reminders_line(timer)}{off} · made by <@{timer.created_by}>"
    return "\n".join(told for told in (head, when, note, missing, made) if told) + "\n"


def _system(timer: OwnTimer, lexicon: Lexicon) -> str:
    assert timer.system_id is not None
    return phrases.place(lexicon, timer.system_id)
