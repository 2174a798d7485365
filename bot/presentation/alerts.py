"""Alerts and a server's settings, as those who set them read them: each alert in three lines, with why it is silent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.presentation import colours, times
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.quiet import quiet_text
from bot.presentation.reasons import condition_text
from bot.presentation.scope_words import reminders_words
from bot.presentation.text import DESCRIPTION, clamp, escape, escape_lines, fit, short
from services.domain.alert import (
    Alert,
    AlertState,
    CardPart,
    CardStyle,
    Outcome,
    Updates,
)
from services.domain.guild import GuildSettings
from services.domain.quiet import QuietHours

_SIGNS = {AlertState.ACTIVE: "", AlertState.PAUSED: "⏸", AlertState.BLOCKED: "⚠"}
_CONDITION = 300
"""Characters of a filter's words in a list: ten alerts fit on a page."""
_IN_FULL = 3000
_NONE = (
    "No alert yet. `/alert add battles` or `/alert add kills` makes the first one; `sov`, `fw`, `incursion` and `war` "
    "follow what happens beside kills."
)
_STYLES = {
    CardStyle.LINK: "as a link",
    CardStyle.COMPACT: "compact",
    CardStyle.FULL: "",
    CardStyle.WATCH: "with watch buttons",
}
_UPDATES = {
    Updates.NONE: "",
    Updates.REPLIES: "milestones as replies",
    Updates.THREAD: "milestones in a thread",
}
_EVE_ZONES = ("UTC", "Etc/UTC")
PART_NAMES = {
    CardPart.VICTIM: "victim",
    CardPart.FINAL_BLOW: "final blow",
    CardPart.TOP_DAMAGE: "top damage",
    CardPart.ATTACKERS: "attackers",
    CardPart.PLACE: "place",
    CardPart.DISTANCE: "distance",
    CardPart.VALUE: "value",
    CardPart.TIME: "time",
    CardPart.NOTES: "notes",
    CardPart.PICTURE: "picture",
    CardPart.LINKS: "links",
    CardPart.REASON: "reason",
}
"""The parts of a kill's card, as people read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert of a list. Of the last 24 hours: kills it matched, and those that were posted; None: nobody counted.

    `last_match` is when it last posted, if ever.
    """

    alert: Alert
    matched: int | None = None
    posted: int | None = None
    last_match: datetime | None = None
    lacks: tuple[str, ...] = ()
    """What the bot may not do in its channel, as Discord writes it."""

    @classmethod
    def of(cls, alert: Alert, counts: Mapping[Outcome, int]) -> "AlertLine":
        """With what became of its kills; one told by another alert's post was posted too."""
        posted = counts.get(Outcome.POSTED, 0) + counts.get(Outcome.MERGED, 0)
        return cls(alert=alert, matched=counts.get(Outcome.MATCHED, 0), posted=posted)


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
    quiet: QuietHours | None = None
    """The server's own, for every alert that has none of its own."""
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigView:
    """What `/config show` shows."""

    settings: GuildSettings
    alerts: int
    alert_limit: int
    stored: str
    """What of this server is stored, in a sentence; plain text."""


def render_alert_list(view: AlertListView, lexicon: Lexicon, *, now: datetime) -> Card:
    """The alerts of a server, oldest first as they come."""
    blocks = [_block(line, lexicon, now=now) for line in view.lines]
    if not blocks:
        blocks = [_NONE]
    if blocks and view.lines and view.quiet is not None and view.quiet.start != view.quiet.end:
        zone = "EVE time" if view.time_zone in _EVE_ZONES else escape(view.time_zone)
        hours = f"**Quiet hours of this server** {quiet_text(view.quiet)}, {zone}"
        blocks.insert(0, f"{hours}; for every alert without its own\n")
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


def render_alert(
    alert: Alert, lexicon: Lexicon, *, title: str, now: datetime, removed: bool = False
) -> Card:
    """One alert as the answer to adding, pausing, resuming or removing it; `title` says which."""
    line = AlertLine(alert=alert)
    embed = discord.Embed(
        title=escape(title),
        description=_head(alert, lexicon) if removed else _block(line, lexicon, now=now),
        colour=colours.NEUTRAL,
    )
    embed.set_footer(text="What it posted stays." if removed else _next(alert))
    return Card(embed=clamp(embed))


def render_alert_in_full(
    line: AlertLine, lexicon: Lexicon, *, now: datetime, quiet: QuietHours | None
) -> Card:
    """One alert with all that it asks for, a fact a line. `quiet`: the server's, which hold where it has none."""
    alert = line.alert
    facts = [f"**Posts in** <#{alert.channel_id}>", *(f"- {fact}" for fact in _facts(line, now))]
    if alert.quiet is None and quiet is not None and quiet.start != quiet.end:
        facts.append(f"- quiet with the server, {quiet_text(quiet)}")
    embed = discord.Embed(
        title=f"Alert {escape(alert_title(alert)).removeprefix(chr(92))}",
        description="\n".join([condition_text(alert, lexicon, limit=_IN_FULL), "", *facts]),
        colour=colours.NEUTRAL,
    )
    embed.set_footer(text=f"{_next(alert)} · /alert why {alert.id} says what became of it")
    return Card(embed=clamp(embed))


def alert_title(alert: Alert) -> str:
    """`#3 Home defence`; raw text."""
    return f"#{alert.id}" + (f" {short(alert.name, 100)}" if alert.name else "")


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
        f"**Quiet hours** {_quiet(view.settings)}",
        f"**Alerts** {view.alerts:,} of at most {view.alert_limit:,}",
        f"**Stored** {escape_lines(view.stored)}",
    ]
    embed = discord.Embed(
        title="Settings of this server", description="\n".join(lines), colour=colours.NEUTRAL
    )
    embed.set_footer(text="/config forget deletes all that is stored of this server")
    return Card(embed=clamp(embed))


def _quiet(settings: GuildSettings) -> str:
    if settings.quiet is None or settings.quiet.start == settings.quiet.end:
        return "none"
    return f"{quiet_text(settings.quiet)}, in the time zone above"


def _zone(name: str) -> str:
    if name in _EVE_ZONES:
        return f"{name}, which is EVE time"
    return f"{escape(name)} (shown beside EVE time)"


def _block(line: AlertLine, lexicon: Lexicon, *, now: datetime) -> str:
    told = " · ".join(_facts(line, now))
    return f"{_head(line.alert, lexicon)}\n{told}\n"


def _head(alert: Alert, lexicon: Lexicon) -> str:
    title = escape(alert_title(alert)).replace("\\#", "#", 1)
    return (
        f"**{title}** → <#{alert.channel_id}>\n{condition_text(alert, lexicon, limit=_CONDITION)}"
    )


def _facts(line: AlertLine, now: datetime) -> Iterator[str]:
    """Its state first, then what it does."""
    alert = line.alert
    muted = alert.muted_until if alert.muted_until and alert.muted_until > now else None
    if muted is None or alert.state is not AlertState.ACTIVE:
        yield _state(alert)
    if line.lacks:
        yield f"⚠ **I lack {', '.join(line.lacks)} there**"
    if muted is not None:
        yield f"**muted**, ends {times.relative(muted)}"
    if line.matched is not None:
        posted = "" if line.posted is None else f", {line.posted:,} posted"
        yield f"{line.matched:,} matched in 24 h{posted}"
    if calls := _calls(alert):
        yield calls
    if (before := reminders_words(alert)) is not None:
        yield f"reminds {before} before a campaign starts" if before else "no reminders"
    yield from filter(None, (_STYLES[alert.style], _UPDATES[alert.updates]))
    if alert.hidden:
        yield f"hides {', '.join(PART_NAMES[part] for part in CardPart if part in alert.hidden)}"
    if alert.quiet is not None:
        yield (
            "no quiet hours"
            if alert.quiet.start == alert.quiet.end
            else f"quiet {quiet_text(alert.quiet)}"
        )
    if line.last_match is not None:
        yield f"last match {times.relative(line.last_match)}"
    yield f"set by <@{alert.created_by}>"


def _calls(alert: Alert) -> str | None:
    whom = f"<@&{alert.role_id}>" if alert.role_id is not None else None
    if alert.user_id is not None:
        whom = f"<@{alert.user_id}>"
    if whom is None:
        return None
    terms = []
    if alert.ping_minutes is not None:
        what = "a kill" if alert.kind.topic is None else "it happened"
        terms.append(f"up to {alert.ping_minutes} min after {what}")
    if alert.cooldown_minutes is not None:
        terms.append(f"at most every {alert.cooldown_minutes} min")
    return f"calls {whom}" + (f" {', '.join(terms)}" if terms else "")


def _state(alert: Alert) -> str:
    """The state and why, without saying one word twice (`paused by @Ana`)."""
    sign, word = _SIGNS[alert.state], alert.state.value
    if alert.state is AlertState.ACTIVE:
        return word
    rest = alert.reason or ""
    if rest.startswith(f"{word} "):
        return f"{sign} **{word}** {rest.removeprefix(word).strip()}"
    return f"{sign} **{word}**" + (f": {rest}" if rest else "")
