"""What may be asked for, and what meets an alert for battles."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.alerts.rules import (
    changed,
    check,
    check_among,
    check_breadth,
    check_room,
    completed,
    free_name,
    home_of,
    meets_battle,
)
from services.alerts.settings import AlertSettings
from services.domain.alert import AlertKind
from services.domain.battle import Battle, BattleState
from services.domain.errors import UserError
from services.domain.filter import Condition, FilterField, FilterGroup, GroupKind, Op, Reach
from services.domain.isk import IskSum
from services.domain.quiet import QuietHours, QuietMode
from services.domain.space import Space
from tests.factories import CHANNEL, DERELIK, MIDNIGHT, OWNER, alert, all_of, request

KILLS, BATTLES = AlertKind.KILLS, AlertKind.BATTLES
HERE, ELSEWHERE = 30_000, 31_000
SETTINGS = AlertSettings()
AMAMAKE, JITA = 30_002_537, 30_000_142
ANY_VALUE = Condition(FilterField.ISK, (0,), Op.AT_LEAST)


def battle(kills: int, isk: float, unpriced: int = 0) -> Battle:
    return Battle(
        key=1,
        public_id="BR-X-202111300000",
        system_id=30_000_001,
        space=Space.NULL,
        state=BattleState.OPEN,
        start=MIDNIGHT,
        end=MIDNIGHT + timedelta(minutes=5),
        killmail_ids=tuple(range(kills)),
        pilots=5,
        isk_destroyed=IskSum(isk=isk, unpriced=unpriced),
        sides=(),
        certainty=1.0,
    )


@pytest.mark.parametrize(
    ("fields", "kills", "isk", "expected"),
    [
        ({}, 2, 0.0, True),
        ({"region_id": HERE}, 2, 0.0, True),
        ({"min_kills": 5}, 5, 0.0, True),
        ({"min_kills": 5}, 4, 9e9, False),
        ({"min_isk": 5.0}, 2, 5.0, True),
        ({"min_isk": 5.0}, 50, 4.9, False),
        ({"min_kills": 5, "min_isk": 5.0}, 5, 4.9, False),
        ({"region_id": ELSEWHERE}, 50, 9e9, False),
        ({"kind": KILLS}, 50, 9e9, False),
    ],
)
def test_battles(fields, kills, isk, expected):
    asked = alert(**({"kind": BATTLES} | fields))
    assert meets_battle(asked, battle(kills, isk, unpriced=40), HERE) is expected


def test_a_system_off_the_map_lies_in_no_region():
    assert not meets_battle(alert(kind=BATTLES, region_id=HERE), battle(5, 0), None)
    assert meets_battle(alert(kind=BATTLES), battle(5, 0), None)


QUIET = QuietHours(start=0, end=1440, mode=QuietMode.PINGS)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (request(filter=None), "needs a filter"),
        (replace(request(), region_id=DERELIK), "in its filter"),
        (request(BATTLES, filter=all_of()), "has no filter"),
        (request(BATTLES, user_id=5), "a role, not a person"),
        (request(BATTLES, min_kills=0), "1 or more"),
        (request(BATTLES, min_isk=-1.0), "0 or more"),
        (request(BATTLES, min_isk=float("nan")), "0 or more"),
        (request(BATTLES, min_isk=float("inf")), "0 or more"),
        (request(role_id=5, user_id=6), "not both"),
        (request(name="x" * 101), "100 characters; this one has 101"),
        (request(name="#12"), "letter"),
        (request(name="12"), "letter"),
        (request(quiet=QUIET), "one time of the day to another"),
        (request(quiet=replace(QUIET, start=-1, end=5)), "one time of the day to another"),
        (request(ping_minutes=0), "from 1 to 180"),
        (request(ping_minutes=181), "from 1 to 180"),
        (request(cooldown_minutes=-1), "0 to 1440"),
        (request(cooldown_minutes=1441), "0 to 1440"),
    ],
)
def test_what_is_refused_says_why(asked, words):
    with pytest.raises(UserError, match=words):
        check(asked, SETTINGS)


def test_what_would_bury_a_channel_is_refused():
    for asked in (request(filter=all_of()), request(filter=all_of(ANY_VALUE))):
        with pytest.raises(UserError, match=r"some 14,000 kills a day.*region:Delve"):
            check_breadth(asked)
    check_breadth(request(min_isk=0.0))


@pytest.mark.parametrize(
    "asked",
    [
        request(min_isk=0.0),
        request(BATTLES),
        request(BATTLES, min_kills=1, min_isk=0.0),
        request(region_id=DERELIK, name="x" * 100, role_id=5, ping_minutes=180, cooldown_minutes=0),
        request(user_id=5, ping_minutes=1, cooldown_minutes=1440, name="Home 2"),
        request(quiet=replace(QUIET, end=1439)),
    ],
)
def test_what_may_be_asked(asked):
    check(asked, SETTINGS)
    assert completed(asked, SETTINGS).kind is asked.kind


def test_a_request_takes_its_usual_form():
    assert completed(request(name="  Home \n defence "), SETTINGS).name == "Home defence"
    assert completed(request(name="  "), SETTINGS).name is None
    assert completed(request(BATTLES), SETTINGS).min_kills == SETTINGS.default_min_kills
    assert completed(request(BATTLES, min_isk=1e9), SETTINGS).min_kills is None
    within = FilterGroup(GroupKind.ALL, (Condition(FilterField.SYSTEM, (AMAMAKE, AMAMAKE)),))
    wordy = completed(request(filter=all_of(within)), SETTINGS)
    assert wordy.filter == all_of(Condition(FilterField.SYSTEM, (AMAMAKE,)))


@pytest.mark.parametrize(
    "changes",
    [
        {"filter": all_of(Condition(FilterField.ISK, (6.0,), Op.AT_LEAST))},
        {"channel_id": CHANNEL + 1},
        {"role_id": 5},
        {"user_id": 5},
        {"kind": BATTLES},
        {"min_kills": 3},
    ],
)
def test_whatever_differs_is_another_alert(changes):
    present = [alert(3, region_id=DERELIK, min_isk=5.0, name="Big")]
    asked = request(KILLS, min_isk=5.0)
    with pytest.raises(UserError, match="#3 already asks for exactly that"):
        check_among(replace(asked, name="Other"), present)
    check_among(replace(asked, **changes), present)
    with pytest.raises(UserError, match="#3 is called that already"):
        check_among(replace(asked, **changes, name="BIG"), present)


def test_so_many_and_no_more():
    check_room(50, SETTINGS)
    with pytest.raises(UserError, match="51 alerts, .* at most 50 alerts"):
        check_room(51, SETTINGS)


def test_a_name_that_is_taken_gets_a_number():
    present = [alert(1, name="Home"), alert(2, name="home (2)"), alert(3, name="y" * 100)]
    assert free_name("Away", present) == "Away"
    assert free_name("HOME", present) == "HOME (3)"
    assert free_name("Y" * 100, present) == "Y" * 96 + " (2)"
    assert free_name(None, present) is None


def test_an_alert_calls_a_role_or_a_person():
    before = alert(role_id=5)
    assert changed(before, {"user_id": OWNER}).role_id is None
    assert changed(before, {"user_id": OWNER}).user_id == OWNER
    assert changed(changed(before, {"user_id": OWNER}), {"role_id": 6}).user_id is None
    assert changed(before, {"user_id": None}).role_id == 5
    assert changed(before, {"name": "New"}) == replace(before, name="New")


def _system(*ids):
    return Condition(FilterField.SYSTEM, ids)


def _none(*members):
    return FilterGroup(GroupKind.NONE, members)


def _within(system):
    return Condition(FilterField.WITHIN, (Reach(system_id=system, jumps=5),))


@pytest.mark.parametrize(
    ("members", "home"),
    [
        ((), None),
        ((_system(JITA),), JITA),
        ((_system(JITA, AMAMAKE),), None),
        ((_system(JITA), _none(_system(AMAMAKE))), JITA),
        ((_none(_within(JITA)), _within(AMAMAKE)), AMAMAKE),
        ((_system(JITA), _within(AMAMAKE)), AMAMAKE),
        ((FilterGroup(GroupKind.ANY, (_within(AMAMAKE), _within(JITA))),), AMAMAKE),
        ((Condition(FilterField.CONSTELLATION, (20_000_020,)),), None),
    ],
)
def test_the_system_an_alert_measures_from(members, home):
    assert home_of(request(filter=all_of(*members))) == home
    assert home_of(request(BATTLES)) is None
