"""What is told of wars, and when they are asked for again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.domain.ids import WarId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.war import Belligerent, War
from services.polling.source import Moment
from services.wars import rules
from services.wars.rules import Bounds
from tests.factories import EVENING

HOUR = timedelta(hours=1)
NOW = EVENING
MOMENT = Moment(now=NOW, at=NOW, before=NOW - HOUR / 12)
US, FOE, ALLY = (Organisation(99_000_001 + n, OrganisationKind.ALLIANCE) for n in range(3))


def war(**fields: Any) -> War:
    made = War(
        id=WarId(10),
        declared=NOW - 30 * HOUR,
        started=NOW - 6 * HOUR,
        finished=None,
        retracted=None,
        mutual=False,
        open_for_allies=True,
        aggressor=Belligerent(party=FOE, ships_killed=1, isk_destroyed=1.0),
        defender=Belligerent(party=US, ships_killed=1, isk_destroyed=1.0),
        allies=(),
        fetched=NOW,
    )
    return replace(made, **fields)


@pytest.mark.parametrize(
    ("fields", "marked", "again"),
    [
        ({}, {US.id}, True),
        ({}, {ALLY.id}, False),
        ({"allies": (ALLY,)}, {ALLY.id}, True),
        ({"finished": NOW + HOUR}, {US.id}, True),
        ({"finished": NOW}, {US.id}, False),
    ],
)
def test_asked_for_again_until_it_is_over(
    fields: dict[str, Any], marked: set[int], *, again: bool
) -> None:
    due = rules.due_at(war(**fields), marked=marked, again=HOUR)
    assert due == (NOW + HOUR if again else None)


@pytest.mark.parametrize(
    ("number", "fields", "told"),
    [
        (11, {"declared": NOW - HOUR}, NOW),
        (11, {"declared": NOW - 3 * HOUR}, NOW - 3 * HOUR),
        (11, {"declared": NOW - 169 * HOUR}, None),
        (11, {"declared": NOW - HOUR, "finished": NOW}, None),
        (11, {"declared": NOW - HOUR, "finished": NOW + HOUR}, NOW),
        (10, {"declared": NOW - HOUR}, None),
    ],
    ids=["now", "late", "old", "over", "ending", "before anybody looked"],
)
def test_which_new_wars_are_told_as_of_when(number: int, fields: dict[str, Any], told: Any) -> None:
    bounds = Bounds(floor=WarId(1), head=WarId(10))
    new = war(id=WarId(number), **fields)
    found = list(rules.found_new(new, MOMENT, bounds=bounds, fresh=168 * HOUR))
    assert [one.at for one in found] == ([] if told is None else [told])
    assert Bounds.parse(str(bounds)) == bounds


def test_each_change_is_told_once() -> None:
    before = war(allies=(ALLY,))
    assert list(rules.changed(before, before, MOMENT)) == []
    over = war(allies=(ALLY,), finished=NOW)
    (ended,) = rules.changed(before, over, MOMENT)
    assert (ended.key, ended.word, ended.others) == ("war-finished:10", None, (ALLY,))
    assert list(rules.changed(over, over, MOMENT)) == []
    assert list(rules.changed(before, war(), MOMENT)) == [], "an ally that left is no news"


def test_an_end_that_was_named_beforehand_is_told_when_it_comes() -> None:
    ending = war(finished=NOW, retracted=NOW - 24 * HOUR)
    (over,) = rules.ended(ending, ending, NOW)
    assert (over.key, over.at, over.ends, over.word) == ("war-finished:10:over", NOW, NOW, None)
    assert list(rules.ended(ending, war(), NOW)) == [], "this look told it already"
    assert list(rules.ended(war(finished=NOW + HOUR), None, NOW)) == [], "it was put off"
    assert len(list(rules.ended(ending, None, NOW))) == 1, "it was read before this look"


def test_fighting_begins_unless_it_is_over_before() -> None:
    (begun,) = rules.begun(war(), NOW)
    assert (begun.key, begun.at) == ("war-started:10", NOW - 6 * HOUR)
    assert list(rules.begun(war(finished=NOW - HOUR), NOW)) == []
    assert list(rules.begun(war(started=None), NOW)) == []
