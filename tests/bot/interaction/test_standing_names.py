"""Lists of names as people paste them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.interaction.standing_names import MOST, Somebody, find_everybody, pick, split_names
from services.container import Services
from services.domain.errors import UserError
from services.domain.killmail import OrganisationKind
from tests.wiring import wired

K = OrganisationKind
TWICE = [
    (98_000_001, "corporation", "Vex", "VX"),
    (90_000_009, "character", "VEX", None),
    (98_000_002, "corporation", "One, Two and Co", "OTC"),
    (98_000_003, "corporation", "Other Vex", "VX"),
]


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with wired(tmp_path) as wiring:
        await wiring.services.names.seed(TWICE)
        yield wiring.services


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Alpha Pact", ["Alpha Pact"]),
        ("Alpha Pact, Beta Union;Vex\n\n Ana Kaseros ", ["Alpha Pact", "Beta Union", "Vex", "Ana Kaseros"]),
        ('"One, Two and Co", Vex', ["One, Two and Co", "Vex"]),
        ("[ALPHA] [BETA]", ["[ALPHA]", "[BETA]"]),
        ("Vex, Vex", ["Vex"]),
        (
            "https://zkillboard.com/alliance/1/ https://zkillboard.com/alliance/2/",
            ["https://zkillboard.com/alliance/1/", "https://zkillboard.com/alliance/2/"],
        ),
        ("alliance:Alpha Pact,corp:Vex", ["alliance:Alpha Pact", "corp:Vex"]),
    ],
)  # fmt: skip
def test_names_are_told_apart(text: str, names: list[str]) -> None:
    assert split_names(text) == names


def test_none_and_too_many_are_refused() -> None:
    with pytest.raises(UserError, match="no name"):
        split_names(" ,;\n")
    assert len(split_names(",".join(map(str, range(MOST))))) == MOST
    with pytest.raises(UserError, match=f"at most {MOST}"):
        split_names(",".join(map(str, range(MOST + 1))))


async def test_everybody_is_found_in_every_way(services: Services) -> None:
    names = [
        "alpha pact", "[BETA]", "https://zkillboard.com/character/90065001/", "corp:Vex", "pilot:vex",
        "One, Two and Co", "Beta Union [BETA]", "Caldari State", "Minmatar Republic",
        "https://zkillboard.com/faction/500004/", "faction:amarr empire", "CONCORD",
    ]  # fmt: skip
    told = await find_everybody(services, names)
    assert told.problems == ()
    assert [(one.id, one.kind) for one in told.found] == [
        (99_000_065, K.ALLIANCE),
        (99_000_066, K.ALLIANCE),
        (90_065_001, K.CHARACTER),
        (98_000_001, K.CORPORATION),
        (90_000_009, K.CHARACTER),
        (98_000_002, K.CORPORATION),
        (500_001, K.FACTION),
        (500_002, K.FACTION),
        (500_004, K.FACTION),
        (500_003, K.FACTION),
        (1_000_125, K.CORPORATION),
    ]


async def test_what_cannot_be_told_keeps_nobody_back(services: Services) -> None:
    told = await find_everybody(
        services, ["Vex", "[VX]", "Alfa Pact", "Alpha Pact", "faction:Narnia"]
    )
    assert [one.name for one in told.found] == ["Alpha Pact"]
    several, tickers, unknown, faction = told.problems
    assert several == "“Vex” can mean 2: write `corp:Vex` or `pilot:Vex`."
    assert "paste the zKillboard link" in tickers
    assert "the game cannot be asked at the moment" in unknown
    assert "there is no faction called so" in faction


def test_those_who_are_marked_are_picked_without_asking() -> None:
    alpha = Somebody(id=99, kind=K.ALLIANCE, name="Alpha Pact")
    corp = Somebody(id=98, kind=K.CORPORATION, name="Alpha-Pact")
    nameless = Somebody(id=97, kind=K.CHARACTER, name="#97")
    known = [alpha, corp, nameless]
    assert pick(known, ["alpha pact"]).found == (alpha, corp)
    assert pick(known, ["corp:alpha pact"]).found == (corp,)
    assert pick(known, ["https://zkillboard.com/alliance/99/"]).found == (alpha,)
    assert pick(known, ["#97"]).found == (nameless,)
    told = pick(known, ["Alpha *Pact*?", "Nobody"])
    assert told.problems == ("“Nobody” is not marked here.",)
