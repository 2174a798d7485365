"""The data form: what goes in is checked, what comes out reads back, and the normal form means the same."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    GroupKind,
    Hours,
    Op,
    Reach,
    Side,
)
from services.domain.ids import SystemId
from services.filters.data import decode, encode, from_data, normalised, to_data
from services.filters.errors import FilterFault
from services.filters.normal import check_limits

ALL, ANY, NONE, SAME = GroupKind.ALL, GroupKind.ANY, GroupKind.NONE, GroupKind.SAME
F = FilterField


def region(number: int) -> Condition:
    return Condition(F.REGION, (number,))


def shot_by(number: int) -> Condition:
    return Condition(F.ALLIANCE, (number,), side=Side.ATTACKER)


def group(kind: GroupKind, *members: FilterNode) -> FilterGroup:
    return FilterGroup(kind, members)


A, B, C, D = map(region, range(1, 5))


@dataclass(frozen=True)
class World:
    """Which regions a kill is in (a real one is in one of them), and the alliances of each attacker."""

    regions: frozenset[int]
    attackers: tuple[frozenset[int], ...]

    def holds(self, node: FilterNode) -> bool:
        if isinstance(node, Condition):
            if node.field is F.REGION:
                return node.values[0] in self.regions
            return any(node.values[0] in attacker for attacker in self.attackers)
        if node.kind is SAME:
            return any(
                all(
                    member.values[0] in attacker
                    for member in node.members
                    if isinstance(member, Condition)
                )
                for attacker in self.attackers
            )
        excludes = [m for m in node.members if isinstance(m, FilterGroup) and m.kind is NONE]
        others = [member for member in node.members if member not in excludes]
        if node.kind is NONE:
            return not any(self.holds(member) for member in node.members)
        if not all(self.holds(member) for member in excludes):
            return False
        how = all if node.kind is ALL else any
        return not others or how(self.holds(member) for member in others)


worlds = st.builds(
    World,
    st.frozensets(st.integers(1, 4)),
    st.lists(st.frozensets(st.integers(1, 3)), max_size=3).map(tuple),
)
conditions = st.builds(region, st.integers(1, 4)) | st.builds(shot_by, st.integers(1, 3))
one_attacker = st.lists(st.builds(shot_by, st.integers(1, 3)), min_size=1, max_size=3)
trees = st.recursive(
    conditions | one_attacker.map(lambda members: FilterGroup(SAME, tuple(members))),
    lambda inner: st.builds(
        lambda kind, members: FilterGroup(kind, tuple(members)),
        st.sampled_from([ALL, ANY, NONE]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)
roots = st.builds(
    lambda kind, members: Filter(FilterGroup(kind, tuple(members))),
    st.sampled_from([ALL, ANY]),
    st.lists(trees, max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(roots, worlds)
def test_the_normal_form_means_the_same(f: Filter, world: World) -> None:
    try:
        normal = normalised(f)
    except FilterFault:
        assume(False)
    assert world.holds(normal.root) == world.holds(f.root)


@settings(max_examples=60, deadline=None)
@given(roots)
def test_the_normal_form_is_normal(f: Filter) -> None:
    try:
        normal = normalised(f)
    except FilterFault:
        assume(False)
    assert normalised(normal) == normal
    _check_shape(normal.root, root=True)
    assert from_data(to_data(normal)) == normal
    assert decode(encode(normal)) == normal


def _check_shape(node: FilterNode, *, root: bool = False) -> None:
    if isinstance(node, Condition):
        return
    assert root or node.members
    assert len(set(node.members)) == len(node.members)
    kinds = [member.kind for member in node.members if isinstance(member, FilterGroup)]
    if node.kind in {ALL, ANY}:
        assert kinds.count(NONE) <= 1
        last = node.members[-1] if node.members else None
        assert NONE not in kinds or (isinstance(last, FilterGroup) and last.kind is NONE)
    assert not (node.kind is ALL and ALL in kinds)
    for member in node.members:
        _check_shape(member)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (group(ALL, A, group(ALL, B, group(NONE, C))), group(ALL, A, B, group(NONE, C))),
        (group(ANY, A, group(ANY, B, C)), group(ANY, A, B, C)),
        # The exclusion of an alternative concerns that alternative alone.
        (
            group(ANY, A, group(ANY, B, C, group(NONE, D))),
            group(ANY, A, group(ANY, B, C, group(NONE, D))),
        ),
        (group(ANY, A, group(ALL, group(NONE, B))), group(ANY, A, group(ALL, group(NONE, B)))),
        # An exclusion among alternatives is none of them.
        (group(ANY, A, group(NONE, B)), group(ALL, A, group(NONE, B))),
        (group(ANY, A, B, group(NONE, C), group(NONE, D)), group(ANY, A, B, group(NONE, C, D))),
        (group(ALL, group(ANY, A, B), group(NONE, C)), group(ANY, A, B, group(NONE, C))),
        (
            group(ALL, D, group(ANY, A, B, group(NONE, C))),
            group(ALL, D, group(ANY, A, B), group(NONE, C)),
        ),
        (group(ALL, group(NONE, group(ANY, A, B))), group(ALL, group(NONE, A, B))),
        (
            group(ALL, A, group(NONE, group(ANY, B, group(ALL, group(NONE, C))))),
            group(ALL, A, group(NONE, B, group(NONE, C))),
        ),
        (group(ALL, group(SAME, shot_by(1))), group(ALL, shot_by(1))),
        (group(ANY, A, A), group(ALL, A)),
        (group(ALL, group(NONE, A), B, group(NONE, A)), group(ALL, B, group(NONE, A))),
        (group(ALL, group(ALL)), group(ALL)),
        (group(ANY, A, group(ALL)), group(ALL)),
    ],
)
def test_normal_form_of(given: FilterGroup, wanted: FilterGroup) -> None:
    assert normalised(Filter(given)) == Filter(wanted)


def test_values_and_sides_have_a_normal_form_too() -> None:
    f = Filter(
        group(
            ALL,
            Condition(F.CLASS, ("supercapital", "pod", "supercapital")),
            Condition(F.WEEKDAY, (6, 0, 6)),
            Condition(F.WEAPON, (3,), side=Side.EITHER),
            Condition(F.SYSTEM, (9, 7, 9)),
            Condition(F.SHARE, (1 / 3,), op=Op.ABOVE),
        )
    )
    assert normalised(f).root.members == (
        Condition(F.CLASS, ("pod", "supercapital"), side=Side.EITHER),
        Condition(F.WEEKDAY, (0, 6)),
        Condition(F.WEAPON, (3,), side=Side.ATTACKER),
        Condition(F.SYSTEM, (9, 7)),
        Condition(F.SHARE, (0.333333333,), op=Op.ABOVE),
    )


def test_what_excludes_everything_is_refused() -> None:
    with pytest.raises(FilterFault, match="leaves nothing"):
        normalised(Filter(group(ALL, group(NONE, group(ALL)))))


def test_what_is_stored() -> None:
    f = Filter(
        group(
            ALL,
            region(10000060),
            Condition(F.ISK, (1.5e9,), op=Op.AT_LEAST),
            Condition(F.WITHIN, (Reach(system_id=SystemId(30002537), jumps=5),)),
            Condition(F.TIME, (Hours(start=1080, end=1410),)),
            group(NONE, Condition(F.ALLIANCE, (1, 2), side=Side.ATTACKER)),
        )
    )
    assert json.loads(encode(f)) == {
        "version": 1,
        "all": [
            {"field": "region", "op": "is", "value": 10000060},
            {"field": "isk", "op": ">=", "value": 1500000000},
            {"field": "within", "op": "is", "value": {"system": 30002537, "jumps": 5}},
            {"field": "time", "op": "is", "value": "18:00-23:30"},
            {"none": [{"field": "alliance", "op": "is", "value": [1, 2], "side": "attacker"}]},
        ],
    }
    assert decode(encode(f)) == f
    assert " " not in encode(f)


@pytest.mark.parametrize(
    ("data", "condition"),
    [
        ({"field": "alliance", "value": 1}, Condition(F.ALLIANCE, (1,), side=Side.EITHER)),
        ({"field": "weapon", "value": [1]}, Condition(F.WEAPON, (1,), side=Side.ATTACKER)),
        (
            {"field": "weapon", "value": 1, "side": "either"},
            Condition(F.WEAPON, (1,), side=Side.ATTACKER),
        ),
        (
            {"field": "attackers", "op": "<", "value": 3.0},
            Condition(F.ATTACKERS, (3,), op=Op.BELOW),
        ),
        ({"field": "time", "value": "22:00-24:00"}, Condition(F.TIME, (Hours(start=1320, end=0),))),
        (
            {"field": "within", "value": {"system": 1, "hull": 2}},
            Condition(F.WITHIN, (Reach(system_id=SystemId(1), hull_id=2, skill=5),)),  # type: ignore[arg-type]
        ),
        (
            {"field": "within", "value": {"system": 1, "light_years": 7}},
            Condition(F.WITHIN, (Reach(system_id=SystemId(1), light_years=7.0),)),
        ),
        ({"field": "label", "value": "cat:6"}, Condition(F.LABEL, ("cat:6",))),
    ],
)
def test_reads(data: dict[str, Any], condition: Condition) -> None:
    assert from_data({"version": 1, "any": [data]}).root.members == (condition,)


@pytest.mark.parametrize("empty", [{"all": []}, {"any": []}])
def test_an_empty_filter_is_one(empty: dict[str, Any]) -> None:
    assert from_data({"version": 1, **empty}).is_empty


def wrapped(condition: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "all": [{"field": "region", "value": 1}, {"any": [condition]}]}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([], "`filter`: must be an object"),
        ({"all": []}, "`version`: This version knows filters of version 1"),
        ({"version": 2, "all": []}, "`version`"),
        ({"version": True, "all": []}, "`version`"),
        ({"version": 1}, "`filter`: must have exactly one of"),
        ({"version": 1, "all": [], "any": []}, "`filter`: must have exactly one of"),
        ({"version": 1, "all": {}}, "`all`: must be a list"),
        ({"version": 1, "all": [], "more": 1}, "`more`: is nothing I know"),
        ({"version": 1, "all": [5]}, "`all[0]`: must be an object"),
        ({"version": 1, "all": [{"any": []}]}, "`all[0].any`: must not be empty"),
        (wrapped({"field": "regon", "value": 1}), "`all[1].any[0].field`: `regon` is no field. Did you mean `region`?"),
        (wrapped({"field": "region"}), "`all[1].any[0].value`: is missing"),
        (wrapped({"field": "region", "value": "Delve"}), "`all[1].any[0].value`: must be the id of a region"),
        (wrapped({"field": "region", "value": True}), "`all[1].any[0].value`: must be the id"),
        (wrapped({"field": "region", "value": [1, 0]}), "`all[1].any[0].value[1]`: must be the id"),
        (wrapped({"field": "region", "value": []}), "`all[1].any[0].value`: must not be empty"),
        (wrapped({"field": "region", "value": 2**70}), "`all[1].any[0].value`: must be the id"),
        (wrapped({"field": "region", "value": list(range(1, 202))}), "`all[1].any[0].value`: One condition has 201"),
        (wrapped({"field": "region", "op": ">", "value": 1}), "`all[1].any[0].op`: must be `is` here"),
        (wrapped({"field": "isk", "value": 1}), "`all[1].any[0].op`: must be one of `>=`"),
        (wrapped({"field": "isk", "op": "=>", "value": 1}), "`all[1].any[0].op`: `=>` is no comparison"),
        (wrapped({"field": "isk", "op": ">", "value": "1b"}), "`all[1].any[0].value`: must be a number"),
        (wrapped({"field": "isk", "op": ">", "value": [1, 2]}), "`all[1].any[0].value`: must be one figure"),
        (wrapped({"field": "isk", "op": ">", "value": 10**400}), "`all[1].any[0].value`: must be a number"),
        (wrapped({"field": "pilots", "op": ">", "value": 1.5}), "`all[1].any[0].value`: must be a whole number"),
        (wrapped({"field": "share", "op": ">", "value": 50}), "`all[1].any[0].value`: must be a number from 0 to 1"),
        (wrapped({"field": "region", "side": "victim", "value": 1}), "`all[1].any[0].side`: `region` has no side"),
        (wrapped({"field": "weapon", "side": "victim", "value": 1}), "`all[1].any[0].side`: `weapon` cannot be"),
        (wrapped({"field": "alliance", "side": "winner", "value": 1}), "`all[1].any[0].side`: `winner` is no side"),
        (wrapped({"field": "space", "value": "lowsec"}), "`all[1].any[0].value`: must be one of `high`, `low`"),
        (wrapped({"field": "wormhole", "value": 7}), "`all[1].any[0].value`: must be one of 1, 2"),
        (wrapped({"field": "weekday", "value": 7}), "`all[1].any[0].value`: must be one of 0, 1"),
        (wrapped({"field": "time", "value": "18-23"}), "`all[1].any[0].value`: must be hours"),
        (wrapped({"field": "time", "value": "25:00-26:00"}), "`all[1].any[0].value`: must be hours"),
        (wrapped({"field": "label", "value": ""}), "`all[1].any[0].value`: must be a zKillboard label"),
        (wrapped({"field": "label", "value": "a\nb"}), "`all[1].any[0].value`: must be a zKillboard label"),
        (wrapped({"field": "within", "value": 5}), "`all[1].any[0].value`: must be an object"),
        (wrapped({"field": "within", "value": {"system": 1}}), "`all[1].any[0].value`: must have exactly one of"),
        (wrapped({"field": "within", "value": {"jumps": 1}}), "`all[1].any[0].value.system`: must be the id"),
        (
            wrapped({"field": "within", "value": {"system": 1, "jumps": -1}}),
            "`all[1].any[0].value.jumps`: must be a whole number from 0 to 50",
        ),
        (
            wrapped({"field": "within", "value": {"system": 1, "jumps": 1, "skill": 5}}),
            "`all[1].any[0].value.skill`: belongs to a `hull`",
        ),
        (
            wrapped({"field": "within", "value": {"system": 1, "hull": 2, "skill": 6}}),
            "`all[1].any[0].value.skill`: must be a whole number from 0 to 5",
        ),
        (wrapped({"same": [{"any": [{"field": "region", "value": 1}]}]}), "`all[1].any[0].same[0]`: `same` holds"),
        (wrapped({"same": [{"field": "region", "value": 1}]}), "`all[1].any[0].same[0].field`: `region` is nothing"),
        (
            wrapped({"same": [{"field": "hull", "value": 1, "side": "victim"}]}),
            "`all[1].any[0].same[0].side`: must be `attacker`",
        ),
    ],
)  # fmt: skip
def test_a_fault_names_its_path(data: object, told: str) -> None:
    with pytest.raises(FilterFault) as fault:
        from_data(data)
    assert str(fault.value).startswith(told)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"version":NaN}', "null"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(FilterFault):
        decode(text)


def nested(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {"field": "region", "value": 1}
    for level in range(depth - 1):
        kind = "any" if level % 2 else "all"
        data = {kind: [data, {"field": "system", "value": level + 1}]}
    return {"version": 1, **data} if depth > 1 else {"version": 1, "all": [data]}


def test_limits() -> None:
    many = [{"field": "region", "value": number + 1} for number in range(101)]
    assert len(from_data({"version": 1, "all": many[:100]}).root.members) == 100
    with pytest.raises(FilterFault, match="More than 100 conditions"):
        from_data({"version": 1, "all": many})
    assert from_data(nested(9))
    with pytest.raises(FilterFault, match="nested too deeply"):
        from_data(nested(10))
    with pytest.raises(FilterFault, match="nested too deeply"):
        from_data(nested(500))


def test_limits_of_what_was_made_elsewhere() -> None:
    with pytest.raises(FilterFault, match="101 conditions"):
        check_limits(Filter(group(ALL, *map(region, range(101)))))
    with pytest.raises(FilterFault, match="201 values"):
        check_limits(Filter(group(ALL, Condition(F.REGION, tuple(range(201))))))
