"""Pitfalls that other bots' filters have fallen into, and what a reason says."""

from dataclasses import replace

import pytest

from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    FilterValue,
    GroupKind,
    Op,
    Reach,
    Side,
)
from services.domain.ids import CharacterId, SystemId
from services.domain.isk import UNKNOWN_VALUE
from services.domain.killmail import Attacker, Killmail
from services.domain.standing import NO_STANDINGS, Standing, Standings
from services.filters.compiling import Compiler, Program
from services.filters.flat import Flattener
from services.universe.universe import Universe
from tests.factories import mail, who

F, V, A, B, E = FilterField, Side.VICTIM, Side.ATTACKER, Side.FINAL_BLOW, Side.EITHER
ALLIANCE_A, ALLIANCE_B, ALLIANCE_C = 99_000_065, 99_000_066, 99_000_067


def c(
    field: FilterField, *values: FilterValue, side: Side | None = None, op: Op = Op.IS
) -> Condition:
    return Condition(field, values, op, side)


def group(kind: GroupKind, *members: FilterNode) -> FilterGroup:
    return FilterGroup(kind, members)


def all_(*members: FilterNode) -> FilterGroup:
    return group(GroupKind.ALL, *members)


def any_(*members: FilterNode) -> FilterGroup:
    return group(GroupKind.ANY, *members)


def none(*members: FilterNode) -> FilterGroup:
    return group(GroupKind.NONE, *members)


@pytest.fixture
def compiled(universe: Universe):
    compiler = Compiler(universe)

    def compiled(root: FilterGroup, standings: Standings = NO_STANDINGS) -> Program:
        return compiler.compile(Filter(root), standings)

    return compiled


@pytest.fixture
def holds(compiled, flattener: Flattener):
    def holds(root: FilterGroup, killmail: Killmail, standings: Standings = NO_STANDINGS) -> bool:
        return compiled(root, standings).holds(flattener.flatten(killmail))

    return holds


A_BY_B = mail(1, 0, "A1", "B1", "B2", isk=1e9)
A_BY_B_AND_C = mail(2, 0, "A1", "B1", "C1", isk=1e9)
BY_NPC = mail(3, 0, "A1", "npc", isk=1e9)


def test_excluding_an_alliance_excludes_whoever_else_is_there(holds) -> None:
    """ "Not equal", asked of each attacker in turn, is met by any other one."""
    without = all_(none(c(F.ALLIANCE, ALLIANCE_B, side=A)))
    assert not holds(without, A_BY_B)
    assert not holds(without, A_BY_B_AND_C)
    assert holds(without, mail(4, 0, "A1", "C1"))


def test_whoever_has_no_alliance_is_in_none_that_is_excluded(holds) -> None:
    assert holds(all_(none(c(F.ALLIANCE, ALLIANCE_B, side=A))), BY_NPC)
    assert holds(all_(none(c(F.ALLIANCE, ALLIANCE_B, side=B))), replace(A_BY_B, attackers=()))
    assert holds(all_(none(c(F.REGION, 10000002))), mail(5, 0, "A1", "B1", system=1))


def test_a_list_of_exclusions_excludes_each_of_them(holds) -> None:
    one_list = all_(none(c(F.ALLIANCE, ALLIANCE_B, ALLIANCE_C, side=A)))
    two_entries = all_(none(c(F.ALLIANCE, ALLIANCE_B, side=A), c(F.ALLIANCE, ALLIANCE_C, side=A)))
    for wanted in (one_list, two_entries):
        assert not holds(wanted, mail(6, 0, "A1", "B1"))
        assert not holds(wanted, mail(7, 0, "A1", "C1"))
        assert not holds(wanted, A_BY_B_AND_C)
        assert holds(wanted, mail(8, 0, "A1", "D1"))


def test_an_exclusion_among_alternatives_wins_over_all_of_them(holds) -> None:
    dear = c(F.ISK, 1e6, op=Op.AT_LEAST)
    by_b, by_c = c(F.ALLIANCE, ALLIANCE_B, side=A), c(F.ALLIANCE, ALLIANCE_C, side=A)
    wanted = any_(dear, by_b, none(by_c))
    assert holds(wanted, A_BY_B)
    assert not holds(wanted, A_BY_B_AND_C)
    assert not holds(wanted, replace(mail(9, 0, "A1", "D1"), value=UNKNOWN_VALUE))


def test_alternatives_of_nothing_but_exclusions_hold_unless_one_excludes(holds) -> None:
    wanted = any_(none(c(F.ALLIANCE, ALLIANCE_B, side=A)), none(c(F.ALLIANCE, ALLIANCE_C, side=A)))
    assert holds(wanted, mail(10, 0, "A1", "D1"))
    assert not holds(wanted, A_BY_B)
    assert holds(any_(), A_BY_B)
    assert holds(all_(), A_BY_B)


def test_an_exclusion_one_level_down_is_an_alternatives_own(holds) -> None:
    dear = c(F.ISK, 5e9, op=Op.AT_LEAST)
    wanted = any_(
        dear, all_(c(F.ALLIANCE, ALLIANCE_B, side=A), none(c(F.ALLIANCE, ALLIANCE_C, side=A)))
    )
    assert holds(wanted, A_BY_B)
    assert not holds(wanted, A_BY_B_AND_C)
    assert holds(wanted, mail(11, 0, "A1", "B1", "C1", isk=6e9))


@pytest.mark.parametrize("op", list(Op))
def test_an_unknown_value_meets_nothing(holds, op: Op) -> None:
    unpriced = mail(12, 0, "A1", "B1")
    for bound in (0, 1e9):
        assert not holds(all_(c(F.ISK, bound, op=op)), unpriced)
        assert holds(all_(none(c(F.ISK, bound, op=op))), unpriced)


def test_what_nobody_told_meets_nothing(holds) -> None:
    for field in (F.AGE, F.SHARE, F.SECURITY, F.WORMHOLE):
        for op in (Op.AT_LEAST, Op.AT_MOST):
            nowhere = replace(BY_NPC, system_id=SystemId(1))
            assert not holds(
                all_(c(field, 0, op=op if field is not F.WORMHOLE else Op.IS)), nowhere
            )


def test_the_same_attacker_meets_all_of_it(holds) -> None:
    ragnarok, b, c_ = 23773, ALLIANCE_B, ALLIANCE_C
    titan = Attacker(**who("C1"), ship_type_id=ragnarok)
    kill = replace(A_BY_B, attackers=(*A_BY_B.attackers, titan))
    apart = all_(c(F.HULL, ragnarok, side=A), c(F.ALLIANCE, b, side=A))
    assert holds(apart, kill)
    assert not holds(group(GroupKind.ALL, group(GroupKind.SAME, *apart.members)), kill)
    together = group(GroupKind.SAME, c(F.HULL, ragnarok, side=A), c(F.ALLIANCE, b, c_, side=A))
    assert holds(all_(together), kill)


def test_the_most_personal_mark_counts(holds) -> None:
    pilot = who("B1")["character_id"]
    marks = Standings({ALLIANCE_B: Standing.FOE, pilot: Standing.FRIEND})
    foes, friends = (all_(c(F.STANDING, s, side=A)) for s in (Standing.FOE, Standing.FRIEND))
    alone = mail(13, 0, "A1", "B1")
    assert holds(friends, alone, marks)
    assert not holds(foes, alone, marks)
    assert holds(foes, A_BY_B, marks)
    assert holds(all_(c(F.STANDING, Standing.NEUTRAL, side=V)), A_BY_B, marks)
    assert not holds(all_(c(F.STANDING, Standing.NEUTRAL, side=A)), A_BY_B, marks)
    assert holds(all_(c(F.STANDING, Standing.NEUTRAL, side=A)), A_BY_B_AND_C, marks)


def test_nobody_has_no_standing(holds) -> None:
    nobody = replace(A_BY_B, attackers=())
    for standing in Standing:
        assert not holds(all_(c(F.STANDING, standing, side=B)), nobody)


class Counted(tuple[Attacker, ...]):
    """Attackers that tell how often they were walked."""

    __slots__ = ()
    walks = 0

    def __iter__(self):
        type(self).walks += 1
        return super().__iter__()


def test_thousands_of_attackers_are_walked_once_whatever_is_asked(
    compiled, flattener: Flattener, recorded: dict[int, Killmail]
) -> None:
    keepstar = recorded[131126432]
    assert len(keepstar.attackers) == 3753
    flat = flattener.flatten(replace(keepstar, attackers=Counted(keepstar.attackers)))
    found = 0
    for number in range(200):
        marks = Standings({number: Standing.US, 1354830081: Standing.FOE})
        wanted = all_(
            c(F.CHARACTER, 95494338, number, side=A),
            c(F.ALLIANCE, 1354830081, side=E),
            c(F.HULL, 3764, side=A),
            c(F.CLASS, "supercapital", side=A),
            c(F.STANDING, Standing.FOE, side=A),
            c(F.SHARE, 0.7, op=Op.AT_LEAST),
            none(c(F.CORPORATION, number, side=A), c(F.WEAPON, number, side=A)),
        )
        found += compiled(wanted, marks).holds(flat)

    assert found == 200
    assert Counted.walks < 20


def test_a_reason_holds_the_values_that_fit_and_the_first_alternative_that_held(
    compiled, flattener: Flattener
) -> None:
    near = c(
        F.WITHIN,
        Reach(system_id=SystemId(30000142), jumps=1),
        Reach(system_id=SystemId(30000144), jumps=0),
    )
    by, dear = c(F.ALLIANCE, ALLIANCE_C, ALLIANCE_B, 5, side=A), c(F.ISK, 5e8, op=Op.AT_LEAST)
    wanted = all_(
        near,
        any_(c(F.ISK, 5e9, op=Op.AT_LEAST), all_(dear, by), c(F.ALLIANCE, ALLIANCE_B, side=A)),
        none(c(F.REGION, 10000043)),
    )
    flat = flattener.flatten(mail(14, 0, "A1", "B1", isk=1e9, system=30000142))
    program = compiled(wanted)

    assert program.holds(flat)
    assert program.because(flat) == Filter(
        all_(
            c(F.WITHIN, Reach(system_id=SystemId(30000142), jumps=1)),
            dear,
            c(F.ALLIANCE, ALLIANCE_B, side=A),
        )
    )


def test_the_reason_of_one_attacker_is_that_attackers(compiled, flattener: Flattener) -> None:
    wanted = all_(
        group(
            GroupKind.SAME, c(F.ALLIANCE, ALLIANCE_B, ALLIANCE_C, side=A), c(F.HULL, 587, 1, side=A)
        )
    )
    flat = flattener.flatten(mail(15, 0, "A1", "D1", "C1", "B1"))

    assert compiled(wanted).because(flat) == Filter(
        all_(group(GroupKind.SAME, c(F.ALLIANCE, ALLIANCE_C, side=A), c(F.HULL, 587, side=A)))
    )


def test_a_filter_without_conditions_holds_for_no_particular_reason(
    compiled, flattener: Flattener
) -> None:
    program = compiled(all_())
    assert program.holds(flattener.flatten(BY_NPC))
    assert program.because(flattener.flatten(BY_NPC)) == Filter()
    assert program.keys is None


def test_a_place_that_the_universe_does_not_hold_fits_nothing(holds) -> None:
    lost = Reach(system_id=SystemId(1), jumps=5)
    unjumpable = Reach(system_id=SystemId(30002537), hull_id=A_BY_B.victim.ship_type_id, skill=5)
    for reach in (lost, replace(lost, jumps=None, light_years=3.0), unjumpable):
        assert not holds(all_(c(F.WITHIN, reach)), mail(16, 0, "A1", "B1", system=30002537))


def test_a_pilot_is_found_among_many_by_name(holds) -> None:
    crowd = mail(17, 0, "A1", *[f"B{number}" for number in range(1, 60)])
    last = CharacterId(who("B59")["character_id"])
    assert holds(all_(c(F.CHARACTER, last, 7, side=A)), crowd)
    assert not holds(all_(c(F.CHARACTER, last, 7, side=V)), crowd)
