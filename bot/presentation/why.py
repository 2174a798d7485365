"""`/alert why`: first in one sentence why an alert is silent (or that it is not), then the figures behind it.

An alert for kills or battles depends on the kill feed, every other on the polled sources of its topic.

The first thing that stands in its way is named, from what somebody did to it, over what Discord and the feed do, to
what its filter asks. Figures stand as a table narrow enough for a phone; what did not happen has no line.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import discord

from bot.presentation import colours, times
from bot.presentation.alerts import alert_title
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.phrases import counted
from bot.presentation.reasons import condition_text
from bot.presentation.scope_words import topic_noun
from bot.presentation.text import FIELD_VALUE, clamp, cut, escape, fit
from services.domain.alert import AlertKind, AlertState, Outcome
from services.domain.alert_report import AlertWhy, FeedHealth
from services.domain.news_trial import SourceHealth
from services.domain.quiet import QuietMode

LATE_FEED = timedelta(minutes=5)
"""The lag from which the feed counts as behind."""
_SLOW = timedelta(minutes=2)
"""A message that has waited longer than this is held up by something."""
_CONDITION, _REASON = 500, 200
_SHOWN = frozenset({Outcome.MATCHED, Outcome.POSTED})
"""Told even when they are 0."""
_ROWS = {
    Outcome.MATCHED: "matched",
    Outcome.POSTED: "posted",
    Outcome.MERGED: "with another",
    Outcome.QUIET_POST: "held for digest",
    Outcome.QUIET_PING: "quiet, no call",
    Outcome.MUTED: "muted",
    Outcome.TOO_OLD: "too old to post",
    Outcome.OLD_PING: "too old to call",
    Outcome.COOLDOWN: "called before",
    Outcome.BEHIND_PING: "late, no call",
    Outcome.EDIT_PING: "edit, no call",
    Outcome.MUTED_PING: "muted, no call",
    Outcome.SUMMED_UP: "summed up, late",
    Outcome.CAPPED: "over the limit",
    Outcome.CALLED: "called",
    Outcome.ACKNOWLEDGED: "acknowledged",
    Outcome.RESOLVED: "resolved",
    Outcome.FALSE_ALARM: "false alarm",
}
_LABEL, _FIGURE = 16, 8
_SOURCES = {
    "sov-campaigns": "Campaigns",
    "sov-systems": "Sovereignty",
    "skyhooks": "Skyhooks",
    "fw-systems": "Warzone",
    "fw-stats": "Militia figures",
    "fw-wars": "Militias at war",
    "warzone": "Advantages",
    "insurgency": "Insurgencies",
    "incursions": "Incursions",
    "wars": "Wars",
}
"""The polled sources, by their names."""
_POSTED = (Outcome.POSTED, Outcome.MERGED)
_INSTEAD = {
    Outcome.MUTED: "it was muted",
    Outcome.TOO_OLD: "they came too late to be posted",
    Outcome.QUIET_POST: "quiet hours held them for the digest",
    Outcome.SUMMED_UP: "the feed was behind, and they stand in a summary",
    Outcome.CAPPED: "the channel had its posts for the hour, and they stand in a summary",
}


def render_why(
    view: AlertWhy, lexicon: Lexicon, *, lacks: Sequence[str] = (), unmarked: str | None = None
) -> Card:
    """The whole answer.

    `lacks`: what the bot may not do in the channel, as Discord writes it. `unmarked`: a sentence about the standings
    that its filter asks for and that nobody bears.
    """
    first = sentence(view, lacks=lacks, unmarked=unmarked)
    lines = [
        f"**{first}**",
        "",
        condition_text(view.alert, lexicon, limit=_CONDITION),
        _table(view),
        *_facts(view, lacks),
    ]
    if unmarked and unmarked != first:
        lines.append(f"**Standings** {unmarked}")
    embed = discord.Embed(
        title=f"Alert {escape(alert_title(view.alert)).removeprefix(chr(92))}",
        description="\n".join(lines),
        colour=colours.NEUTRAL if _is_heard(view) and not lacks else colours.WARNING,
    )
    if view.failed:
        embed.add_field(
            name=f"Failed to send in 7 days: {view.failed:,}", value=_failures(view), inline=False
        )
    embed.set_footer(text="Counted by EVE hour · /alert try shows what it would have matched")
    return Card(embed=clamp(embed))


def sentence(view: AlertWhy, *, lacks: Sequence[str] = (), unmarked: str | None = None) -> str:
    """Why nothing comes, or that something does; markdown."""
    stopped = _stopped(view)
    if lacks:
        lack = (
            f"I lack {', '.join(lacks)} in <#{view.alert.channel_id}>, so nothing can be posted there: give me that "
            "in the channel's settings."
        )
        return f"{lack} {stopped}" if stopped else lack
    held = stopped or _source_stopped(view) or _held(view)
    told = held or (None if _matched(view) else unmarked) or _filtered(view)
    silent = None if stopped else _some_stopped(view)
    return f"{silent} {told}" if silent else told


def _stopped(view: AlertWhy) -> str | None:
    """What people and Discord did."""
    alert, place = view.alert, f"<#{view.alert.channel_id}>"
    if alert.state is AlertState.PAUSED:
        by = (alert.reason or "").removeprefix("paused").strip()
        return (
            f"It is paused{f' {by}' if by else ''}: `/alert resume {alert.id}` lets it post again."
        )
    if view.blocked_since is not None:
        why = f": {_outside(view.blocked_reason)}" if view.blocked_reason else ""
        return f"{place} refuses me since {times.relative(view.blocked_since)}{why}"
    if alert.state is AlertState.BLOCKED:
        return f"It is blocked: {alert.reason or f'{place} refuses me'}."
    if view.sending_held:
        return "My operator holds all messages back at the moment; they come when they let go."
    if view.muted_until is not None:
        left = times.duration(view.muted_until - view.now)
        return f"It is muted for {left} more."
    return None


def _source_stopped(view: AlertWhy) -> str | None:
    """What it depends on gives nothing."""
    if view.alert.kind.topic is None:
        return _feed_stopped(view.feed)
    if not view.sources or any(not source.freshness.is_stale for source in view.sources):
        return None
    heard = [source.freshness.as_of for source in view.sources if source.freshness.as_of]
    if not heard:
        return "What it watches has not answered me yet, so nothing can match."
    return f"What it watches has given me nothing since {times.relative(max(heard))}: nothing new comes in."


def _some_stopped(view: AlertWhy) -> str | None:
    """Those of its sources that give nothing, where others do: what they would tell is missing."""
    silent = [source for source in view.sources if source.freshness.is_stale]
    if view.alert.kind.topic is None or len(silent) == len(view.sources):
        return None
    return " ".join(map(_silence, silent)) or None


def _silence(source: SourceHealth) -> str:
    name, heard = _source_name(source), source.freshness.as_of
    if heard is None:
        return f"“{name}” has not answered me yet, so nothing of it can match."
    return (
        f"“{name}” has given me nothing since {times.relative(heard)}: nothing new of it comes in."
    )


def _feed_stopped(feed: FeedHealth | None) -> str | None:
    if feed is None:
        return "No kill feed runs here, so nothing can match."
    if feed.failing_since is not None:
        return f"The kill feed has not answered since {times.relative(feed.failing_since)}: nothing new comes in."
    if feed.paused_until is not None:
        return f"The kill feed refuses me until {times.relative(feed.paused_until)}: nothing new comes in."
    return None


def _held(view: AlertWhy) -> str | None:
    """What holds its posts for now."""
    if view.quiet is not None and view.quiet.mode is QuietMode.POSTS:
        digest = (
            f"; {counted(view.held, 'match', 'matches')} wait in the digest" if view.held else ""
        )
        return f"Quiet hours hold its posts until {times.relative(view.quiet.until)}{digest}."
    if view.posts >= view.posts_limit and view.alert.kind is not AlertKind.BATTLES:
        limit = counted(view.posts_limit, "post")
        promised = (
            " Reminders and starts come all the same." if view.alert.kind is AlertKind.SOV else ""
        )
        return (
            f"Its channel had its {limit} of this hour: what else matches until the next one goes into one summary."
            f"{promised}"
        )
    if view.waiting_since is not None and view.now - view.waiting_since > _SLOW:
        messages = counted(view.waiting, "message")
        verb = "waits" if view.waiting == 1 else "wait"
        return f"{messages} {verb} to be sent since {times.relative(view.waiting_since)}."
    if (
        view.alert.kind.topic is None
        and view.feed is not None
        and view.feed.catching_up_since is not None
    ):
        return (
            "The kill feed is behind: what matches is told in one summary until it has caught up."
        )
    return None


def _filtered(view: AlertWhy) -> str:
    """What its filter and the age of the kills make of it."""
    matched, posted = _matched(view), _posts(view)
    topic = view.alert.kind.topic
    if not view.seen_day:
        if topic is not None:
            return f"In the last 24 h I heard of nothing at all about {topic_noun(topic)}."
        return "No kill came over the feed in the last 24 h."
    if not matched:
        fresh = view.now - view.alert.created_at < timedelta(days=1)
        when = (
            f"since it was made {times.relative(view.alert.created_at)}"
            if fresh
            else "in the last 24 h"
        )
        if fresh:
            return f"Nothing matched {when}."
        seen = counted(view.seen_day, "event" if topic is not None else "kill")
        return (
            f"Nothing matched {when}: {seen} {'was' if view.seen_day == 1 else 'were'} looked at."
        )
    if not posted:
        most = max(_INSTEAD, key=lambda outcome: view.day.get(outcome, 0))
        why = f": {_INSTEAD[most]}" if view.day.get(most) else ""
        return f"{matched:,} matched in the last 24 h, and none was posted{why}."
    last = f", the last {times.relative(view.last_post_at)}" if view.last_post_at else ""
    return f"It is not silent: of {matched:,} that matched in the last 24 h, {posted:,} were posted{last}."


def _matched(view: AlertWhy) -> int:
    return view.day.get(Outcome.MATCHED, 0)


def _posts(view: AlertWhy) -> int:
    return sum(view.day.get(outcome, 0) for outcome in _POSTED)


def _is_heard(view: AlertWhy) -> bool:
    gone = _stopped(view) or _source_stopped(view) or _some_stopped(view)
    return gone is None and not view.failed


def _table(view: AlertWhy) -> str:
    """Rows of a fixed width: label, 24 hours, 7 days."""
    rows = [("", "24 h", "7 d")]
    if view.alert.kind is AlertKind.KILLS:
        rows.append(("kills looked at", f"{view.seen_day:,}", f"{view.seen_week:,}"))
    elif view.alert.kind.topic is not None:
        rows.append(("events seen", f"{view.seen_day:,}", f"{view.seen_week:,}"))
    for outcome in Outcome:
        day, week = view.day.get(outcome, 0), view.week.get(outcome, 0)
        if outcome is not Outcome.SEEN and (day or week or outcome in _SHOWN):
            rows.append((_ROWS.get(outcome, outcome.value), f"{day:,}", f"{week:,}"))
    told = "\n".join(
        f"{label:<{_LABEL}}{day:>{_FIGURE}}{week:>{_FIGURE}}" for label, day, week in rows
    )
    return f"```\n{told}\n```"


def _facts(view: AlertWhy, lacks: Sequence[str]) -> Iterator[str]:
    if share := _false_alarms(view):
        yield share
    if view.last_match_at is not None:
        post = f", last post {times.relative(view.last_post_at)}" if view.last_post_at else ""
        yield f"**Last match** {times.relative(view.last_match_at)}{post}"
    refused = "refuses me" if view.blocked_since is not None else "takes messages"
    if lacks:
        refused = f"**closed to me: I lack {', '.join(lacks)}**"
    yield f"**Channel** <#{view.alert.channel_id}> {refused}, {_used(view)}"
    if view.quiet is not None:
        held = "calls" if view.quiet.mode is QuietMode.PINGS else "posts"
        yield f"**Quiet hours** hold {held} until {times.relative(view.quiet.until)}"
    if view.digest_at is not None:
        yield f"**Digest** {counted(view.held, 'match', 'matches')}, comes {times.relative(view.digest_at)}"
    if view.waiting:
        yield f"**Waiting** {counted(view.waiting, 'message')}"
    if view.alert.kind.topic is not None:
        yield from (_source(source) for source in view.sources)
    elif view.feed is not None:
        yield f"**Feed** {_feed(view.feed)}"


def _used(view: AlertWhy) -> str:
    """`7 of 60 posts this hour`: never more than the limit, which may have been higher earlier in the hour."""
    used = min(view.posts, view.posts_limit)
    told = f"{used:,} of {counted(view.posts_limit, 'post')} this hour"
    aside = ", reminders and starts not counted" if view.alert.kind is AlertKind.SOV else ""
    return f"{told}{aside}"


def _false_alarms(view: AlertWhy) -> str | None:
    """Their share of what was posted; None while nobody called one."""
    wrong = view.week.get(Outcome.FALSE_ALARM, 0)
    posted = sum(view.week.get(outcome, 0) for outcome in _POSTED)
    if not wrong or not posted:
        return None
    share = min(wrong / posted, 1.0)
    return f"**False alarms** {wrong:,} of {counted(posted, 'post')} in 7 days ({share:.0%})"


def _source(source: SourceHealth) -> str:
    """`**Campaigns** as of a minute ago`; what is wrong with it."""
    name, freshness = _source_name(source), source.freshness
    fault = f" · {_outside(source.fault)}" if source.fault else ""
    if freshness.as_of is None:
        return f"**{name}** has not answered yet{fault}"
    told = f"as of {times.relative(freshness.as_of)}"
    if freshness.stale_since is not None:
        told = f"**stale since** {times.relative(freshness.stale_since)}, {told}"
    return f"**{name}** {told}{', from a mirror' if freshness.mirror else ''}{fault}"


def _source_name(source: SourceHealth) -> str:
    return _SOURCES.get(source.name, escape(source.name))


def _feed(feed: FeedHealth) -> str:
    told = "has not answered yet"
    if feed.lag_seconds is not None:
        lag = timedelta(seconds=feed.lag_seconds)
        behind = f"{times.duration(lag)} behind"
        told = f"live, {behind}" if lag <= LATE_FEED else behind
    if feed.last_new_at is not None:
        told += f", last kill {times.relative(feed.last_new_at)}"
    if feed.backlog:
        told += f", {feed.backlog:,} still to be read"
    return f"{told} · {_outside(feed.fault)}" if feed.fault else told


def _failures(view: AlertWhy) -> str:
    told = [
        f"- {times.relative(failure.at)} {_outside(failure.reason) or 'no reason given'}"
        for failure in view.failures
    ]
    return fit(told or ["-"], FIELD_VALUE, more=lambda left: f"*and {left} more*")


def _outside(text: str | None) -> str:
    return escape(cut(text or "", _REASON))
