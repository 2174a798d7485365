"""Sides: who fought whom, in small made-up fights and in the recorded ones."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.battles import sides as rule
from services.battles.sides import split
from services.domain.killmail import Killmail, Organisation, OrganisationKind
from tests.factories import mail, party
from tests.services.battles.measure import fit, trial_battles


def grouping(mails: list[Killmail], *names: str) -> list[str]:
    """The short names, put together by side: `["AB", "C"]`."""
    found = split(mails).of
    groups: dict[int, str] = {}
    for name in names:
        side = found[party(name)]
        groups[side] = groups.get(side, "") + name[0]
    return sorted(groups.values())


def crew(*names: str) -> list[str]:
    """Three pilots of each alliance."""
    return [f"{name}{n}" for name in names for n in range(1, 4)]


def test_two_alliances_that_shoot_each_other():
    mails = [mail(1, 0, "A1", *crew("B")), mail(2, 1, "B1", *crew("A"))]
    assert grouping(mails, "A1", "B1") == ["A", "B"]
    assert split(mails).certainty == 1.0


def test_coalitions_come_together_by_shared_mails():
    mails = [
        mail(1, 0, "A1", *crew("C", "D")),
        mail(2, 1, "B1", *crew("C", "D")),
        mail(3, 2, "C1", *crew("A", "B")),
    ]
    assert grouping(mails, "A1", "B1", "C1", "D1") == ["AB", "CD"]


def test_a_third_party_that_shoots_at_both_by_itself_is_a_third_side():
    mails = [
        *(mail(n, n, "A1", *crew("B")) for n in range(4)),
        *(mail(n, n, "B1", *crew("A")) for n in range(4, 8)),
        *(mail(n, n, victim, *crew("V")) for n, victim in enumerate(["A1", "B1"] * 4, 8)),
    ]
    assert grouping(mails, "A1", "B1", "V1") == ["A", "B", "V"]


def test_a_third_party_that_hits_one_harder_stays_a_third_side():
    mails = [
        *(mail(n, n, "A1", *crew("B")) for n in range(10)),
        *(mail(n, n, "B1", *crew("A")) for n in range(10, 20)),
        *(mail(n, n, "A1", *crew("V")) for n in range(20, 22)),
        *(mail(n, n, "B1", *crew("V")) for n in range(22, 28)),
    ]
    assert grouping(mails, "A1", "B1", "V1") == ["A", "B", "V"]


def test_three_sides_each_against_each():
    pairs = ["AB", "BC", "CA", "BA", "CB", "AC"]
    mails = [mail(n, n, f"{a}1", *crew(b)) for n, (a, b) in enumerate(pairs)]
    assert grouping(mails, "A1", "B1", "C1") == ["A", "B", "C"]


def test_those_whom_one_crew_killed_stand_together_against_it():
    mails = [mail(n, n, f"{name}1", *crew("X")) for n, name in enumerate("ABCDE")]
    assert grouping(mails, *(f"{n}1" for n in "ABCDEX")) == ["ABCDE", "X"]


def test_a_stray_shot_does_not_part_friends():
    mails = [
        *(mail(n, n, "X1", *crew("A", "B")) for n in range(5)),
        mail(6, 6, "A1", *crew("X"), "B1"),
    ]
    assert grouping(mails, "A1", "B1", "X1") == ["AB", "X"]
    assert 0.8 < split(mails).certainty < 1.0


def test_shooting_dying_friends_for_the_mail_does_not_part_those_who_fought_together():
    """GM-0K7 of 2021-11-29 in small: B is on every mail of its ally A's losses, a few among many."""
    mails = [
        *(mail(n, n, "X1", *crew("A", "B")) for n in range(7)),
        *(mail(n, n, "A1", *crew("X", "Y", "Z", "B")) for n in range(10, 30)),
        *(mail(n, n, "B1", *crew("X", "Y", "Z")) for n in range(30, 40)),
    ]
    assert grouping(mails, "A1", "B1", "X1", "Y1", "Z1") == ["AB", "XYZ"]


def test_the_owner_of_empty_hulls_is_a_side():
    mails = [mail(n, n, "a", *crew("B")) for n in range(5)]
    assert grouping(mails, "a", "B1") == ["B", "a"]


def test_npcs_stand_on_no_side_and_take_nobody_apart():
    mails = [mail(1, 0, "A1", "npc", *crew("B")), mail(2, 1, "npc", *crew("B", "C"))]
    found = split(mails)
    assert set(found.of) == {party("A1"), party("B1"), party("C1")}
    assert grouping(mails, "A1", "B1", "C1") == ["A", "BC"]


def test_friendly_fire_inside_one_party_says_nothing():
    found = split([mail(1, 0, "A1", "A2"), mail(2, 1, "A2", "A1")])
    assert found.of == {party("A1"): 0}
    assert found.certainty == 0.0


def test_a_mail_with_hundreds_of_parties_stays_cheap(monkeypatch):
    monkeypatch.setattr(rule, "LARGEST_CROWD", 3)
    mails = [mail(n, n, "X1", *crew(*"ABC"), *(f"{c}1" for c in "DEFG")) for n in range(4)]
    assert grouping(mails, *(f"{c}1" for c in "ABCDEFGX")) == ["ABCDEFG", "X"]


_names = st.sampled_from([f"{party}{n}" for party in "ABCDE" for n in (1, 2)])
_fight = st.lists(
    st.tuples(_names, st.lists(_names, min_size=1, max_size=6, unique=True)),
    min_size=1,
    max_size=20,
)


@given(drawn=_fight, seed=st.integers(0, 9))
def test_the_order_of_the_mails_does_not_matter(drawn, seed):
    mails = [mail(n, n, victim, *attackers) for n, (victim, attackers) in enumerate(drawn)]
    shuffled = mails.copy()
    random.Random(seed).shuffle(shuffled)
    assert split(shuffled) == split(mails)


@given(drawn=_fight)
def test_every_party_has_a_side_and_certainty_is_a_share(drawn):
    mails = [mail(n, n, victim, *attackers) for n, (victim, attackers) in enumerate(drawn)]
    found = split(mails)
    assert set(found.of) == {party(name) for victim, more in drawn for name in (victim, *more)}
    assert 0.0 <= found.certainty <= 1.0


FRATERNITY, INITIATIVE, VOLTA = 99_003_581, 1_900_696_668, 99_005_839
TEST, SEVERANCE, SIGMA, EVICTUS = 498_125_261, 982_284_363, 99_011_223, 99_002_367
PANDEMIC_LEGION, NOT_PURPLE, MANGO, FERRATA = 386_292_982, 99_011_195, 99_009_082, 99_007_629
LEGION_OF_DEATH, RAZOR, DEEP_SPACE, WEAPONS = 1_411_711_376, 741_557_221, 99_008_899, 99_010_468
PURPLE_HELMETS, UNCHAINED, BRAVE = 173_714_703, 99_009_511, 99_003_214
XENTA = 99_010_416
ITS_SHUTTLES, NPSI_CORPORATION = 98_666_181, 98_662_005


def organisation(number: int) -> Organisation:
    """Of the ids above, the corporations are those that begin with 98."""
    corporation = number in range(98_000_000, 99_000_000)
    return Organisation(
        number, OrganisationKind.CORPORATION if corporation else OrganisationKind.ALLIANCE
    )


@pytest.fixture(scope="module")
def fights(recorded_killmails):
    return trial_battles(recorded_killmails)[:102]


class TestRecordedFights:
    """The trial's fights, by place in its table."""

    def test_blue_and_split_of_the_25_largest_are_within_the_bars(self, fights):
        told = fit(fights[:25], [split(fight).of for fight in fights[:25]])
        assert told.eligible == 1910
        assert told.scored >= 0.98 * told.eligible
        assert told.blue <= 4.5
        assert told.split <= 6.5

    def test_the_figures_are_read_as_the_trial_read_them(self, fights):
        alone = [{party: n for n, party in enumerate(split(fight).of)} for fight in fights[:25]]
        told = fit(fights[:25], alone)
        assert told.blue == pytest.approx(1.2, abs=0.05)
        assert told.split == pytest.approx(47.9, abs=0.05)

    @pytest.mark.parametrize(
        ("system", "groups"),
        [
            pytest.param(30_001_003, [{TEST, SEVERANCE}, {SIGMA, EVICTUS}], id="UW9B-F"),
            pytest.param(
                30_001_967,
                [{FRATERNITY}, {INITIATIVE, NPSI_CORPORATION}, {VOLTA}],
                id="X47L-Q, with a third party",
            ),
            pytest.param(
                30_000_848,
                [{FRATERNITY, PANDEMIC_LEGION}, {NOT_PURPLE, NPSI_CORPORATION}],
                id="M-OEE8",
            ),
            pytest.param(30_003_114, [{EVICTUS, MANGO}, {FRATERNITY, FERRATA}], id="0-O6XF"),
            pytest.param(31_000_368, [{UNCHAINED}, {ITS_SHUTTLES}], id="J105951"),
            pytest.param(31_000_520, [{BRAVE}, {XENTA}], id="J150859"),
            pytest.param(
                30_002_133, [{LEGION_OF_DEATH, RAZOR}, {DEEP_SPACE, WEAPONS}], id="GM-0K7"
            ),
            pytest.param(30_002_120, [{SEVERANCE}, {WEAPONS, PURPLE_HELMETS}], id="H-RXNZ"),
        ],
    )
    def test_the_parties_stand_where_their_mails_put_them(self, fights, system, groups):
        fight = next(fight for fight in fights if fight[0].system_id == system)
        found = split(fight).of
        sides = [{found[organisation(number)] for number in group} for group in groups]
        assert all(len(side) == 1 for side in sides)
        assert len(set.union(*sides)) == len(groups)
