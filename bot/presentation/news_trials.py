"""What an alert on occurrences would have told: the answer of `/alert try`, and the sentence after `/alert add`.

What is not known is said: how far back anything was heard, and of which kinds no history is kept.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, times
from bot.presentation.card import Card
from bot.presentation.event_words import NOUNS
from bot.presentation.lexicon import Lexicon
from bot.presentation.news import news_line
from bot.presentation.phrases import counted
from bot.presentation.reasons import condition_text
from bot.presentation.scope_words import reminders_words
from bot.presentation.text import DESCRIPTION, clamp, fit
from bot.presentation.trials import few
from services.domain.alert import Alert
from services.domain.news_trial import NewsTrial
from services.domain.trial import FLOOD_A_DAY

_DAY = timedelta(days=1)
_LITTLE = timedelta(hours=12)
"""Of less kept history no rate is told: the rest of the day may be quite different."""
_LEAST = 0.1
"""Messages a day below which a figure says no more."""
_NEVER_HEARD = (
    "I have not heard anything of this yet, so nothing can be said of it. My first look only takes down how things "
    "stand; what changes from then on is told."
)
_ASKED = 800


def render_news_trial(
    alert: Alert, trial: NewsTrial, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The whole answer."""
    told = [f"**Asked for** {condition_text(alert, lexicon, limit=_ASKED)}", "", *_sum(trial)]
    told += _rests_on(trial, now=now, zone=zone)
    told += _left_out(alert, trial)
    if _floods(trial):
        told += ["", _too_much(alert)]
    if trial.latest:
        lines = (
            f"- {news_line(one, lexicon, zone=zone)} {times.relative(one.at)}"
            for one in trial.latest
        )
        told += ["", "**Latest**", *lines]
    embed = discord.Embed(
        title=_title(trial),
        description=fit(told, DESCRIPTION, more=lambda left: f"*and {left} more lines*"),
        colour=colours.LOSS if _floods(trial) else colours.NEUTRAL,
    )
    embed.set_footer(text=times.span(trial.since, trial.until, now=now, zone=zone))
    return Card(embed=clamp(embed))


def news_forecast(alert: Alert, trial: NewsTrial) -> str:
    """A sentence or two for whoever made the alert."""
    if trial.kept_since is None:
        return _NEVER_HEARD
    kept = times.duration(_kept(trial))
    if _kept(trial) < _LITTLE:
        return f"I follow this for {kept} only: too little to say how much it will be."
    if not trial.matches:
        quiet = f"In the last {kept} that would have been **nothing**."
        return " ".join([quiet, *_left_out(alert, trial)])
    told = f"In the last {kept} that would have been **{_messages(trial)}**{_rate(trial)}: {_kinds(trial)}."
    words = [told, *_left_out(alert, trial)]
    if _floods(trial):
        words.append(_too_much(alert))
    return " ".join(words)


def _title(trial: NewsTrial) -> str:
    if trial.kept_since is None:
        return "Nothing is known to try this on"
    if not trial.matches:
        return "This would have told nothing"
    return f"This would have been {_messages(trial)}"


def _sum(trial: NewsTrial) -> Iterator[str]:
    if trial.kept_since is None:
        yield _NEVER_HEARD
    elif not trial.matches:
        yield f"Nothing that I heard of in the last {times.duration(_kept(trial))} meets it."
    else:
        yield (
            f"**{_messages(trial)}** in the last {times.duration(_kept(trial))}{_rate(trial)}: {_kinds(trial)}."
        )


def _rests_on(trial: NewsTrial, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """How far back anything is known, where that is not as far as was asked."""
    since = trial.kept_since
    if since is None or since <= trial.since:
        return
    first = times.eve(since, now=now, zone=zone)
    yield f"I follow this since {first}; what was before is not known."


def _left_out(alert: Alert, trial: NewsTrial) -> Iterator[str]:
    if trial.not_kept:
        kinds = " and ".join(NOUNS[kind][1] for kind in trial.not_kept)
        yield f"Not counted: {kinds}, of which no history is kept."
    if reminders_words(alert) and trial.matches:
        yield "Reminders come on top."


def _kept(trial: NewsTrial) -> timedelta:
    """How much of the asked time is known."""
    if trial.kept_since is None:
        return timedelta(0)
    return max(trial.until - max(trial.since, trial.kept_since), timedelta(0))


def _per_day(trial: NewsTrial) -> float | None:
    kept = _kept(trial)
    return None if kept < _LITTLE else trial.messages / (kept / _DAY)


def _rate(trial: NewsTrial) -> str:
    per_day = _per_day(trial)
    if per_day is None or per_day < _LEAST or _kept(trial) <= _DAY:
        return ""
    return f" (about {few(per_day)} a day)"


def _messages(trial: NewsTrial) -> str:
    return counted(trial.messages, "message")


def _kinds(trial: NewsTrial) -> str:
    return ", ".join(counted(count, *NOUNS[kind]) for kind, count in trial.kinds)


def _floods(trial: NewsTrial) -> bool:
    return (_per_day(trial) or 0) >= FLOOD_A_DAY


def _too_much(alert: Alert) -> str:
    return (
        f"**That is too much for a channel:** from {FLOOD_A_DAY} a day on nobody reads them all. "
        f"`/alert edit {alert.id}` narrows it: a region, a system with a distance, fewer events."
    )
