"""Misspelt names are found, behind everything that is spelt as the query is."""

import random

import pytest

from services.universe.model import Hit, NameKind
from services.universe.search import NameIndex, fold, squeeze
from services.universe.universe import Universe
from tests.services.universe.misspellings import misspell

SYSTEMS = frozenset({NameKind.SYSTEM})
SHIPS = frozenset({NameKind.SHIP})
ALL = frozenset(NameKind)


def found(universe: Universe, query: str, kinds: frozenset[NameKind] = ALL) -> list[str]:
    return [hit.name for hit in universe.search(query, kinds=kinds)]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Amarake", "Amamake"),
        ("jtia", "Jita"),
        ("jitta", "Jita"),
        ("rattlesnak", "Rattlesnake"),
        ("ratlesnake", "Rattlesnake"),
        ("rattelsnake", "Rattlesnake"),
        ("lDQ1-A", "1DQ1-A"),
        ("idqla", "1DQ1-A"),
        ("1dql", "1DQ1-A"),
        ("O-W778", "0-W778"),
        ("perimter", "Perimeter"),
        ("vagabund", "Vagabond"),
        ("the froge", "The Forge"),
        ("froge", "The Forge"),
        ("citadle", "The Citadel"),
        ("hurrican fleet isue", "Hurricane Fleet Issue"),
        ("hurircane", "Hurricane"),
        ("sinq laisn", "Sinq Laison"),
    ],
)
def test_what_was_meant_is_among_the_first_five(universe: Universe, query: str, name: str) -> None:
    assert name in found(universe, query)[:5]


def test_what_begins_so_comes_before_what_looks_so(universe: Universe) -> None:
    hits = found(universe, "amam", SYSTEMS)
    strict = [h.name for h in universe.search("amam", kinds=SYSTEMS, misspelt=False)]
    assert strict == ["Amamake"]
    assert hits[0] == "Amamake"
    assert len(hits) > len(strict)
    assert not any(name.lower().startswith("amam") for name in hits[1:])


def test_where_the_name_itself_is_there_nothing_else_is_offered(universe: Universe) -> None:
    assert found(universe, "1dq1a", SYSTEMS) == ["1DQ1-A"]
    assert found(universe, "jita", SYSTEMS) == ["Jita"]


def test_kinds_and_limit_hold(universe: Universe) -> None:
    hits = universe.search("rattlesnak", kinds=SYSTEMS)
    assert all(hit.kind is NameKind.SYSTEM for hit in hits)
    assert len(universe.search("amarake", limit=2)) == 2
    assert universe.search("amarake", kinds=frozenset()) == ()
    assert len({(hit.kind, hit.id) for hit in universe.search("navi issue", limit=25)}) == 25


def test_two_letters_and_nonsense_find_nothing(universe: Universe) -> None:
    assert universe.search("qq", misspelt=True) == universe.search("qq", misspelt=False)
    assert found(universe, "xqzkwvjxq") == []


def test_one_mistake_in_a_short_query_two_in_a_long_one() -> None:
    hits = [Hit(kind=NameKind.SYSTEM, id=key, name=n) for key, n in enumerate(["Abcde", "Mnopqrs"])]
    index = NameIndex((hit, 0) for hit in hits)

    def names(query: str) -> list[str]:
        return [hit.name for hit in index.search(query, kinds=SYSTEMS)]

    assert names("abxde") == ["Abcde"]
    assert names("abxdy") == []
    assert names("mnxpqys") == ["Mnopqrs"]
    assert names("mnxpyzs") == []


@pytest.mark.parametrize(
    ("names", "query", "order"),
    [
        (["Bertha", "Berta", "Bertholt"], "bertja", ["Berta", "Bertha", "Bertholt"]),
        (["Abbrta", "Afrta", "Berta"], "bfrta", ["Berta", "Afrta"]),
    ],
)
def test_fewer_mistakes_first_then_the_whole_name_then_the_right_first_letter(
    names: list[str], query: str, order: list[str]
) -> None:
    hits = [Hit(kind=NameKind.SYSTEM, id=key, name=n) for key, n in enumerate(names)]
    index = NameIndex((hit, 0) for hit in hits)
    assert [hit.name for hit in index.search(query, kinds=SYSTEMS)] == order


def test_95_of_100_misspelt_names_are_among_the_first_five(universe: Universe) -> None:
    pick = random.Random(20260820)
    places = (universe.systems, universe.constellations, universe.regions)
    names = [place.name for table in places for place in table.values()]
    names += [kind.name for kind in universe.types.values() if universe.is_ship(kind.id)]
    long = [name for name in names if len(squeeze(fold(name))) >= 5]
    asked = pick.choices(long, k=500)
    right = sum(name in found(universe, misspell(name, pick))[:5] for name in asked)
    assert right >= 0.95 * len(asked), right / len(asked)
