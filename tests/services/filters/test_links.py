"""Pasted links: what they show becomes the filter, anything else is refused in words."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from services.filters.errors import FilterFault
from services.filters.service import FilterService
from services.universe.universe import Universe
from tests.services.filters.people import service_of

ZKILL, DOTLAN = "https://zkillboard.com", "https://evemaps.dotlan.net"


@pytest.fixture(scope="module")
def service(universe: Universe) -> FilterService:
    return service_of(universe)


@pytest.mark.parametrize(
    ("link", "printed"),
    [
        (f"{ZKILL}/character/196379789/", "pilot:Chribba"),
        (f"{ZKILL}/character/196379789/losses/", "victim.pilot:Chribba"),
        (f"{ZKILL}/corporation/98388312/kills/", 'attacker.corp:"Pandemic Horde Inc."'),
        (
            f"{ZKILL}/alliance/1354830081/kills/solo/page/3/",
            'attacker.alliance:"Goonswarm Federation" is:solo',
        ),
        (f"{ZKILL}/faction/500001/", 'faction:"Caldari State"'),
        (f"{ZKILL}/system/30004759/", "system:1DQ1-A"),
        (f"{ZKILL}/system/30004759/losses/", "system:1DQ1-A"),
        (f"{ZKILL}/constellation/20000020/", "constellation:Kimotoro"),
        (f"{ZKILL}/region/10000060/", "region:Delve"),
        (f"{ZKILL}/region/10000060/?x=1#y", "region:Delve"),
        (f"{ZKILL}/ship/587/", "hull:Rifter"),
        (f"{ZKILL}/ship/587/losses/lowsec/", "victim.hull:Rifter space:low"),
        (f"{ZKILL}/group/30/", "group:Titan"),
        (f"{ZKILL}/item/44992/", "item:PLEX"),
        (f"{ZKILL}/label/fw:calgal/", 'label:"fw:calgal"'),
        (f"{ZKILL}/label/isk%3A1b%2B/", 'label:"isk:1b+"'),
        ("zkillboard.com/ship/587/", "hull:Rifter"),
        ("http://www.zkillboard.com/ship/587", "hull:Rifter"),
        (f"<{ZKILL}/ship/587/>", "hull:Rifter"),
        (f"-{ZKILL}/ship/587/losses/", "-victim.hull:Rifter"),
        (f"{ZKILL}/ship/587/ or ({ZKILL}/group/30/ isk>1b)", "hull:Rifter or group:Titan isk>1b"),
        (f"attacker:{ZKILL}/alliance/1354830081/", 'attacker.alliance:"Goonswarm Federation"'),
        (f"victim.hull:{ZKILL}/ship/587/", "victim.hull:Rifter"),
        (f"hull:Archon,{ZKILL}/group/30/", "hull:Archon or group:Titan"),
        (f"region:{ZKILL}/region/10000060/,Fountain", None),
        (f"fitted:{ZKILL}/item/2048/", 'item:"Damage Control II"'),
        ("https://evewho.com/alliance/1354830081", 'alliance:"Goonswarm Federation"'),
        (f"{DOTLAN}/map/Delve/1DQ1-A#sov", "system:1DQ1-A"),
        (f"{DOTLAN}/map/Period_Basis", 'region:"Period Basis"'),
        (f"{DOTLAN}/region/Delve", "region:Delve"),
        (f"{DOTLAN}/system/1DQ1-A/kills", "system:1DQ1-A"),
        (f"{DOTLAN}/system/30004759", "system:1DQ1-A"),
        (f"{DOTLAN}/alliance/Goonswarm_Federation", 'alliance:"Goonswarm Federation"'),
        (f"{DOTLAN}/corp/Pandemic_Horde_Inc.", 'corp:"Pandemic Horde Inc."'),
        (f"{DOTLAN}/range/Archon,4/1DQ1-A", "within:Archon@4(1DQ1-A)"),
    ],
)
async def test_a_link_is_a_term(service: FilterService, link: str, printed: str | None) -> None:
    if printed is None:  # a comma can be part of a link
        with pytest.raises(FilterFault):
            await service.read(link)
        return
    f = await service.read(link)
    assert await service.write(f) == printed
    assert await service.read(printed) == f


@pytest.mark.parametrize(
    ("link", "told"),
    [
        (f"{ZKILL}/kill/134398778/", "This link shows a single kill."),
        (f"{ZKILL}/related/30000142/202611201900/", "This link shows a battle."),
        (f"{ZKILL}/ship/", "This link is incomplete."),
        (f"{ZKILL}/ship/rifter/", "This link is incomplete."),
        (f"{ZKILL}/", "This link shows no one and nothing in particular."),
        (f"{ZKILL}/location/40009082/", "I cannot make a filter of this link."),
        (f"{ZKILL}/asearch/", "This link to the advanced search is incomplete."),
        (f"{ZKILL}/asearch/#%7B%22buttons%22", "This link to the advanced search is incomplete."),
        (
            f"{ZKILL}/asearch/#{{}}",
            "This link to the advanced search asks for nothing in particular.",
        ),
        (f"{DOTLAN}/route/Jita:Amarr", "I cannot make a filter of this link."),
        (f"{DOTLAN}/map/Nowhere", "`Nowhere` is not a region that I know."),
        ("https://example.com/x", "I know links to zKillboard, DOTLAN and EveWho only."),
        (f"system:{ZKILL}/region/10000060/", "This link shows a region, not a system."),
        (
            f"isk>{ZKILL}/region/10000060/",
            "`https://zkillboard.com/region/10000060/` is not an amount of ISK.",
        ),
    ],
)
async def test_another_link_is_refused(service: FilterService, link: str, told: str) -> None:
    with pytest.raises(FilterFault) as fault:
        await service.read(link)
    assert fault.value.problem.startswith(told)
    assert fault.value.text == link


def search(**asked: Any) -> str:
    asked.setdefault("buttons", ["togglefilters", "week", "sort-date", "page1"])
    return f"{ZKILL}/asearch/#{quote(json.dumps(asked))}"


def thing(sort: str, number: int) -> dict[str, Any]:
    return {"type": f"{sort}ID", "id": number}


GOON_TITAN = 'alliance:"Goonswarm Federation" group:Titan'
GOONS, TITANS = thing("alliance", 1354830081), thing("group", 30)


@pytest.mark.parametrize(
    ("link", "printed"),
    [
        (
            search(attackers=[GOONS, TITANS]),
            'attacker.alliance:"Goonswarm Federation" attacker.group:Titan',
        ),
        (
            search(attackers=[GOONS, TITANS], buttons=["attackers-or"]),
            'attacker.alliance:"Goonswarm Federation" or attacker.group:Titan',
        ),
        (
            search(attackers=[GOONS, TITANS], buttons=["attackers-in"]),
            f"same({GOON_TITAN})",
        ),
        (
            search(neutrals=[GOONS, TITANS], buttons=["either-in"]),
            f"same({GOON_TITAN}) or victim.{GOON_TITAN.replace(' group', ' victim.group')}",
        ),
        (
            search(victims=[thing("ship", 587)], neutrals=[GOONS]),
            'alliance:"Goonswarm Federation" victim.hull:Rifter',
        ),
        (
            search(
                location=[thing("region", 10000060), thing("system", 30000142)],
                items=[thing("type", 44992)],
            ),
            "(region:Delve or system:Jita) item:PLEX",
        ),
        (
            search(
                buttons=["label-loc:nullsec", "tz:eu", "tz:ru", "solo", "week"],
                includeAssociates=True,
            ),
            'label:"loc:nullsec" (label:"tz:eu" or label:"tz:ru") label:solo',
        ),
    ],
)
async def test_the_advanced_search_is_read(service: FilterService, link: str, printed: str) -> None:
    f = await service.read(link)
    assert await service.write(f) == printed
    assert await service.read(printed) == f


async def test_what_no_filter_knows_is_not_left_out_silently(service: FilterService) -> None:
    for sort in ("location", "category"):
        with pytest.raises(FilterFault, match="asks for something that no filter here knows"):
            await service.read(search(attackers=[thing(sort, 6)]))
    with pytest.raises(FilterFault, match="asks for something"):
        await service.read(search(attackers=["x"]))
