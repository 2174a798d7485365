"""What a timer may be, and which of its moments is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from services.domain.errors import UserError
from services.domain.ids import ChannelId, GuildId, UserId
from services.domain.timer import OwnTimer, TimerRequest
from services.timers.rules import TOLD_LATE, check, completed, due
from services.timers.settings import TimerSettings

NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TIMER = OwnTimer(
    guild_id=GuildId(7),
    channel_id=ChannelId(70),
    what="Fortizar armour",
    system_id=None,
    at=NOW + 4 * 60 * MINUTE,
    created_by=UserId(1000),
    id=1,
    created_at=NOW,
)
REQUEST = TimerRequest(
    **{
        name: getattr(TIMER, name)
        for name in ("guild_id", "channel_id", "what", "system_id", "at", "created_by")
    }
)


@pytest.mark.parametrize(
    ("after", "until", "expected"),
    [
        (59, 60, 180),
        (60, 61, None),
        (0, 59, None),
        (234, 235, 5),
        (239, 240, 0),
        (240, 241, None),
        (58, 212, 30),
        (58, 600, 0),
        (58, 240 + TOLD_LATE / MINUTE, 0),
        (58, 241 + TOLD_LATE / MINUTE, None),
    ],
)
def test_of_several_moments_the_last_is_due_once(
    after: float, until: float, expected: int | None
) -> None:
    assert due(TIMER, NOW + after * MINUTE, NOW + until * MINUTE) == expected


def test_looks_that_follow_each_other_tell_every_moment_once() -> None:
    looks = [NOW + step * 7 * MINUTE for step in range(40)]
    told = [due(TIMER, a, b) for a, b in pairwise(looks)]
    assert [minutes for minutes in told if minutes is not None] == [180, 30, 5, 0]


def test_a_moment_before_the_timer_was_made_is_none_of_its_moments() -> None:
    soon = replace(TIMER, at=NOW + 10 * MINUTE)
    assert due(soon, NOW - 60 * MINUTE, NOW + MINUTE) is None
    assert due(soon, NOW - 60 * MINUTE, NOW + 6 * MINUTE) == 5


def test_without_reminders_nothing_is_told() -> None:
    assert due(replace(TIMER, reminders=()), NOW, NOW + 300 * MINUTE) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"at": NOW}, "past"),
        ({"at": NOW + timedelta(days=400)}, "days ahead"),
        ({"what": "   "}, "what the timer is for"),
        ({"what": "x" * 101}, "at most 100"),
        ({"note": "x" * 301}, "note is too long"),
        ({"reminders": tuple(range(1, 10))}, "at most 8 times"),
        ({"reminders": (0,)}, "between a minute"),
        ({"reminders": (7 * 24 * 60 + 1,)}, "between a minute"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], words: str) -> None:
    request = completed(replace(REQUEST, **changes))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=words):
        check(request, TimerSettings(), now=NOW)


def test_a_request_in_its_usual_form() -> None:
    request = completed(
        replace(REQUEST, what="  Fortizar \n armour ", note="  ", reminders=(5, 180, 5))
    )
    check(request, TimerSettings(), now=NOW)
    assert (request.what, request.note, request.reminders) == ("Fortizar armour", None, (180, 5))
