"""What a mail says, laid out: figures, flags and sets, read in recorded mails by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.filter import Trait
from services.domain.ids import CorporationId, SystemId, TypeId
from services.domain.killmail import Item, Killmail
from services.domain.space import HullClass, Space
from services.filters.flat import Flattener
from services.universe.edition import Edition
from services.universe.universe import Universe, shipped_file
from tests.factories import mail

NAGLFAR, NIDHOGGUR, PRAXIS = 132249213, 119689329, 89334360


def test_place_and_time(flattener: Flattener, recorded: dict[int, Killmail]) -> None:
    flat = flattener.flatten(recorded[NAGLFAR])
    assert (flat.system_id, flat.constellation_id, flat.region_id) == (30002537, 20000372, 10000030)
    assert (flat.space, flat.security, flat.wormhole_class) == (Space.LOW, 0.4, None)
    assert (flat.minute, flat.weekday) == (3 * 60 + 55, 0)
    assert flat.places == {30002537, 20000372, 10000030}
    assert flattener.flatten(recorded[PRAXIS]).wormhole_class == 3


def test_a_system_that_is_not_held_says_nothing(flattener: Flattener) -> None:
    flat = flattener.flatten(mail(1, 0, "A1", "B1", system=1))
    assert flat.places == {1}
    assert (flat.space, flat.security, flat.wormhole_class) == (Space.UNKNOWN, None, None)


def test_pilots_are_named_attackers_each_once(
    flattener: Flattener, recorded: dict[int, Killmail]
) -> None:
    praxis = flattener.flatten(recorded[PRAXIS])
    assert (praxis.attacker_count, praxis.pilots, praxis.share) == (4, 3, 1.0)
    twice = flattener.flatten(mail(2, 0, "A1", "B1", "B1", "C1", "npc"))
    assert (twice.attacker_count, twice.pilots, twice.share) == (4, 2, 0.5)
    alone = flattener.flatten(mail(3, 0, "A1", "npc"))
    assert (alone.pilots, alone.share) == (0, None)


def test_share_counts_corporations_without_alliance_and_militias_as_organisations(
    flattener: Flattener, recorded: dict[int, Killmail]
) -> None:
    # 38 of 40 pilots fly for alliance 99009927.
    naglfar = recorded[NAGLFAR]
    assert sum(one.alliance_id == 99009927 for one in naglfar.attackers) == 38
    assert flattener.flatten(naglfar).share == 38 / 40


def test_age_is_unknown_until_somebody_says_when_it_came(flattener: Flattener) -> None:
    kill = mail(4, 0, "A1", "B1")
    late = kill.time + timedelta(minutes=5)
    assert flattener.flatten(kill).age is None
    assert flattener.flatten(kill, received_at=late).age == 300


def test_hulls_groups_and_classes(flattener: Flattener, recorded: dict[int, Killmail]) -> None:
    flat = flattener.flatten(recorded[NIDHOGGUR])
    assert (flat.victim.hulls, flat.victim.groups) == ({24483}, {547})
    assert flat.victim.classes == {HullClass.CAPITAL}
    assert (flat.attackers.weapons, flat.attackers.weapon_groups) == ({37298}, {53})
    assert flat.victim.weapons == frozenset()
    nameless = flattener.flatten(
        replace(mail(5, 0, "A1"), victim=replace(mail(5, 0, "A1").victim, ship_type_id=None))
    )
    assert nameless.victim.classes == frozenset()


def test_a_type_that_is_not_held_has_no_group(flattener: Flattener) -> None:
    flat = flattener.flatten(mail(6, 0, "A1", "B1", hull=TypeId(999_999_999)))
    assert (flat.victim.hulls, flat.victim.groups) == ({999_999_999}, frozenset())
    assert flat.victim.classes == {HullClass.OTHER}


def test_ids_are_everybody_on_a_side(flattener: Flattener) -> None:
    flat = flattener.flatten(mail(7, 0, "A1", "B1", "b", "npc"))
    assert flat.attackers.ids == {90_066_001, 98_000_066, 99_000_066, 1_000_125}
    assert flat.victim.ids == {90_065_001, 98_000_065, 99_000_065}


@pytest.mark.parametrize(
    ("flag", "fitted"),
    [
        (5, False), (4, False), (11, True), (18, True), (19, True), (27, True), (34, True), (35, False), (87, False),
        (88, True), (89, True), (90, False), (92, True), (99, True), (125, True), (133, False), (155, False),
        (158, False), (159, True), (163, True), (164, True), (171, True), (172, False), (180, False), (0, False),
    ],
)  # fmt: skip
def test_a_slot_is_fitted_and_a_hold_is_not(flattener: Flattener, flag: int, fitted: bool) -> None:
    kill = mail(8, 0, "A1", "B1")
    item = Item(type_id=TypeId(3057), flag=flag, destroyed=1)
    flat = flattener.flatten(replace(kill, victim=replace(kill.victim, items=(item,))))
    assert flat.fitted == ({3057} if fitted else set())
    assert flat.carried == (set() if fitted else {3057})
    assert flat.items == {3057}


def test_without_zkillboards_word_traits_are_judged_as_it_would(
    flattener: Flattener, recorded: dict[int, Killmail]
) -> None:
    """On all recorded mails that it has looked at."""
    judged = [kill for kill in recorded.values() if kill.npc is not None]
    assert len(judged) == 80
    for kill in judged:
        told = {Trait.NPC: kill.npc, Trait.SOLO: kill.solo, Trait.AWOX: kill.awox}
        found = flattener.flatten(replace(kill, npc=None, solo=None, awox=None)).traits
        assert {trait: trait in found for trait in told} == told, kill.id


def test_zkillboards_word_counts(flattener: Flattener) -> None:
    kill = mail(9, 0, "A1", "B1")
    assert flattener.flatten(kill).traits == {Trait.SOLO}
    assert flattener.flatten(replace(kill, solo=False, npc=True, awox=True)).traits == {
        Trait.NPC,
        Trait.AWOX,
    }


def test_rookies_of_one_npc_corporation_are_no_side_of_their_own(flattener: Flattener) -> None:
    kill = mail(12, 0, "A1", "B1", "B2")
    for corporation_id, awox in (
        (CorporationId(1_000_167), False),
        (CorporationId(98_000_001), True),
    ):
        both = replace(
            kill,
            victim=replace(kill.victim, corporation_id=corporation_id),
            attackers=tuple(replace(one, corporation_id=corporation_id) for one in kill.attackers),
        )
        assert (Trait.AWOX in flattener.flatten(both).traits) == awox


def test_a_revised_mail_in_a_war(flattener: Flattener) -> None:
    kill = replace(mail(10, 0, "A1", "B1", "B2"), war_id=5)
    assert flattener.flatten(kill, revised=True).traits == {Trait.WAR, Trait.REVISED}


def test_a_new_build_is_asked_at_once() -> None:
    universe = Universe.load()
    flattener, kill = Flattener(universe), mail(11, 0, "A1", "B1", system=30002537)
    assert flattener.flatten(kill).space is Space.LOW

    newer = Edition.read(shipped_file())
    moved = replace(newer.systems[SystemId(30002537)], space=Space.NULL)
    newer.systems._made[SystemId(30002537)] = moved
    universe.replace(newer)

    assert flattener.flatten(kill).space is Space.NULL
