"""Jumps, routes and neighbourhoods must tell one story; so must light-years."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.space import Space
from services.universe.model import LIGHT_YEAR
from services.universe.universe import Universe

JITA, PERIMETER = 30000142, 30000144
UNIVERSE = Universe.load()
ANY_SYSTEM = st.sampled_from(list(UNIVERSE.systems))
GATED = st.sampled_from([key for key, ends in UNIVERSE.gates.items() if ends])
SOME = settings(max_examples=60, deadline=None)


@SOME
@given(GATED, GATED)
def test_a_route_is_as_long_as_the_jumps_and_goes_by_gates(start: int, end: int) -> None:
    route, jumps = UNIVERSE.route(start, end), UNIVERSE.jumps(start, end)
    if jumps is None:
        assert route == ()
        return
    assert len(route) == jumps + 1
    assert (route[0], route[-1]) == (start, end)
    assert all(after in UNIVERSE.gates[before] for before, after in pairwise(route))
    assert UNIVERSE.route(start, end) == route


@SOME
@given(GATED, GATED)
def test_jumps_go_both_ways_and_a_neighbour_is_one_nearer(start: int, end: int) -> None:
    jumps = UNIVERSE.jumps(start, end)
    assert UNIVERSE.jumps(end, start) == jumps
    nearer = [UNIVERSE.jumps(next_system, end) for next_system in UNIVERSE.gates[start]]
    if start == end:
        assert jumps == 0
    elif jumps is None:
        assert set(nearer) == {None}
    else:
        assert min(far for far in nearer if far is not None) == jumps - 1


@SOME
@given(ANY_SYSTEM, st.integers(0, 12), ANY_SYSTEM)
def test_within_jumps_holds_who_is_near_and_nobody_else(start: int, jumps: int, other: int) -> None:
    near = UNIVERSE.within_jumps(start, jumps)
    assert near[start] == 0
    assert list(near.values()) == sorted(near.values())
    far = UNIVERSE.jumps(start, other)
    assert near.get(other) == (far if far is not None and far <= jumps else None)


@SOME
@given(ANY_SYSTEM, st.floats(0, 15), ANY_SYSTEM)
def test_within_light_years_holds_who_is_near(start: int, light_years: float, other: int) -> None:
    near = UNIVERSE.within_light_years(start, light_years)
    assert list(near.values()) == sorted(near.values())
    far = UNIVERSE.light_years(start, other)
    apart = math.dist(UNIVERSE.systems[start].position, UNIVERSE.systems[other].position)
    assert far == pytest.approx(apart / LIGHT_YEAR)
    inside = far <= light_years and UNIVERSE.space_of(other) is not Space.ABYSSAL
    assert (other in near) == inside


def test_jita_and_its_neighbours() -> None:
    assert UNIVERSE.within_jumps(JITA, 0) == {JITA: 0}
    near = UNIVERSE.within_jumps(JITA, 1)
    assert set(near) == {JITA, *UNIVERSE.gates[JITA]}
    assert near[PERIMETER] == 1
    assert UNIVERSE.light_years(JITA, 30002187) == pytest.approx(20.28, abs=0.01)
    assert UNIVERSE.within_light_years(JITA, 0) == {JITA: 0.0}


def test_abyssal_systems_are_near_nothing() -> None:
    near = UNIVERSE.within_light_years(JITA, 25)
    abyssal = [key for key, s in UNIVERSE.systems.items() if s.space is Space.ABYSSAL]
    assert min(UNIVERSE.light_years(JITA, key) for key in abyssal) < 25
    assert len(near) > 500
    assert not near.keys() & set(abyssal)
