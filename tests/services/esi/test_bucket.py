"""Counting tokens as ESI does."""

from datetime import timedelta

import pytest

from services.esi.bucket import Bucket, cost_of
from services.esi.routes import Limit, template
from tests.factories import HandClock

LIMIT = Limit(group="fw", tokens=150, window=900)


@pytest.fixture
def bucket() -> Bucket:
    return Bucket(LIMIT)


@pytest.mark.parametrize(
    ("status", "tokens"),
    [(200, 2), (204, 2), (304, 1), (400, 5), (404, 5), (420, 5), (429, 0), (500, 0), (503, 0)],
)
def test_cost(status: int, tokens: int, bucket: Bucket, clock: HandClock) -> None:
    assert cost_of(status) == tokens
    bucket.hold(clock())
    assert bucket.left(clock()) == 145
    bucket.settle(status, now=clock())
    assert bucket.left(clock()) == 150 - tokens
    clock.advance(seconds=899)
    assert bucket.left(clock()) == 150 - tokens
    clock.advance(seconds=1)
    assert bucket.left(clock()) == 150


def test_lost_answers_count_until_esi_says_otherwise(bucket: Bucket, clock: HandClock) -> None:
    for _ in range(4):
        bucket.hold(clock())
        bucket.settle(None, now=clock())
    assert bucket.left(clock()) == 130
    bucket.take_reading(LIMIT, 148, now=clock())
    assert bucket.left(clock()) == 148


def test_what_others_spent_returns_a_window_after_it_was_seen(
    bucket: Bucket, clock: HandClock
) -> None:
    bucket.take_reading(LIMIT, 50, now=clock())
    assert bucket.left(clock()) == 50
    clock.advance(seconds=899)
    assert bucket.left(clock()) == 50
    clock.advance(seconds=1)
    assert bucket.left(clock()) == 150


def test_a_clock_set_back_counts_as_no_time_passed(bucket: Bucket, clock: HandClock) -> None:
    bucket.hold(clock())
    bucket.settle(200, now=clock())
    bucket.take_reading(LIMIT, 20, now=clock())
    clock.now -= timedelta(days=1)
    assert bucket.left(clock()) == 20
    assert 0 < bucket.wait(clock()) < 900
    clock.advance(seconds=900)
    assert bucket.left(clock()) == 150
    assert bucket.wait(clock()) == 0


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/markets/prices", "/markets/prices"),
        ("/wars/12/killmails?page=3", "/wars/{}/killmails"),
        ("/killmails/1/0f3a", "/killmails/{}/{}"),
        ("/route/30000142/30002187", "/route/{}/{}"),
    ],
)
def test_template(path: str, route: str) -> None:
    assert template(path) == route
