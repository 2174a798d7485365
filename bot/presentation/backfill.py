"""Whole days of killmails as the operator sees them: what is published, what is stored, what is being done about it."""

from datetime import datetime

import discord

from bot.presentation import colours, times
from bot.presentation.card import Card
from bot.presentation.phrases import counted
from bot.presentation.text import DESCRIPTION, clamp, escape_lines, fit
from services.domain.days import Day, DayState, Overview, Source, Work

PER_PAGE = 15
_PUBLISHERS = {Source.EVEREF: "EVE Ref", Source.ZKILLBOARD: "zKillboard"}


def render_days(overview: Overview, *, page: int, pages: int, now: datetime) -> Card:
    """A page of days, what is going on above them, what they amount to below. `page` counts from 0."""
    shown = overview.days[page * PER_PAGE : (page + 1) * PER_PAGE]
    lines = [*_head(overview, now=now), *(_line(day, now) for day in shown)]
    failing = any(
        day.error and day.state in {DayState.WANTED, DayState.INCOMPLETE} for day in overview.days
    )
    embed = discord.Embed(
        title=_title(overview),
        description=fit(lines, DESCRIPTION, more=lambda left: f"*and {left} more that do not fit*"),
        colour=colours.WARNING if failing else colours.NEUTRAL,
    )
    if overview.days:
        embed.set_footer(text=_foot(overview, page=page, pages=pages))
    return Card(embed=clamp(embed))


def _title(overview: Overview) -> str:
    if overview.first is None or overview.last is None:
        return "Days of killmails"
    if overview.first == overview.last:
        return f"Killmails of {overview.first}"
    return f"Killmails of {overview.first} to {overview.last}"


def _head(overview: Overview, *, now: datetime) -> list[str]:
    lines = []
    if overview.work is not None:
        lines += [*_work(overview.work, now), ""]
    if overview.gaps:
        gaps = counted(overview.gaps, "gap")
        lines.append(f"**{gaps} in the live feed:** the history of these days fills them in.\n")
    if not overview.days and overview.work is None:
        lines.append("Nothing was ordered yet: `/admin backfill start:2026-11-01 end:2026-11-07`.")
    return lines


def _work(work: Work, now: datetime) -> list[str]:
    fetched = f"{work.fetched_bytes / 1e6:,.1f} MB"
    days = f"{work.done:,} of {counted(work.days, 'day')} done"
    rate = f" · {work.rate:,.0f} a second" if work.rate else ""
    lines = [
        f"**At work** for {times.duration(now - work.since)}: {days}, {fetched} fetched",
        f"**Imported** {counted(work.killmails, 'killmail')}{rate}",
    ]
    if work.current is not None:
        lines.append(f"**Now** {work.current.day}")
    left = (now - work.since) / work.done * (work.days - work.done) if work.done else None
    if left:
        lines.append(f"**Left** about {times.duration(left)}")
    return lines


def _line(day: Day, now: datetime) -> str:
    source = "" if day.source is Source.EVEREF else f" {_PUBLISHERS[day.source]}"
    sign = "⚠ " if day.state is DayState.INCOMPLETE else ""
    head = f"{sign}`{day.day}`{source} · {_counts(day)}"
    if day.error is None:
        return head
    again = ""
    if day.next_check_at is not None and day.next_check_at > now:
        again = f", next look {times.relative(day.next_check_at)}"
    if day.state is DayState.ABSENT:
        return head + again
    return f"{head}\n-# {escape_lines(day.error)}{again}"


def _counts(day: Day) -> str:
    if day.state is DayState.ABSENT:
        return "not published yet"
    if day.imported_at is None:
        return "waiting"
    published = "an unknown number" if day.published is None else f"{day.published:,}"
    more = f" · {day.rejected:,} in quarantine" if day.rejected else ""
    return f"{day.stored:,} of {published} stored{more}"


def _foot(overview: Overview, *, page: int, pages: int) -> str:
    complete = sum(day.is_complete for day in overview.days)
    stored = sum(day.stored for day in overview.days)
    parts = [f"Page {page + 1} of {pages}"] if pages > 1 else []
    parts.append(f"{complete:,} of {counted(len(overview.days), 'day')} complete")
    parts.append(f"{counted(stored, 'killmail')} stored")
    return " · ".join(parts)
