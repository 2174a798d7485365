"""Names: what they mean, which of two, and what is said when they mean nothing. Suggestions."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from services.domain.filter import FilterField
from services.domain.names import EntityKind, NameBook, Resolution
from services.filters.catalogue import Catalogue
from services.filters.data import from_data, to_data
from services.filters.errors import FilterFault
from services.filters.service import MOST_NAMES, FilterService, entity_ids
from services.universe.compile import build_universe
from services.universe.universe import Universe
from tests.services.filters.people import KNOWN, People, catalogue_of, entity, service_of
from tests.services.universe.small_export import NO_LEAST, rows, write_folder

F = FilterField


@pytest.fixture(scope="module")
def service(universe: Universe) -> FilterService:
    return service_of(universe)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Delve", "region:Delve"),
        ("delve,Fountain", "region:Delve,Fountain"),
        ("1dq1a", "system:1DQ1-A"),
        ("Kimotoro", "constellation:Kimotoro"),
        ("Rifter", "hull:Rifter"),
        ("Titan", "group:Titan"),
        ('"Goonswarm Federation"', 'alliance:"Goonswarm Federation"'),
        ("Chribba -Delve", "pilot:Chribba -region:Delve"),
        ('"Caldari State"', 'faction:"Caldari State"'),
        ("CONCORD", "corp:CONCORD"),
        ("Delve,Titan", "region:Delve or group:Titan"),
        ("5j(Amamake)", "within:5j(Amamake)"),
        ("victim:Rifter", "victim.hull:Rifter"),
        ("attacker:Titan", "attacker.group:Titan"),
        ("victim:Delve", "victim.pilot:Delve"),
        ("same(Titan Chribba)", "same(group:Titan pilot:Chribba)"),
    ],
)
async def test_a_name_alone_is_looked_up_everywhere(
    service: FilterService, text: str, printed: str
) -> None:
    """Nearly every word is some pilot's name, so pilots count where nothing in the game itself is called so."""
    f = await service.read(text)
    assert await service.write(f) == printed
    assert await service.read(printed) == f


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Tama", "`Tama` can mean 2 things. Write which: a system: `system:Tama`; a corporation: `corp:Tama`."),
        ("Twice", "`Twice` can mean 2 things. Write which: a corporation: `corp:Twice`; a pilot: `pilot:Twice`."),
        ("attacker:Twice", "`Twice` can mean 2 things."),
        ('"Mobile Depot"', '`Mobile Depot` can mean 2 things. Write which: a hull: `hull:"Mobile Depot"`; a group of'),
        ("Nobody", "Nothing I know is called `Nobody`."),
        ("solo", "Nothing I know is called `solo`. Did you mean `is:solo`?"),
        ("lowsec", "Nothing I know is called `lowsec`. Did you mean `space:lowsec`?"),
        ("foe", "Nothing I know is called `foe`. Did you mean `attacker:foe`?"),
        ("Period Basis", "Nothing I know is called `Period`. A name with blanks stands in quotation marks: `region:"),
        ("Amamakke", "Nothing I know is called `Amamakke`. Did you mean `Amamake`"),
        ('corp:"Goonswarm Federation"', "`Goonswarm Federation` is an alliance, not a corporation. Write `alliance:"),
        ("pilot:Nobody", "There is no pilot called `Nobody`. Did you mean `Nobody Else`?"),
        ("corp:Pandemic Horde", "There is no corporation called `Pandemic`. A name with blanks stands in quotation"),
        ("corp:-Twice", "There is no corporation called `-Twice`."),
    ],
)  # fmt: skip
async def test_what_is_said_of_a_name(universe: Universe, text: str, told: str) -> None:
    people = People(near=("Nobody Else",) if "pilot:" in text else ())
    with pytest.raises(FilterFault) as fault:
        await people.service(universe).read(text)
    assert fault.value.problem.startswith(told)


async def test_a_word_that_belongs_to_the_one_before(universe: Universe) -> None:
    people = People(known=(entity(EntityKind.CORPORATION, 98000099, "Goonswarm"),))
    with pytest.raises(FilterFault) as fault:
        await people.service(universe).read("Goonswarm Federation")
    assert '`"Goonswarm Federation"`' in fault.value.problem


async def test_a_name_is_not_found_without_its_minus(universe: Universe) -> None:
    """The name service passes over punctuation: what somebody wanted to exclude must not be found so."""

    class Lenient(People):
        async def resolve(self, text: str) -> Any:
            return await super().resolve(text.strip("-"))

    with pytest.raises(FilterFault, match="There is no corporation called `-Tama`"):
        await Lenient().service(universe).read("corp:-Tama")


async def test_two_of_one_kind_are_told_apart_by_id(universe: Universe) -> None:
    same = [entity(EntityKind.CORPORATION, number, "Same Name") for number in (98000101, 98000102)]
    with pytest.raises(FilterFault) as fault:
        await People(known=same).service(universe).read('corp:"Same Name"')
    assert "`corp:98000101`" in fault.value.problem
    assert "`corp:98000102`" in fault.value.problem


async def test_who_could_not_be_asked_for_is_not_said_not_to_exist(universe: Universe) -> None:
    people = People(certain=False)
    with pytest.raises(FilterFault, match="cannot be asked at the moment"):
        await people.service(universe).read('corp:"Brand New Corp"')
    with pytest.raises(FilterFault, match="cannot be asked"):
        await people.service(universe).read('"Brand New Corp"')


async def test_near_names_are_offered_while_nobody_can_be_asked(universe: Universe) -> None:
    people = People(certain=False, near=("Pandemic Horde",))
    for text in ('alliance:"Pandemic Hoard"', '"Pandemic Hoard"', "alliance:Hoard"):
        with pytest.raises(FilterFault, match=r"Did you mean `Pandemic Horde`\?") as fault:
            await people.service(universe).read(text)
        assert "cannot be asked" in fault.value.problem


async def test_a_ticker_does_not_hide_what_is_called_so(universe: Universe) -> None:
    """Names of places, hulls and groups are somebody's ticker, sooner or later."""
    by_ticker = [
        entity(EntityKind.CORPORATION, 98000201, "Delve Mining Guild", "DELVE"),
        entity(EntityKind.ALLIANCE, 99000201, "Nobody Knows", "Titan"),
        entity(EntityKind.CORPORATION, 98000202, "Nothing Else", "XYZZY"),
    ]

    class WithTickers(People):
        async def resolve(self, text: str) -> Resolution:
            wanted = text.strip("[]").casefold()
            found = [one for one in by_ticker if (one.name.ticker or "").casefold() == wanted]
            return Resolution(found=tuple(found), certain=True)

    service = WithTickers(known=by_ticker).service(universe)
    f = await service.read("Delve or Titan is:solo")
    assert await service.write(f) == "region:Delve or group:Titan is:solo"
    assert await service.write(await service.read("attacker:Titan")) == "attacker.group:Titan"
    for text, found in (("[Delve]", 98000201), ("XYZZY", 98000202)):
        assert service.entity_ids(await service.read(text)) == {found}, text

    by_name = [entity(EntityKind.CORPORATION, 98000203, "DELVE", "D")]
    with pytest.raises(FilterFault, match="can mean 2 things"):
        await People(known=by_name).service(universe).read("Delve")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("region", 999, r"`all\[0\]\.value`: I know nothing that is a region and has the id 999\."),
        ("system", [30000142, 10000002], r"`all\[0\]\.value\[1\]`: .* a system"),
        ("constellation", 30000142, "a constellation"),
        ("hull", 2**40, "a hull"),
        ("group", 999_999, "a group of hulls"),
        ("weapon_group", 999_999, "a group of weapons"),
        ("fitted", 999_999_999, "an item"),
        ("faction", 98000001, "a faction"),
        ("within", {"system": 5, "jumps": 5}, r"`all\[0\]\.value\.system`: "),
        (
            "within",
            {"system": 30002537, "hull": 587},
            r"value\.hull`: The Rifter has no jump drive",
        ),
        ("within", {"system": 30002537, "hull": 1}, r"value\.hull`: I know nothing"),
    ],
)
async def test_pasted_data_names_what_there_is(
    service: FilterService, field: str, value: object, told: str
) -> None:
    data = {"version": 1, "all": [{"field": field, "value": value}]}
    with pytest.raises(FilterFault, match=told):
        await service.read(json.dumps(data))
    assert from_data(data), "what is stored is not lost with another universe"


async def test_pasted_data_names_anybody(service: FilterService) -> None:
    conditions: list[dict[str, Any]] = [
        {"field": "corporation", "value": 98_999_999},
        {"field": "faction", "value": 500001},
        {"field": "within", "value": {"system": 30002537, "hull": 23757, "skill": 4}},
        {"field": "wormhole", "value": 5},
        {"field": "weapon", "value": 587},
    ]
    data = {"version": 1, "all": conditions}
    assert await service.read(json.dumps(data)) == from_data(data)


async def test_nobody_is_asked_for_what_is_wrong_anyway(universe: Universe) -> None:
    people = People()
    with pytest.raises(FilterFault):
        await people.service(universe).read("corp:Tama region:Delv")
    assert people.asked == []
    await people.service(universe).read(
        "corp:Tama corp:Tama,Twice region:Delve hull:Rifter faction:500001"
    )
    assert people.asked == ["Tama", "Twice"]


async def test_too_many_names_are_refused_before_anybody_is_asked(universe: Universe) -> None:
    people = People()
    text = " ".join(
        f"corp:{'abcdefghij'[i]}{j}," + ",".join(f"x{i}y{k}" for k in range(20))
        for i in range(10)
        for j in range(1)
    )
    with pytest.raises(FilterFault, match=f"at most {MOST_NAMES}"):
        await people.service(universe).read(text)
    assert people.asked == []


async def test_an_unknown_id_is_kept_and_printed(service: FilterService) -> None:
    text = "region:10999999 corp:98999999 hull:999999999 within:5j(30999999)"
    assert await service.write(await service.read(text)) == text


async def test_an_empty_text_is_the_filter_of_every_kill(service: FilterService) -> None:
    assert (await service.read("")).is_empty
    assert await service.write(await service.read("  ")) == ""


async def test_pasted_data_is_read(service: FilterService) -> None:
    pasted = '```json\n{"version": 1, "any": [{"field": "region", "value": 10000060}]}\n```'
    assert await service.write(await service.read(pasted)) == "region:Delve"
    with pytest.raises(FilterFault, match="`all`: must be a list"):
        await service.read('{"version": 1, "all": 5}')


def test_who_is_named_in_a_filter() -> None:
    f = from_data(
        {
            "version": 1,
            "all": [
                {"field": "alliance", "value": [1, 2]},
                {"field": "faction", "value": 500001},
                {"field": "hull", "value": 587},
                {
                    "none": [
                        {"field": "corporation", "value": 3},
                        {"same": [{"field": "character", "value": 4}]},
                    ]
                },
            ],
        }
    )
    assert entity_ids(f) == {1, 2, 3, 4}


async def test_names_of_the_book_are_printed_where_the_field_fits(universe: Universe) -> None:
    service = service_of(universe)
    names = service.names(NameBook({587: KNOWN[0].name, 1354830081: KNOWN[0].name}))
    assert names(F.ALLIANCE, 1354830081) == "Goonswarm Federation"
    assert names(F.HULL, 587) == "Rifter"
    assert names(F.HULL, 1354830081) is None


def test_every_published_item_is_found_by_its_name(universe: Universe) -> None:
    catalogue = catalogue_of(universe)
    lost = [
        one.name
        for number, one in enumerate(universe.types.values())
        if one.published and number % 7 == 0 and catalogue.find(F.ITEM, one.name.upper()) is None
    ]
    assert lost == []


def test_the_tables_of_names_follow_another_build(universe: Universe, tmp_path: Path) -> None:
    file = tmp_path / "universe.bin"
    build_universe(write_folder(tmp_path / "sde", rows()), file, least_rows=NO_LEAST)
    mine = universe.pinned()
    catalogue = Catalogue(mine)
    catalogue.warm()
    assert catalogue.is_warm
    assert catalogue.find(F.ITEM, "PLEX") == 44992
    mine.replace(Universe.load(file).edition)
    assert not catalogue.is_warm
    assert catalogue.find(F.ITEM, "PLEX") is None
    assert catalogue.find(F.HULL, "Rifter") == 587


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", "region:"),
        ("reg", "region:"),
        ("-vic", "-victim:"),
        ("region:Del", "region:Delve"),
        ("region:Delve,Per", 'region:Delve,"Period Basis"'),
        ('region:"Period', 'region:"Period Basis"'),
        ("(region:Delve or -system:1dq", "(region:Delve or -system:1DQ1-A"),
        ("isk>1b att", "isk>1b attacker:"),
        ("attacker.", "attacker.alliance:"),
        ("victim.hull:rif", "victim.hull:Rifter"),
        ("hull:tita", "hull:Titan"),
        ("hull:astra", "hull:Astrahus"),
        ("attacker:f", "attacker:foe"),
        ('attacker:"Pandemic H', 'attacker:"Pandemic Horde"'),
        ("alliance:goon", 'alliance:"Goonswarm Federation"'),
        ("Pand", 'alliance:"Pandemic Horde"'),
        ("Amam", "system:Amamake"),
        ("class:super", "class:supercapital"),
        ("is:", "is:solo"),
        ("space:l", "space:low"),
        ("isk>", "isk>=1b"),
        ("isk>=150m", "isk>=150m"),
        ("within:", "within:5j("),
        ("within:5j(Amam", "within:5j(Amamake)"),
        ("-within:7ly(1dq", "-within:7ly(1DQ1-A)"),
        ("same(attacker.hull:nyx", "same(attacker.hull:Nyx"),
        ('item:"damage control i', 'item:"Damage Control II"'),
        ("weapongroup:hybrid", 'weapongroup:"Hybrid Weapon"'),
        ("label:loc", 'label:"loc:lowsec"'),
        ("day:s", "day:sat"),
        ("region:Delve ", "region:Delve isk>=1b"),
        ("a", "attackers>=10"),
        ("region:Delve " * 7 + "reg", "region:Delve " * 7 + "region:"),
    ],
)
async def test_suggestions(service: FilterService, text: str, offered: str) -> None:
    found = await service.suggest(text)
    assert offered in found
    assert len(found) == len(set(found)) <= 25
    assert all(len(option) <= 100 for option in found)


@pytest.mark.parametrize(
    "text", ["x" * 200, "zzzz:", "region:Delve)", "((", '"', "-", "a:b:c(d", "\x00", "🙂"]
)
async def test_whatever_is_typed_is_answered(service: FilterService, text: str) -> None:
    assert isinstance(await service.suggest(text), list)


async def test_suggestions_that_are_whole_can_be_read(service: FilterService) -> None:
    for text in (
        "region:D",
        "system:",
        "hull:t",
        "is:",
        "space:",
        "wh:",
        "class:",
        "day:",
        "attacker:",
        "label:",
        "isk",
    ):
        for option in await service.suggest(text):
            if not option.endswith((":", ".")):
                meant = await service.read(option)
                assert await service.read(await service.write(meant)) == meant, option


async def test_suggestions_come_at_once(service: FilterService) -> None:
    """Within 100 ms from memory. Counted is our own time: the machine may have other things to do."""
    await service.suggest("")
    started = time.process_time()
    for text in (
        "a,b,c," * 16,
        "(" * 99,
        '"' + "a" * 98,
        "region:Delve " * 7,
        "x: " * 33,
        "hull:a,b,c,d,e,f,g,h",
    ):
        await service.suggest(text)
    assert time.process_time() - started < 0.6


def test_stored_filters_print_what_they_store(service: FilterService) -> None:
    assert to_data(from_data({"version": 1, "all": []})) == {"version": 1, "all": []}
