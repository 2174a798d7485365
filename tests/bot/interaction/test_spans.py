"""Spans and quiet hours as people type them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.interaction.spans import next_quiet, parse_hours, parse_span, quiet_times
from bot.presentation.text import DASH
from services.domain.errors import UserError
from services.domain.quiet import QuietHours, QuietMode


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1h", 60),
        (" 30 min ", 30),
        ("2h 30m", 150),
        ("2h30m", 150),
        ("1 hour, 5 minutes", 65),
        ("2 days", 2880),
        ("0", 0),
    ],
)
def test_spans_are_read(text: str, minutes: int) -> None:
    assert parse_span(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "1", "h", "1x", "1h and more", "-1h", "1 month"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="like `1h`"):
        parse_span(text)


def test_a_span_without_end_is_refused() -> None:
    with pytest.raises(UserError, match="/alert pause"):
        parse_span("31d")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("22:00-07:00", 1320, 420),
        ("22-7", 1320, 420),
        (" 22:30 - 07:00 ", 1350, 420),
        ("2230-0700", 1350, 420),
        ("0:00 to 8:15", 0, 495),
        ("24-8", 0, 480),
        ("18-24", 1080, 0),
    ],
)
def test_hours_are_read(text: str, start: int, end: int) -> None:
    assert parse_hours(text) == (start, end)


@pytest.mark.parametrize("text", ["", "night", "22", "25-3", "22:60-7", "24:30-8", "8-8", "0-24"])
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="22:00-07:00"):
        parse_hours(text)


def test_what_is_not_given_stays() -> None:
    before = QuietHours(start=60, end=120, mode=QuietMode.POSTS)
    assert quiet_times("22-7", None, before=None, option="hours").mode is QuietMode.PINGS
    assert quiet_times("22-7", None, before=before, option="hours").mode is QuietMode.POSTS
    assert quiet_times(None, QuietMode.PINGS, before=before, option="hours") == QuietHours(
        start=60, end=120, mode=QuietMode.PINGS
    )
    with pytest.raises(UserError, match="from when to when: `hours:22:00"):
        quiet_times(None, QuietMode.POSTS, before=None, option="hours")


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (12, f"Next quiet hours: 22:00{DASH}07:00 CET, which is 21:00{DASH}06:00 EVE."),
        (23, f"It is quiet now: 22:00{DASH}07:00 CET, which is 21:00{DASH}06:00 EVE."),
        (3, f"It is quiet now: 22:00{DASH}07:00 CET, which is 21:00{DASH}06:00 EVE."),
    ],
)
def test_when_they_are_is_told_in_both_times(hour: int, words: str) -> None:
    quiet = QuietHours(start=22 * 60, end=7 * 60, mode=QuietMode.PINGS)
    now = datetime(2026, 11, 20, hour, tzinfo=UTC)
    assert next_quiet(quiet, now=now, zone=ZoneInfo("Europe/Berlin")) == words


def test_hours_that_have_passed_today_are_told_for_tomorrow() -> None:
    quiet = QuietHours(start=60, end=120, mode=QuietMode.PINGS)
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    told = next_quiet(quiet, now=now, zone=ZoneInfo("UTC"))
    assert told == f"Next quiet hours: 01:00{DASH}02:00 EVE."
