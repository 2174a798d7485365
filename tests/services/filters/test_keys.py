"""What an index files a filter under: the narrowest of what every mail that meets it must have."""

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
    Side,
    Trait,
)
from services.domain.standing import Standing, Standings
from services.filters.compiling import Compiler, Program
from services.universe.universe import Universe

F, ALL, ANY, NONE, SAME = FilterField, GroupKind.ALL, GroupKind.ANY, GroupKind.NONE, GroupKind.SAME
MARKS = Standings({5: Standing.US, 6: Standing.FOE, 7: Standing.FOE})


def c(field: FilterField, *values: FilterValue, side: Side | None = None) -> Condition:
    return Condition(field, values, side=side)


def isk(bound: float, op: Op = Op.AT_LEAST) -> Condition:
    return Condition(F.ISK, (bound,), op)


def group(kind: GroupKind, *members: FilterNode) -> FilterGroup:
    return FilterGroup(kind, members)


JITA, FORGE = c(F.SYSTEM, 30000142), c(F.REGION, 10000002)
CAPITALS = c(F.CLASS, "capital", side=Side.ATTACKER)
IN_JITA, IN_FORGE = ("places", 30000142), ("places", 10000002)


def compiled(universe: Universe, *members: FilterNode, kind: GroupKind = ALL) -> Program:
    return Compiler(universe).compile(Filter(group(kind, *members)), MARKS)


def keys(universe: Universe, *members: FilterNode, kind: GroupKind = ALL) -> set[object] | None:
    found = compiled(universe, *members, kind=kind).keys
    return None if found is None else set(found.keys)


def test_of_several_conditions_the_narrowest_counts(universe: Universe) -> None:
    assert keys(universe, FORGE, JITA, c(F.IS, Trait.SOLO)) == {IN_JITA}
    assert keys(universe, c(F.SPACE, "null"), FORGE) == {IN_FORGE}
    assert keys(universe, FORGE, c(F.ALLIANCE, 9, side=Side.VICTIM)) == {("victim.ids", 9)}
    assert keys(universe, FORGE, c(F.HULL, 587, side=Side.VICTIM)) == {IN_FORGE}
    assert keys(universe, FORGE, c(F.HULL, 23773, side=Side.VICTIM)) == {("victim.hulls", 23773)}


def test_alternatives_need_all_their_keys(universe: Universe) -> None:
    assert keys(universe, JITA, FORGE, kind=ANY) == {IN_JITA, IN_FORGE}
    assert keys(universe, JITA, isk(1e9), kind=ANY) is None
    assert keys(universe, JITA, group(NONE, FORGE), kind=ANY) == {IN_JITA}
    assert keys(universe, c(F.ALLIANCE, 9, 8, side=Side.EITHER)) == {
        (f"{side}.ids", value) for side in ("victim", "attackers") for value in (8, 9)
    }


def test_exclusions_narrow_nothing(universe: Universe) -> None:
    assert keys(universe, group(NONE, JITA)) is None
    assert keys(universe, group(NONE, JITA), kind=ANY) is None
    assert keys(universe, group(NONE, JITA), FORGE) == {IN_FORGE}


def test_one_attackers_conditions_are_attackers_conditions(universe: Universe) -> None:
    wanted = group(SAME, CAPITALS, c(F.ALLIANCE, 9, side=Side.ATTACKER))
    assert keys(universe, wanted) == {("attackers.ids", 9)}


def test_who_is_marked_is_looked_up_and_who_is_not_cannot_be(universe: Universe) -> None:
    foes = c(F.STANDING, Standing.FOE, side=Side.FINAL_BLOW)
    assert keys(universe, foes) == {("final_blow.ids", 6), ("final_blow.ids", 7)}
    assert keys(universe, c(F.STANDING, Standing.FOE, Standing.NEUTRAL, side=Side.ATTACKER)) is None
    assert keys(universe, c(F.STANDING, Standing.FRIEND, side=Side.VICTIM)) == set()


@pytest.mark.parametrize(
    ("root", "floor"),
    [
        (group(ALL, isk(1e9), JITA), 1e9),
        (group(ALL, isk(1e9), isk(5e9)), 5e9),
        (group(ALL, isk(1e9, Op.ABOVE)), 1e9),
        (group(ALL, isk(1e9, Op.IS)), 1e9),
        (group(ALL, isk(1e9, Op.AT_MOST)), None),
        (group(ANY, isk(1e9), isk(5e9)), 1e9),
        (group(ANY, isk(1e9), JITA), None),
        (group(ANY, isk(1e9), group(NONE, JITA)), 1e9),
        (group(ALL, group(NONE, isk(1e9))), None),
        (group(ALL, group(SAME, CAPITALS), group(ANY, isk(2e9), isk(3e9))), 2e9),
        (group(ALL), None),
    ],
)
def test_floors(universe: Universe, root: FilterGroup, floor: float | None) -> None:
    assert Compiler(universe).compile(Filter(root)).floor == floor
