"""Which systems lie within reach, and how far hulls jump."""

import pytest

from services.domain.filter import Reach
from services.domain.ids import SystemId, TypeId
from services.domain.space import Space
from services.filters.jump_ranges import BASE_RANGES, CannotJump, get_jump_range, jump_range
from services.filters.reaches import Reaches, check_reach, systems_within
from services.universe.errors import UnknownSystem
from services.universe.hulls import SHIP_GROUPS
from services.universe.universe import Universe

AMAMAKE, JITA, ONE_DQ = SystemId(30002537), SystemId(30000142), SystemId(30004759)
ARCHON, RAGNAROK, REDEEMER, RHEA, RORQUAL = map(TypeId, (23757, 23773, 22428, 28844, 28352))
SALVATION, BANE, APOSTLE, NYX, REVELATION = map(TypeId, (92822, 77283, 37604, 23913, 19720))
MARSHAL, RIFTER, ORCA, CHARON = map(TypeId, (44996, 587, 28606, 20185))


@pytest.mark.parametrize(
    ("hull", "light_years"),
    [
        (ARCHON, 7), (REVELATION, 7), (APOSTLE, 7), (SALVATION, 7.5), (RAGNAROK, 6), (NYX, 6), (REDEEMER, 8),
        (MARSHAL, 8), (BANE, 8), (RHEA, 10), (RORQUAL, 10),
    ],
)  # fmt: skip
def test_ranges_with_the_skill_at_five(
    universe: Universe, hull: TypeId, light_years: float
) -> None:
    assert jump_range(universe, hull, 5) == pytest.approx(light_years)
    assert jump_range(universe, hull, 0) == pytest.approx(light_years / 2)
    assert jump_range(universe, hull, 4) == pytest.approx(light_years * 0.9)


@pytest.mark.parametrize("hull", [RIFTER, ORCA, CHARON, TypeId(999_999_999)])
def test_hulls_without_a_drive(universe: Universe, hull: TypeId) -> None:
    assert jump_range(universe, hull, 5) is None
    with pytest.raises(CannotJump, match="no jump drive"):
        get_jump_range(universe, hull, 5)


@pytest.mark.parametrize("skill", [-1, 6])
def test_levels_that_the_game_does_not_have(universe: Universe, skill: int) -> None:
    with pytest.raises(CannotJump, match="0 to 5"):
        get_jump_range(universe, ARCHON, skill)


def test_the_table_names_groups_as_the_export_does(universe: Universe) -> None:
    assert {key: name for key, (name, _) in BASE_RANGES.items()} == {
        key: SHIP_GROUPS[key][0] for key in BASE_RANGES
    }


def test_by_gate(universe: Universe) -> None:
    near = systems_within(universe, Reach(system_id=AMAMAKE, jumps=1))
    assert near[AMAMAKE] == 0
    assert set(near) == {AMAMAKE, *universe.gates[AMAMAKE]}
    assert SystemId(31001003) in systems_within(
        universe, Reach(system_id=SystemId(31001003), jumps=3)
    )


def test_by_light_years_in_any_space(universe: Universe) -> None:
    near = systems_within(universe, Reach(system_id=AMAMAKE, light_years=3.0))
    assert max(near.values()) <= 3.0
    assert {Space.HIGH, Space.LOW} <= {universe.space_of(key) for key in near}


def test_within_a_jump_where_a_drive_can_go(universe: Universe) -> None:
    jumped = systems_within(universe, Reach(system_id=AMAMAKE, hull_id=ARCHON, skill=5))
    near = systems_within(universe, Reach(system_id=AMAMAKE, light_years=7.0))
    left_out = {universe.space_of(key) for key in near.keys() - jumped.keys()}
    assert jumped.items() <= near.items()
    assert {universe.space_of(key) for key in jumped} == {Space.LOW}
    assert left_out == {Space.HIGH, Space.POCHVEN}
    assert systems_within(universe, Reach(system_id=ONE_DQ, hull_id=ARCHON, skill=5))[ONE_DQ] == 0
    assert JITA not in systems_within(universe, Reach(system_id=JITA, hull_id=ARCHON, skill=5))


def test_less_skill_reaches_less(universe: Universe) -> None:
    reached = [
        len(systems_within(universe, Reach(system_id=ONE_DQ, hull_id=ARCHON, skill=level)))
        for level in range(6)
    ]
    assert reached == sorted(set(reached))


def test_a_reach_without_centre_is_told_of(universe: Universe) -> None:
    nowhere = SystemId(1)
    for reach in (Reach(system_id=nowhere, jumps=1), Reach(system_id=nowhere, light_years=1.0)):
        with pytest.raises(UnknownSystem):
            systems_within(universe, reach)
        assert Reaches(universe).covered(reach) == frozenset()


def test_a_stored_reach_of_a_hull_without_drive_covers_nothing(universe: Universe) -> None:
    for hull in (RIFTER, None):
        reach = Reach(system_id=AMAMAKE, hull_id=hull, skill=5)
        with pytest.raises(CannotJump):
            systems_within(universe, reach)
        assert Reaches(universe).covered(reach) == frozenset()


def test_a_check_says_the_same_without_measuring(
    universe: Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Universe, "within_jumps", None)
    monkeypatch.setattr(Universe, "within_light_years", None)
    check_reach(universe, Reach(system_id=AMAMAKE, jumps=50))
    check_reach(universe, Reach(system_id=AMAMAKE, light_years=100.0))
    check_reach(universe, Reach(system_id=AMAMAKE, hull_id=ARCHON, skill=5))
    with pytest.raises(UnknownSystem):
        check_reach(universe, Reach(system_id=SystemId(1), jumps=1))
    for hull in (RIFTER, None):
        with pytest.raises(CannotJump):
            check_reach(universe, Reach(system_id=AMAMAKE, hull_id=hull, skill=5))


def test_what_is_kept_stays_small(universe: Universe) -> None:
    reaches = Reaches(universe)
    wide = [Reach(system_id=key, light_years=100.0) for key in list(universe.systems)[:60]]
    narrow = [Reach(system_id=key, jumps=0) for key in list(universe.systems)[:600]]
    most = 0
    for reach in (*wide, *narrow):
        reaches.covered(reach)
        most = max(most, sum(map(len, reaches._kept.values())))
        assert len(reaches._kept) <= 256
    assert 50_000 < most < 110_000, "some wide ones are kept, not all"
    assert reaches.covered(narrow[-1]) is reaches.covered(narrow[-1])
