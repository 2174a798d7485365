"""The index answers what a loop over all alerts would, whatever was put into it and taken out again."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.alerts.index import AlertIndex
from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterValue,
    GroupKind,
    Op,
    Reach,
    Side,
    Trait,
)
from services.domain.ids import AlertId, SystemId
from services.domain.standing import NO_STANDINGS, Standing, Standings
from services.filters.compiling import Compiler
from services.filters.flat import FlatKill, Flattener
from services.filters.keys import MOST_SYSTEMS
from services.universe.edition import Edition
from services.universe.universe import Universe, shipped_file
from tests.factories import mail
from tests.services.filters.made_up import Makings
from tests.services.filters.recorded import load_recorded

F = FilterField
JITA, AMAMAKE = SystemId(30000142), SystemId(30002537)
THE_FORGE, HEIMATAR = 10000002, 10000030
Wanted = tuple[Filter, Standings]


@pytest.fixture(scope="module")
def universe() -> Universe:
    return Universe.load()


@pytest.fixture(scope="module")
def flats(recorded_data: Path, universe: Universe) -> list[FlatKill]:
    """Every twelfth of the recorded mails, with and without values."""
    flattener = Flattener(universe)
    mails = [kill for kill in load_recorded(recorded_data).values() if len(kill.attackers) < 100]
    return [flattener.flatten(kill) for kill in mails[::12]]


def only(
    field: FilterField, *values: FilterValue, op: Op = Op.IS, side: Side | None = None
) -> Filter:
    return of(Condition(field, values, op, side))


def of(*members: Condition | FilterGroup) -> Filter:
    return Filter(FilterGroup(GroupKind.ALL, members))


def looped(
    universe: Universe, alerts: dict[AlertId, Wanted], flat: FlatKill
) -> list[tuple[AlertId, Filter]]:
    """The naive way."""
    compiler, found = Compiler(universe), []
    for alert_id, (wanted, standings) in sorted(alerts.items()):
        program = compiler.compile(wanted, standings)
        if program.holds(flat):
            found.append((alert_id, program.because(flat)))
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_index_says_what_the_loop_says(
    data: st.DataObject, universe: Universe, flats: list[FlatKill]
) -> None:
    makings = Makings(flats)
    wanted = st.tuples(makings.filters(), st.just(NO_STANDINGS) | makings.standings())
    pool = data.draw(st.lists(wanted, min_size=1, max_size=6))
    steps = st.tuples(st.integers(1, 9), st.none() | st.sampled_from(pool))
    index, alerts = AlertIndex(universe), {}
    for number, put in data.draw(st.lists(steps, max_size=25)):
        alert_id = AlertId(number)
        if put is None:
            index.drop(alert_id)
            alerts.pop(alert_id, None)
        else:
            index.put(alert_id, put[0], put[1])
            alerts[alert_id] = put

    assert len(index) == len(alerts)
    for flat in flats[:: max(1, len(alerts) // 2)]:
        assert index.matching(flat) == looped(universe, alerts, flat)


def test_taking_everything_out_leaves_nothing(universe: Universe, flats: list[FlatKill]) -> None:
    index = AlertIndex(universe)
    for number, flat in enumerate(flats, 1):
        index.put(AlertId(number), only(F.SYSTEM, flat.system_id, JITA))
        index.put(AlertId(1000 + number), of())
    order = [
        AlertId(number)
        for start in (0, 1000)
        for number in range(start + 1, start + 1 + len(flats))
    ]
    random.Random(1).shuffle(order)
    for alert_id in order:
        index.drop(alert_id)

    assert (len(index), index.programs) == (0, 0)
    assert all(index.matching(flat) == [] for flat in flats)
    assert not index._unkeyed
    assert not any(shelf._buckets for shelf in index._shelves.values())


@pytest.fixture
def kill(universe: Universe) -> Callable[..., FlatKill]:
    flattener = Flattener(universe)

    def kill(*attackers: str, **fields: object) -> FlatKill:
        return flattener.flatten(mail(1, 0, "A1", *(attackers or ("B1",)), **fields))  # type: ignore[arg-type]

    return kill


def ids(found: list[tuple[AlertId, Filter]]) -> list[int]:
    return [alert_id for alert_id, _ in found]


def test_alerts_come_by_id_each_with_its_reason(universe: Universe, kill) -> None:
    index = AlertIndex(universe)
    index.put(AlertId(3), only(F.SYSTEM, JITA, AMAMAKE))
    index.put(AlertId(1), of())
    index.put(AlertId(2), only(F.REGION, THE_FORGE))
    index.put(AlertId(4), only(F.REGION, HEIMATAR))

    assert index.matching(kill(system=JITA)) == [
        (AlertId(1), of()),
        (AlertId(2), only(F.REGION, THE_FORGE)),
        (AlertId(3), only(F.SYSTEM, JITA)),
    ]


def test_putting_again_changes_the_filter(universe: Universe, kill) -> None:
    index = AlertIndex(universe)
    index.put(AlertId(1), only(F.SYSTEM, JITA))
    index.put(AlertId(1), only(F.SYSTEM, AMAMAKE))

    assert ids(index.matching(kill(system=JITA))) == []
    assert ids(index.matching(kill(system=AMAMAKE))) == [1]
    assert len(index) == 1


def test_dropping_what_is_not_there_is_nothing(universe: Universe) -> None:
    index = AlertIndex(universe)
    index.drop(AlertId(9))
    assert len(index) == 0


def test_equal_filters_are_asked_once(universe: Universe, kill) -> None:
    index = AlertIndex(universe)
    marks = [Standings({99_000_066: Standing.FOE}), Standings({99_000_066: Standing.FRIEND})]
    for number in range(500):
        index.put(AlertId(number), only(F.REGION, THE_FORGE), marks[number % 2])
    assert index.programs == 1, "standings that a filter does not ask for make no difference"
    for number in range(500, 1000):
        index.put(
            AlertId(number), only(F.STANDING, Standing.FOE, side=Side.ATTACKER), marks[number % 2]
        )
    assert index.programs == 3

    found = index.matching(kill(system=JITA))
    assert ids(found) == [*range(500), *range(500, 1000, 2)]
    assert len({id(because) for _, because in found}) == 2
    for number in range(499):
        index.drop(AlertId(number))
    assert ids(index.matching(kill(system=JITA)))[:2] == [499, 500]


def test_floors_are_steps_that_a_value_must_reach(universe: Universe, kill) -> None:
    index = AlertIndex(universe)
    for number, floor in enumerate((1e9, 1e6, 5e9, 1e9), 1):
        index.put(AlertId(number), only(F.ISK, floor, op=Op.AT_LEAST))
    index.put(AlertId(5), only(F.ISK, 1e9, op=Op.ABOVE))
    index.put(AlertId(6), only(F.ISK, 2e6, op=Op.AT_MOST))

    assert ids(index.matching(kill(isk=1e9))) == [1, 2, 4]
    assert ids(index.matching(kill(isk=2e6))) == [2, 6]
    assert ids(index.matching(kill(isk=1e10))) == [1, 2, 3, 4, 5]
    assert ids(index.matching(kill())) == [], "what nobody priced meets neither floor nor ceiling"


def test_candidates_are_few(universe: Universe, kill) -> None:
    """Of thousands of alerts those alone are asked that have something to do with the kill."""
    index = AlertIndex(universe)
    somewhere = [system for system in universe.systems if system != JITA]
    for number, system_id in enumerate(somewhere[:1000]):
        index.put(
            AlertId(number), of(Condition(F.SYSTEM, (system_id,)), Condition(F.IS, (Trait.SOLO,)))
        )
    for number in range(1000, 2000):
        wanted = Condition(F.ALLIANCE, (99_100_000 + number,), side=Side.EITHER)
        index.put(AlertId(number), of(wanted, Condition(F.REGION, (THE_FORGE,))))
    for number in range(2000, 3000):
        index.put(
            AlertId(number),
            of(Condition(F.REGION, (THE_FORGE,)), Condition(F.ISK, (1e9 + number,), Op.AT_LEAST)),
        )
    index.put(AlertId(9999), only(F.SYSTEM, JITA))

    assert [filed.alert_ids for filed in index._candidates(kill(system=JITA, isk=1e8))] == [[9999]]


def test_wide_surroundings_are_filed_by_constellation_or_region(universe: Universe, kill) -> None:
    wide = only(F.WITHIN, Reach(system_id=AMAMAKE, light_years=6.0))
    widest = only(F.WITHIN, Reach(system_id=AMAMAKE, light_years=60.0))
    compiler = Compiler(universe)
    for wanted, table in ((wide, universe.constellations), (widest, universe.regions)):
        keys = compiler.compile(wanted).keys
        assert keys is not None
        assert 0 < len(keys.keys) <= MOST_SYSTEMS
        assert {value for _, value in keys.keys} <= set(table)

    index = AlertIndex(universe)
    index.put(AlertId(1), wide)
    index.put(AlertId(2), widest)
    assert ids(index.matching(kill(system=AMAMAKE))) == [1, 2]
    assert ids(index.matching(kill(system=JITA))) == [2]


def test_a_new_build_of_the_universe_compiles_all_anew(kill) -> None:
    universe = Universe.load()
    index = AlertIndex(universe)
    index.put(AlertId(1), only(F.WITHIN, Reach(system_id=AMAMAKE, jumps=1)))
    index.put(
        AlertId(2),
        only(F.STANDING, Standing.FOE, side=Side.ATTACKER),
        Standings({99_000_066: Standing.FOE}),
    )
    there = Flattener(universe).flatten(mail(1, 0, "A1", "B1", system=JITA))
    assert ids(index.matching(there)) == [2]

    newer = Edition.read(shipped_file())
    neighbours = dict(newer.graph.within(newer.systems.row(AMAMAKE) or 0, 1))
    neighbours[newer.systems.row(JITA) or 0] = 1
    newer.graph.within = lambda _row, _jumps: list(neighbours.items())  # type: ignore[method-assign]
    universe.replace(newer)

    assert ids(index.matching(there)) == [1, 2]
    index.drop(AlertId(1))
    index.drop(AlertId(2))
    assert ids(index.matching(there)) == []
