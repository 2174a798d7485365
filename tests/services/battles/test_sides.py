"""Sides: who fought whom, in small made-up fights and in the recorded ones."""

import os
import random
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.battles import graph, sides
from services.battles.sides import split
from services.battles.solving import part, worth
from services.domain.battle import CLEAR
from services.domain.killmail import Killmail, Organisation, OrganisationKind
from tests.factories import FRIGATE, POD, mail, party
from tests.services.battles.made_up import FIRST_PARTY, camp_of, large_fight
from tests.services.battles.measure import aside, fit, recorded_battles, trial_battles, warned


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


def friends_who_shoot_each_other() -> list[Killmail]:
    """GM-0K7 of 2021-11-29 in small: B is on every mail of A's losses, a few among many."""
    return [
        *(mail(n, n, "X1", *crew("A", "B")) for n in range(7)),
        *(mail(n, n, "A1", *crew("X", "Y", "Z", "B")) for n in range(10, 30)),
        *(mail(n, n, "B1", *crew("X", "Y", "Z")) for n in range(30, 40)),
    ]


def test_a_crew_that_shoots_its_friends_and_its_enemies_is_a_third_party():
    found = split(friends_who_shoot_each_other())
    assert grouping(friends_who_shoot_each_other(), "A1", "B1", "X1") == ["A", "B", "X"]
    assert found.third == {party("B1")}


def test_hardly_any_damage_on_dying_friends_parts_nobody():
    mails = [
        *(mail(n, n, "X1", *crew("A", "B")) for n in range(7)),
        *(
            dealing(mail(n, n, "A1", *crew("X", "Y"), "B1"), {"X": 900, "B": 1})
            for n in range(10, 30)
        ),
        *(mail(n, n, "B1", *crew("X", "Y")) for n in range(30, 40)),
    ]
    assert grouping(mails, "A1", "B1", "X1", "Y1") == ["AB", "XY"]


def test_a_share_of_a_mail_is_half_heads_half_damage_and_half_of_that_for_next_to_nothing():
    one = dealing(mail(1, 0, "X1", "A1", "B1"), {"A": 99, "B": 1})
    assert [weight for _, _, weight in graph.read([one]).hostile] == [745_000, 127_500]
    fair = dealing(mail(1, 0, "X1", "A1", "B1"), {"A": 98, "B": 2})
    assert [weight for _, _, weight in graph.read([fair]).hostile] == [740_000, 260_000]


def dealing(killmail: Killmail, damage: dict[str, int]) -> Killmail:
    """Every attacker of these alliances dealt so much."""
    by_party = {party(f"{name}1"): dealt for name, dealt in damage.items()}
    attackers = (replace(a, damage=by_party.get(a.organisation, 0)) for a in killmail.attackers)
    return replace(killmail, attackers=tuple(attackers))


def test_capsules_count_half():
    """Two common kills outweigh that a friend's pod was shot, not that his ship was."""
    ships = [mail(n, n, "X1", *crew("A", "B")) for n in (2, 3)]
    for friends_died_in, groups in ((FRIGATE, ["A", "B", "X"]), (POD, ["AB", "X"])):
        mails = [mail(1, 0, "A1", *crew("B"), hull=friends_died_in), *ships]
        assert grouping(mails, "A1", "B1", "X1") == groups
    goldens = [mail(1, 0, "A1", *crew("B"), hull=hull) for hull in (670, 33_328, 587)]
    weights = [graph.read([one]).hostile[0][2] for one in goldens]
    assert weights == [500_000, 500_000, 1_000_000]


class TestWhatIsKnownFromBefore:
    A, B, X = party("A1"), party("B1"), party("X1")

    def test_places_who_was_hardly_seen(self):
        mails = [
            *(mail(n, n, "X1", *crew("A", "C")) for n in range(4)),
            *(mail(n, n, "A1", *crew("X")) for n in range(4, 8)),
            mail(9, 9, "D1", "B1", "E1"),
        ]
        assert grouping(mails, "A1", "X1", "B1") == ["A", "B", "X"]
        known = split(mails, {(self.B, self.X): 1.0, (self.A, self.B): -1.0}).of
        assert known[self.B] == known[self.X] != known[self.A]

    def test_gives_way_to_what_happens_here(self):
        mails = [*(mail(n, n, "A1", *crew("B")) for n in range(3))]
        for prior in ({(self.A, self.B): 1.0}, {(self.B, self.A): 99.0}):
            assert grouping(mails, "A1", "B1") == ["A", "B"]
            found = split(mails, prior).of
            assert found[self.A] != found[self.B]

    def test_of_others_is_passed_over(self):
        mails = [mail(1, 0, "A1", *crew("B"))]
        assert split(mails, {(self.A, self.X): 1.0, (self.A, self.A): -1.0}) == split(mails)


class TestCertainty:
    def test_of_a_party_rises_with_the_mails_it_was_seen_on(self):
        once = split([mail(1, 0, "A1", *crew("B"))])
        often = split([mail(n, n, "A1", *crew("B")) for n in range(9)])
        assert once.certainty == often.certainty == 1.0
        assert 0.85 < once.certainty_of[party("A1")] < often.certainty_of[party("A1")] < 1.0

    def test_is_less_for_those_who_shot_their_own(self):
        mails = [
            *(mail(n, n, "X1", *crew("A", "B", "C")) for n in range(9)),
            mail(10, 10, "A1", *crew("X"), "B1"),
        ]
        found = split(mails)
        assert found.certainty_of[party("B1")] < found.certainty_of[party("C1")]

    def test_counts_shots_inside_one_party(self):
        clean = [mail(n, n, "X1", *crew("A")) for n in range(3)]
        assert split(clean).certainty == 1.0
        assert split([*clean, mail(9, 9, "A1", "A2", "A3")]).certainty < 0.9

    def test_is_less_when_enemies_were_on_one_mail(self):
        quarrel = [
            *(mail(n, n, "A1", *crew("B")) for n in range(4)),
            *(mail(n, n, "B1", *crew("A")) for n in range(4, 8)),
        ]
        found = split([*quarrel, mail(8, 8, "X1", *crew("A", "B"))])
        assert found.of[party("A1")] != found.of[party("B1")]
        assert 0.9 < found.certainty < 1.0

    def test_says_who_shot_both_sides(self):
        mails = [
            *(mail(n, n, "A1", *crew("B")) for n in range(4)),
            *(mail(n, n, "B1", *crew("A")) for n in range(4, 8)),
            *(mail(n, n, victim, *crew("V")) for n, victim in enumerate(["A1", "B1"], 8)),
        ]
        assert split(mails).third == {party("V1")}
        assert split(mails[:9]).third == set()


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
    monkeypatch.setattr(graph, "LARGEST_CROWD", 3)
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


@given(drawn=_fight, shuffled=st.permutations("ABCDE"))
def test_the_names_of_the_parties_do_not_matter(drawn, shuffled):
    """Equally good splits there may be more than one; how much they explain is the same."""
    other = dict(zip("ABCDE", shuffled, strict=True))
    mails = [mail(n, n, victim, *attackers) for n, (victim, attackers) in enumerate(drawn)]
    renamed = [
        mail(n, n, other[victim[0]] + victim[1:], *(other[a[0]] + a[1:] for a in attackers))
        for n, (victim, attackers) in enumerate(drawn)
    ]
    assert best_worth(renamed) == best_worth(mails)


def best_worth(mails: list[Killmail]) -> int:
    bonds = sides._bonds(graph.read(mails), {})
    return worth([bonds[node] for node in range(len(bonds))], part(bonds))


_sizes = st.integers(1, 12)


@given(ours=_sizes, theirs=_sizes, seed=st.integers(0, 99))
def test_two_clean_sides_are_found_whatever_their_size(ours, theirs, seed):
    """Everybody is on mails, alone or with friends; nobody shoots a friend."""
    chance = random.Random(seed)
    camps = [[f"{chr(65 + n)}1" for n in range(ours)], [f"{chr(78 + n)}1" for n in range(theirs)]]
    mails = []
    for number in range(40):
        victims, shooters = chance.sample(camps, 2)
        crew = chance.sample(shooters, chance.randint(1, len(shooters)))
        mails.append(mail(number, number, chance.choice(victims), *crew))
    mails += [mail(41, 41, camps[1][0], *camps[0]), mail(42, 42, camps[0][0], *camps[1])]
    found = split(mails)
    assert [len({found.of[party(name)] for name in camp}) for camp in camps] == [1, 1]
    assert found.certainty == 1.0
    assert found.third == set()


def test_a_large_fight_with_strays_is_told_by_its_camps():
    found = split(large_fight(kills=200))
    camps = {(camp_of(party.id - FIRST_PARTY), side) for party, side in found.of.items()}
    assert len(camps) == len({side for _, side in camps}) == 3
    assert {camp_of(party.id - FIRST_PARTY) for party in found.third} == {2}


def test_the_machine_does_not_matter():
    """Another hash seed, another process: the same sides and figures."""
    code = (
        "from services.battles.sides import split\n"
        "from tests.services.battles.made_up import large_fight\n"
        "found = split(large_fight(parties=60, kills=60, strays=0.2))\n"
        "print(sorted((p.id, s, found.certainty_of[p]) for p, s in found.of.items()), found.certainty)"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


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
        told = fit(fights[:25], [aside(split(fight)) for fight in fights[:25]])
        assert told.eligible == 1910
        assert told.scored >= 0.98 * told.eligible
        assert told.blue + told.split <= 9.0

    def test_with_third_parties_counted_they_are_better_than_the_trial(self, fights):
        told = fit(fights[:25], [split(fight).of for fight in fights[:25]])
        assert told.scored == told.eligible
        assert told.blue <= 4.5
        assert told.blue + told.split <= 10.0

    def test_certainty_tells_the_fights_in_which_sides_shot_their_own(self, recorded_killmails):
        battles = [fight for fight in recorded_battles(recorded_killmails) if len(fight) >= 5]
        told = warned(battles, [split(fight) for fight in battles], CLEAR)
        assert told.much >= 10
        assert told.much_unclear >= 0.9 * told.much
        assert told.little_unclear <= 0.1 * told.little

    def test_third_parties_are_those_of_whom_the_mails_say_so(self, fights):
        told = {fight[0].system_id: split(fight).third for fight in fights[:25]}
        assert organisation(WEAPONS) in told[30_002_133]
        assert organisation(NPSI_CORPORATION) in told[30_000_848]
        assert not told[30_001_003]

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
                [{FRATERNITY, PANDEMIC_LEGION}, {NOT_PURPLE}, {NPSI_CORPORATION}],
                id="M-OEE8, with a corporation whose pilots flew in both fleets",
            ),
            pytest.param(30_003_114, [{EVICTUS, MANGO}, {FRATERNITY, FERRATA}], id="0-O6XF"),
            pytest.param(31_000_368, [{UNCHAINED}, {ITS_SHUTTLES}], id="J105951"),
            pytest.param(31_000_520, [{BRAVE}, {XENTA}], id="J150859"),
            pytest.param(
                30_002_133,
                [{LEGION_OF_DEATH, RAZOR}, {DEEP_SPACE}, {WEAPONS}],
                id="GM-0K7, with a third party",
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
