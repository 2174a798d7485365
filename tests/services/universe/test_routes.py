"""Routes with preferences: what they pass through, what they keep out of, and always the same."""

import heapq
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.ids import SystemId
from services.domain.space import Space
from services.universe.gates import PENALTY
from services.universe.model import Prefer
from services.universe.universe import Universe

UNIVERSE = Universe.load()
JITA, AMARR, RENS, AHBAZON = 30000142, 30002187, 30002510, 30005196
THE_FORGE, DOMAIN = 10000002, 10000043
GATED = st.sampled_from([key for key, ends in UNIVERSE.gates.items() if ends])
HIGH = [key for key, system in UNIVERSE.systems.items() if system.space is Space.HIGH]
WELCOME = {
    Prefer.SHORTEST: set(Space),
    Prefer.SAFER: {Space.HIGH},
    Prefer.LESS_SECURE: {Space.LOW},
}


def spaces(route: tuple[SystemId, ...]) -> list[Space]:
    return [UNIVERSE.space_of(key) for key in route]


def test_jita_to_amarr() -> None:
    assert UNIVERSE.jumps(JITA, AMARR) == 11
    assert UNIVERSE.jumps(JITA, AMARR, only_high=True) == 34
    assert UNIVERSE.jumps(JITA, AMARR, prefer=Prefer.SAFER) == 34
    safe = UNIVERSE.route(JITA, AMARR, prefer=Prefer.SAFER)
    assert (safe[0], safe[-1], len(safe)) == (JITA, AMARR, 35)
    assert set(spaces(safe)) == {Space.HIGH}
    assert set(spaces(UNIVERSE.route(JITA, AMARR))) == {Space.HIGH, Space.LOW}


def test_less_secure_keeps_to_low_security() -> None:
    shortest, hidden = (
        UNIVERSE.route(JITA, AMARR, prefer=prefer)
        for prefer in (Prefer.SHORTEST, Prefer.LESS_SECURE)
    )
    outside = [sum(space is not Space.LOW for space in spaces(way)) for way in (shortest, hidden)]
    assert outside[1] < outside[0]
    assert len(hidden) > len(shortest)


def test_what_is_avoided_is_not_entered() -> None:
    assert AHBAZON in UNIVERSE.route(JITA, AMARR)
    around = UNIVERSE.route(JITA, AMARR, avoid=[AHBAZON])
    assert AHBAZON not in around
    assert len(around) > 12
    assert UNIVERSE.jumps(JITA, AMARR, avoid=[AHBAZON]) == len(around) - 1
    region = UNIVERSE.systems[around[6]].region_id
    constellation = UNIVERSE.systems[around[6]].constellation_id
    for place in (region, constellation):
        way = UNIVERSE.route(JITA, AMARR, avoid=[AHBAZON, place])
        inside = {
            UNIVERSE.systems[key].region_id
            if place == region
            else UNIVERSE.systems[key].constellation_id
            for key in way
        }
        assert way
        assert place not in inside


def test_the_start_is_free_and_the_end_is_not() -> None:
    assert UNIVERSE.jumps(JITA, AMARR, avoid=[JITA]) == 11
    assert UNIVERSE.jumps(JITA, AMARR, avoid=[THE_FORGE]) == 24
    assert UNIVERSE.jumps(JITA, AMARR, avoid=UNIVERSE.gates[SystemId(JITA)]) is None
    assert UNIVERSE.route(JITA, AMARR, avoid=[AMARR]) == ()
    assert UNIVERSE.jumps(JITA, AMARR, avoid=[AMARR]) is None
    assert UNIVERSE.route(JITA, AMARR, avoid=[DOMAIN]) == ()
    assert UNIVERSE.route(JITA, JITA, avoid=[JITA]) == (JITA,)
    assert UNIVERSE.jumps(JITA, JITA, only_high=True) == 0


def test_high_security_alone_does_not_reach_everything() -> None:
    assert UNIVERSE.route(JITA, AHBAZON, only_high=True) == ()
    assert UNIVERSE.jumps(JITA, AHBAZON, only_high=True) is None
    assert UNIVERSE.jumps(JITA, AHBAZON, prefer=Prefer.SAFER) is not None
    low_to_high = UNIVERSE.route(AHBAZON, AMARR, only_high=True)
    assert low_to_high[0] == AHBAZON
    assert set(spaces(low_to_high[1:])) == {Space.HIGH}


@pytest.mark.parametrize("nothing", [[], [10**12], [-1], [99_000_001]])
def test_ids_that_are_no_place_avoid_nothing(nothing: list[int]) -> None:
    assert UNIVERSE.jumps(JITA, AMARR, avoid=nothing) == 11


def test_where_no_gate_leads_there_is_no_route() -> None:
    for terms in ({"prefer": Prefer.SAFER}, {"only_high": True}, {"avoid": [AHBAZON]}):
        assert UNIVERSE.route(JITA, 31000005, **terms) == ()
        assert UNIVERSE.jumps(JITA, 31000005, **terms) is None
        assert UNIVERSE.route(39999999, JITA, **terms) == ()


TERMS = st.fixed_dictionaries(
    {
        "prefer": st.sampled_from(Prefer),
        "avoid": st.lists(st.sampled_from([*HIGH, *UNIVERSE.regions]), max_size=4).map(tuple),
        "only_high": st.booleans(),
    }
)


@settings(max_examples=40, deadline=None)
@given(GATED, st.one_of(GATED, st.sampled_from(HIGH)), TERMS)
def test_a_route_is_the_cheapest_and_of_those_the_first_by_id(start: int, end: int, terms) -> None:
    route = UNIVERSE.route(start, end, **terms)
    closed = {
        key
        for key, system in UNIVERSE.systems.items()
        if {key, system.region_id, system.constellation_id} & set(terms["avoid"])
        or (terms["only_high"] and system.space is not Space.HIGH)
    }
    assert route == _plain(start, end, closed, welcome=WELCOME[terms["prefer"]])
    assert UNIVERSE.jumps(start, end, **terms) == (len(route) - 1 if route else None)
    assert all(after in UNIVERSE.gates[before] for before, after in pairwise(route))


def _plain(start: int, end: int, closed: set[int], *, welcome: set[Space]) -> tuple[int, ...]:
    """The same by a plain search that carries whole routes: the least by cost, then by ids."""
    waiting = [(0.0, (start,))]
    settled: set[int] = set()
    while waiting:
        cost, way = heapq.heappop(waiting)
        here = way[-1]
        if here == end:
            return way
        if here in settled:
            continue
        settled.add(here)
        for after in UNIVERSE.gates[SystemId(here)]:
            if after not in settled and after not in closed:
                price = 1 if UNIVERSE.space_of(after) in welcome else 1 + PENALTY
                heapq.heappush(waiting, (cost + price, (*way, after)))
    return ()


def test_the_penalty_outweighs_every_detour_by_jumps() -> None:
    """With it the safer route has the fewest systems below high security, whatever that costs in jumps."""
    for end in (30004759, 30002768, RENS):
        safer = UNIVERSE.route(JITA, end, prefer=Prefer.SAFER)
        shortest = UNIVERSE.route(JITA, end)
        risks = [sum(s is not Space.HIGH for s in spaces(way)) for way in (safer, shortest)]
        assert risks[0] <= risks[1]
        assert len(safer) >= len(shortest)
        assert len(safer) < PENALTY
