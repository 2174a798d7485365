"""Filters that no kill can meet, as far as that is plain."""

import pytest

from services.filters.contradictions import contradiction
from services.filters.service import FilterService
from services.universe.universe import Universe
from tests.services.filters.people import service_of


@pytest.fixture(scope="module")
def service(universe: Universe) -> FilterService:
    return service_of(universe)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("isk>5b isk<1b", "`isk>5b` and `isk<1b` leave no figure between them"),
        ("isk>=1b region:Delve isk<1b", "`isk>=1b` and `isk<1b` leave no figure"),
        ("attackers<=1 attackers>1", "leave no figure"),
        (
            "region:Delve region:Fountain",
            "`region:10000060` and `region:10000058` never hold together",
        ),
        ("space:low space:high", "`space:low` and `space:high` never"),
        ("day:mon day:sat,sun", "never hold together"),
        ("hull:Rifter -hull:Rifter,Merlin", "is asked for and excluded at once"),
        ("victim.hull:Rifter -either.hull:Rifter", "is asked for and excluded"),
        ("final.hull:Rifter -attacker.hull:Rifter", "is asked for and excluded"),
        ("isk>1b -isk>1b", "is asked for and excluded"),
        ("is:solo -is:solo,npc", "is asked for and excluded"),
        ("same(hull:Rifter group:Titan) -same(hull:Rifter group:Titan)", "a group is asked for"),
        ("region:Delve (isk>5b isk<1b or hull:Titan -hull:Titan)", "no kill can meet this"),
        ("(is:solo or is:npc) -is:solo,npc", "is asked for and excluded"),
    ],
)
async def test_what_no_kill_meets(service: FilterService, text: str, told: str) -> None:
    assert told in (contradiction(await service.read(text)) or "")


@pytest.mark.parametrize(
    "text",
    [
        "", "isk>1b", "isk>=1b isk<=1b", "isk>1b isk<5b", "region:Delve,Fountain region:Fountain",
        "hull:Rifter hull:Merlin", "hull:Rifter,Merlin -hull:Rifter", "attacker.hull:Rifter -victim.hull:Rifter",
        "attacker.hull:Rifter -final.hull:Rifter", "isk>5b or isk<1b", "is:solo is:npc",
        "region:Delve or hull:Titan -is:npc",
        "(is:solo or is:npc) -is:solo", "isk>1b -isk>5b", "system:Jita region:Delve", "attackers=5",
    ],
)  # fmt: skip
async def test_what_some_kill_may_meet(service: FilterService, text: str) -> None:
    assert contradiction(await service.read(text)) is None


async def test_names_are_put_for_ids(service: FilterService) -> None:
    f = await service.read("region:Delve -region:Delve")
    assert contradiction(f, lambda _, key: "Delve") == (
        "`region:Delve` is asked for and excluded at once: no kill can meet this."
    )
