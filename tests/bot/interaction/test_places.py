"""Regions and systems by name and by link."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from bot.interaction.places import (
    LinkedPlace,
    PlaceOption,
    RegionOption,
    SystemOption,
    find_place,
    find_region,
    find_system,
    linked_place,
)
from services.domain.errors import UnknownName, UserError
from services.domain.ids import RegionId, SystemId
from services.universe.model import NameKind
from tests.wiring import AMAMAKE, HEIMATAR, JITA, THE_FORGE, universe

LINKS = [
    ("https://zkillboard.com/system/30002537/", AMAMAKE, HEIMATAR),
    ("https://zkillboard.com/related/30002537/202111300300/", AMAMAKE, HEIMATAR),
    ("zkillboard.com/system/30002537", AMAMAKE, HEIMATAR),
    ("https://zkillboard.com/region/10000030/?x=1", None, HEIMATAR),
    ("<https://evemaps.dotlan.net/system/Amamake>", AMAMAKE, HEIMATAR),
    ("https://evemaps.dotlan.net/system/30002537", AMAMAKE, HEIMATAR),
    ("http://evemaps.dotlan.net/map/The_Forge", None, THE_FORGE),
    ("https://evemaps.dotlan.net/map/The_Forge/Jita#sec", JITA, THE_FORGE),
    ("https://evemaps.dotlan.net/region/The%20Forge", None, THE_FORGE),
    ("https://zkillboard.com/kill/123/", None, None),
    ("https://zkillboard.com/", None, None),
    ("https://zkillboard.com/system/99/", None, None),
]


@pytest.mark.parametrize(("text", "system_id", "region_id"), LINKS)
def test_links(text: str, system_id: int | None, region_id: int | None) -> None:
    assert linked_place(universe(), text) == LinkedPlace(system_id, region_id)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["Amamake", "https://example.org/system/30002537", "see zkillboard.com/system/30002537"]
)
def test_other_text_is_no_link(text: str) -> None:
    assert linked_place(universe(), text) is None


def test_names_are_found_in_any_case() -> None:
    assert find_region(universe(), " the forge ") == THE_FORGE
    assert find_system(universe(), "JITA") == JITA
    assert find_system(universe(), "1dq1a") == universe().find_by_name("1DQ1-A", NameKind.SYSTEM)


def test_unknown_names_offer_near_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        find_system(universe(), "Amarake")
    assert "Amamake" in caught.value.nearest
    with pytest.raises(UserError, match=r"Jita is a system.*The Forge"):
        find_region(universe(), "jita")
    with pytest.raises(UserError, match="shows no system"):
        find_system(universe(), "https://zkillboard.com/region/10000030/")
    with pytest.raises(UserError, match=r"x{100}”.*choose from what I offer"):
        find_region(universe(), "x" * 5000)
    with pytest.raises(UserError, match=r"“\\\*\\\*Q\\\*\\\*”"):
        find_region(universe(), "**Q**")


def test_long_text_costs_nothing() -> None:
    started = time.perf_counter()
    for text in ("https://zkillboard.com/" + "/" * 6000, "a" * 6000, "\n" * 6000):
        with pytest.raises(UserError):
            find_region(universe(), text)
    assert time.perf_counter() - started < 1


async def offered(option: Any, text: str) -> list[str]:
    """What is offered to somebody who typed this."""
    services = SimpleNamespace(universe=universe())
    interaction = SimpleNamespace(client=SimpleNamespace(services=services))
    return [choice.name for choice in await option.autocomplete(interaction, text)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("delv", "Delve"),
        ("dleve", "Delve"),
        ("forge", "The Forge"),
        ("the froge", "The Forge"),
        ("1dq", "Delve (1DQ1-A)"),
        ("lDQ1-A", "Delve (1DQ1-A)"),
        ("amamkae", "Heimatar (Amamake)"),
    ],
)
async def test_regions_are_offered_for_what_is_misspelt(text: str, first: str) -> None:
    assert (await offered(RegionOption(), text))[0] == first


async def test_a_system_spelt_right_goes_before_a_region_spelt_wrong() -> None:
    assert universe().search("perim", kinds=frozenset({NameKind.REGION}))[0].name == "Period Basis"
    assert await offered(RegionOption(), "perim") == ["The Forge (Perimeter)"]


async def test_systems_are_offered_for_what_is_misspelt() -> None:
    assert (await offered(SystemOption(), "amamkae"))[0] == "Amamake"
    assert (await offered(SystemOption(), "idq1a"))[0] == "1DQ1-A"
    assert len(await offered(SystemOption(), "q")) == 25


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("heimatar", LinkedPlace(region_id=RegionId(HEIMATAR))),
        ("Amamake", LinkedPlace(system_id=SystemId(AMAMAKE))),
        ("https://zkillboard.com/system/30002537/", LinkedPlace(system_id=SystemId(AMAMAKE))),
        ("https://evemaps.dotlan.net/map/The_Forge", LinkedPlace(region_id=RegionId(THE_FORGE))),
    ],
)
def test_a_place_is_a_region_or_a_system(text: str, place: LinkedPlace) -> None:
    assert find_place(universe(), text) == place


def test_what_is_no_place_is_told() -> None:
    with pytest.raises(UnknownName, match="system or region called “Amamke”. Did you mean Amamake"):
        find_place(universe(), "Amamke")
    with pytest.raises(UserError, match="choose from what I offer"):
        find_place(universe(), "ÿÿÿÿ")
    with pytest.raises(UserError, match="shows no place"):
        find_place(universe(), "https://zkillboard.com/kill/1/")


async def test_offered_places_can_be_chosen() -> None:
    services = SimpleNamespace(universe=universe())
    asker: Any = SimpleNamespace(client=SimpleNamespace(services=services))
    option = PlaceOption()
    for typed, first in [
        ("heim", "Heimatar"),
        ("amam", "Amamake"),
        ("https://zkillboard.com/system/30002537/", "Amamake"),
    ]:
        choices = await option.autocomplete(asker, typed)
        assert choices[0].name == first
        assert len(choices) <= 25
        for choice in choices:
            await option.transform(asker, choice.value)
    assert await option.autocomplete(asker, "https://zkillboard.com/kill/1/") == []
