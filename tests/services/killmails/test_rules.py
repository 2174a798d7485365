"""Which record of one kill stands."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Killmail
from services.killmails.rules import (
    best_of_each,
    contradiction,
    first_of_each,
    may_replace,
    rank_of,
    replaces,
)
from tests.factories import MIDNIGHT, mail

BARE = mail(1, 0, "A1", "B1")
ESTIMATED = replace(BARE, value=Value(isk=3.0, source=ValueSource.ESTIMATE))
LOOKED_AT = replace(BARE, npc=False, labels=("pvp",))
VALUED = replace(BARE, value=Value(isk=5.0, source=ValueSource.ZKB))


def record(killmail: Killmail, minute: float | None = None, *, revised: bool = False) -> Arrival:
    published = None if minute is None else MIDNIGHT + timedelta(minutes=minute)
    return Arrival(killmail=killmail, received_at=MIDNIGHT, published_at=published, revised=revised)


LADDER = [
    record(ESTIMATED),
    record(BARE, 30),
    record(LOOKED_AT, 10),
    record(LOOKED_AT, 11),
    record(VALUED),
    record(VALUED, 1),
    record(VALUED, 1, revised=True),
    record(VALUED, 2),
]
"""Each goes before all above it."""


@pytest.mark.parametrize("lower", range(len(LADDER)))
@pytest.mark.parametrize("upper", range(len(LADDER)))
def test_the_best_informed_then_the_newest_stands(lower: int, upper: int) -> None:
    one, other = LADDER[lower], LADDER[upper]
    if lower == upper:
        assert replaces(one, rank_of(other)) is one.revised
    else:
        assert replaces(other, rank_of(one)) is (upper > lower)


def test_no_order_of_records_matters() -> None:
    for order in permutations(LADDER[1::2]):
        assert best_of_each(order) == [LADDER[-1]]


def test_most_of_what_a_backfill_repeats_is_not_looked_at() -> None:
    assert not may_replace(record(BARE))
    assert not may_replace(record(ESTIMATED)), "our own estimate is no news"
    for arrival in (record(BARE, revised=True), *LADDER[1:]):
        assert may_replace(arrival)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"system_id": 30_000_002}, "system 30000001, this record says 30000002"),
        ({"time": MIDNIGHT + timedelta(seconds=1)}, "this record says 2021-11-30T00:00:01"),
    ],
)
def test_a_kill_does_not_move(change: dict[str, int | datetime], words: str) -> None:
    moved = replace(VALUED, **change)
    assert words in (contradiction(BARE, moved) or "")
    assert contradiction(BARE, VALUED) is None
    both = best_of_each([record(BARE), record(moved, 5, revised=True), record(BARE)])
    first, [doubted] = first_of_each(both)
    assert [arrival.killmail for arrival in first] == [BARE]
    assert words in doubted.reason
    assert str(moved.id) in doubted.reference
    assert b'"isk":5.0' in doubted.body
