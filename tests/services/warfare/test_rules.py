"""What happened between two answers, what a system is to the front, how fast it moves and where to: tables of cases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.domain.ids import FactionId, SystemId
from services.domain.occurrence import OccurrenceKind
from services.domain.warfare import Role, Trend, WarzoneSystem
from services.warfare.forecasts import forecast
from services.warfare.roles import AMARR, CALDARI, GALLENTE, MINMATAR, ZONES, roles
from services.warfare.rules import changes, reset_since
from services.warfare.shifts import find_shift
from services.warfare.trends import trends
from tests.factories import EVENING

A, B, C, D = map(SystemId, (1, 2, 3, 4))
EARLY = EVENING - timedelta(hours=9)
FLIP, VULNERABLE, RESET, SAFE, ROLE = (
    OccurrenceKind.FLIP,
    OccurrenceKind.VULNERABLE,
    OccurrenceKind.RESET,
    OccurrenceKind.SAFE,
    OccurrenceKind.ROLE,
)


def system(
    key: SystemId = A,
    occupier: FactionId = CALDARI,
    contested: str = "contested",
    role: Role | None = None,
    owner: FactionId | None = None,
) -> WarzoneSystem:
    return WarzoneSystem(
        system_id=key,
        owner_id=owner or occupier,
        occupier_id=occupier,
        contested=contested,
        victory_points=10,
        threshold=100,
        role=role,
    )


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (system(), system(), []),
        (system(), system(contested="captured"), []),
        (system(), system(contested="no word that we know"), []),
        (system(), system(contested="vulnerable"), [VULNERABLE]),
        (system(contested="vulnerable"), system(contested="vulnerable"), []),
        (system(contested="vulnerable"), system(), [SAFE]),
        (system(contested="vulnerable"), system(contested="uncontested"), [SAFE]),
        (system(contested="vulnerable"), system(occupier=GALLENTE), [FLIP]),
        (system(), system(occupier=GALLENTE, contested="captured"), [FLIP]),
        (system(), system(occupier=GALLENTE, contested="vulnerable"), [FLIP, VULNERABLE]),
        (system(role=Role.REARGUARD), system(role=Role.FRONTLINE), []),
        (system(role=None), system(occupier=GALLENTE, role=Role.FRONTLINE), [FLIP]),
        (
            system(role=Role.REARGUARD),
            system(occupier=GALLENTE, role=Role.FRONTLINE),
            [FLIP, ROLE],
        ),
    ],
)
def test_what_happened_to_a_system(before, after, kinds):
    found = list(changes({A: before}, {A: after}, at=EVENING))
    assert [one.kind for one in found] == kinds
    assert all(one.systems == (A,) and one.at == EVENING for one in found)


def at_points(points: int, contested: str = "contested", **fields: Any) -> WarzoneSystem:
    return replace(system(contested=contested), victory_points=points, **fields)


@pytest.mark.parametrize(
    ("before", "after", "kinds", "reset"),
    [
        (at_points(100, "vulnerable"), at_points(0, "uncontested"), [RESET], True),
        (at_points(95), at_points(0), [RESET], True),
        (at_points(94), at_points(0), [], False),
        (at_points(100, "vulnerable"), at_points(1), [SAFE], False),  # by degrees, or won anew
        (at_points(100, "vulnerable", threshold=0), at_points(0, threshold=0), [RESET], True),
        (at_points(0, "vulnerable"), at_points(0, "vulnerable"), [], False),
        (at_points(0, reset_at=EARLY), at_points(0), [], True),
        (at_points(0, reset_at=EARLY), at_points(75), [SAFE], False),  # its occupier held it
        (at_points(0, reset_at=EARLY), at_points(100, "vulnerable"), [VULNERABLE], False),
        (at_points(0, reset_at=EARLY), at_points(5, occupier_id=GALLENTE), [FLIP], False),
        (at_points(100, "vulnerable"), at_points(0, occupier_id=GALLENTE), [FLIP], False),
    ],
)
def test_a_reset_is_a_capture_that_is_not_named_yet(before, after, kinds, reset):
    now = replace(after, reset_at=reset_since(before, after, at=EVENING))
    found = list(changes({A: before}, {A: now}, at=EVENING))
    assert [one.kind for one in found] == kinds
    assert now.reset_at == ((before.reset_at or EVENING) if reset else None)
    for one in found:
        if one.kind in {FLIP, SAFE}:
            assert one.starts == before.reset_at
        if one.kind is RESET:
            assert (one.before, one.others[0].id) == (before.share, CALDARI)


def test_a_system_that_one_answer_does_not_name_says_nothing():
    assert not list(changes({}, {A: system(contested="vulnerable")}, at=EVENING))
    assert not list(changes({A: system(contested="vulnerable")}, {}, at=EVENING))


def test_a_flip_names_both_militias_and_the_owner():
    before, after = system(occupier=CALDARI), system(occupier=GALLENTE, owner=MINMATAR)
    (flip,) = changes({A: before}, {A: after}, at=EVENING, since=EVENING - timedelta(hours=2))
    assert [one.id for one in flip.parties] == [CALDARI, GALLENTE, MINMATAR]
    assert flip.key == f"fw-flip:1:{GALLENTE}:202611201800"
    assert flip.since == EVENING - timedelta(hours=2)


def test_what_is_vulnerable_concerns_both_sides_of_its_warzone():
    (told,) = changes({A: system()}, {A: system(contested="vulnerable")}, at=EVENING)
    assert {one.id for one in told.others} == {CALDARI, GALLENTE}


def test_a_flip_changes_the_roles_of_its_neighbours_too():
    before = {A: system(A, role=Role.COMMAND), B: system(B, role=Role.FRONTLINE)}
    after = {A: system(A, role=Role.FRONTLINE), B: system(B, GALLENTE, role=Role.FRONTLINE)}
    found = list(changes(before, after, at=EVENING))
    assert [(one.kind, one.system_id, one.word) for one in found] == [
        (FLIP, B, None),
        (ROLE, A, "frontline"),
    ]


LINE = {A: (B,), B: (A, C), C: (B, D), D: (C,)}
"""Four systems in a row."""
FRONT, COMMAND, REAR = Role.FRONTLINE, Role.COMMAND, Role.REARGUARD


@pytest.mark.parametrize(
    ("occupiers", "wanted"),
    [
        ((CALDARI,) * 4, (REAR,) * 4),
        ((GALLENTE, CALDARI, CALDARI, CALDARI), (FRONT, FRONT, COMMAND, REAR)),
        ((GALLENTE, CALDARI, GALLENTE, GALLENTE), (FRONT, FRONT, FRONT, COMMAND)),
        # The front of somebody else gives nobody a role.
        ((GALLENTE, CALDARI, AMARR, AMARR), (FRONT, FRONT, REAR, REAR)),
        # Another warzone's militia is no enemy until ESI says so.
        ((MINMATAR, CALDARI, CALDARI, CALDARI), (REAR,) * 4),
    ],
)
def test_roles(occupiers, wanted):
    found = roles(dict(zip(LINE, occupiers, strict=True)), LINE, ZONES)
    assert tuple(found[key] for key in LINE) == wanted


def test_who_is_an_enemy_is_what_esi_says():
    held = dict(zip(LINE, (MINMATAR, CALDARI, CALDARI, GALLENTE), strict=True))
    found = roles(held, LINE, [(CALDARI, MINMATAR)])
    assert tuple(found.values()) == (FRONT, FRONT, COMMAND, REAR)


def test_systems_outside_the_warzone_are_no_way_to_the_front():
    assert roles({A: CALDARI, C: GALLENTE}, LINE, ZONES) == {A: REAR, C: REAR}


def past(*points: tuple[float, float]) -> list[tuple[object, float]]:
    """Minutes back and the share then, oldest first."""
    return [(EVENING - timedelta(minutes=minutes), share) for minutes, share in points]


@pytest.mark.parametrize(
    ("share", "before", "told", "start"),
    [
        (0.40, past((60, 0.25), (30, 0.35)), None, 0.25),
        (0.35, past((60, 0.25), (30, 0.30)), None, 0.25),  # 0.1 to the dot
        (0.34, past((60, 0.25), (30, 0.30)), None, None),
        (0.10, past((60, 0.15), (30, 0.25)), None, 0.25),  # downwards, from where it turned
        (0.40, past((61, 0.20), (30, 0.35)), None, None),  # an hour ago is too long ago
        (0.40, past((90, 0.20)), None, 0.20),  # nobody looked: 0.13 an hour
        (0.40, past((120, 0.25)), None, None),  # 0.075 an hour
        (0.45, past((60, 0.20), (30, 0.40)), 30, None),  # the move up to 0.40 was told
        (0.55, past((60, 0.20), (30, 0.40)), 30, 0.40),  # it went on as far again
        (0.40, [], None, None),
    ],
)
def test_a_move_is_told_once(share, before, told, start):
    when = None if told is None else EVENING - timedelta(minutes=told)
    assert find_shift(share, EVENING, before, step=0.1, told=when) == start


def test_trends_are_measured_between_snapshots_that_are_there():
    shares = past((1460, 0.1), (370, 0.4), (31, 0.55), (0, 0.6))
    hour, six, day = trends(shares)
    assert (hour.hours, hour.per_hour, hour.since) == (1, None, None)  # 31 minutes are no hour
    assert six.per_hour == pytest.approx(0.2 / (370 / 60))
    assert six.since == EVENING - timedelta(minutes=370)
    assert day.per_hour == pytest.approx(0.5 / (1460 / 60))


@pytest.mark.parametrize("shares", [[], past((0, 0.5))])
def test_no_trend_without_a_past(shares):
    assert [trend.per_hour for trend in trends(shares)] == [None, None, None]


def speeds(*per_hour: float | None) -> tuple[Trend, ...]:
    return tuple(Trend(hours=h, per_hour=p) for h, p in zip((1, 6, 24), per_hour, strict=True))


@pytest.mark.parametrize(
    ("share", "per_hour", "wanted"),
    [
        (0.5, (0.1, 0.05, 0.025), (True, 10, 5, 20)),
        (0.5, (-0.1, -0.05, -0.025), (False, 10, 5, 20)),
        (0.5, (None, 0.05, 0.1), (True, 0.5 / 0.075, 5, 10)),
        (0.5, (0.1, 0.05, 0.0), (True, 10, 5, None)),  # one says that it never gets there
        (0.5, (0.0, 0.0, 0.1), None),  # most say that it stands still
        (0.5, (0.1, 0.05, -0.01), None),  # they contradict each other
        (0.5, (None, None, 0.1), None),  # too little is kept
        (0.5, (0.004, 0.004, 0.004), None),  # beyond what anybody can foretell: 125 hours
        (1.0, (0.1, 0.1, 0.1), None),  # it is there
        (0.0, (-0.1, -0.1, -0.1), None),
        (None, (0.1, 0.1, 0.1), None),
    ],
)
def test_forecasts(share, per_hour, wanted):
    found = forecast(share, speeds(*per_hour), at=EVENING)
    if wanted is None:
        assert found is None
        return
    assert found is not None
    ends = (found.at, found.earliest, found.latest)
    hours = [None if end is None else (end - EVENING) / timedelta(hours=1) for end in ends]
    assert (found.vulnerable, *hours) == pytest.approx(wanted)
