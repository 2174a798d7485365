"""What is done about each of Discord's answers."""

import pytest

from services.outbox.policy import (
    Block,
    Bury,
    EndMessage,
    Retry,
    Settle,
    Stop,
    Unarchive,
    backoff,
    decide,
)
from services.outbox.sender import Delivered, Limited, Lost, NotSent, Refused


def refused(status: int, code: int = 0) -> Refused:
    return Refused(status=status, code=code, text="no")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Delivered(message_id=5), Settle(message_id=5)),
        (Limited(seconds=3), Retry(seconds=3, counts=False)),
        (Limited(seconds=3, code=30046), Retry(seconds=300, counts=False)),
        (Limited(seconds=900, code=30046), Retry(seconds=900, counts=False)),
        (refused(400, 30046), Retry(seconds=300, counts=False)),
        (refused(404, 10008), EndMessage()),
        (refused(400, 50083), Unarchive()),
        (Lost(text="502"), Retry(seconds=1, unsure=True)),
        (NotSent(text="no route"), Retry(seconds=2, counts=False)),
    ],
)
def test_a_first_try(outcome, expected):
    assert decide(outcome, 1, max_attempts=50) == expected


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *[(404, 10003), (403, 50001), (403, 50013), (403, 50007), (404, 10004), (400, 160005)],
        *[(403, 0), (404, 0), (403, 99999)],
    ],
)
def test_a_closed_destination_is_blocked_with_a_reason(status, code):
    decision = decide(refused(status, code), 1, max_attempts=50)
    assert isinstance(decision, Block)
    assert len(decision.reason) > 10


@pytest.mark.parametrize(("status", "code"), [(400, 50035), (413, 40005), (400, 50006), (400, 0)])
def test_what_can_never_be_sent_is_dead(status, code):
    decision = decide(refused(status, code), 1, max_attempts=50)
    assert isinstance(decision, Bury)
    assert str(code or status) in decision.reason


@pytest.mark.parametrize("code", [0, 40001, 10003, 10008])
def test_a_refused_token_stops_everything(code):
    assert isinstance(decide(refused(401, code), 1, max_attempts=50), Stop)


def test_failures_wait_longer_each_time_and_end_once():
    waits = [decide(Lost(text="x"), attempt, max_attempts=50).seconds for attempt in range(1, 50)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1, 600)
    assert sum(waits) > 6 * 3600, "longer than Discord's outages"
    assert isinstance(decide(Lost(text="x"), 50, max_attempts=50), Bury)
    for kept in (NotSent(text="x"), Limited(seconds=2)):
        assert decide(kept, 1000, max_attempts=50) == Retry(seconds=2, counts=False)
    assert backoff(10**6) == 600
