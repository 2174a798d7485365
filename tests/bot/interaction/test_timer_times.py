"""When a timer is, as people type it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.interaction.timer_times import parse_when
from services.domain.errors import UserError

NOW = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2d 4h", "2026-11-23 23:30"),
        ("2D4H", "2026-11-23 23:30"),
        ("4h30m", "2026-11-22 00:00"),
        ("in 90 min", "2026-11-21 21:00"),
        ("1 day, 2 hours, 3 minutes", "2026-11-22 21:33"),
        ("1d 02:30", "2026-11-22 22:00"),
        ("1w", "2026-11-28 19:30"),
        ("18:30", "2026-11-22 18:30"),
        ("20:00", "2026-11-21 20:00"),
        ("19:30", "2026-11-22 19:30"),
        ("18:30 EVE", "2026-11-22 18:30"),
        ("tomorrow 18:30", "2026-11-22 18:30"),
        ("2026-11-22 18:30", "2026-11-22 18:30"),
        ("2026.11.22 18:30:00", "2026-11-22 18:30"),
        ("2026-11-22T18:30Z", "2026-11-22 18:30"),
        ("2026-11-22T18:30:00.000+01:00", "2026-11-22 17:30"),
        ("2026-11-22 18:30-0500", "2026-11-22 23:30"),
        ("18:30 local", "2026-11-21 23:30"),
        ("2026-11-22 18:30 local", "2026-11-22 23:30"),
        ("<t:1795372200:R>", "2026-11-22 18:30"),
    ],
)
def test_what_is_understood(typed: str, expected: str) -> None:
    moment = parse_when(typed, now=NOW, zone=NEW_YORK)
    assert f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("soon", "cannot read “soon”"),
        ("", "cannot read"),
        ("4", "cannot read"),
        ("25:00", "cannot read"),
        ("18.30", "cannot read"),
        ("2026-11-22", "cannot read"),
        ("06/07/2026 10:00", "cannot read"),
        ("2h2h", "cannot read"),
        ("-2h", "cannot read"),
        ("2026-02-30 10:00", "no day"),
        ("9999-12-31 23:59-14:00", "no day"),
        ("18:30+99:00", "no offset"),
        ("0h", "That is now"),
        ("today 18:30", "past"),
        ("2026-11-20 18:30", r"past \(1 d 1 h ago\)"),
        ("<t:1700000000>", "past"),
    ],
)
def test_what_is_refused_says_why(typed: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_when(typed, now=NOW, zone=NEW_YORK)


def test_a_local_hour_follows_the_change_of_the_clocks() -> None:
    """New York changed its clocks on the first of November 2026 at 06:00 UTC."""
    before = datetime(2026, 10, 31, 12, tzinfo=UTC)
    today = parse_when("20:00 local", now=before, zone=NEW_YORK)
    after = parse_when("tomorrow 20:00 local", now=before, zone=NEW_YORK)
    assert f"{today:%d %H:%M}" == "01 00:00"
    assert f"{after:%d %H:%M}" == "02 01:00"


@pytest.mark.parametrize(
    ("typed", "now", "words"),
    [
        (
            "2026-10-25 02:30 local",
            "2026-10-20 12:00",
            "twice in Europe/Berlin.*00:30 EVE or.*01:30 EVE",
        ),
        ("02:30 local", "2026-10-24 12:00", "02:30 on 2026-10-25 comes twice"),
        ("02:30 local", "2026-10-25 01:00", "comes twice"),
        ("2026-03-29 02:30 local", "2026-03-20 12:00", "no 02:30 on 2026-03-29 in Europe/Berlin"),
        ("tomorrow 02:30 local", "2026-03-28 12:00", "set forward"),
    ],
)
def test_a_time_that_comes_twice_or_never_is_refused(typed: str, now: str, words: str) -> None:
    """Berlin set its clocks forward on 2026-03-29 at 02:00 and back on 2026-10-25 at 03:00, its own time."""
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    with pytest.raises(UserError, match=words):
        parse_when(typed, now=moment, zone=BERLIN)


@pytest.mark.parametrize(
    ("typed", "now", "expected"),
    [
        ("02:30 local", "2026-10-25 01:30", "2026-10-26 01:30"),
        ("02:30 local", "2026-03-29 12:00", "2026-03-30 00:30"),
        ("2026-10-25 03:00 local", "2026-10-20 12:00", "2026-10-25 02:00"),
        ("2026-10-25 00:30 EVE", "2026-10-20 12:00", "2026-10-25 00:30"),
        ("2026-10-25T02:30+02:00", "2026-10-20 12:00", "2026-10-25 00:30"),
    ],
)
def test_what_is_clear_beside_a_change_of_the_clocks(typed: str, now: str, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    read = parse_when(typed, now=moment, zone=BERLIN)
    assert f"{read:%Y-%m-%d %H:%M}" == expected


def test_nothing_typed_can_ping() -> None:
    with pytest.raises(UserError) as refused:
        parse_when("@everyone **now**", now=NOW, zone=NEW_YORK)
    assert "@everyone" not in str(refused.value)
    assert r"\*\*now\*\*" in str(refused.value)
