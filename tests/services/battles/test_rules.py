"""Linking: who shares a battle, whatever the order of arrival."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.battles.rules import (
    Trace,
    clusters,
    is_battle,
    linkable,
    linked,
    state_of,
)
from services.domain.battle import BattleState
from services.domain.killmail import Killmail
from tests.factories import MIDNIGHT, mail, universe
from tests.services.battles.ground import FAR, FEW, HERE, HOLE, LATER, MAP, NEAR, NEXT
from tests.services.battles.measure import recorded_battles, trial_battles

JITA, UEDAMA, TAMA, LANNGISI = 30_000_142, 30_002_768, 30_002_813, 30_002_074
AMAMAKE = 30_002_537


def ids(mails: list[Killmail]) -> list[list[int]]:
    return [[t.killmail_id for t in group] for group in clusters(map(Trace.of, mails), MAP)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(("A1", "B1"), ("C1", "B1"), True, id="one of two people is enough"),
        pytest.param(("A1", "B1", "B2"), ("C1", "B2", "B3"), False, id="one of three is not"),
        pytest.param(
            ("A1", "B1", "B2", "B3", "B4"), ("A2", "B1", "B2", "B8", "B9"), True, id="two are"
        ),
        pytest.param(("A1", "B1"), ("A2", "B2"), False, id="the same parties, nobody twice"),
        pytest.param(
            ("a", "B1", "B2", "B3"),
            ("a", "B1", "B4", "B5"),
            True,
            id="an empty hull's owner counts",
        ),
        pytest.param(("A1", "b"), ("b", "A2", "A3"), True, id="a structure shoots, then dies"),
        pytest.param(("A1", "npc"), ("A2", "npc"), False, id="CONCORD links nobody"),
    ],
)
def test_two_mails_are_linked_by_the_people_on_both(one, other, expected):
    first, second = Trace.of(mail(1, 0, *one)), Trace.of(mail(2, 5, *other))
    assert linked(first, second) is expected
    assert linked(second, first) is expected


@pytest.mark.parametrize(("seconds", "expected"), [(900, True), (901, False)])
def test_the_window_is_fifteen_minutes(seconds, expected):
    first, second = mail(1, 0, "A1", "B1"), mail(2, seconds / 60, "A2", "B1")
    assert linked(Trace.of(first), Trace.of(second)) is expected


def crew(count: int, first: int = 1) -> list[str]:
    return [f"B{number}" for number in range(first, first + count)]


@pytest.mark.parametrize(
    ("victims", "shared", "others", "system", "minutes", "expected"),
    [
        pytest.param(
            ("A1", "A2"), 3, 2, NEXT, 15, True, id="three follow the enemy through a gate"
        ),
        pytest.param(("A1", "A2"), 2, 0, NEXT, 1, False, id="two do not"),
        pytest.param(("A1", "A2"), 3, 3, NEXT, 1, False, id="three are less than half of seven"),
        pytest.param(("A1", "C2"), 4, 0, NEXT, 1, False, id="nor do four who meet strangers"),
        pytest.param(("A1", "C2"), 5, 4, NEXT, 5, True, id="five strangers' bane is a gang"),
        pytest.param(("A1", "C2"), 5, 0, NEXT, 5.1, False, id="if it is quick"),
        pytest.param(("A1", "A2"), 10, 9, NEAR, 15, True, id="ten come by jump drive"),
        pytest.param(("A1", "A2"), 9, 0, NEAR, 1, False, id="nine are no fleet"),
        pytest.param(("A1", "C2"), 10, 0, NEAR, 1, False, id="another enemy is another fight"),
        pytest.param(("A1", "A2"), 10, 0, FAR, 1, False, id="nobody jumps nine light-years"),
        pytest.param(("A1", "A2"), 10, 0, LATER, 1, False, id="two gates away is forty here"),
        pytest.param(("A1", "A2"), 10, 0, HOLE, 1, True, id="a wormhole leads anywhere"),
        pytest.param(("npc", "npc"), 10, 0, NEAR, 1, False, id="nobody's losses are no enemy's"),
    ],
)
def test_a_fight_moves_when_enough_of_its_people_do(
    victims, shared, others, system, minutes, expected
):
    first = mail(1, 0, victims[0], *crew(shared), *crew(others, 50))
    second = mail(2, minutes, victims[1], *crew(shared), *crew(others, 70), system=system)
    one, other = Trace.of(first), Trace.of(second)
    assert linked(one, other, MAP) is expected
    assert linked(other, one, MAP) is expected
    assert (ids([second, first]) == [[1, 2]]) is expected
    assert not linked(one, other), "without a map each system is for itself"


def test_a_fight_moves_on_from_where_it_moved_to():
    mails = [
        mail(n, 9 * n, f"A{n}", *crew(4), system=system)
        for n, system in enumerate((HERE, NEXT, LATER, NEXT, HERE))
    ]
    assert ids(mails) == [[0, 1, 2, 3, 4]]
    assert ids([mails[0], *mails[2:]]) == [[0], [2, 3, 4]]


def test_only_mails_with_a_player_among_the_attackers_count():
    assert not linkable(mail(1, 0, "A1", "npc", "npc"))
    assert linkable(mail(2, 0, "A1", "npc", "B1"))
    assert linkable(mail(3, 0, "A1", "b"))


def test_a_fight_across_the_full_hour_stays_one():
    mails = [mail(n, 55 + n, f"A{n}", "B1", "B2") for n in range(10)]
    assert ids(mails) == [list(range(10))]


def test_two_unrelated_ganks_in_one_system_stay_two():
    mails = [
        mail(1, 0, "A1", "G1", "G2", "npc"),
        mail(2, 1, "G1", "npc", "G3"),
        mail(3, 2, "C1", "H1", "H2", "npc"),
        mail(4, 3, "C1", "H1", hull=None),
    ]
    assert ids(mails) == [[1, 2], [3, 4]]


def test_a_late_mail_bridges_two_battles():
    early = [mail(1, 0, "A1", "B1", "B2"), mail(2, 2, "A2", "B1", "B2")]
    later = [mail(3, 20, "A3", "B3", "B4"), mail(4, 22, "A4", "B3", "B4")]
    bridge = mail(5, 11, "A5", "B1", "B2", "B3", "B4")
    assert ids(early + later) == [[1, 2], [3, 4]]
    assert ids([*early, *later, bridge]) == [[1, 2, 5, 3, 4]]


_people = st.lists(
    st.sampled_from([f"B{n}" for n in range(8)]), min_size=1, max_size=4, unique=True
)
_mails = st.lists(
    st.tuples(
        st.integers(0, 60), st.integers(0, 6), _people, st.sampled_from([HERE, NEXT, NEAR, HOLE])
    ),
    max_size=25,
)
SMALL = FEW.reach()


def drawn_mails(drawn) -> list[Killmail]:
    return [
        mail(n, when, f"{'AC'[who % 2]}{who}", *people, system=system)
        for n, (when, who, people, system) in enumerate(drawn)
    ]


@given(drawn=_mails, seed=st.integers(0, 9))
def test_order_of_arrival_does_not_matter(drawn, seed):
    mails = drawn_mails(drawn)
    shuffled = mails.copy()
    random.Random(seed).shuffle(shuffled)
    assert ids(shuffled) == ids(mails)


@given(drawn=_mails)
def test_components_are_closed_under_links(drawn):
    traces = [Trace.of(m) for m in drawn_mails(drawn)]
    groups = clusters(traces, MAP, reach=SMALL)
    home = {t.killmail_id: at for at, group in enumerate(groups) for t in group}
    assert len(home) == len(traces)
    for one in traces:
        beside = [t for t in traces if t is not one and linked(one, t, MAP, reach=SMALL)]
        assert {home[t.killmail_id] for t in beside} <= {home[one.killmail_id]}
        assert beside or len(groups[home[one.killmail_id]]) == 1


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        pytest.param([mail(1, 0, "A1", "B1"), mail(2, 0, "A2", "B1")], True, id="two and two"),
        pytest.param([mail(1, 0, "A1", "B1")], False, id="one kill"),
        pytest.param([mail(1, 0, "A1", "B1")] * 2, False, id="the same mail twice"),
        pytest.param([mail(1, 0, "A1", "A2"), mail(2, 0, "A3", "A2")], False, id="awox"),
        pytest.param([mail(1, 0, "a", "B1"), mail(2, 0, "a", "B1")], True, id="empty hulls"),
    ],
)
def test_a_battle_needs_two_kills_and_two_parties(mails, expected):
    assert is_battle(mails) is expected


def test_a_battle_ends_after_thirty_quiet_minutes():
    assert state_of(MIDNIGHT, MIDNIGHT + timedelta(minutes=29, seconds=59)) is BattleState.OPEN
    assert state_of(MIDNIGHT, MIDNIGHT + timedelta(minutes=30)) is BattleState.ENDED


@pytest.fixture(scope="module")
def battles(recorded_killmails):
    return recorded_battles(recorded_killmails)


def systems(battle: list[Killmail]) -> list[str]:
    found = dict.fromkeys(m.system_id for m in battle)
    return [universe().get_system(system).name for system in found]


def lasting(battle: list[Killmail]) -> timedelta:
    return battle[-1].time - battle[0].time


class TestRecordedDays:
    """What the rule makes of three real days."""

    @pytest.mark.parametrize(
        ("system", "kills"),
        [
            pytest.param(30_001_003, 196, id="UW9B-F"),
            pytest.param(30_001_967, 173, id="X47L-Q"),
            pytest.param(30_000_848, 166, id="M-OEE8, not the fight of one fleet before it"),
            pytest.param(30_003_114, 83, id="0-O6XF"),
            pytest.param(31_000_368, 251, id="J105951"),
            pytest.param(31_000_520, 98, id="J150859"),
        ],
    )
    def test_a_large_fight_is_one_battle(self, battles, system, kills):
        here = sorted((b for b in battles if b[0].system_id == system), key=len, reverse=True)
        fight, *others = here
        assert len(fight) == kills
        beside = [b for b in others if b[0].time <= fight[-1].time and fight[0].time <= b[-1].time]
        assert sum(map(len, beside)) <= 0.05 * kills

    @pytest.mark.parametrize(
        ("path", "kills"),
        [
            (["Q-L07F", "IFJ-EL", "S-NJBB"], 96),
            (["GM-0K7", "H-RXNZ"], 81),
            (["9P4O-F", "LEM-I1", "1S-SU1"], 63),
            (["T-GCGL", "AZBR-2", "J145735"], 24),
        ],
    )
    def test_a_fight_that_moves_is_one_battle(self, battles, path, kills):
        assert kills in [len(battle) for battle in battles if systems(battle) == path]

    def test_no_battle_chains_roamers_through_a_region(self, battles):
        moved = [battle for battle in battles if len(systems(battle)) > 1]
        assert len(battles) == 5890
        assert len(moved) == 102
        assert max(len(systems(battle)) for battle in moved) == 3
        assert max(lasting(battle) for battle in moved) < timedelta(minutes=70)

    @pytest.mark.parametrize(
        ("system", "kills", "hours"),
        [(TAMA, 32, 1.0), (JITA, 37, 0.8), (UEDAMA, 16, 0.3), (AMAMAKE, 58, 0.7)],
    )
    def test_busy_systems(self, battles, system, kills, hours):
        here = [battle for battle in battles if any(m.system_id == system for m in battle)]
        largest = max(here, key=len)
        assert len(here) > 20
        assert len(largest) == kills
        assert round(lasting(largest) / timedelta(hours=1), 1) == hours
        assert max(map(lasting, here)) <= timedelta(minutes=70)

    def test_mails_of_concord_alone_make_no_battle(self, battles, recorded_killmails):
        at_home = [m for m in recorded_killmails if m.system_id == LANNGISI]
        assert sum(not linkable(m) for m in at_home) > 50
        in_battles = [m for b in battles if b[0].system_id == LANNGISI for m in b]
        assert all(m.has_player_attacker for m in in_battles)
        assert len(in_battles) < 20

    def test_the_trial_is_found_again(self, recorded_killmails):
        found = trial_battles(recorded_killmails)
        assert len(found) == 5982
        assert sum(len(battle) >= 20 for battle in found) == 102
