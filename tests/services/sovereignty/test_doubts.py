"""Which answers are believed, case by case."""

import pytest

from services.domain.ids import SystemId
from services.domain.killmail import Organisation
from services.domain.sovereignty import Claim, Skyhook, Window
from services.polling.source import AGE, FEW, Moment
from services.sovereignty.answers import SkyhookAnswer
from services.sovereignty.comparing import changed
from services.sovereignty.doubts import EMPTY, doubt_campaigns, doubt_skyhooks, doubt_systems
from services.sovereignty.settings import SovereigntySettings
from tests.services.sovereignty.made_up import (
    CALDARI,
    GOONS,
    SYSTEM,
    claim,
    listing,
    minutes,
    moment,
    sighting,
)

SETTINGS = SovereigntySettings()


@pytest.mark.parametrize(
    ("alive", "listed", "doubted"),
    [
        (0, 0, False),
        (1, 0, True),
        (2, 1, False),
        (3, 1, False),
        (4, 1, True),
        (4, 2, False),
        (13, 6, True),
        (13, 7, False),
    ],
)
def test_campaigns_that_vanish_together(alive: int, listed: int, doubted: bool) -> None:
    answer = listing(*(sighting(number) for number in range(listed)))
    reason = doubt_campaigns(range(alive), answer, moment=moment(0), settings=SETTINGS)
    assert (reason is not None) == doubted


def test_campaigns_are_believed_in_the_end() -> None:
    def doubt(when: Moment, *numbers: int, complete: bool = True) -> str | None:
        answer = listing(*map(sighting, numbers), complete=complete)
        found = doubt_campaigns(range(8), answer, moment=when, settings=SETTINGS)
        return found and str(found)

    few, none = "only 1 of 8 campaigns are still listed", "none of 8 campaigns is listed any more"
    assert doubt(moment(29, doubted=0), 1) == few
    assert doubt(moment(30, doubted=0), 1) is None
    assert doubt(moment(0), 1, complete=False) is None
    # A night without answers makes no short list truer, and short lists make no empty one.
    assert doubt(moment(600), 1) == few
    assert doubt(moment(30, doubted=0)) == none
    assert doubt(moment(30, doubted=0, about=AGE)) == none
    assert doubt(moment(29, doubted=0, about=EMPTY)) == none
    assert doubt(moment(30, doubted=0, about=EMPTY)) is None
    assert doubt(moment(30, doubted=0, about=EMPTY), 1) == few


def test_a_first_answer_that_is_empty_is_doubted() -> None:
    first, later = moment(0, before=None), moment(30, before=None, doubted=0, about=EMPTY)
    nothing = SkyhookAnswer(skyhooks=())
    for when, doubted in ((first, True), (later, False)):
        found = (
            doubt_campaigns((), listing(), moment=when, settings=SETTINGS),
            doubt_campaigns((), listing(complete=False), moment=when, settings=SETTINGS),
            doubt_skyhooks((), nothing, moment=when, settings=SETTINGS),
        )
        assert [one is not None for one in found] == [doubted] * 3
    answer = listing(sighting())
    assert doubt_campaigns((), answer, moment=first, settings=SETTINGS) is None


def map_of(*parts: tuple[Organisation | None, int]) -> dict[SystemId, Claim]:
    holders = [holder for holder, count in parts for _ in range(count)]
    return {
        SystemId(SYSTEM + number): claim(holder, system=SYSTEM + number)
        for number, holder in enumerate(holders)
    }


@pytest.mark.parametrize(
    ("known", "told", "reason"),
    [
        (map_of((GOONS, 300)), map_of((GOONS, 300)), None),
        ({}, map_of((GOONS, 300)), None),
        ({}, {}, "no system is listed"),
        (map_of((GOONS, 300)), {}, "no system is listed"),
        (map_of((GOONS, 300)), map_of((GOONS, 239)), "only 239 of 300 systems are listed"),
        (map_of((GOONS, 300)), map_of((GOONS, 240)), None),
        (map_of((GOONS, 300)), map_of((None, 61), (GOONS, 239)), "61 systems were claimed"),
        (map_of((GOONS, 300)), map_of((CALDARI, 60), (GOONS, 240)), None),
        (map_of((None, 61), (GOONS, 239)), map_of((GOONS, 300)), "61 systems were claimed"),
        # Of a few the share says nothing.
        (map_of((GOONS, 20)), map_of((None, 20)), None),
    ],
)
def test_systems(
    known: dict[SystemId, Claim], told: dict[SystemId, Claim], reason: str | None
) -> None:
    changes = changed(known, told)
    found = doubt_systems(known, told, changes, moment=moment(0), settings=SETTINGS)
    assert (found is None) if reason is None else (found is not None and reason in str(found))
    later = doubt_systems(known, told, changes, moment=moment(30, doubted=0), settings=SETTINGS)
    assert (later is None) == bool(told)


def hooks(count: int, *, end: float = 60) -> tuple[Skyhook, ...]:
    window = Window(start=minutes(-60), end=minutes(end))
    return tuple(Skyhook(planet_id=n, system_id=SYSTEM, window=window) for n in range(count))


@pytest.mark.parametrize(
    ("known", "listed", "doubted"),
    [
        (hooks(0), 0, False),
        (hooks(1), 0, True),
        (hooks(40, end=-1), 0, False),
        (hooks(40), 11, True),
        (hooks(40), 12, False),
        (hooks(3), 1, False),
    ],
)
def test_skyhooks_leave_when_their_window_is_over(
    known: tuple[Skyhook, ...], listed: int, doubted: bool
) -> None:
    answer = SkyhookAnswer(skyhooks=hooks(listed))
    found = doubt_skyhooks(known, answer, moment=moment(0), settings=SETTINGS)
    assert (found is not None) == doubted
    about = FEW if listed else EMPTY
    later = moment(30, doubted=0, about=about)
    assert doubt_skyhooks(known, answer, moment=later, settings=SETTINGS) is None
    later = moment(30, doubted=0, about=AGE)
    assert (doubt_skyhooks(known, answer, moment=later, settings=SETTINGS) is not None) == doubted
