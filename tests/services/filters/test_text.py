"""Filters as text: whatever is printed is read back as the same filter."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.filter import (
    FIGURES,
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterValue,
    GroupKind,
    Hours,
    Op,
    Reach,
    Side,
)
from services.domain.ids import SystemId, TypeId
from services.domain.names import EntityKind
from services.filters.data import decode, encode, normalised
from services.filters.errors import FilterFault
from services.filters.fields import FIELDS, FieldSpec, ValueKind
from services.filters.service import FilterService
from services.filters.text import quoted, to_text
from services.universe.universe import Universe
from tests.services.filters.people import KNOWN, service_of

ALL, ANY, NONE, SAME = GroupKind.ALL, GroupKind.ANY, GroupKind.NONE, GroupKind.SAME
F = FilterField

_IDS = {
    F.CHARACTER: [one.id for one in KNOWN if one.kind is EntityKind.CHARACTER],
    F.CORPORATION: [1000125, *(one.id for one in KNOWN if one.kind is EntityKind.CORPORATION)],
    F.ALLIANCE: [one.id for one in KNOWN if one.kind is EntityKind.ALLIANCE],
    F.FACTION: [500001, 500021],
    F.HULL: [587, 670, 23757, 35832, 33474],
    F.GROUP: [30, 833, 1246],
    F.WEAPON: [2889, 587],
    F.WEAPON_GROUP: [74, 55],
    F.ITEM: [2048, 28272, 44992],
    F.FITTED: [2048, 22936],
    F.CARRIED: [34],
    F.SYSTEM: [30004759, 30002537, 30000142, 31000005],
    F.CONSTELLATION: [20000020],
    F.REGION: [10000060, 10000054, 10000002],
}
_JUMPING = (23757, 73790, 22852)
"""An Archon, a Naglfar Fleet Issue, a Hel."""
_SIDES = (Side.VICTIM, Side.ATTACKER, Side.FINAL_BLOW, Side.EITHER)
_LABELS = st.sampled_from(
    ["solo", "cat:6", "#:1000+", "or", 'with "quotes"', "a, b", "w-space", "-x", "1b"]
)


def _reaches() -> st.SearchStrategy[Reach]:
    system = st.sampled_from([30004759, 30002537, 99999999]).map(SystemId)
    return (
        st.builds(Reach, system_id=system, jumps=st.integers(0, 50))
        | st.builds(Reach, system_id=system, light_years=st.floats(0.001, 100))
        | st.builds(
            Reach,
            system_id=system,
            hull_id=st.sampled_from(_JUMPING).map(TypeId),
            skill=st.integers(0, 5),
        )
    )


def _values(spec: FieldSpec) -> st.SearchStrategy[FilterValue]:
    if spec.kind is ValueKind.WORD:
        return st.sampled_from([str(word) for word in spec.words])
    if spec.kind is ValueKind.NUMBER:
        return st.sampled_from(spec.numbers)
    if spec.kind is ValueKind.LABEL:
        return _LABELS
    if spec.kind is ValueKind.REACH:
        return _reaches()
    if spec.kind is ValueKind.HOURS:
        minute = st.integers(0, 1439) | st.integers(0, 23).map(lambda hour: hour * 60)
        return st.builds(Hours, start=minute, end=minute)
    if spec.kind is ValueKind.FIGURE and spec.whole:
        return st.integers(int(spec.least), int(spec.most))
    if spec.kind is ValueKind.FIGURE:
        return st.floats(spec.least, spec.most) | st.sampled_from([0.0, 0.5, float(spec.most)])
    return st.sampled_from(_IDS[spec.field]) | st.integers(1, 2**63 - 1)


def _conditions(spec: FieldSpec) -> st.SearchStrategy[Condition]:
    side = st.sampled_from(_SIDES) if spec.sides else st.none()
    if spec.sides and Side.VICTIM not in spec.sides:
        side = st.sampled_from(spec.sides)
    is_figure = spec.field in FIGURES
    ops = st.sampled_from([op for op in Op if op is not Op.IS]) if is_figure else st.just(Op.IS)
    values = st.lists(_values(spec), min_size=1, max_size=1 if is_figure else 3).map(tuple)
    return st.builds(Condition, st.just(spec.field), values, op=ops, side=side)


conditions = st.one_of([_conditions(spec) for spec in FIELDS.values()])
one_attacker = st.lists(
    st.one_of([_conditions(spec) for spec in FIELDS.values() if spec.sides]), min_size=1, max_size=3
).map(lambda members: FilterGroup(SAME, tuple(members)))
trees = st.recursive(
    conditions | one_attacker,
    lambda inner: st.builds(
        lambda kind, members: FilterGroup(kind, tuple(members)),
        st.sampled_from([ALL, ANY, NONE]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)
filters = st.lists(trees, max_size=3).map(
    lambda members: normalised(Filter(FilterGroup(ALL, tuple(members))))
)


@pytest.fixture(scope="module")
def service(universe: Universe) -> FilterService:
    return service_of(universe)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@settings(max_examples=80, deadline=None)
@given(filters)
def test_what_is_printed_is_read_back(
    service: FilterService, loop: asyncio.Runner, f: Filter
) -> None:
    text = loop.run(service.write(f))
    if len(text) > 4000:
        return
    assert loop.run(service.read(text)) == f
    assert decode(encode(f)) == f


@settings(max_examples=30, deadline=None)
@given(filters)
def test_ids_alone_are_read_back(service: FilterService, loop: asyncio.Runner, f: Filter) -> None:
    text = to_text(f, lambda *_: None)
    assert loop.run(service.read(text)) == f


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="AB-()\" ,:or'isk>1b.same@j\\", max_size=30))
def test_any_text_is_read_or_refused(
    service: FilterService, loop: asyncio.Runner, text: str
) -> None:
    try:
        f = loop.run(service.read(text))
    except FilterFault:
        return
    assert loop.run(service.read(loop.run(service.write(f)))) == f


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Delve", "Delve"),
        ("1DQ1-A", "1DQ1-A"),
        ("Hek's", "Hek's"),
        ("Period Basis", '"Period Basis"'),
        ("-A-", '"-A-"'),
        ("or", '"or"'),
        ("Same", '"Same"'),
        ("98000001", '"98000001"'),
        ("a,b", '"a,b"'),
        ("x (y)", '"x (y)"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("Ünïcødé", "Ünïcødé"),
        ("www.x", '"www.x"'),
    ],
)
def test_names_stand_in_quotes_where_they_must(name: str, printed: str) -> None:
    assert quoted(name) == printed


async def test_a_name_that_leads_elsewhere_is_not_printed(
    service: FilterService, universe: Universe
) -> None:
    """Two published items share this name: the one that the name does not lead to keeps its number."""
    name, first, other = "Tengu Ultra Jungle", 48543, 48544
    assert [universe.types[TypeId(one)].name for one in (first, other)] == [name, name]
    f = Filter(FilterGroup(ALL, (Condition(F.ITEM, (first, other)),)))
    assert await service.write(f) == f'item:"{name}",{other}'
    assert await service.read(await service.write(f)) == f


async def test_a_name_that_cannot_be_typed_is_not_printed() -> None:
    f = Filter(FilterGroup(ALL, (Condition(F.CORPORATION, (5,), side=Side.EITHER),)))
    assert to_text(f, lambda *_: "tab\there") == "corp:5"
    assert to_text(f, lambda *_: "two  blanks") == "corp:5"
    assert to_text(f, lambda *_: "") == "corp:5"


@pytest.mark.parametrize(
    ("isk", "printed"),
    [
        (0.0, "0"),
        (12.345, "12.3450"),
        (0.125, "0.125"),
        (1500.0, "1.5k"),
        (1e9, "1b"),
        (1.25e12, "1.25t"),
    ],
)
async def test_amounts_are_read_back(service: FilterService, isk: float, printed: str) -> None:
    f = Filter(FilterGroup(ALL, (Condition(F.ISK, (isk,), op=Op.AT_LEAST),)))
    assert await service.write(f) == f"isk>={printed}"
    assert await service.read(f"isk>={printed}") == f


def test_nothing_is_printed_for_what_asks_nothing() -> None:
    assert to_text(Filter(), lambda *_: None) == ""
