"""Alerts and a server's settings, as those who set them read them: each alert in two lines, with why it is silent."""

from dataclasses import dataclass
from datetime import datetime

import discord

from bot.presentation import colours, times
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.reasons import condition_text
from bot.presentation.text import DESCRIPTION, clamp, escape, escape_lines, fit
from services.domain.alert import Alert, AlertState
from services.domain.guild import GuildSettings

_SIGNS = {AlertState.ACTIVE: "", AlertState.PAUSED: "⏸", AlertState.BLOCKED: "⚠"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert of a list; `last_match` is when it last posted, if ever."""

    alert: Alert
    last_match: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertListView:
    """One page of `/alert list`. `page` counts from 0; `limit` is how many alerts a server may have.

    `notices` are those that could be told nowhere else: plain text, newest first.
    """

    lines: tuple[AlertLine, ...]
    page: int
    pages: int
    total: int
    limit: int
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigView:
    """What `/config show` shows."""

    settings: GuildSettings
    alerts: int
    alert_limit: int
    stored: str
    """What of this server is stored, in a sentence; plain text."""


def render_alert_list(view: AlertListView, lexicon: Lexicon) -> Card:
    """The alerts of a server, oldest first as they come."""
    blocks = [_block(line, lexicon) for line in view.lines]
    if not blocks:
        blocks = ["No alert yet. `/alert add battles` or `/alert add kills` makes the first one."]
    embed = discord.Embed(
        title="Alerts of this server",
        description=fit(
            blocks, DESCRIPTION, more=lambda left: f"*and {left} more that do not fit*"
        ),
        colour=colours.NEUTRAL,
    )
    if view.notices:
        told = fit(
            [f"- {escape(notice)}" for notice in view.notices],
            1024,
            more=lambda left: f"*and {left} more*",
        )
        embed.add_field(name="Notices", value=told, inline=False)
    page = f"Page {view.page + 1} of {max(view.pages, 1)} · " if view.pages > 1 else ""
    embed.set_footer(text=f"{page}{view.total:,} of at most {view.limit:,} alerts")
    return Card(embed=clamp(embed))


def render_alert(alert: Alert, lexicon: Lexicon, *, title: str, removed: bool = False) -> Card:
    """One alert as the answer to adding, pausing, resuming or removing it; `title` says which."""
    line = AlertLine(alert=alert)
    embed = discord.Embed(
        title=escape(title),
        description=_head(alert, lexicon) if removed else _block(line, lexicon),
        colour=colours.NEUTRAL,
    )
    embed.set_footer(text="What it posted stays." if removed else _next(alert))
    return Card(embed=clamp(embed))


def _next(alert: Alert) -> str:
    """What one would do with it next."""
    if alert.state is AlertState.ACTIVE:
        return f"/alert test {alert.id} posts a sample"
    return f"/alert resume {alert.id} lets it post again"


def render_config(view: ConfigView) -> Card:
    """The settings of a server and where to change them."""
    channel = view.settings.notices_channel_id
    lines = [
        f"**Time zone** {_zone(view.settings.time_zone)}",
        f"**Notices** {f'<#{channel}>' if channel else 'to whoever made the alert'}",
        f"**Alerts** {view.alerts:,} of at most {view.alert_limit:,}",
        f"**Stored** {escape_lines(view.stored)}",
    ]
    embed = discord.Embed(
        title="Settings of this server", description="\n".join(lines), colour=colours.NEUTRAL
    )
    embed.set_footer(text="/config forget deletes all that is stored of this server")
    return Card(embed=clamp(embed))


def _zone(name: str) -> str:
    if name in ("UTC", "Etc/UTC"):
        return f"{name}, which is EVE time"
    return f"{escape(name)} (shown beside EVE time)"


def _block(line: AlertLine, lexicon: Lexicon) -> str:
    alert = line.alert
    parts = [_state(alert)]
    if alert.role_id is not None:
        parts.append(f"calls <@&{alert.role_id}>")
    if line.last_match is not None:
        parts.append(f"last match {times.relative(line.last_match)}")
    parts.append(f"set by <@{alert.created_by}>")
    return f"{_head(alert, lexicon)}\n{' · '.join(parts)}\n"


def _head(alert: Alert, lexicon: Lexicon) -> str:
    return f"**#{alert.id}** {condition_text(alert, lexicon)} → <#{alert.channel_id}>"


def _state(alert: Alert) -> str:
    """The state and why, without saying one word twice (`paused by @Ana`)."""
    sign, word = _SIGNS[alert.state], alert.state.value
    if alert.state is AlertState.ACTIVE:
        return word
    rest = alert.reason or ""
    if rest.startswith(f"{word} "):
        return f"{sign} **{word}** {rest.removeprefix(word).strip()}"
    return f"{sign} **{word}**" + (f": {rest}" if rest else "")
