"""Facts of New Eden, pinned on the shipped file."""

import pytest

from services.domain.space import Space
from services.universe.errors import UnknownSystem
from services.universe.model import NameKind
from services.universe.universe import Universe

JITA, AMARR, THERA, ZARZAKH = 30000142, 30002187, 31000005, 30100000
NOWHERE = 39999999


def names(universe: Universe, ids) -> set[str]:
    return {universe.systems[key].name for key in ids}


def test_it_says_which_build_it_is(universe: Universe) -> None:
    assert universe.build == 3475087
    assert universe.release_date.isoformat() == "2026-08-20T11:08:35+00:00"
    assert (len(universe.systems), len(universe.regions), len(universe.types)) == (8490, 114, 50846)


def test_jita(universe: Universe) -> None:
    jita = universe.get_system(JITA)
    assert (jita.name, jita.true_security, jita.security) == ("Jita", 0.945913, 0.9)
    assert jita.space is Space.HIGH
    assert universe.constellations[jita.constellation_id].name == "Kimotoro"
    assert universe.regions[jita.region_id].name == "The Forge"
    assert (jita.wormhole_class, jita.effect) == (None, None)
    assert jita.map_position is not None


def test_jita_to_amarr_is_11_jumps(universe: Universe) -> None:
    assert universe.jumps(JITA, AMARR) == universe.jumps(AMARR, JITA) == 11
    assert len(universe.route(JITA, AMARR)) == 12


def test_a_gate_by_its_id(universe: Universe) -> None:
    gate = universe.find_gate(50001249)
    assert gate is not None
    assert universe.systems[gate.system_id].name == "Jita"
    assert gate.destination_id is not None
    assert universe.systems[gate.destination_id].name == "Perimeter"
    assert gate.position is None, "the recorded export does not say"
    assert universe.find_gate(40009087) is None, "a moon"


def test_every_neighbour_has_a_gate(universe: Universe) -> None:
    gates = universe.edition.stargates.values()
    assert len(gates) == 13_978
    joined = {(gate.system_id, gate.destination_id) for gate in gates}
    assert joined == {(a, b) for a, ends in universe.gates.items() for b in ends}


def test_zarzakh_links_four_systems(universe: Universe) -> None:
    ends = universe.gates[ZARZAKH]
    assert names(universe, ends) == {"Alsavoinon", "G-0Q86", "H-PA29", "Turnur"}
    assert all(ZARZAKH in universe.gates[end] for end in ends)
    assert universe.space_of(ZARZAKH) is Space.NULL


def test_pochven_is_not_reachable_by_gate(universe: Universe) -> None:
    pochven = [key for key, system in universe.systems.items() if system.space is Space.POCHVEN]
    assert len(pochven) == 27
    assert all(universe.jumps(JITA, key) is None for key in pochven)
    assert universe.route(JITA, pochven[0]) == ()
    assert all(end in set(pochven) for key in pochven for end in universe.gates[key])


def test_wormhole_systems_have_a_class_and_no_gates(universe: Universe) -> None:
    holes = [system for system in universe.systems.values() if system.space is Space.WORMHOLE]
    assert len(holes) == 2604
    assert {hole.wormhole_class for hole in holes} == {1, 2, 3, 4, 5, 6, 12, 13, 14, 15, 16, 17, 18}
    assert not any(universe.gates[hole.id] for hole in holes)
    assert all(name.id in universe.systems for name in holes)
    assert sum(hole.effect is not None for hole in holes) == 1038


def test_classes_stand_on_wormhole_systems_alone(universe: Universe) -> None:
    others = [s for s in universe.systems.values() if s.space is not Space.WORMHOLE]
    assert not any(system.wormhole_class or system.effect for system in others)


@pytest.mark.parametrize(
    ("name", "space", "wormhole_class"),
    [
        ("Thera", Space.WORMHOLE, 12),
        ("Turnur", Space.LOW, None),
        ("1DQ1-A", Space.NULL, None),
        ("AD001", Space.ABYSSAL, None),
        ("Kino", Space.POCHVEN, None),
        ("Azdaja Redoubt", Space.WORMHOLE, 18),
    ],
)
def test_spaces(universe: Universe, name: str, space: Space, wormhole_class: int | None) -> None:
    key = universe.find_by_name(name, NameKind.SYSTEM)
    assert key is not None
    system = universe.get_system(key)
    assert (system.space, system.wormhole_class) == (space, wormhole_class)


def test_ids_that_are_not_held(universe: Universe) -> None:
    assert universe.find_system(NOWHERE) is None
    assert universe.find_system(None) is None
    assert universe.find_type(-5) is None
    assert universe.find_region(1) is None
    assert universe.find_constellation(1) is None
    assert universe.find_group(-5) is None
    assert universe.space_of(NOWHERE) is Space.UNKNOWN
    assert universe.jumps(JITA, NOWHERE) is None
    assert universe.jumps(NOWHERE, NOWHERE) is None
    assert universe.route(NOWHERE, JITA) == ()
    assert universe.within_jumps(NOWHERE, 5) == {}
    with pytest.raises(UnknownSystem, match="39999999"):
        universe.get_system(NOWHERE)
    with pytest.raises(UnknownSystem):
        universe.light_years(JITA, NOWHERE)
    with pytest.raises(UnknownSystem):
        universe.within_light_years(NOWHERE, 5)


def test_types_groups_and_factions(universe: Universe) -> None:
    rifter = universe.types[587]
    assert (rifter.name, rifter.meta_group_id, rifter.published) == ("Rifter", 1, True)
    group = universe.find_group(rifter.group_id)
    assert group is not None
    assert (group.name, universe.categories[group.category_id].name) == ("Frigate", "Ship")
    assert universe.factions[500001].name == "Caldari State"
    assert universe.npc_corporations[1000125].name == "CONCORD"
    assert universe.is_ship(587)
    assert not universe.is_ship(35834)
    assert not universe.is_ship(None)


def test_things_are_made_once_and_tables_are_mappings(universe: Universe) -> None:
    assert universe.systems[JITA] is universe.get_system(JITA)
    assert JITA in universe.systems
    assert NOWHERE not in universe.systems
    assert list(universe.regions) == sorted(universe.regions)
    with pytest.raises(KeyError):
        universe.systems[NOWHERE]
