"""Ships and groups of ships by name and by link."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.interaction.hulls import HullOption, HullWish, find_hull
from services.domain.errors import UnknownName, UserError
from services.domain.ids import GroupId, TypeId
from tests.wiring import universe

TITAN = HullWish(group_id=GroupId(30))
EREBUS = HullWish(hull_id=TypeId(671))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Titan", TITAN),
        ("titans", TITAN),
        ("force recon ship", HullWish(group_id=GroupId(833))),
        (" erebus ", EREBUS),
        ("https://zkillboard.com/group/30/", TITAN),
        ("zkillboard.com/ship/671/losses/", EREBUS),
    ],
)
def test_both_are_found(text: str, found: HullWish) -> None:
    assert find_hull(universe(), text) == found


def test_what_is_near_is_named() -> None:
    with pytest.raises(UnknownName, match=r"called “Erebuz”. Did you mean Erebus"):
        find_hull(universe(), "Erebuz")
    with pytest.raises(UnknownName, match="Did you mean Titan|, Titan"):
        find_hull(universe(), "Titann")


@pytest.mark.parametrize("link", ["ship/9999999999", "group/999999"])
def test_links_to_nothing_are_told(link: str) -> None:
    with pytest.raises(UserError, match="shows no ship"):
        find_hull(universe(), f"https://zkillboard.com/{link}/")


async def test_what_is_offered_can_be_chosen() -> None:
    asker: Any = SimpleNamespace(
        client=SimpleNamespace(services=SimpleNamespace(universe=universe()))
    )
    option = HullOption()
    names = {}
    for typed in ("", "tit", "ereb", "recon"):
        offered = await option.autocomplete(asker, typed)
        assert 0 < len(offered) <= 25
        names[typed] = [choice.name for choice in offered]
        for choice in offered:
            await option.transform(asker, choice.value)
    assert names["tit"][0] == "Titan (group)"
    assert names["ereb"][0] == "Erebus"
    assert "Force Recon Ship (group)" in names["recon"]
