"""Which filters would bury a channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.breadth import TOO_BROAD, kills_a_day, share
from services.domain.filter import (
    FIGURES,
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    GroupKind,
    Hours,
    Op,
    Reach,
    Side,
)
from services.domain.space import HullClass, Space
from services.domain.standing import Standing
from services.filters.fields import FIELDS, ValueKind
from tests.factories import all_of

F = FilterField


def some(*members):
    return FilterGroup(GroupKind.ANY, members)


def none(*members):
    return FilterGroup(GroupKind.NONE, members)


def at_least(field, value):
    return Condition(field, (value,), Op.AT_LEAST)


NULL, LOW = Condition(F.SPACE, (Space.NULL.value,)), Condition(F.SPACE, (Space.LOW.value,))
DELVE = Condition(F.REGION, (10_000_060,))
SOLO, NPC = Condition(F.IS, ("solo",)), Condition(F.IS, ("npc",))
FEW = Condition(F.ATTACKERS, (5,), Op.AT_MOST)


@pytest.mark.parametrize(
    "members",
    [
        (),
        (at_least(F.ATTACKERS, 1),),
        (at_least(F.PILOTS, 2),),
        (FEW,),
        (at_least(F.ISK, 0),),
        (at_least(F.ISK, 1e6),),
        (at_least(F.ISK, 2e7),),
        (Condition(F.WITHIN, (Reach(system_id=30_002_537, jumps=50),)),),
        (Condition(F.WITHIN, (Reach(system_id=30_002_537, light_years=100.0),)),),
        (Condition(F.WITHIN, tuple(Reach(system_id=n, jumps=16) for n in (1, 2))),),
        (Condition(F.LABEL, ("pvp",)),),
        (Condition(F.LABEL, ("tz:eu", "ganked")),),
        (NULL,),
        (none(NPC),),
        (none(DELVE),),
        (NULL, none(DELVE)),
        (some(DELVE, NULL),),
        (some(none(DELVE)),),
        (some(LOW, SOLO),),
        (Condition(F.SPACE, (Space.LOW.value, Space.HIGH.value)),),
        (Condition(F.STANDING, (Standing.NEUTRAL.value,), side=Side.VICTIM),),
        (Condition(F.CLASS, (HullClass.POD.value, HullClass.FRIGATE.value), side=Side.VICTIM),),
        (Condition(F.ISK, (1e9,), Op.AT_MOST),),
        (Condition(F.TIME, (Hours(start=1080, end=1140),)), Condition(F.WEEKDAY, (5,))),
        (Condition(F.AGE, (600,), Op.AT_MOST), at_least(F.SHARE, 0.5)),
    ],
)
def test_too_broad(members):
    assert share(all_of(*members)) > TOO_BROAD


@pytest.mark.parametrize(
    "members",
    [
        (DELVE,),
        (Condition(F.REGION, tuple(range(10_000_001, 10_000_070))),),
        (some(*(Condition(F.ALLIANCE, (number,)) for number in range(99))),),
        (some(*(Condition(F.CORPORATION, tuple(range(n, n + 155))) for n in (1, 1001))),),
        (at_least(F.ISK, 5e7),),
        (Condition(F.WITHIN, (Reach(system_id=30_002_537, hull_id=23757, skill=5),)),),
        (Condition(F.WITHIN, (Reach(system_id=30_002_537, light_years=7.0),)),),
        (LOW,),
        (SOLO,),
        (NPC,),
        (Condition(F.LABEL, ("ganked",)),),
        (Condition(F.LABEL, ("solo",)),),
        (NULL, SOLO),
        (some(DELVE, Condition(F.SYSTEM, (30_000_142,))),),
        (some(DELVE, none(NPC)),),
        (DELVE, none(NPC)),
        (at_least(F.ISK, 1e9),),
        (Condition(F.ISK, (1e9,), Op.ABOVE),),
        (at_least(F.ATTACKERS, 10),),
        (Condition(F.STANDING, (Standing.US.value,), side=Side.EITHER),),
        (Condition(F.CLASS, (HullClass.CAPITAL.value,), side=Side.EITHER),),
        (Condition(F.WITHIN, (Reach(system_id=30_002_537, jumps=5),)),),
        (Condition(F.SPACE, (Space.POCHVEN.value,)),),
        (FilterGroup(GroupKind.SAME, (Condition(F.ALLIANCE, (1,), side=Side.ATTACKER),)),),
    ],
)
def test_narrow_enough(members):
    assert share(all_of(*members)) <= TOO_BROAD


@pytest.mark.parametrize(
    ("floor", "part"),
    [(0, 1), (1e6, 0.63), (1e7, 0.43), (5e7, 0.25), (1e8, 0.14), (5e8, 0.025), (1e9, 0.012), (1e15, 0.001)],
)  # fmt: skip
def test_floors_let_through_what_was_measured(floor, part):
    assert share(all_of(at_least(F.ISK, floor))) == pytest.approx(part)
    assert kills_a_day(all_of(at_least(F.ISK, floor))) == pytest.approx(part * 14_000)


def test_between_two_steps_lies_what_is_between():
    parts = [share(all_of(at_least(F.ISK, floor))) for floor in (1e7, 2e7, 4e7, 5e7)]
    assert parts == sorted(set(parts), reverse=True)
    near = [share(all_of(Condition(F.WITHIN, (Reach(system_id=1, jumps=n),)))) for n in range(51)]
    assert near == sorted(near)


def _conditions():
    """One of each field, with any of its words and numbers."""
    for spec in FIELDS.values():
        if spec.field in FIGURES:
            for op in Op:
                yield Condition(spec.field, (spec.most,), op)
        elif spec.kind is ValueKind.WORD:
            yield from (Condition(spec.field, (word,)) for word in spec.words)
        else:
            yield Condition(spec.field, (1, 2))


_TREES = st.recursive(
    st.sampled_from(list(_conditions())),
    lambda nodes: st.builds(
        lambda kind, members: FilterGroup(kind, tuple(members)),
        st.sampled_from([GroupKind.ALL, GroupKind.ANY, GroupKind.NONE]),
        st.lists(nodes, max_size=4),
    ),
    max_leaves=10,
)


@given(st.lists(_TREES, max_size=4), _TREES)
def test_it_is_a_share_and_more_conditions_only_narrow(members, more):
    """Whatever field, word or figure there is."""
    before = share(all_of(*members))
    assert 0 <= share(all_of(*members, more)) <= before <= 1
    assert share(Filter(some(*members))) <= 1
