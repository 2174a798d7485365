"""What two states of the systems differ in, as occurrences, case by case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Claim
from services.polling.source import Moment
from services.sovereignty.comparing import changed, occurrences, opened
from services.sovereignty.settings import SovereigntySettings
from tests.services.sovereignty.made_up import (
    CALDARI,
    GOONS,
    HORDE,
    SYSTEM,
    claim,
    minutes,
    moment,
)

OTHER = SYSTEM + 1


def compare(before: list[Claim], after: list[Claim], when: Moment) -> list[Occurrence]:
    known, told = ({one.system_id: one for one in claims} for claims in (before, after))
    return occurrences(changed(known, told), known, moment=when, settings=SovereigntySettings())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (claim(), claim(), []),
        (claim(), claim(HORDE, hub=7), [OccurrenceKind.HOLDER]),
        (claim(None), claim(), [OccurrenceKind.HOLDER]),
        (claim(), claim(CALDARI), [OccurrenceKind.HOLDER]),
        (claim(), claim(None), [OccurrenceKind.HUB_LOST]),
        (claim(hub=None), claim(None), [OccurrenceKind.HOLDER]),
        (claim(CALDARI), claim(None), [OccurrenceKind.HOLDER]),
        (claim(adm=3.9), claim(adm=4.0), [OccurrenceKind.ADM]),
        (claim(adm=4.0), claim(adm=3.9), [OccurrenceKind.ADM]),
        (claim(adm=4.1), claim(adm=4.9), []),
        (claim(adm=None), claim(adm=4.9), []),
        # Another hub begins anew, and a new holder is news enough.
        (claim(adm=6.0), claim(hub=7, adm=1.0), []),
        (claim(adm=6.0), claim(HORDE, hub=7, adm=1.0), [OccurrenceKind.HOLDER]),
        (claim(), claim(is_capital=True), [OccurrenceKind.CAPITAL]),
        (claim(is_capital=True), claim(), []),
        (
            claim(is_capital=True),
            claim(HORDE, hub=7, is_capital=True),
            [OccurrenceKind.HOLDER, OccurrenceKind.CAPITAL],
        ),
        # A window that moves with the day is no change of anything.
        (claim(window=(0, 60)), claim(window=(1440, 1500)), []),
    ],
)
def test_one_system(before: Claim, after: Claim, expected: list[OccurrenceKind]) -> None:
    found = compare([before], [after], moment(0))
    assert [one.kind for one in found] == expected
    assert all(one.system_id == SYSTEM and len(one.key) <= 96 for one in found)


def test_a_system_that_was_not_known_has_not_changed() -> None:
    assert compare([], [claim(is_capital=True, adm=6.0)], moment(0)) == []


def test_a_system_of_which_nothing_is_said_has_not_changed() -> None:
    assert compare([claim()], [], moment(0)) == []


def test_who_lost_it_who_has_it_and_when() -> None:
    claimed = minutes(-0.5)
    (found,) = compare([claim()], [claim(HORDE, hub=7, claimed_since=claimed)], moment(4))
    assert (found.old, found.new, found.at, found.since) == (GOONS, HORDE, claimed, None)
    # A claim that is older than the answer before only changed its name: nobody knows when.
    (found,) = compare([claim()], [claim(HORDE, claimed_since=minutes(-900))], moment(4))
    assert (found.at, found.since) == (minutes(4), None)
    (late,) = compare([claim()], [claim(HORDE, hub=7)], moment(30))
    assert late.since == minutes(-1)
    assert late.key == f"sov-holder:{SYSTEM}:{int(minutes(30).timestamp()) // 60}:{HORDE.id}"


def test_a_capital_moves_from_one_system_to_another() -> None:
    here, there = claim(is_capital=True), claim(system=OTHER, hub=8)
    moved = [replace(here, is_capital=False), replace(there, is_capital=True)]
    (found,) = compare([here, there], moved, moment(0))
    assert (found.kind, found.systems, found.others) == (
        OccurrenceKind.CAPITAL,
        (OTHER, SYSTEM),
        (GOONS,),
    )


def test_a_multiplier_says_from_what_to_what_and_whose() -> None:
    (found,) = compare([claim(adm=5.1)], [claim(adm=3.7)], moment(0))
    assert (found.before, found.after, found.others) == (5.1, 3.7, (GOONS,))


@pytest.mark.parametrize(
    ("start", "expected"), [(-1, False), (-0.5, True), (0, True), (0.5, False)]
)
def test_a_window_is_told_by_the_first_answer_after_it_opened(start: float, expected: bool) -> None:
    found = opened([claim(window=(start, 180))], moment(0))
    assert [one.starts for one in found] == ([minutes(start)] if expected else [])
    assert all(one.others == (GOONS,) and one.ends == minutes(180) for one in found)


def test_a_window_is_told_once_and_never_late() -> None:
    held = [claim(window=(0, 180))]
    told = [len(opened(held, moment(at, before=at - 5))) for at in range(-7, 30, 5)]
    assert told == [0, 0, 1, 0, 0, 0, 0, 0]
    gap = moment(50, before=-20)
    assert gap.before is not None
    assert gap.at - gap.before > timedelta(hours=1)
    assert opened(held, gap) == []
    assert opened([claim(window=(0, 2))], moment(5)) == []
    assert opened(held, moment(0, before=None)) == []
