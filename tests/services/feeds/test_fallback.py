"""Who feeds now: a table over how R2Z2 stands, what time it is, and whether the second feed is being asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.feeds.fallback import Reason, find_reason
from services.feeds.items import FeedStatus
from services.feeds.settings import FallbackSettings

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
WELL = FeedStatus(
    sequence=5,
    caught_up=True,
    lag_seconds=0.0,
    paused_until=None,
    last_error=None,
    last_success_at=NOW,
    requests=1,
    gap=None,
    started_at=NOW - timedelta(days=3),
    last_new_at=NOW - timedelta(seconds=20),
)


def ago(minutes: float, now: datetime = NOW) -> datetime:
    return now - timedelta(minutes=minutes)


CASES: list[tuple[str, dict[str, object], Reason | None]] = [
    ("well", {}, None),
    ("banned", {"paused_until": NOW + timedelta(minutes=50)}, Reason.BANNED),
    ("banned just now", {"paused_until": NOW + timedelta(minutes=60)}, Reason.BANNED),
    ("the ban is over", {"paused_until": NOW}, None),
    ("failing for a while", {"failing_since": ago(9.9)}, None),
    ("failing for long", {"failing_since": ago(10)}, Reason.DOWN),
    (
        "now and then an answer, no kill",
        {"failing_since": ago(1), "last_new_at": ago(11)},
        Reason.DOWN,
    ),
    ("quiet for a while", {"last_new_at": ago(9.9)}, None),
    ("silent", {"last_new_at": ago(10)}, Reason.SILENT),
    ("nothing since the start", {"last_new_at": None, "started_at": ago(10)}, Reason.SILENT),
    ("just started", {"last_new_at": None, "started_at": ago(3)}, None),
    ("no feed runs", {"last_new_at": None, "started_at": None}, None),
    ("a backlog is no kill of now", {"last_new_at": ago(10), "backlog": 700}, Reason.SILENT),
]


@pytest.mark.parametrize(
    ("fields", "reason"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_it_is_asked_when_the_first_gives_nothing(
    fields: dict[str, object], reason: Reason | None
) -> None:
    status = replace(WELL, **fields)  # type: ignore[arg-type]
    assert find_reason(status, FallbackSettings(), now=NOW, asked_since=None) is reason


@pytest.mark.parametrize(
    ("hour", "minute", "reason"),
    [
        (10, 59, Reason.SILENT),
        (11, 0, None),
        (11, 30, None),
        (11, 44, None),
        (11, 45, Reason.SILENT),
        (23, 5, Reason.SILENT),
    ],
)
def test_silence_around_the_downtime_means_nothing(
    hour: int, minute: int, reason: Reason | None
) -> None:
    now = NOW.replace(hour=hour, minute=minute)
    status = replace(WELL, last_new_at=ago(20, now))
    assert find_reason(status, FallbackSettings(), now=now, asked_since=None) is reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"failing_since": ago(15, NOW.replace(hour=11, minute=20))}, Reason.DOWN),
        ({"paused_until": NOW.replace(hour=11, minute=40)}, Reason.BANNED),
        ({"failing_since": ago(1, NOW.replace(hour=11, minute=20))}, None),
    ],
)
def test_faults_around_the_downtime_are_faults_when_they_last(
    fields: dict[str, object], reason: Reason | None
) -> None:
    now = NOW.replace(hour=11, minute=20)
    status = replace(WELL, last_new_at=ago(20, now), **fields)  # type: ignore[arg-type]
    assert find_reason(status, FallbackSettings(), now=now, asked_since=None) is reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"last_new_at": ago(29)}, None),
        ({"last_new_at": ago(31)}, Reason.SILENT),
        ({"last_new_at": ago(30)}, Reason.SILENT),
        ({"last_new_at": None, "started_at": ago(5)}, Reason.RETURNING),
        ({"last_new_at": ago(1), "paused_until": NOW + timedelta(minutes=1)}, Reason.BANNED),
    ],
)
def test_once_asked_it_is_asked_until_the_first_gives_killmails(
    fields: dict[str, object], reason: Reason | None
) -> None:
    settings = FallbackSettings(after_seconds=29.5 * 60)
    status = replace(WELL, **fields)  # type: ignore[arg-type]
    assert find_reason(status, settings, now=NOW, asked_since=ago(30)) is reason


def test_the_downtime_does_not_end_what_began_before() -> None:
    now = NOW.replace(hour=11, minute=10)
    status = replace(WELL, last_new_at=ago(25, now))
    told = find_reason(status, FallbackSettings(), now=now, asked_since=ago(15, now))
    assert told is Reason.RETURNING
