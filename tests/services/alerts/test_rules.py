"""What meets an alert, and what may be asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.alerts.rules import checked, meets_battle, meets_kill
from services.domain.alert import AlertKind
from services.domain.battle import Battle, BattleState
from services.domain.errors import UserError
from services.domain.isk import IskSum
from services.domain.space import Space
from tests.factories import CHANNEL, MIDNIGHT, alert, mail, request

KILLS, BATTLES = AlertKind.KILLS, AlertKind.BATTLES
HERE, ELSEWHERE = 30_000, 31_000


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
    ("fields", "isk", "expected"),
    [
        ({}, None, True),
        ({"region_id": HERE}, None, True),
        ({"region_id": ELSEWHERE}, 9e9, False),
        ({"min_isk": 5.0}, 5.0, True),
        ({"min_isk": 5.0}, 4.99, False),
        ({"min_isk": 0.0}, None, False),
        ({"min_isk": 5.0, "region_id": ELSEWHERE}, 5.0, False),
        ({"kind": BATTLES}, 9e9, False),
    ],
)
def test_kills(fields, isk, expected):
    asked = alert(**({"kind": KILLS} | fields))
    assert meets_kill(asked, mail(1, 0, "A1", "B1", isk=isk), HERE) is expected


def test_a_system_off_the_map_lies_in_no_region():
    assert not meets_kill(alert(region_id=HERE), mail(1, 0, "A1", "B1"), None)
    assert meets_kill(alert(), mail(1, 0, "A1", "B1"), None)
    assert not meets_battle(alert(kind=BATTLES, region_id=HERE), battle(5, 0), None)


@pytest.mark.parametrize(
    ("fields", "kills", "isk", "expected"),
    [
        ({}, 2, 0.0, True),
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


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (request(KILLS, region_id=None), "every kill"),
        (request(KILLS, min_isk=5.0), "#3 already"),
        (request(BATTLES, min_kills=9), "50 alerts"),
    ],
)
def test_what_is_refused_says_why(asked, words):
    present = [alert(3, min_isk=5.0)]
    if "50" in words:
        present = [alert(number, min_isk=float(number)) for number in range(50)]
    with pytest.raises(UserError, match=words):
        checked(asked, present, max_per_guild=50)


@pytest.mark.parametrize(
    "changes",
    [
        {"min_isk": 6.0},
        {"channel_id": CHANNEL + 1},
        {"role_id": 5},
        {"region_id": 7},
        {"min_kills": 3},
    ],
)
def test_whatever_differs_is_another_alert(changes):
    asked = replace(request(KILLS, min_isk=5.0), **changes)
    assert checked(asked, [alert(3, min_isk=5.0)], max_per_guild=2) is asked


def test_a_floor_of_nothing_and_all_battles_may_be_asked_for():
    for asked in (request(KILLS, min_isk=0.0), request(BATTLES), request(KILLS, region_id=HERE)):
        assert checked(asked, [], max_per_guild=1) is asked
