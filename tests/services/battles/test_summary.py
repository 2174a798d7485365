"""The summary: what a battle's mails add up to."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.battles.atlas import Atlas
from services.battles.summary import summarise
from services.domain.battle import (
    Battle,
    BattleKind,
    BattleState,
    HullCount,
    Place,
    ShipCount,
    Side,
    SideMove,
    Tempo,
)
from services.domain.ids import BattleKey, SystemId, TypeId, UserId
from services.domain.isk import IskSum
from services.domain.killmail import Killmail
from services.domain.space import HullClass, Space
from tests.factories import FRIGATE, MIDNIGHT, POD, mail, party
from tests.services.battles.measure import trial_battles

FORTIZAR = TypeId(35833)
CLASSES = {FRIGATE: HullClass.FRIGATE, POD: HullClass.POD, FORTIZAR: HullClass.STRUCTURE}
MAP = Atlas(
    space_of=lambda system_id: Space.LOW if system_id == 30_000_001 else Space.NULL,
    region_of=lambda _: None,
    system_name=str,
    hull_class=lambda type_id: CLASSES.get(type_id, HullClass.OTHER),
)


def summary(mails: list[Killmail], **more: Any) -> Battle:
    return summarise(
        mails,
        key=BattleKey(7),
        public_id="BR-Tama-202111300000",
        state=BattleState.OPEN,
        atlas=MAP,
        **more,
    )


def side(battle: Battle, name: str) -> Side:
    return next(s for s in battle.sides if party(name) in {p.organisation for p in s.parties})


FIGHT = [
    mail(3, 2, "B1", "A1", "A2", isk=5e6),
    mail(1, 0, "A1", "B1", "B2", "C1", isk=1e9),
    mail(2, 1, "A1", "B1", hull=POD),
    mail(4, 30, "A3", "B2", "C1", isk=2e6),
]


def test_what_it_is_and_when():
    battle = summary(FIGHT)
    assert (battle.key, battle.public_id, battle.space) == (7, "BR-Tama-202111300000", Space.LOW)
    assert (battle.start, battle.end) == (MIDNIGHT, MIDNIGHT + timedelta(minutes=30))
    assert battle.killmail_ids == (1, 2, 3, 4)
    assert battle.state is BattleState.OPEN


def test_pilots_kills_losses_and_isk_of_a_side():
    battle = summary(FIGHT)
    assert battle.pilots == 6
    assert battle.isk_destroyed == IskSum(isk=1.007e9, unpriced=1)
    ours, theirs = battle.sides
    assert [p.organisation for p in ours.parties] == [party("A1")]
    assert (ours.pilots, ours.kills, ours.losses) == (3, 1, 3)
    assert ours.isk_lost == IskSum(isk=1.002e9, unpriced=1)
    assert [(p.organisation, p.pilots, p.kills, p.losses) for p in theirs.parties] == [
        (party("B1"), 2, 3, 1),
        (party("C1"), 1, 2, 0),
    ]
    assert (theirs.pilots, theirs.kills, theirs.losses) == (3, 3, 1)
    assert battle.certainty == 1.0


def test_a_pod_is_a_loss_and_no_further_pilot():
    hulls = side(summary(FIGHT), "A1").hulls
    assert hulls == (
        HullCount(hull_class=HullClass.POD, fielded=1, lost=1),
        HullCount(hull_class=HullClass.FRIGATE, fielded=3, lost=2),
    )


def test_a_pilot_who_comes_back_in_the_same_hull_fields_it_again_only_when_it_is_lost_again():
    mails = [mail(n, n, "A1", "B1", "B2") for n in range(3)]
    hulls = side(summary(mails), "A1").hulls
    assert hulls == (HullCount(hull_class=HullClass.FRIGATE, fielded=3, lost=3),)
    assert side(summary(mails), "B1").hulls[0].fielded == 2


def test_empty_hulls_and_structures_count_for_themselves():
    mails = [mail(1, 0, "a", "B1"), mail(2, 1, "a", "B1"), mail(3, 2, "a", "B1", hull=FORTIZAR)]
    owner = side(summary(mails), "a")
    assert (owner.pilots, owner.losses) == (0, 3)
    assert owner.hulls == (
        HullCount(hull_class=HullClass.FRIGATE, fielded=2, lost=2),
        HullCount(hull_class=HullClass.STRUCTURE, fielded=1, lost=1),
    )


def test_a_structure_that_shoots_is_seen_once_however_often_it_shoots():
    mails = [mail(n, n, f"A{n}", "b") for n in range(1, 4)]
    assert side(summary(mails), "b").hulls[0].fielded == 1


def test_structures_of_two_owners_are_two():
    mails = [mail(n, n, f"X{n}", "a", "b") for n in range(1, 4)]
    assert side(summary(mails), "a").hulls[0].fielded == 2


def test_the_larger_side_and_the_larger_party_come_first():
    mails = [mail(1, 0, "A1", "B1", "C1", "C2"), mail(2, 1, "D1", "B1", "C1", "C3")]
    battle = summary(mails)
    assert [s.pilots for s in battle.sides] == [4, 2]
    assert [p.organisation for p in battle.sides[0].parties] == [party("C1"), party("B1")]


def test_a_hull_that_no_mail_names_is_counted_as_other():
    mails = [mail(1, 0, "A1", "B1", hull=None), mail(2, 1, "A2", "B1")]
    assert {h.hull_class: h.lost for h in side(summary(mails), "A1").hulls} == {
        HullClass.FRIGATE: 1,
        HullClass.OTHER: 1,
    }


def test_shooting_a_dying_friend_is_no_kill():
    mails = [
        *(mail(n, n, "X1", "A1", "A2", "C1", "C2") for n in range(5)),
        mail(6, 6, "A1", "X1", "X2", "X3", "X4", "C1"),
    ]
    friends = side(summary(mails), "A1")
    assert {p.organisation: p.kills for p in friends.parties} == {party("A1"): 5, party("C1"): 5}
    assert friends.kills == 5


def test_npcs_count_nowhere_and_their_losses_count_in_the_sum_only():
    mails = [
        mail(1, 0, "A1", "B1", "npc", isk=1.0),
        mail(2, 1, "npc", "A1", isk=10.0),
    ]
    battle = summary(mails)
    assert (battle.kills, battle.pilots, battle.isk_destroyed.isk) == (2, 2, 11.0)
    assert sum(s.losses for s in battle.sides) == 1
    assert side(battle, "A1").kills == 1


def test_a_mail_handed_in_twice_counts_once():
    assert summary([*FIGHT, *FIGHT]) == summary(FIGHT)


def test_a_pilot_who_changes_sides_of_a_name_counts_once_in_the_battle():
    first = mail(1, 0, "X1", "A1")
    second = mail(2, 1, "X1", "B1")
    turned = second.attackers[0].__class__(
        character_id=first.attackers[0].character_id,
        corporation_id=second.attackers[0].corporation_id,
        alliance_id=second.attackers[0].alliance_id,
        ship_type_id=FRIGATE,
    )
    moved = Killmail(
        id=second.id,
        hash="",
        time=second.time,
        system_id=second.system_id,
        victim=second.victim,
        attackers=(turned,),
    )
    battle = summary([first, moved])
    assert battle.pilots == 2
    assert [p.pilots for p in side(battle, "A1").parties] == [1, 1]
    assert side(battle, "A1").pilots == 1


def test_its_places_are_its_movement():
    mails = [
        mail(1, 9, "A1", "B1", "B2", system=30_000_002),
        mail(2, 0, "A1", "B1", "B2"),
        mail(3, 12, "B1", "A1", "A2"),
        mail(4, 9, "A2", "B1", "B2", system=30_000_002),
    ]
    battle = summary(mails)
    assert (battle.system_id, battle.space) == (30_000_001, Space.LOW)
    assert battle.places == (
        Place(
            system_id=SystemId(30_000_001),
            start=MIDNIGHT,
            end=MIDNIGHT + timedelta(minutes=12),
            kills=2,
        ),
        Place(
            system_id=SystemId(30_000_002),
            start=MIDNIGHT + timedelta(minutes=9),
            end=MIDNIGHT + timedelta(minutes=9),
            kills=2,
        ),
    )


def test_its_pace_is_that_of_its_last_ten_minutes_and_the_ten_before():
    minutes = [0, 0.5, 1, 11, 12, 21]
    mails = [mail(n, when, "A1", "B1") for n, when in enumerate(minutes)]
    assert summary(mails).tempo == Tempo(kills=2, before=1)
    assert summary(mails[:2]).tempo == Tempo(kills=2, before=0)


def test_its_most_valuable_losses_of_known_value():
    worths = [5e6, None, 1e9, 2e6, 5e6, 1e3, 7e6]
    mails = [mail(n, n, f"A{n}", "B1", isk=worth) for n, worth in enumerate(worths)]
    top = summary(mails).top_losses
    assert [loss.killmail_id for loss in top] == [2, 6, 0, 4, 3]
    assert (top[0].time, top[0].value.isk) == (mails[2].time, 1e9)
    assert top[0].character_id == mails[2].victim.character_id
    assert (top[0].organisation, top[0].ship_type_id) == (party("A1"), FRIGATE)
    assert summary([mail(1, 0, "A1", "B1"), mail(2, 1, "A2", "B1")]).top_losses == ()


def test_ships_by_type_the_most_fielded_first():
    unnamed = mail(5, 31, "A4", "B1", hull=None)
    assert side(summary([*FIGHT, unnamed]), "A1").ships == (
        ShipCount(type_id=FRIGATE, fielded=3, lost=2),
        ShipCount(type_id=None, fielded=1, lost=1),
        ShipCount(type_id=POD, fielded=1, lost=1),
    )


def test_how_sure_it_is_of_each_party_and_who_stands_between():
    both_shot_at = ["A1", "B1"]
    mails = [
        *(mail(n, n, "A1", "B1", "B2") for n in range(4)),
        *(mail(n, n, "B1", "A1", "A2") for n in range(4, 8)),
        *(mail(n, n, victim, "V1", "V2") for n, victim in enumerate(both_shot_at, 8)),
    ]
    battle = summary(mails)
    third = side(battle, "V1")
    assert third.third
    assert not side(battle, "A1").third
    seen = {p.organisation: p.certainty for s in battle.sides for p in s.parties}
    assert seen[party("A1")] > seen[party("V1")] > 0.9


def test_what_is_known_from_before_places_who_was_hardly_seen():
    mails = [
        *(mail(n, n, "X1", "A1", "C1") for n in range(4)),
        *(mail(n, n, "A1", "X1", "X2") for n in range(4, 8)),
        mail(9, 9, "D1", "B1", "E1"),
    ]
    assert side(summary(mails), "B1") != side(summary(mails), "X1")
    prior = {(party("B1"), party("X1")): 1.0, (party("A1"), party("B1")): -1.0}
    known = summary(mails, prior=prior)
    assert side(known, "B1") == side(known, "X1") != side(known, "A1")


class TestMovedByHand:
    def moved(self, name: str, beside: str | None) -> SideMove:
        other = None if beside is None else party(beside)
        return SideMove(party=party(name), beside=other, by=UserId(1), at=MIDNIGHT)

    def test_the_figures_follow(self):
        solved = summary(FIGHT)
        battle = summary(FIGHT, moves=[self.moved("C1", "A1")])
        assert side(battle, "C1") == side(battle, "A1") != side(battle, "B1")
        assert (side(battle, "A1").pilots, side(battle, "A1").losses) == (4, 3)
        assert {p.organisation: p.kills for p in side(battle, "A1").parties} == {
            party("A1"): 1,
            party("C1"): 0,
        }
        assert (side(solved, "C1").kills, side(battle, "B1").kills) == (3, 3)
        assert [p.organisation for s in battle.sides for p in s.parties if p.moved] == [party("C1")]
        assert (battle.certainty, battle.kind) == (solved.certainty, solved.kind)

    def test_to_a_side_of_its_own(self):
        battle = summary(FIGHT, moves=[self.moved("C1", None)])
        assert [len(s.parties) for s in battle.sides] == [1, 1, 1]

    def test_a_third_party_that_somebody_puts_on_a_side_is_none(self):
        mails = [
            *(mail(n, n, "A1", "B1", "B2") for n in range(4)),
            *(mail(n, n, "B1", "A1", "A2") for n in range(4, 8)),
            *(mail(n, n, victim, "V1", "V2") for n, victim in enumerate(["A1", "B1"], 8)),
        ]
        battle = summary(mails, moves=[self.moved("V1", "A1")])
        assert not any(p.third for s in battle.sides for p in s.parties)


def test_its_kind():
    mails = [mail(n, n, "a", "B1", hull=FORTIZAR) for n in range(2)]
    assert summary(mails).kind is BattleKind.STRUCTURE_FIGHT
    assert summary(FIGHT).kind is BattleKind.SKIRMISH


_names = st.sampled_from([f"{p}{n}" for p in "ABCD" for n in (1, 2)])
_fight = st.lists(
    st.tuples(
        _names,
        st.lists(_names, min_size=1, max_size=5, unique=True),
        st.sampled_from([None, 0.1, 0.2, 0.3, 1e9]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=12,
)


@given(drawn=_fight, seed=st.integers(0, 9))
def test_the_same_mails_in_any_order_are_the_same_battle(drawn, seed):
    mails = [
        mail(n, when, victim, *attackers, isk=isk)
        for n, (victim, attackers, isk, when) in enumerate(drawn)
    ]
    shuffled = mails.copy()
    random.Random(seed).shuffle(shuffled)
    battle = summary(mails)
    assert summary(shuffled) == battle
    assert sum(s.losses for s in battle.sides) == battle.kills


def test_recorded_fights_add_up_in_any_order(recorded_killmails):
    for fight in trial_battles(recorded_killmails)[:25]:
        battle = summary(fight)
        backwards = summary(fight[::-1])
        assert backwards == battle
        assert battle.kills == len(fight)
        assert sum(s.losses for s in battle.sides) == sum(
            m.victim.organisation is not None for m in fight
        )
        assert battle.pilots == len(frozenset().union(*(m.pilots for m in fight)))


@pytest.mark.parametrize("name", ["A1", "B1"])
def test_fielded_is_never_less_than_lost(name):
    assert all(h.fielded >= h.lost for h in side(summary(FIGHT), name).hulls)
