"""Quiet hours: in the server's own time, over midnight, and when the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.quiet import QuietHours, QuietMode, quiet_at

NIGHT = (23 * 60, 7 * 60)


def hours(start: int, end: int, mode: QuietMode = QuietMode.POSTS) -> QuietHours:
    return QuietHours(start=start, end=end, mode=mode)


def at(text: str) -> datetime:
    """A moment of EVE time, such as `2026-10-25 03:10`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(now: str, start: int, end: int, zone: str = "Europe/Berlin") -> tuple[str, str] | None:
    """Begin and end in EVE time."""
    found = quiet_at(at(now), own=None, server=hours(start, end), time_zone=zone)
    return None if found is None else (f"{found.since:%d %H:%M}", f"{found.until:%d %H:%M}")


@pytest.mark.parametrize(
    ("now", "start", "end", "zone", "expected"),
    [
        # In winter Berlin is an hour ahead.
        ("2026-11-20 21:59", *NIGHT, "Europe/Berlin", None),
        ("2026-11-20 22:00", *NIGHT, "Europe/Berlin", ("20 22:00", "21 06:00")),
        ("2026-11-20 23:30", *NIGHT, "Europe/Berlin", ("20 22:00", "21 06:00")),
        ("2026-11-21 05:59", *NIGHT, "Europe/Berlin", ("20 22:00", "21 06:00")),
        ("2026-11-21 06:00", *NIGHT, "Europe/Berlin", None),
        # Within one day.
        ("2026-11-20 08:00", 9 * 60, 17 * 60, "Europe/Berlin", ("20 08:00", "20 16:00")),
        ("2026-11-20 16:00", 9 * 60, 17 * 60, "Europe/Berlin", None),
        # To midnight, and from it.
        ("2026-11-20 22:59", 22 * 60, 0, "Europe/Berlin", ("20 21:00", "20 23:00")),
        ("2026-11-20 23:00", 22 * 60, 0, "Europe/Berlin", None),
        ("2026-11-20 23:00", 0, 60, "Europe/Berlin", ("20 23:00", "21 00:00")),
        # The same twice: never.
        ("2026-11-20 23:00", 0, 0, "Europe/Berlin", None),
        # Zones far away, where the day is another.
        ("2026-11-20 10:30", *NIGHT, "Pacific/Auckland", ("20 10:00", "20 18:00")),
        ("2026-11-20 09:30", *NIGHT, "Pacific/Kiritimati", ("20 09:00", "20 17:00")),
        ("2026-11-20 11:30", *NIGHT, "Pacific/Pago_Pago", ("20 10:00", "20 18:00")),
        ("2026-11-20 17:45", *NIGHT, "Asia/Kathmandu", ("20 17:15", "21 01:15")),
        # The night of 25 October 2026: Berlin's clocks go from 03:00 back to 02:00, so it is an hour longer.
        ("2026-10-24 21:00", *NIGHT, "Europe/Berlin", ("24 21:00", "25 06:00")),
        ("2026-10-25 05:59", *NIGHT, "Europe/Berlin", ("24 21:00", "25 06:00")),
        ("2026-10-25 06:00", *NIGHT, "Europe/Berlin", None),
        # 02:30 comes twice: it is the first one that counts.
        ("2026-10-25 00:30", 150, 240, "Europe/Berlin", ("25 00:30", "25 03:00")),
        ("2026-10-25 01:00", 60, 150, "Europe/Berlin", None),
        # The night of 28 March 2027: from 02:00 on to 03:00, an hour shorter; 02:30 never is, and comes as 03:30.
        ("2027-03-27 22:00", *NIGHT, "Europe/Berlin", ("27 22:00", "28 05:00")),
        ("2027-03-28 05:00", *NIGHT, "Europe/Berlin", None),
        ("2027-03-28 01:30", 150, 300, "Europe/Berlin", ("28 01:30", "28 03:00")),
        ("2027-03-28 01:29", 150, 300, "Europe/Berlin", None),
        ("2027-03-28 01:10", 60, 150, "Europe/Berlin", ("28 00:00", "28 01:30")),
        # What never is on that night is never quiet.
        ("2027-03-28 01:30", 130, 180, "Europe/Berlin", None),
        # A zone that nobody knows (any more) is EVE time.
        ("2026-11-20 23:00", *NIGHT, "Mars/Olympus", ("20 23:00", "21 07:00")),
        ("2026-11-20 23:00", *NIGHT, "../etc", ("20 23:00", "21 07:00")),
    ],
)  # fmt: skip
def test_windows(now, start, end, zone, expected):
    assert window(now, start, end, zone) == expected


def test_an_alerts_own_hours_go_before_the_servers():
    night, day = hours(*NIGHT), hours(600, 900, QuietMode.PINGS)
    now = at("2026-11-20 12:00")

    def mode(own: QuietHours | None, server: QuietHours | None) -> QuietMode | None:
        found = quiet_at(now, own=own, server=server, time_zone="UTC")
        return None if found is None else found.mode

    assert mode(day, None) is mode(day, night) is mode(None, day) is QuietMode.PINGS
    assert mode(night, day) is None, "its own say that it is not quiet now"
    assert mode(hours(0, 0), day) is None, "of no length: never"
    assert mode(None, None) is None


@given(
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_a_window_holds_its_moment_and_is_the_same_for_all_of_its_moments(start, end, now, zone):
    now = now.replace(tzinfo=UTC)
    found = quiet_at(now, own=hours(start, end), server=None, time_zone=zone)
    if found is None:
        return
    assert found.since <= now < found.until <= found.since + timedelta(hours=25)
    for moment in (found.since, found.until - timedelta(seconds=1)):
        assert quiet_at(moment, own=hours(start, end), server=None, time_zone=zone) == found
