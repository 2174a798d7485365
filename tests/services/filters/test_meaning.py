"""Compiled filters mean what the reference says, whatever the filter and the mail."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.domain.filter import Condition, Filter, FilterGroup, FilterNode, GroupKind
from services.domain.killmail import Killmail
from services.domain.standing import Standings
from services.filters.compiling import Compiler, Program
from services.filters.flat import FlatKill, Flattener
from services.universe.universe import Universe
from tests.services.filters.made_up import Makings
from tests.services.filters.reference import Evaluator


@pytest.fixture(scope="module")
def flats(recorded: dict[int, Killmail], flattener: Flattener) -> list[FlatKill]:
    """Every fifteenth of the recorded mails, as they come in: a minute to a month after the kill, some written anew.

    Those with hundreds of attackers are left out: they cost the reference too much.
    """
    few = [mail for mail in recorded.values() if len(mail.attackers) < 100][::15]
    return [
        flattener.flatten(
            mail,
            received_at=mail.time + timedelta(minutes=mail.id % 7 * 9000) if mail.id % 5 else None,
            revised=not mail.id % 3,
        )
        for mail in few
    ]


@pytest.fixture(scope="module")
def makings(flats: list[FlatKill]) -> Makings:
    return Makings(flats)


def judged(universe: Universe, flat: FlatKill, wanted: Filter, standings: Standings) -> bool:
    evaluator = Evaluator(
        universe, flat.killmail, standings, received_at=flat.received_at, revised=flat.revised
    )
    return evaluator.holds(wanted)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_programs_mean_what_the_reference_says(
    data: st.DataObject, universe: Universe, flats: list[FlatKill], makings: Makings
) -> None:
    wanted, standings = data.draw(makings.filters()), data.draw(makings.standings())
    program = Compiler(universe).compile(wanted, standings)

    for flat in flats:
        holds = program.holds(flat)
        assert holds == judged(universe, flat, wanted, standings), flat.killmail.id
        if holds:
            assert_narrowed(program, flat)
            assert_true(universe, flat, program.because(flat), standings)


def assert_narrowed(program: Program, flat: FlatKill) -> None:
    """Whatever meets a filter has one of its keys and is worth its floor."""
    assert program.floor is None or (flat.isk is not None and flat.isk >= program.floor)
    if program.keys is not None:
        assert any(has(flat, name, value) for name, value in program.keys.keys)


def has(flat: FlatKill, name: str, value: object) -> bool:
    said: object = flat
    for part in name.split("."):
        said = getattr(said, part)
    return value in said if isinstance(said, frozenset) else value == said


def assert_true(universe: Universe, flat: FlatKill, because: Filter, standings: Standings) -> None:
    """The reason says nothing but what held: each of its values alone, with no choice and no exclusion left."""
    assert because.root.kind is GroupKind.ALL
    for node in because.root.members:
        alone: list[FilterNode] = [node]
        if isinstance(node, FilterGroup):
            assert node.kind is GroupKind.SAME
        else:
            assert node.values
            alone = [Condition(node.field, (value,), node.op, node.side) for value in node.values]
        for one in alone:
            assert judged(universe, flat, Filter(FilterGroup(GroupKind.ALL, (one,))), standings)


def test_the_random_filters_are_worth_asking(
    universe: Universe, flats: Sequence[FlatKill], makings: Makings
) -> None:
    """Neither all hold nor none: else the property above would say little."""
    seen = [0, 0]

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(wanted=makings.filters())
    def ask(wanted: Filter) -> None:
        program = Compiler(universe).compile(wanted)
        for flat in flats:
            seen[program.holds(flat)] += 1

    ask()
    assert min(seen) > sum(seen) / 20
