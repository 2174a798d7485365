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
from tests.factories import MIDNIGHT, mail
from tests.services.battles.measure import trial_battles

JITA, UEDAMA, TAMA, LANNGISI = 30_000_142, 30_002_768, 30_002_813, 30_002_074


def ids(mails: list[Killmail]) -> list[list[int]]:
    return [[t.killmail_id for t in group] for group in clusters(map(Trace.of, mails))]


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


def test_another_system_is_another_battle():
    here, there = mail(1, 0, "A1", "B1"), mail(2, 0, "A1", "B1", system=30_000_002)
    assert not linked(Trace.of(here), Trace.of(there))
    assert ids([here, there]) == [[1], [2]]


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
_mails = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 6), _people), max_size=25)


@given(drawn=_mails, seed=st.integers(0, 9))
def test_order_of_arrival_does_not_matter(drawn, seed):
    mails = [mail(n, when, f"A{who}", *people) for n, (when, who, people) in enumerate(drawn)]
    shuffled = mails.copy()
    random.Random(seed).shuffle(shuffled)
    assert ids(shuffled) == ids(mails)


@given(drawn=_mails)
def test_components_are_closed_under_links(drawn):
    traces = [
        Trace.of(mail(n, when, f"A{who}", *people)) for n, (when, who, people) in enumerate(drawn)
    ]
    home = {t.killmail_id: at for at, group in enumerate(clusters(traces)) for t in group}
    assert len(home) == len(traces)
    for one in traces:
        for other in traces:
            assert not linked(one, other) or home[one.killmail_id] == home[other.killmail_id]


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
    known = {m.id: m for m in recorded_killmails}
    groups = clusters(Trace.of(m) for m in recorded_killmails if linkable(m))
    battles = [[known[t.killmail_id] for t in group] for group in groups]
    return [battle for battle in battles if is_battle(battle)]


class TestRecordedDays:
    """What the rule makes of three real days."""

    @pytest.mark.parametrize(
        ("system", "kills"),
        [
            pytest.param(30_001_003, 196, id="UW9B-F"),
            pytest.param(30_001_967, 173, id="X47L-Q"),
            pytest.param(30_000_848, 166, id="M-OEE8"),
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

    @pytest.mark.parametrize("system", [TAMA, JITA, UEDAMA])
    def test_no_battle_of_a_busy_system_lasts_two_hours(self, battles, system):
        here = [battle for battle in battles if battle[0].system_id == system]
        assert len(here) > 20
        assert max(b[-1].time - b[0].time for b in here) <= timedelta(minutes=70)

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
