"""`/alert try`: what a filter would have posted, as a picture and in words.

The words say all that the picture shows: how many, when most, what it rests on, and what to do where it is too much.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, phrases, times
from bot.presentation.card import Card, CardFile
from bot.presentation.lexicon import Lexicon
from bot.presentation.searches import asked_line, kill_line, unknown_line
from bot.presentation.text import NO_BREAK, clamp
from services.domain.message import KillSummary
from services.domain.trial import FLOOD_A_DAY, Bar, Trial

FILE = "matches.png"
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_HARDLY_ALL = 0.98
_LEAST = 0.1
"""Matches a day below which a figure says no more."""
_LITTLE = timedelta(days=1)
"""Less than a day of stored kills is no day: it says nothing of the other hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    """A dry run, its chart as a PNG, and its latest matches."""

    trial: Trial
    latest: tuple[KillSummary, ...]
    picture: bytes


def render_trial(view: TrialView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The answer to "what would this alert post?"."""
    trial = view.trial
    told = [asked_line(trial.filter, lexicon), "", _sum(trial)]
    told += [line for line in (_rests_on(trial), _busiest(trial, now=now, zone=zone)) if line]
    if trial.sampled:
        told.append(_sampled(trial))
    if trial.floods:
        told += ["", _too_much(trial)]
    if view.latest:
        head = "Latest of those tested" if trial.sampled else "Latest"
        told += ["", f"**{head}**", *(f"- {kill_line(kill, lexicon)}" for kill in view.latest)]
    if trial.unknown:
        told.append(f"-# {unknown_line(trial.unknown)}")
    embed = discord.Embed(
        title=_title(trial),
        description="\n".join(told),
        colour=colours.LOSS if trial.floods else colours.NEUTRAL,
    )
    embed.set_image(url=f"attachment://{FILE}")
    embed.set_footer(text=times.span(trial.since, trial.until, now=now, zone=zone))
    by = "day" if trial.step == _DAY else "hour"
    words = f"Bar chart of matches per {by}: {_count(trial)} in {_days(trial)}."
    return Card(
        embed=clamp(embed), files=(CardFile(name=FILE, data=view.picture, description=words),)
    )


def _title(trial: Trial) -> str:
    per_day = trial.per_day
    if not trial.killmails:
        return "Nothing is stored to try this on"
    if not trial.matches:
        return "This would have posted nothing"
    if per_day is None:
        return f"This would have posted {_count(trial)}"
    return f"This would post {_rate(per_day)}"


def _sum(trial: Trial) -> str:
    if not trial.killmails:
        return (
            f"I have no kills of the last {_days(trial)}. Kills are stored from the moment I run; my operator can "
            "backfill older ones."
        )
    about = f" (± {trial.margin:,.0f})" if trial.sampled else ""
    told = f"**{_count(trial)}**{about} of {phrases.counted(trial.killmails, 'kill')} in the last {_days(trial)}"
    per_day = trial.per_day
    if not trial.matches or per_day is None:
        return f"{told}."
    margin = f" (± {few(trial.margin_per_day)})" if trial.sampled else ""
    return f"{told}: **{_rate(per_day)}**{margin}."


def _rests_on(trial: Trial) -> str | None:
    """How much of the time is stored, where that is not all of it."""
    if not trial.killmails or trial.coverage >= _HARDLY_ALL:
        return None
    stored = times.duration(trial.covered)
    told = f"I have kills of **{stored}** of this time ({trial.coverage:.0%})"
    if trial.per_day is None:
        return f"{told}: too little to say how many it would be a day."
    if trial.covered < _LITTLE:
        return f"{told}: the figure a day is a rough guess, other hours are different."
    return f"{told}; the figure a day counts those alone."


def _busiest(trial: Trial, *, now: datetime, zone: ZoneInfo) -> str | None:
    """The highest bar in words."""
    best: Bar = max(trial.bars, key=lambda bar: (bar.matches, bar.start))
    if best.matches < 2:
        return None
    about = "about " if trial.sampled else ""
    count = f"{about}{round(best.matches):,}"
    if trial.step == _DAY:
        return f"Most on one day: {count}, on {best.start:%Y-%m-%d} EVE."
    dated = trial.until - trial.since > _DAY
    when = times.eve(best.start, now=now, zone=zone, dated=dated)
    return f"Most in one hour: {count}, from {when}."


def _sampled(trial: Trial) -> str:
    return (
        f"*An estimate: {trial.share:.0%} of the stored kills were tested, evenly spread over the time, since all of "
        "them would have taken too long.*"
    )


def _too_much(trial: Trial) -> str:
    """Above this nobody reads a channel any more."""
    minutes = 24 * 60 / (trial.per_day or 1)
    often = (
        f"one every {round(minutes)}{NO_BREAK}minutes"
        if minutes >= 2
        else "more than one every two minutes"
    )
    return (
        f"**That is too much for a channel**: {often}; from {FLOOD_A_DAY} a day on nobody reads them all. "
        "Add a floor (`isk>1b`), a place (`region:Delve`, `within:5j(Amamake)`), or leave out what does not "
        "matter (`-class:pod`)."
    )


def _count(trial: Trial) -> str:
    about = "about " if trial.sampled else ""
    return about + phrases.counted(round(trial.matches), "match", "matches")


def _days(trial: Trial) -> str:
    length = trial.until - trial.since
    if length % _DAY or length == _DAY:
        return phrases.counted(round(length / _HOUR), "hour")
    return phrases.counted(length // _DAY, "day")


def _rate(per_day: float) -> str:
    """`about 4.2 a day`; what would round to nothing is not told as nothing."""
    return f"about {few(per_day)} a day" if per_day >= _LEAST else f"less than {_LEAST} a day"


def few(figure: float) -> str:
    """A figure that is not more exact than it can be: `0.3`, `4.2`, `177`."""
    return f"{figure:,.1f}" if figure < 9.95 else f"{figure:,.0f}"
