"""Names as people type them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.universe.model import Hit, NameKind
from services.universe.search import NameIndex, fold, squeeze
from services.universe.universe import Universe

SYSTEMS = frozenset({NameKind.SYSTEM})
SHIPS = frozenset({NameKind.SHIP})


def found(universe: Universe, query: str, kinds: frozenset[NameKind] = SYSTEMS) -> list[str]:
    return [hit.name for hit in universe.search(query, kinds=kinds)]


@pytest.mark.parametrize(
    "query", ["1DQ1-A", "1dq1-a", "1dq1a", "  1dq1 a ", "1DQ1_A", "1dq1\u2013a"]
)
def test_1dq1_a_however_it_is_typed(universe: Universe, query: str) -> None:
    assert found(universe, query) == ["1DQ1-A"]
    assert universe.find_by_name(query, NameKind.SYSTEM) == 30004759


def test_the_exact_name_comes_first_then_those_that_begin_so_then_words(universe: Universe) -> None:
    hits = found(universe, "kor-azor", frozenset(NameKind))
    assert hits == ["Kor-Azor", "Kor-Azor Prime"]
    ravens = found(universe, "raven", SHIPS)
    assert ravens[0] == "Raven"
    assert "Raven Navy Issue" in ravens
    navy = universe.search("navy", kinds=SHIPS, limit=99)
    assert "Raven Navy Issue" in {hit.name for hit in navy}
    assert found(universe, "navy rav", SHIPS)[0] == "Raven Navy Issue"
    assert found(universe, "forge", frozenset({NameKind.REGION})) == ["The Forge"]


def test_known_space_before_wormholes_and_published_hulls_before_others(universe: Universe) -> None:
    hits = found(universe, "j1")
    first_hole = next(i for i, name in enumerate(hits) if name.startswith("J100"))
    assert "J1-6CJ" in hits[:first_hole]
    assert all("-" not in name for name in hits[first_hole:])
    concord = found(universe, "con", SHIPS)
    assert concord.index("Confessor") < concord.index("Concord Police Frigate")
    assert found(universe, "caps", SHIPS)[0] == "Capsule"


def test_the_limit_and_the_kinds_hold(universe: Universe) -> None:
    assert len(universe.search("j", kinds=SYSTEMS)) == 25
    assert len(universe.search("j", kinds=SYSTEMS, limit=3)) == 3
    assert {hit.kind for hit in universe.search("a", limit=500)} == set(NameKind)
    assert {hit.kind for hit in universe.search("a", kinds=SHIPS)} == {NameKind.SHIP}
    assert universe.search("jita", kinds=frozenset()) == ()


def test_nothing_typed_gives_the_first_names_and_only_punctuation_none(universe: Universe) -> None:
    regions = found(universe, "  ", frozenset({NameKind.REGION}))
    assert len(regions) == 25
    assert regions[:2] == ["A821-A", "Aridia"]
    assert found(universe, "--") == []
    assert universe.find_by_name("-", NameKind.SYSTEM) is None
    assert universe.find_by_name("", NameKind.SYSTEM) is None


def test_a_name_of_another_kind_is_not_found(universe: Universe) -> None:
    assert universe.find_by_name("The Forge", NameKind.REGION) == 10000002
    assert universe.find_by_name("the forge", NameKind.SYSTEM) is None
    assert universe.find_by_name("Jit", NameKind.SYSTEM) is None


def test_a_wrong_name_gets_suggestions(universe: Universe) -> None:
    assert universe.nearest("Jitta", NameKind.SYSTEM)[0] == "Jita"
    assert universe.nearest("delv", NameKind.REGION)[0] == "Delve"
    assert universe.nearest("ratlesnake", NameKind.SHIP)[0] == "Rattlesnake"
    assert len(universe.nearest("Amar", NameKind.SYSTEM, limit=2)) <= 2
    assert universe.nearest("qqqqzzzz", NameKind.REGION) == ()
    assert universe.nearest("", NameKind.REGION) == ()


def test_every_name_finds_itself(universe: Universe) -> None:
    tables = (
        (NameKind.SYSTEM, universe.systems),
        (NameKind.REGION, universe.regions),
        (NameKind.CONSTELLATION, universe.constellations),
    )
    for kind, table in tables:
        for key, place in table.items():
            assert universe.find_by_name(place.name, kind) == key
            assert universe.find_by_name(squeeze(fold(place.name)), kind) == key


def test_names_that_begin_letter_by_letter_come_before_those_with_punctuation_between() -> None:
    hits = [
        Hit(kind=NameKind.SYSTEM, id=key, name=name) for key, name in enumerate(["A-BC", "ABZ"])
    ]
    index = NameIndex((hit, 0) for hit in hits)
    assert [hit.name for hit in index.search("ab", kinds=SYSTEMS)] == ["ABZ", "A-BC"]


WORD = st.text(alphabet="abÄé -'1x", min_size=1, max_size=6)
NAMES = st.lists(WORD, min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(NAMES, st.text(alphabet="aBä -'1x", max_size=4))
def test_ranking(names: list[str], query: str) -> None:
    """Exact before beginning before words, and nothing that should be there is missing."""
    index = NameIndex(
        (Hit(kind=NameKind.SYSTEM, id=key, name=name), 0) for key, name in enumerate(names)
    )
    hits = index.search(query, kinds=SYSTEMS, limit=100, misspelt=False)
    assert index.search(query, kinds=SYSTEMS, limit=100)[: len(hits)] == hits
    folded, squeezed = fold(query), squeeze(fold(query))
    if folded and not squeezed:
        assert hits == ()
        return

    def tier(name: str) -> int:
        if fold(name) == folded:
            return 0
        if squeeze(fold(name)) == squeezed:
            return 1
        if squeeze(fold(name)).startswith(squeezed):
            return 2 if fold(name).startswith(folded) else 3
        return 4

    tiers = [tier(hit.name) for hit in hits]
    assert tiers == sorted(tiers)
    expected = {key for key, name in enumerate(names) if tier(name) < 4}
    assert expected <= {hit.id for hit in hits}
    for hit in hits:
        if tier(hit.name) == 4:
            words = fold(hit.name).replace("-", " ").split()
            asked = fold(query).replace("-", " ").split()
            assert all(any(word.startswith(part) for word in words) for part in asked)


@pytest.mark.parametrize(
    ("text", "plain", "bare"),
    [
        ("  Goru\u2019s  Shuttle ", "gorus shuttle", "gorusshuttle"),
        ("Ænigma Öst", "ænigma ost", "ænigmaost"),
        ("NOL-M9", "nol-m9", "nolm9"),
    ],
)
def test_folding(text: str, plain: str, bare: str) -> None:
    assert fold(text) == plain
    assert squeeze(fold(text)) == bare
