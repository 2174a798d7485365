"""Kinds: on recorded fights that were read mail by mail, and what each rule turns on."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.lookups import atlas
from services.battles.ganks import CONCORD
from services.battles.summary import summarise
from services.domain.battle import BattleKind, BattleState, SideMove
from services.domain.ids import BattleKey, FactionId, LocationId, SystemId, TypeId, UserId, WarId
from services.domain.killmail import Attacker, Killmail, Position
from services.domain.space import Space
from tests.factories import MIDNIGHT, POD, mail, party, universe, who
from tests.services.battles.measure import recorded_battles

UEDAMA, TAMA = SystemId(30_002_768), SystemId(30_002_813)
DREADNOUGHT, TITAN, ASTRAHUS = TypeId(19_720), TypeId(671), TypeId(35_832)
LARGE_SMARTBOMB, SHUTTLE = TypeId(3_993), TypeId(672)


def kind(mails: list[Killmail], *moves: SideMove) -> BattleKind:
    battle = summarise(
        mails,
        key=BattleKey(0),
        public_id="BR-test",
        state=BattleState.ENDED,
        atlas=atlas(universe()),
        moves=moves,
    )
    return battle.kind


@pytest.fixture(scope="module")
def battles(recorded_killmails):
    """By the name of the system and the minute of the first mail."""
    found = {}
    for battle in recorded_battles(recorded_killmails):
        first = min(battle, key=lambda m: (m.time, m.id))
        found[f"{universe().get_system(first.system_id).name} {first.time:%d %H:%M}"] = battle
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("J105951 30 19:58", BattleKind.EVICTION),  # 250 hulls without pilots, seven shooters
        ("J150859 29 18:42", BattleKind.EVICTION),  # 98 shuttles, one smartbombing ship
        ("J121412 30 00:24", BattleKind.EVICTION),  # pilots lose ship after ship within seconds
        ("5ZXX-K 30 05:25", BattleKind.CAPITAL_BRAWL),  # two on one side, four on the other
        ("J155207 30 03:43", BattleKind.CAPITAL_BRAWL),  # nine fielded, five lost
        ("Elarel 30 01:43", BattleKind.STRUCTURE_FIGHT),  # for an Astrahus, under dreadnoughts
        ("4-M1TY 01 15:36", BattleKind.STRUCTURE_FIGHT),  # a starbase and its modules
        ("D-SKWC 29 20:13", BattleKind.STRUCTURE_FIGHT),  # its guns on six of seven mails
        ("Uedama 29 09:55", BattleKind.GANK),
        ("Inaya 30 15:22", BattleKind.GANK),  # a Raven, for twenty destroyers
        ("Hek 01 22:52", BattleKind.GANK),  # an Orca and its Skiff
        ("Ahbazon 30 22:37", BattleKind.SMARTBOMB_CAMP),
        ("Miroitem 01 00:27", BattleKind.SMARTBOMB_CAMP),
        ("Oijanen 01 15:38", BattleKind.GATE_CAMP),
        ("Tama 30 13:13", BattleKind.GATE_CAMP),
        ("Jita 29 17:40", BattleKind.GATE_CAMP),  # an undock, over fifty minutes
        ("5ZXX-K 01 13:03", BattleKind.GATE_CAMP),  # those who live there, for two hours
        ("SG-3HY 29 05:16", BattleKind.ROAMING),  # the stragglers of a fleet, in three systems
        ("LXQ2-T 30 00:07", BattleKind.ROAMING),  # 33 kills in 67 minutes, all over two systems
        ("UW9B-F 30 00:26", BattleKind.BATTLE),
        ("X47L-Q 30 19:22", BattleKind.BATTLE),
        ("Ienakkamon 30 13:44", BattleKind.BRAWL),  # one-sided, but against a fleet
        ("NEU-UD 29 19:16", BattleKind.BRAWL),  # a fleet of twenty parties dies in three minutes
        ("Fliet 30 03:51", BattleKind.SKIRMISH),
        ("Hek 29 21:51", BattleKind.SKIRMISH),  # an hour of duels in high security
        ("Urlen 30 15:06", BattleKind.SKIRMISH),  # tractor units, one after the other
    ],
)
def test_recorded(battles, name, expected):
    assert kind(battles[name]) is expected


def test_ganks_are_borne_out_by_the_mails_of_concord(battles, recorded_killmails):
    """Who dies to CONCORD alone is on a mail of no battle: those mails tell whether the kinds are right."""
    punished = defaultdict(list)
    for one in recorded_killmails:
        if any(attacker.corporation_id == CONCORD for attacker in one.attackers):
            punished[one.system_id, one.victim.character_id].append(one.time)
    ganked, paid, both = 0, 0, 0
    for battle in battles.values():
        if universe().space_of(battle[0].system_id) is not Space.HIGH:
            continue
        gank = kind(battle) is BattleKind.GANK
        pays = any(
            abs(time - m.time) < timedelta(minutes=4)
            for m in battle
            for pilot in m.pilots
            for time in punished[m.system_id, pilot]
        )
        ganked, paid, both = ganked + gank, paid + pays, both + (gank and pays)
    assert both >= 0.6 * ganked
    assert both >= 0.9 * paid


def gank(*more: Killmail, system: SystemId = UEDAMA) -> list[Killmail]:
    """Two fly together; one dies with his pod within seconds."""
    crew = ("B1", "B2", "B3")
    mails = [mail(1, 0, "A1", *crew), mail(2, 0.2, "A1", "B2", hull=POD), *more]
    return [replace(one, system_id=system) for one in mails]


class TestGanks:
    def test_one_victim_and_nobody_shoots_again(self):
        assert kind(gank()) is BattleKind.GANK
        assert kind(gank(system=TAMA)) is BattleKind.SKIRMISH

    def test_who_shoots_again_a_few_minutes_later_was_no_criminal(self):
        again = [mail(9, 5, "C1", "B1", "B2", "B3"), mail(10, 5.2, "C1", "B2", hull=POD)]
        assert kind(gank(*again)) is BattleKind.SKIRMISH
        later = [mail(9, 16, "C1", "B1", "B2", "B3")]
        assert kind(gank(*later)) is BattleKind.GANK

    def test_corvettes_and_shuttles_are_not_ganked(self):
        """Mostly they are what criminals fly to draw CONCORD away."""
        first, pod = gank()
        shuttle = replace(first, victim=replace(first.victim, ship_type_id=SHUTTLE))
        assert kind([shuttle, pod]) is BattleKind.SKIRMISH

    def test_mails_of_pods_come_late(self):
        late = [mail(2, 1.8, "A1", "B2", hull=POD, system=UEDAMA)]
        assert kind([*gank()[:1], *late]) is BattleKind.GANK

    def test_one_among_many_fair_fights_makes_no_gank(self):
        fights = [
            mail(n, 20 * n, *pair, system=UEDAMA)
            for n, pair in enumerate((("C1", "D1"), ("D1", "C1"), ("C1", "D1"), ("D1", "C1")), 9)
        ]
        assert kind([*gank()[:1], *fights[:2]]) is BattleKind.GANK
        assert kind([*gank()[:1], *fights]) is BattleKind.SKIRMISH

    def test_a_victim_that_shoots_back_was_in_a_fight(self):
        assert kind(gank(mail(9, 0.5, "B1", "A2"))) is BattleKind.SKIRMISH

    def test_at_war_nobody_is_ganked(self):
        declared = [replace(one, war_id=WarId(7)) for one in gank()]
        assert kind(declared) is BattleKind.SKIRMISH
        assert kind([declared[0], gank()[1]]) is BattleKind.GANK
        assert kind([of_militias(one) for one in gank()]) is BattleKind.SKIRMISH

    def test_concord_on_the_mails_of_the_gankers(self):
        police = Attacker(corporation_id=CONCORD)
        punished = [
            replace(one, attackers=(*one.attackers, police), system_id=UEDAMA)
            for one in (mail(9, 3, "B1", "A2"), mail(10, 3, "B2", "A2"))
        ]
        assert kind([*gank()[:1], *punished, mail(11, 4, "B2", "A2", hull=POD, system=UEDAMA)]) is (
            BattleKind.GANK
        )


def of_militias(killmail: Killmail) -> Killmail:
    return replace(
        killmail,
        victim=replace(killmail.victim, faction_id=FactionId(500_001)),
        attackers=tuple(replace(a, faction_id=FactionId(500_004)) for a in killmail.attackers),
    )


def camp(*spots: float, system: SystemId = TAMA) -> list[Killmail]:
    """One victim of another alliance every two minutes, so many metres from the star."""
    names = ("A1", "C1", "D1", "E1", "F1", "G1")
    mails = [
        mail(number, 2 * number, names[number], "B1", "B2", system=system)
        for number in range(len(spots))
    ]
    return [
        replace(one, victim=replace(one.victim, position=Position(place, 0.0, 0.0)))
        for one, place in zip(mails, spots, strict=True)
    ]


def with_party(killmail: Killmail, name: str) -> Killmail:
    """Its victim flew for the alliance of another."""
    ids = who(name)
    victim = replace(
        killmail.victim, alliance_id=ids["alliance_id"], corporation_id=ids["corporation_id"]
    )
    return replace(killmail, victim=victim)


class TestCamps:
    def test_at_one_spot_else_roaming(self):
        assert kind(camp(0, 0, 1e5, 1e5)) is BattleKind.GATE_CAMP
        assert kind(camp(0, 0, 1e5, 1e9)) is BattleKind.GATE_CAMP
        assert kind(camp(0, 5e5, 1e6, 1.5e6)) is BattleKind.ROAMING

    def test_the_place_that_mails_name_comes_before_their_positions(self):
        same = [replace(one, location_id=LocationId(5)) for one in camp(0, 1e9, 2e9, 3e9)]
        assert kind(same) is BattleKind.GATE_CAMP
        others = [
            replace(one, location_id=LocationId(place))
            for place, one in enumerate(camp(0, 0, 0, 0), 1)
        ]
        assert kind(others) is BattleKind.ROAMING

    def test_without_positions_no_spot_is_claimed(self):
        lost = [replace(m, victim=replace(m.victim, position=None)) for m in camp(0, 0, 0, 0)]
        assert kind(lost) is BattleKind.ROAMING

    def test_needs_strangers_one_by_one(self):
        friends = [mail(n, 2 * n, f"A{n}", "B1", "B2", system=TAMA) for n in range(1, 5)]
        assert kind(friends) is BattleKind.SKIRMISH
        for over, expected in ((29, BattleKind.SKIRMISH), (30, BattleKind.GATE_CAMP)):
            times = [MIDNIGHT + timedelta(minutes=over * at / 3) for at in range(4)]
            spread = [replace(m, time=t) for m, t in zip(camp(0, 0, 0, 0), times, strict=True)]
            assert kind([with_party(one, "A1") for one in spread]) is expected
        together = [
            mail(9 + n, 0.2, f"{name}2", "B1", "B2", system=TAMA) for n, name in enumerate("ACD")
        ]
        assert kind([*camp(0, 0, 0, 0, 0, 0), *together[:2]]) is not BattleKind.SKIRMISH
        assert kind([*camp(0, 0, 0, 0, 0, 0), *together]) is BattleKind.SKIRMISH
        hasty = [replace(m, time=MIDNIGHT + (m.time - MIDNIGHT) / 2) for m in camp(0, 0, 0, 0)]
        assert kind(hasty) is BattleKind.SKIRMISH

    def test_a_crew_that_pays_for_it_camps_nothing(self):
        paid = [mail(20 + n, 3 + n, f"B{n}", "A1", system=TAMA) for n in (1, 2)]
        more = [mail(30 + n, 12 + n, f"H{n}", "B1", system=TAMA) for n in range(1, 5)]
        assert kind([*camp(0, 0, 0, 0), *more, paid[0]]) is not BattleKind.SKIRMISH
        assert kind([*camp(0, 0, 0, 0), *more, *paid]) is BattleKind.SKIRMISH

    def test_a_crew_to_which_too_few_died_camps_nothing(self):
        others = [("K1", "L1"), ("L1", "K1")]
        mails = [mail(20 + n, 3 + n, *pair, system=TAMA) for n, pair in enumerate(others)]
        assert kind([*camp(0, 0, 0, 0), *mails[:1]]) is BattleKind.GATE_CAMP
        assert kind([*camp(0, 0, 0, 0), *mails]) is BattleKind.SKIRMISH

    def test_smartbombs(self):
        def bombing(one: Killmail) -> Killmail:
            first, *more = one.attackers
            armed = replace(first, weapon_type_id=LARGE_SMARTBOMB)
            return replace(one, attackers=(armed, *more))

        mails = camp(0, 0, 0, 0)
        assert kind([bombing(one) for one in mails]) is BattleKind.SMARTBOMB_CAMP
        assert kind([bombing(mails[0]), *mails[1:]]) is BattleKind.GATE_CAMP

    def test_victims_in_several_systems_one_by_one(self):
        moved = [mail(n, 2 * n, f"A{n}", "B1", "B2", system=TAMA + n // 2) for n in range(1, 4)]
        assert kind(moved) is BattleKind.ROAMING


class TestWhatIsFlown:
    def test_capitals_on_both_sides_or_several_lost(self):
        drop = [
            mail(1, 0, "A1", "B1", hull=DREADNOUGHT),
            mail(2, 1, "A2", "B1"),
        ]
        assert kind(drop) is BattleKind.SKIRMISH
        both = [flown(one, DREADNOUGHT) for one in (drop[0], mail(3, 1, "A2", "B1", "B2"))]
        assert kind(both) is BattleKind.CAPITAL_BRAWL
        titans = [mail(n, n, f"A{n}", "B1", hull=TITAN) for n in range(1, 4)]
        assert kind(titans) is BattleKind.CAPITAL_BRAWL
        assert kind(titans[:2]) is BattleKind.SKIRMISH
        one_side = [flown(mail(n, n, f"A{n}", f"B{n}"), DREADNOUGHT) for n in range(1, 5)]
        assert kind(one_side) is not BattleKind.CAPITAL_BRAWL
        assert kind([*titans, mail(9, 9, "a", "B1", hull=ASTRAHUS)]) is BattleKind.CAPITAL_BRAWL

    def test_what_a_server_moves_changes_no_kind(self):
        drop = [
            mail(1, 0, "A1", "B1", "B2", hull=DREADNOUGHT),
            mail(2, 1, "A2", "B1", "B2"),
        ]
        fielded = [flown(one, DREADNOUGHT) for one in drop]
        moved = SideMove(party=party("B1"), beside=party("A1"), by=UserId(1), at=MIDNIGHT)
        assert kind(fielded) is kind(fielded, moved) is BattleKind.CAPITAL_BRAWL

    def test_a_structure_that_dies_and_one_whose_guns_are_on_a_quarter_of_the_mails(self):
        mails = [mail(n, n, f"A{n}", "B1", "b") for n in range(1, 5)]
        assert kind([*mails, mail(9, 9, "a", "B1", hull=ASTRAHUS)]) is BattleKind.STRUCTURE_FIGHT
        guns = [flown(mails[0], ASTRAHUS), *mails[1:]]
        assert kind(guns) is BattleKind.STRUCTURE_FIGHT
        assert kind([*guns, mail(9, 9, "A9", "B1")]) is BattleKind.SKIRMISH

    def test_empty_hulls(self):
        hulls = [mail(n, n / 10, "a", "B1", "B2", hull=SHUTTLE) for n in range(20)]
        assert kind(hulls) is BattleKind.EVICTION
        assert kind(hulls[1:]) is BattleKind.SKIRMISH
        crowd = [mail(0, 0, "a", *(f"B{n}" for n in range(1, 9)), hull=SHUTTLE)]
        assert kind([*crowd, *hulls[1:]]) is BattleKind.SKIRMISH
        flying = [mail(100 + n, n, f"A{n}", "B1", "B2") for n in range(1, 42)]
        assert kind([*hulls, *flying[:40]]) is BattleKind.EVICTION
        assert kind([*hulls, *flying]) is not BattleKind.EVICTION

    def test_a_pilot_who_loses_hull_after_hull_within_seconds_flew_none_of_them(self):
        slow = [mail(n, n, "A1", "B1", hull=SHUTTLE) for n in range(21)]
        fast = [mail(n, n / 3, "A1", "B1", hull=SHUTTLE) for n in range(21)]
        assert kind(slow) is BattleKind.SKIRMISH
        assert kind(fast) is BattleKind.EVICTION


def flown(killmail: Killmail, hull: TypeId) -> Killmail:
    """Its attackers flew such hulls."""
    attackers = tuple(replace(a, ship_type_id=hull) for a in killmail.attackers)
    return replace(killmail, attackers=attackers)


@pytest.mark.parametrize(
    ("pilots", "kills", "expected"),
    [
        (100, 2, BattleKind.BATTLE),
        (99, 2, BattleKind.SKIRMISH),
        (20, 10, BattleKind.BRAWL),
        (19, 10, BattleKind.SKIRMISH),
        (20, 9, BattleKind.SKIRMISH),
        (51, 50, BattleKind.BATTLE),
    ],
)
def test_by_size(pilots, kills, expected):
    crew = [f"B{n}" for n in range(1, pilots - kills + 1)]
    mails = [mail(n, n / 10, f"A{n}", *crew, system=TAMA) for n in range(1, kills + 1)]
    assert kind(mails) is expected
