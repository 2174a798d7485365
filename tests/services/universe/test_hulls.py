"""The table of hulls against the names in the shipped universe."""

import pytest

from services.domain.space import HullClass
from services.universe.hulls import CATEGORIES, SHIP_CATEGORY, SHIP_GROUPS
from services.universe.universe import Universe


def test_every_ship_has_a_class(universe: Universe) -> None:
    ships = [kind for kind in universe.types.values() if universe.is_ship(kind.id)]
    assert len(ships) > 500
    assert [ship.name for ship in ships if universe.hull_class(ship.id) is HullClass.OTHER] == []


def test_the_table_covers_the_ship_groups_by_their_names(universe: Universe) -> None:
    groups = {
        key: group.name
        for key, group in universe.groups.items()
        if group.category_id == SHIP_CATEGORY
    }
    assert {key: name for key, (name, _) in SHIP_GROUPS.items()} == groups
    assert {key: universe.categories[key].name for key in CATEGORIES} == {
        key: name for key, (name, _) in CATEGORIES.items()
    }


@pytest.mark.parametrize(
    ("hull", "expected"),
    [
        (670, HullClass.POD),
        (672, HullClass.ROOKIE),  # Caldari Shuttle
        (601, HullClass.ROOKIE),  # Ibis
        (587, HullClass.FRIGATE),  # Rifter
        (22456, HullClass.DESTROYER),  # Sabre
        (29984, HullClass.CRUISER),  # Tengu
        (22448, HullClass.BATTLECRUISER),  # Absolution
        (28661, HullClass.BATTLESHIP),  # Kronos
        (20185, HullClass.INDUSTRIAL),  # Charon
        (28606, HullClass.INDUSTRIAL),  # Orca
        (28352, HullClass.CAPITAL),  # Rorqual
        (37604, HullClass.CAPITAL),  # Apostle
        (23919, HullClass.SUPERCAPITAL),  # Aeon
        (671, HullClass.SUPERCAPITAL),  # Erebus
        (35834, HullClass.STRUCTURE),  # Keepstar
        (16213, HullClass.STRUCTURE),  # Caldari Control Tower
        (2233, HullClass.STRUCTURE),  # Customs Office
        (33474, HullClass.DEPLOYABLE),  # Mobile Depot
        (40362, HullClass.FIGHTER),
        (10052, HullClass.OTHER),  # an NPC
        (2046, HullClass.OTHER),  # Damage Control I
        (999_999_999, HullClass.OTHER),
        (None, HullClass.OTHER),
    ],
)
def test_hull_class(universe: Universe, hull: int | None, expected: HullClass) -> None:
    assert universe.hull_class(hull) is expected, universe.find_type(hull)
