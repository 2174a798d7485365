"""Spans and hours of the day as people type them: `2h 30m`, `22:30 - 07:00`, `22-7`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from discord import app_commands

from bot.interaction.backdrop import UTC_ZONE
from bot.interaction.replies import Interaction
from bot.presentation.text import DASH, escape
from services.domain.errors import UserError
from services.domain.quiet import QuietHours, QuietMode

_PART = re.compile(
    r"(\d{1,4})\s*(d(?:ays?)?|h(?:ours?|rs?)?|m(?:in(?:ute)?s?)?)(?![a-z])\s*,?\s*", re.IGNORECASE
)
_SECONDS = {"d": 86_400, "h": 3600, "m": 60}
_LONGEST = timedelta(days=30)
_HOURS = re.compile(
    r"(?P<h1>\d{1,2})(?:[:.h]?(?P<m1>\d{2}))?\s*(?:-|\N{EN DASH}|to|until)\s*(?P<h2>\d{1,2})(?:[:.h]?(?P<m2>\d{2}))?",
    re.IGNORECASE | re.ASCII,
)
_DAY = 24 * 60


def parse_span(text: str) -> timedelta:
    """`1h`, `2h 30m`, `2 days`; `0` for none. Raises UserError that shows how to write it."""
    plain = text.strip()
    if plain == "0":
        return timedelta(0)
    parts = _PART.findall(plain)
    if not parts or _PART.sub("", plain):
        raise UserError(
            f"I cannot read “{escape(plain[:60])}” as a span of time. Write it like `1h`, `2h 30m` or `2d`."
        )
    span = timedelta(seconds=sum(int(count) * _SECONDS[unit[0].lower()] for count, unit in parts))
    if span > _LONGEST:
        raise UserError(
            "That is longer than 30 days. To let an alert rest for good: `/alert pause`."
        )
    return span


def parse_hours(text: str) -> tuple[int, int]:
    """Start and end in minutes after midnight. Raises UserError that shows how to write it."""
    matched = _HOURS.fullmatch(text.strip())
    if matched is not None:
        start = _minutes(matched["h1"], matched["m1"])
        end = _minutes(matched["h2"], matched["m2"])
        if start is not None and end is not None and start % _DAY != end % _DAY:
            return start % _DAY, end % _DAY
    raise UserError(
        f"I cannot read “{escape(text.strip()[:60])}” as hours of the day. Write them like `22:00-07:00` or `22-7`, "
        "the start and the end not the same."
    )


def quiet_times(
    hours: str | None, mode: QuietMode | None, *, before: QuietHours | None, option: str
) -> QuietHours:
    """Quiet hours out of what was given; what was not stays as it was, or holds pings.

    `option`: what the command in use calls the hours.
    """
    if hours is None and before is None:
        raise UserError(f"Say from when to when: `{option}:22:00-07:00`.")
    kept = mode or (before.mode if before is not None else QuietMode.PINGS)
    if hours is None:
        assert before is not None
        return QuietHours(start=before.start, end=before.end, mode=kept)
    start, end = parse_hours(hours)
    return QuietHours(start=start, end=end, mode=kept)


def next_quiet(quiet: QuietHours, *, now: datetime, zone: ZoneInfo) -> str:
    """When they are next, or are now, in the server's time and in EVE time."""
    local = now.astimezone(zone)
    begins = local.replace(
        hour=quiet.start // 60, minute=quiet.start % 60, second=0, microsecond=0, fold=0
    )
    moments = (now, begins.astimezone(UTC), (begins + timedelta(days=1)).astimezone(UTC))
    windows = (quiet.window(moment, zone) for moment in moments if moment >= now)
    window = next((found for found in windows if found is not None), None)
    if window is None:
        return "Quiet hours: none."
    verb = "It is quiet now" if window[0] <= now else "Next quiet hours"
    eve = f"{_clock(window, UTC_ZONE)} EVE"
    if zone.key in ("UTC", "Etc/UTC"):
        return f"{verb}: {eve}."
    return f"{verb}: {_clock(window, zone)} {window[0].astimezone(zone):%Z}, which is {eve}."


def _clock(window: tuple[datetime, datetime], zone: ZoneInfo) -> str:
    first, last = (moment.astimezone(zone) for moment in window)
    return f"{first:%H:%M}{DASH}{last:%H:%M}"


def _minutes(hours: str, minutes: str | None) -> int | None:
    told = int(hours) * 60 + int(minutes or 0)
    return told if int(minutes or 0) < 60 and told <= _DAY else None


class Span(app_commands.Transformer[Any]):
    """An option that takes a span of time."""

    async def transform(self, interaction: Interaction, value: str, /) -> timedelta:  # noqa: ARG002
        """Read it."""
        return parse_span(value)
