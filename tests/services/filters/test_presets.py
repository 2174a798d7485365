"""Presets: each matches what it promises and nothing beside it, and says what it lacks."""

from dataclasses import replace
from typing import Any

import pytest

from services.domain.errors import UserError
from services.domain.filter import Condition, Filter, FilterField, FilterGroup, GroupKind, Op, Reach
from services.domain.ids import FactionId, GroupId, RegionId, SystemId, TypeId
from services.domain.killmail import Killmail
from services.domain.standing import Standing, Standings
from services.filters.compiling import Compiler
from services.filters.data import decode, encode
from services.filters.errors import FilterFault
from services.filters.flat import Flattener
from services.filters.presets import (
    BIG,
    STARBASE_PARTS,
    Distance,
    Preset,
    Wishes,
    joined,
    parse_distance,
    preset_filter,
)
from services.universe.universe import Universe
from tests.factories import mail
from tests.wiring import AMAMAKE, HEIMATAR, JITA, UEDAMA, universe

US, FRIEND = 99_000_065, 99_000_066
"""The alliances of A and B."""
STANDINGS = Standings({US: Standing.US, FRIEND: Standing.FRIEND})
AT_AMAMAKE = Wishes(system_id=SystemId(AMAMAKE))
TITAN, THANATOS, FORTIZAR = TypeId(671), TypeId(23911), TypeId(35833)


def at(victim: str, *attackers: str, **fields: Any) -> Killmail:
    """A mail in Amamake, unless it is elsewhere."""
    return mail(1, 1, victim, *attackers, **{"system": AMAMAKE, **fields})


def flying(killmail: Killmail, hull: TypeId) -> Killmail:
    """The first attacker flies something else."""
    first, *rest = killmail.attackers
    return replace(killmail, attackers=(replace(first, ship_type_id=hull), *rest))


def militia(killmail: Killmail, victim: int | None, attacker: int | None) -> Killmail:
    """Both sides serve somebody."""
    first, *rest = killmail.attackers
    return replace(
        killmail,
        victim=replace(killmail.victim, faction_id=victim and FactionId(victim)),
        attackers=(replace(first, faction_id=attacker and FactionId(attacker)), *rest),
    )


def holds(wanted: Filter, killmail: Killmail) -> bool:
    """Through the real compiler; what is stored and read back means the same."""
    assert decode(encode(wanted)) == wanted
    program = Compiler(universe()).compile(wanted, STANDINGS)
    return program.holds(Flattener(universe()).flatten(killmail))


CASES = [
    (Preset.OUR_KILLS, Wishes(), at("C1", "A1"), at("A2", "A1")),
    (Preset.OUR_KILLS, Wishes(), at("C1", "B1", "A1"), at("C1", "B1")),
    (Preset.OUR_LOSSES, Wishes(), at("A1", "C1"), at("B1", "A1")),
    (Preset.BIG_KILLS, Wishes(), at("C1", "D1", isk=BIG), at("C1", "D1", isk=BIG - 1)),
    (Preset.BIG_KILLS, Wishes(min_isk=1e9), at("C1", "D1", isk=1e9), at("C1", "D1")),
    (Preset.CAPITALS_NEAR, AT_AMAMAKE, flying(at("C1", "D1"), THANATOS), at("C1", "D1")),
    (
        Preset.CAPITALS_NEAR,
        AT_AMAMAKE,
        at("C1", "D1", hull=TITAN),
        at("C1", "D1", hull=TITAN, system=JITA),
    ),
    (Preset.HOME_DEFENCE, AT_AMAMAKE, at("A1", "C1"), at("C1", "D1", "A1")),
    (Preset.HOME_DEFENCE, AT_AMAMAKE, at("C1", "D1"), at("C1", "D1", "B1")),
    (Preset.HOME_DEFENCE, AT_AMAMAKE, at("C1", "D1", "npc"), at("C1", "npc")),
    (
        Preset.HOME_DEFENCE,
        Wishes(region_id=RegionId(HEIMATAR)),
        at("C1", "D1"),
        at("C1", "D1", system=JITA),
    ),
    (Preset.STRUCTURES, Wishes(), at("c", "D1", hull=FORTIZAR), flying(at("C1", "D1"), FORTIZAR)),
    (
        Preset.SOLO,
        AT_AMAMAKE,
        replace(at("C1", "D1"), solo=True),
        replace(at("C1", "D1"), solo=False),
    ),
    (
        Preset.GATE_GANKS,
        Wishes(),
        replace(at("C1", "D1"), labels=("ganked",)),
        replace(at("C1", "D1"), labels=("pvp",)),
    ),
    (
        Preset.FACTION_WAR,
        AT_AMAMAKE,
        militia(at("C1", "D1"), 500_001, 500_004),
        militia(at("C1", "D1"), 500_001, None),
    ),
    (
        Preset.ONE_HULL,
        Wishes(hull_id=TITAN),
        at("C1", "D1", hull=TITAN),
        flying(at("C1", "D1"), TITAN),
    ),
    (
        Preset.ONE_HULL,
        Wishes(hull_group_id=GroupId(30)),
        at("C1", "D1", hull=TITAN),
        at("C1", "D1"),
    ),
    (None, AT_AMAMAKE, at("C1", "D1"), at("C1", "D1", system=JITA)),
]


@pytest.mark.parametrize(("preset", "wishes", "wanted", "unwanted"), CASES)
def test_each_matches_what_it_promises(
    preset: Preset | None, wishes: Wishes, wanted: Killmail, unwanted: Killmail
) -> None:
    made = preset_filter(preset, wishes, has_us=True)
    assert holds(made, wanted)
    assert not holds(made, unwanted)


def test_structures_are_what_somebody_defends(
    recorded: dict[int, Killmail], universe: Universe
) -> None:
    """A citadel, a customs office, a moon drill; not the hangar, the laboratory and the gun around a control tower."""
    made = preset_filter(Preset.STRUCTURES, Wishes(), has_us=False)
    program, flattener = Compiler(universe).compile(made), Flattener(universe)
    found = {
        key: program.holds(flattener.flatten(recorded[key]))
        for key in (62606584, 85628444, 131501165, 12456829, 23830475, 44785876, 48372697)
    }
    assert [key for key, held in found.items() if held] == [62606584, 85628444, 131501165]


def test_of_a_starbase_only_the_tower_is_a_structure_to_tell_of(universe: Universe) -> None:
    starbase = {group.id for group in universe.groups.values() if group.category_id == 23}
    assert starbase - set(STARBASE_PARTS) <= {365}
    assert set(STARBASE_PARTS) <= starbase


def test_every_preset_was_tried() -> None:
    assert {case[0] for case in CASES} == {None, *Preset}


def test_every_option_narrows_every_preset() -> None:
    wishes = Wishes(system_id=SystemId(AMAMAKE), min_isk=1e9, hull_id=TITAN)
    for preset in (None, *Preset):
        members = preset_filter(preset, wishes, has_us=True).root.members
        asked = {part.field for part in members if isinstance(part, Condition)}
        assert {FilterField.ISK, FilterField.HULL} <= asked
        assert asked & {FilterField.SYSTEM, FilterField.WITHIN}


@pytest.mark.parametrize(
    ("preset", "wishes", "words"),
    [
        (Preset.OUR_KILLS, Wishes(), "/standing add"),
        (Preset.OUR_LOSSES, AT_AMAMAKE, "/standing add"),
        (Preset.CAPITALS_NEAR, Wishes(region_id=RegionId(HEIMATAR)), "the system to measure from"),
        (Preset.HOME_DEFENCE, Wishes(), "your home"),
        (Preset.SOLO, Wishes(), "a `place`, a `hull` or a floor"),
        (Preset.FACTION_WAR, Wishes(), "a `place`, a `hull` or a floor"),
        (Preset.ONE_HULL, AT_AMAMAKE, "as `hull`"),
        (None, Wishes(distance=Distance(jumps=5)), "measured from a system"),
    ],
)
def test_what_is_missing_is_said(preset: Preset | None, wishes: Wishes, words: str) -> None:
    with pytest.raises(UserError, match=words):
        preset_filter(preset, wishes, has_us=False)


def test_home_and_capitals_have_a_distance_of_their_own_that_can_be_changed() -> None:
    def reaches(preset: Preset, distance: Distance | None) -> list[object]:
        made = preset_filter(preset, replace(AT_AMAMAKE, distance=distance), has_us=False)
        return [
            value
            for part in made.root.members
            if isinstance(part, Condition) and part.field is FilterField.WITHIN
            for value in part.values
        ]

    near = SystemId(AMAMAKE)
    assert reaches(Preset.CAPITALS_NEAR, None) == [Reach(system_id=near, light_years=7.0)]
    assert reaches(Preset.HOME_DEFENCE, None) == [Reach(system_id=near, jumps=5)]
    assert reaches(Preset.HOME_DEFENCE, Distance(light_years=3.5)) == [
        Reach(system_id=near, light_years=3.5)
    ]
    assert reaches(Preset.HOME_DEFENCE, Distance(jumps=0)) == [], "the system itself"


@pytest.mark.parametrize(
    ("text", "distance"),
    [
        ("7ly", Distance(light_years=7)),
        (" 7.5 light-years", Distance(light_years=7.5)),
        ("7,5 LY", Distance(light_years=7.5)),
        ("5j", Distance(jumps=5)),
        ("5 Jumps", Distance(jumps=5)),
        ("0j", Distance(jumps=0)),
    ],
)
def test_distances_are_read(text: str, distance: Distance) -> None:
    assert parse_distance(text) == distance


@pytest.mark.parametrize(
    "text", ["", "5", "far", "5.5j", "0ly", "51j", "101ly", "5 parsecs", "-5j"]
)
def test_what_is_no_distance_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="like `7ly` or `5j`"):
        parse_distance(text)


def test_two_filters_are_joined() -> None:
    place = preset_filter(None, AT_AMAMAKE, has_us=False)
    isk = Condition(FilterField.ISK, (1e9,), Op.AT_LEAST)
    attackers = Condition(FilterField.ATTACKERS, (10,), Op.AT_LEAST)
    either = Filter(FilterGroup(GroupKind.ANY, (isk, attackers)))
    both = joined(place, either)
    assert holds(both, at("C1", "D1", isk=1e9))
    assert not holds(both, at("C1", "D1", isk=1e8))
    assert not holds(both, at("C1", "D1", isk=1e9, system=UEDAMA))
    assert joined(Filter(), place) == place
    assert joined(place, place) == place


def test_a_joined_filter_has_the_limits_of_any_other() -> None:
    def many(first: int) -> Filter:
        parts = (Condition(FilterField.SYSTEM, (first + n,)) for n in range(30))
        groups = (FilterGroup(GroupKind.ANY, (part, FLOOR)) for part in parts)
        return Filter(FilterGroup(GroupKind.ALL, tuple(groups)))

    assert len(joined(many(1), Filter()).root.members) == 30
    with pytest.raises(FilterFault, match="at most 100"):
        joined(many(1), many(100))


FLOOR = Condition(FilterField.ISK, (1e9,), Op.AT_LEAST)
