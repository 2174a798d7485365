"""What texts say, and how faults point at their place."""

from typing import Any

import pytest

from services.filters.data import to_data
from services.filters.errors import FilterFault, marked
from services.filters.parsing import cleaned, parse, split_call
from services.filters.service import FilterService
from services.universe.universe import Universe
from tests.services.filters.people import service_of

GOONS, HORDE = 1354830081, 99005338
DELVE, FOUNTAIN, PERIOD_BASIS = 10000060, 10000058, 10000063
RIFTER, ARCHON, TITANS = 587, 23757, 30


@pytest.fixture(scope="module")
def service(universe: Universe) -> FilterService:
    return service_of(universe)


def cond(field: str, value: Any, side: str | None = None, op: str = "is") -> dict[str, Any]:
    data = {"field": field, "op": op, "value": value}
    return data if side is None else {**data, "side": side}


def figure(field: str, op: str, value: float) -> dict[str, Any]:
    return cond(field, value, op=op)


A, B, C, D = (cond("region", number) for number in (1, 2, 3, 4))

LEVELS = [
    ("region:1 region:2", {"all": [A, B]}),
    ("region:1 or region:2", {"any": [A, B]}),
    ("region:1 or region:2 region:3", {"any": [A, {"all": [B, C]}]}),
    ("region:1 or region:2 region:3 -region:4", {"any": [A, {"all": [B, C]}, {"none": [D]}]}),
    ("-region:4 region:1 or region:2", {"any": [A, B, {"none": [D]}]}),
    ("(region:1 or region:2) -region:3 -region:4", {"any": [A, B, {"none": [C, D]}]}),
    ("region:1 or (region:2 -region:3)", {"any": [A, {"all": [B, {"none": [C]}]}]}),
    ("region:1 or -region:2", {"all": [A, {"none": [B]}]}),
    ("region:1 or (-region:2)", {"any": [A, {"all": [{"none": [B]}]}]}),
    ("-region:1", {"all": [{"none": [A]}]}),
    ("-region:1 -region:2", {"all": [{"none": [A, B]}]}),
    ("-(region:1 or region:2)", {"all": [{"none": [A, B]}]}),
    ("-(region:1 region:2)", {"all": [{"none": [{"all": [A, B]}]}]}),
    ("region:1 (region:2 (region:3 (region:4)))", {"all": [A, B, C, D]}),
    ("region!=1", {"all": [{"none": [A]}]}),
    ("NOT region:1 AND region:2 OR not region:3", {"all": [B, {"none": [A, C]}]}),
    ("region:1 | region:2 & region:3", {"any": [A, {"all": [B, C]}]}),
    ("region:1 or(region:2)", {"any": [A, B]}),
    ("not(region:1)", {"all": [{"none": [A]}]}),
    ("- region:1", {"all": [{"none": [A]}]}),
    ("\u2212region:1 \u2013region:2", {"all": [{"none": [A, B]}]}),
    ("region:1\n\tregion:2\u00a0region:3", {"all": [A, B, C]}),
    ("", {"all": []}),
    (" \n ", {"all": []}),
    ("`region:1`", {"all": [A]}),
    ("\ufeffregion:\u200b1", {"all": [A]}),
    ("region : 1", {"all": [A]}),
    ("region:1 , 2", {"all": [cond("region", [1, 2])]}),
    ("region:1,1,2", {"all": [cond("region", [1, 2])]}),
    ("REGION:1 Region=2", {"all": [A, B]}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), LEVELS)
async def test_levels(service: FilterService, text: str, wanted: dict[str, Any]) -> None:
    assert to_data(await service.read(text)) == {"version": 1, **wanted}


TERMS = [
    # Who.
    ('alliance:"Goonswarm Federation"', cond("alliance", GOONS, "either")),
    ("attacker.alliance:'goonswarm federation'", cond("alliance", GOONS, "attacker")),
    ("victim.alliance:“Goonswarm Federation”,\u2018Pandemic Horde\u2019", cond("alliance", [GOONS, HORDE], "victim")),
    ("final.corp:98000001", cond("corporation", 98000001, "final_blow")),
    ("final_blow.corp:98000001", cond("corporation", 98000001, "final_blow")),
    ("final-blow.corporation:98000001", cond("corporation", 98000001, "final_blow")),
    ("either.pilot:Chribba", cond("character", 196379789, "either")),
    ("pilot:or", cond("character", 2112000002, "either")),
    ('pilot:"98000001"', cond("character", 2112000005, "either")),
    ("pilot:\"Hek's Own\"", cond("character", 2112000004, "either")),
    ("pilot:'Hek's Own'", cond("character", 2112000004, "either")),
    ('pilot:"Rock \\"The Dude\\" Smith"', cond("character", 2112000006, "either")),
    ("alliance:-affliction-", cond("alliance", 99000001, "either")),
    ('corp:"Federation Navy, Retired"', cond("corporation", 98000002, "either")),
    ("corp:5-N2EY", cond("corporation", 98000010, "either")),
    ('corp:"back\\\\slash (and more)"', cond("corporation", 98000009, "either")),
    ('corp:"ünïcødé çorp"', cond("corporation", 98000008, "either")),
    ("corp:CONCORD", cond("corporation", 1000125, "either")),
    ('faction:"Caldari State",500021', cond("faction", [500001, 500021], "either")),
    ("victim:us", cond("standing", "us", "victim")),
    ('pilot:"us" attacker:foe,neutral', cond("standing", ["foe", "neutral"], "attacker")),
    ('attacker:"Pandemic Horde"', cond("alliance", HORDE, "attacker")),
    ("victim:Chribba", cond("character", 196379789, "victim")),
    ('victim:"us"', cond("character", 2112000007, "victim")),
    ("standing:enemy", cond("standing", "foe", "either")),
    # In what.
    ("hull:rifter", cond("hull", RIFTER, "either")),
    ("victim.ship:Astrahus", cond("hull", 35832, "victim")),
    ("hull:Titan", cond("group", TITANS, "either")),
    ("attacker.group:Titan", cond("group", TITANS, "attacker")),
    ('group:"Force Recon Ship"', cond("group", 833, "either")),
    ("class:capital", cond("class", ["capital", "supercapital"], "either")),
    ("class:capital-only", cond("class", "capital", "either")),
    ("victim.class:supercapital", cond("class", "supercapital", "victim")),
    (
        "class:subcapital",
        cond("class", ["rookie", "frigate", "destroyer", "cruiser", "battlecruiser", "battleship"], "either"),
    ),
    ("class:industrial,structure,pod", cond("class", ["pod", "industrial", "structure"], "either")),
    ('weapon:"200mm AutoCannon II"', cond("weapon", 2889, "attacker")),
    ("final.weapon:2889", cond("weapon", 2889, "final_blow")),
    ('weapongroup:"Hybrid Weapon"', cond("weapon_group", 74, "attacker")),
    ('item:"Damage Control II"', cond("item", 2048)),
    ("fitted:2048", cond("fitted", 2048)),
    ("carried:Tritanium", cond("carried", 34)),
    ("item:\"'Augmented' Hammerhead\"", cond("item", 28272)),
    # Where.
    ("system:1DQ1-A", cond("system", 30004759)),
    ("system:1dq1a,5-N2EY", cond("system", [30004759, 30001241])),
    ("constellation:Kimotoro", cond("constellation", 20000020)),
    ('region:Delve,"Period Basis"', cond("region", [DELVE, PERIOD_BASIS])),
    ("within:5j(Amamake)", cond("within", {"system": 30002537, "jumps": 5})),
    ("within:5jumps(Amamake)", cond("within", {"system": 30002537, "jumps": 5})),
    ("within:7ly(1DQ1-A)", cond("within", {"system": 30004759, "light_years": 7})),
    ("within:7,5ly(1DQ1-A)", None),
    ("within:Archon@4(1DQ1-A)", cond("within", {"system": 30004759, "hull": ARCHON, "skill": 4})),
    ("within:Archon(1DQ1-A)", cond("within", {"system": 30004759, "hull": ARCHON, "skill": 5})),
    (
        'within:"Naglfar Fleet Issue"@5("1DQ1-A")',
        cond("within", {"system": 30004759, "hull": 73787, "skill": 5}),
    ),
    (
        "within:5j(Amamake),0.5ly(30004759)",
        cond("within", [{"system": 30002537, "jumps": 5}, {"system": 30004759, "light_years": 0.5}]),
    ),
    ("space:low", cond("space", "low")),
    ("space:highsec,NS,j-space,Pochven", cond("space", ["high", "null", "wormhole", "pochven"])),
    ("wh:C5", cond("wormhole", 5)),
    ("wh:Thera,c13,6", cond("wormhole", [12, 13, 6])),
    ("wormhole:drifter", cond("wormhole", [14, 15, 16, 17, 18])),
    ("security>=0.5", figure("security", ">=", 0.5)),
    ("sec<\u22120.2", figure("security", "<", -0.2)),
    # How much.
    ("isk>1b", figure("isk", ">", 1_000_000_000)),
    ("isk>=500m", figure("isk", ">=", 500_000_000)),
    ("isk<=1.25t", figure("isk", "<=", 1_250_000_000_000)),
    ("isk < 2,000,000,000", figure("isk", "<", 2_000_000_000)),
    ("isk>1,5b", figure("isk", ">", 1_500_000_000)),
    ("isk>1500", figure("isk", ">", 1500)),
    ("isk>1.500", figure("isk", ">", 1500)),
    ("isk>1.500b", figure("isk", ">", 1_500_000_000)),
    ("isk>0.125", figure("isk", ">", 0.125)),
    ("isk≥1bn", figure("isk", ">=", 1_000_000_000)),
    ("isk=>1b", figure("isk", ">=", 1_000_000_000)),
    ("isk:>=1b", figure("isk", ">=", 1_000_000_000)),
    ("isk:1b+", figure("isk", ">=", 1_000_000_000)),
    ("attackers>=10", figure("attackers", ">=", 10)),
    ("pilots<5", figure("pilots", "<", 5)),
    ("share>=50%", figure("share", ">=", 0.5)),
    ("share>=0.5", figure("share", ">=", 0.5)),
    ("share<1", figure("share", "<", 1)),
    ("age<15m", figure("age", "<", 900)),
    ("age<=1h30m", figure("age", "<=", 5400)),
    ("age>1.5d", figure("age", ">", 129600)),
    # What and when.
    ("is:npc", cond("is", "npc")),
    ("is:solo,awox,gank,war,revised", cond("is", ["solo", "awox", "gank", "war", "revised"])),
    ('label:"cat:6"', cond("label", "cat:6")),
    ("label:#:1000+,Solo,atship", cond("label", ["#:1000+", "solo", "atShip"])),
    ("time:18-23", cond("time", "18:00-23:00")),
    ("time:22:30-03:00", cond("time", "22:30-03:00")),
    ("time:2230-0300", cond("time", "22:30-03:00")),
    ("time:18-24", cond("time", "18:00-00:00")),
    ("day:sat,sun", cond("weekday", [5, 6])),
    ("day:fri-sun", cond("weekday", [4, 5, 6])),
    ("day:Saturday-mon", cond("weekday", [0, 5, 6])),
    ("day:weekend", cond("weekday", [5, 6])),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), TERMS)
async def test_terms(service: FilterService, text: str, wanted: dict[str, Any] | None) -> None:
    if wanted is None:
        with pytest.raises(FilterFault):
            await service.read(text)
        return
    read = to_data(await service.read(text))["all"]
    assert read[-1] == wanted
    assert len(read) == 1 + text.count(" attacker:")


SEVERAL = [
    ("attackers:2-5", [figure("attackers", ">=", 2), figure("attackers", "<=", 5)]),
    ("attackers=1", [figure("attackers", ">=", 1), figure("attackers", "<=", 1)]),
    ("isk:1-5b", [figure("isk", ">=", 1e9), figure("isk", "<=", 5e9)]),
    ("isk:500m..1b", [figure("isk", ">=", 5e8), figure("isk", "<=", 1e9)]),
    ("security:-1.0--0.5", [figure("security", ">=", -1), figure("security", "<=", -0.5)]),
    ("age:5-15m", [figure("age", ">=", 300), figure("age", "<=", 900)]),
    ("pilots!=1", [{"none": [{"all": [figure("pilots", ">=", 1), figure("pilots", "<=", 1)]}]}]),
    (
        "same(attacker.alliance:1 hull:Titan weapon:2 attacker:foe)",
        [
            {
                "same": [
                    cond("alliance", 1, "attacker"),
                    cond("group", TITANS, "attacker"),
                    cond("weapon", 2, "attacker"),
                    cond("standing", "foe", "attacker"),
                ]
            }
        ],
    ),
    ("same(foe hull:Rifter)", [{"same": [cond("standing", "foe", "attacker"), cond("hull", RIFTER, "attacker")]}]),
    ("same((hull:Rifter))", [cond("hull", RIFTER, "attacker")]),
    (
        "-same(alliance:1 hull:2)",
        [{"none": [{"same": [cond("alliance", 1, "attacker"), cond("hull", 2, "attacker")]}]}],
    ),
    ("-hull:Titan,Rifter", [{"none": [cond("group", TITANS, "either"), cond("hull", RIFTER, "either")]}]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), SEVERAL)
async def test_terms_of_several_conditions(
    service: FilterService, text: str, wanted: list[dict[str, Any]]
) -> None:
    assert to_data(await service.read(text)) == {"version": 1, "all": wanted}


async def test_one_field_can_mean_two(service: FilterService) -> None:
    read = to_data(await service.read("hull:Titan,Rifter,Archon isk>1"))
    assert read["all"][0] == {
        "any": [cond("group", TITANS, "either"), cond("hull", [RIFTER, ARCHON], "either")]
    }


FAULTS = [
    # Text, what the fault begins with, what is marked.
    ("alliace:x", "I know no field `alliace`. Did you mean `alliance`?", "alliace"),
    ("isk>1 attacker.shipp:x", "I know no field `attacker.shipp`. Did you mean `attacker.hull`", "attacker.shipp"),
    ("hull.victim:Rifter", "The side comes first: `victim.hull`.", "hull.victim"),
    ("victim.region:Delve", "`region` has no side: leave `victim` out.", "victim.region"),
    ("victim.weapon:2", "A mail does not say with what the victim shot", "victim.weapon"),
    ("region:Delv", "`Delv` is not a region that I know. Did you mean `Delve`", "Delv"),
    ("region:Delve,Fountian", "`Fountian` is not a region that I know. Did you mean `Fountain`", "Fountian"),
    ("system:Delve", "`Delve` is a region: write `region:Delve`.", "Delve"),
    ("group:Rifter", "`Rifter` is a hull: write `hull:Rifter`.", "Rifter"),
    ("hull:Ryfter", "`Ryfter` is not a hull that I know. Did you mean `Rifter`?", "Ryfter"),
    ("faction:CaldaryState", "`CaldaryState` is not a faction that I know. Did you mean `Caldari", "CaldaryState"),
    ("region:Period Basis", "`Period` is not a region that I know. A name with blanks stands in quotation", "Period"),
    ("system:-A-", "To exclude, put the minus before the field: `-system:A-`.", "-A-"),
    ("region:-Delve", "To exclude, put the minus before the field: `-region:Delve`.", "-Delve"),
    ("attacker:-us", "To exclude, put one minus before the whole term.", "-us"),
    ("region:1 --region:2", "To exclude, put one minus before the whole term.", "-region:2"),
    ("region>5", "`region` is not compared. Write `region:…`.", "region>5"),
    ("attacker>5", "`attacker` is not compared. Write `attacker:…`.", "attacker>5"),
    ("isk=1b", "No two kills have exactly the same isk: write `isk>=1b` for at least", "isk=1b"),
    ("isk!=1b", "No two kills have exactly the same isk", "isk!=1b"),
    ("age:15m", "No two kills have exactly the same age", "age:15m"),
    ("isk>1x", "`1x` is not an amount of ISK. Write it like `500m` or `1.5b`.", "isk>1x"),
    ("isk>Delve", "`Delve` is not an amount of ISK", "isk>Delve"),
    ("isk>2000t", "`2000t` is out of bounds: from 0 to 1000t.", "isk>2000t"),
    ("attackers>2.5", "`2.5` must be a whole number here.", "attackers>2.5"),
    ("attackers>-5", "`-5` is not a number of attackers", "attackers>-5"),
    ("attackers:5-2", "`5-2` runs backwards", "attackers:5-2"),
    ("share>150%", "`150%` is out of bounds: from 0% to 100%.", "share>150%"),
    ("age<15", "`15` is not a length of time. Write it like `15m` or `1h30m`.", "age<15"),
    ("age<15m1h", "`15m1h` is not a length of time", "age<15m1h"),
    ("security>2", "`2` is out of bounds: from -1.0 to 1.0.", "security>2"),
    ("is:sollo", "`sollo` is nothing I know here. Did you mean `solo`?", "sollo"),
    ("space:middle", "`middle` is nothing I know here.", "middle"),
    ("wh:C7", "`C7` is nothing I know here.", "C7"),
    ("day:caturday", "`caturday` is nothing I know here.", "caturday"),
    ("day:mon-someday", "`mon-someday` is nothing I know here.", "mon-someday"),
    ("time:25-26", "`25-26` are no hours of the day.", "25-26"),
    ("time:evening", "`evening` are no hours of the day.", "evening"),
    ("within:Amamake", "How far? Write the distance before the system, as in `within:5j(Amamake)`", "Amamake"),
    ("within:5(Amamake)", "`5` is no distance: write `5j` for jumps, `5ly` for light-years", "5(Amamake)"),
    ("within:5j(Amamak)", "`Amamak` is not a system that I know. Did you mean `Amamake`", "5j(Amamak)"),
    ("within:5j(Delve)", "`Delve` is a region", "5j(Delve)"),
    ("within:51j(Amamake)", "Jumps are whole numbers up to 50.", "51j(Amamake)"),
    ("within:101ly(Amamake)", "Light-years are more than 0 and at most 100.", "101ly(Amamake)"),
    ("within:0ly(Amamake)", "Light-years are more than 0", "0ly(Amamake)"),
    ("within:Archon@6(Amamake)", "Jump Drive Calibration has the levels 0 to 5, not `6`.", "Archon@6(Amamake)"),
    ("within:Rifter@5(Amamake)", "The Rifter has no jump drive.", "Rifter@5(Amamake)"),
    ("within:Titan@5(Amamake)", "`Titan` are many hulls", "Titan@5(Amamake)"),
    ("region:Delve(hull:1)", "Put a blank before the parenthesis", "Delve(hull:1)"),
    ("region:Delve(hull:1 or hull:2)", "In these parentheses stands one system", "or"),
    ("label:" + 61 * "x", "A label has at most 60 signs.", 61 * "x"),
    ("region:99999999999999999999", "`99999999999999999999` is no id.", "99999999999999999999"),
    ("region:0", "`0` is no id.", "0"),
    ("98000001", "Of what is `98000001` the id? Say so: `corp:98000001`", "98000001"),
    ("corp:" + 101 * "x", "No name and no value has more than 100 characters.", "corp:" + 101 * "x"),
    ("isk:" + 60 * "1-1", "No name and no value has more than 100 characters.", "isk:" + 60 * "1-1"),
    # The form.
    ("region:", "After `region:` something is missing.", "region:"),
    ("region:1,", "After `,` something is missing.", ","),
    ("region:1 or", "After `or` something is missing.", "or"),
    ("region:1 or or region:2", "`or` stands between two terms.", "or region:2"[:2]),
    ("or region:1", "`or` stands between two terms.", "or"),
    ("region:1 and", "After `and` something is missing.", "and"),
    ("-", "After `-` something is missing.", "-"),
    ("(region:1", "This parenthesis is never closed.", "("),
    ("region:1 (region:2 (region:3)", "This parenthesis is never closed.", "("),
    ("region:1)", "This parenthesis closes nothing.", ")"),
    ("region:1 ()", "There is nothing in these parentheses.", ")"),
    ("same()", "There is nothing in these parentheses.", ")"),
    ("(region:1 or)", "After `or` something is missing.", ")"),
    ("region:(1 or 2)", "Several values of one field are written with commas", "("),
    ("region:1 (region:2), region:3", "A comma stands between values of one field.", ","),
    ('region:1 "Delve', "This quotation mark is never closed.", '"'),
    ("same(hull:1 or hull:2)", "Inside `same(…)` all terms must hold", "hull:1 or hull:2"),
    ("same(hull:1 -alliance:2)", "Inside `same(…)` all terms must hold", "hull:1 -alliance:2"),
    ("same(hull:Titan,Rifter)", "Inside `same(…)` each term must mean one field.", "hull:Titan,Rifter"),
    ("same(region:1 hull:1)", "Inside `same(…)` stands only what one attacker has", "region:1"),
    ("same(victim.hull:1 alliance:1)", "Inside `same(…)` stands only what one attacker has", "victim.hull:1"),
    ("same(isk>1b hull:1)", "Inside `same(…)` stands only what one attacker has", "isk>1b"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told", "at"), FAULTS)
async def test_a_fault_says_what_and_where(
    service: FilterService, text: str, told: str, at: str
) -> None:
    with pytest.raises(FilterFault) as fault:
        await service.read(text)
    assert fault.value.problem.startswith(told)
    assert fault.value.text == text
    assert text[fault.value.start : fault.value.end] == at
    said, line, marks = str(fault.value).removesuffix("\n```").replace("\n```\n", "\n").split("\n")
    assert said == fault.value.problem
    first, last = marks.index("^"), len(marks)
    assert line[first:last].rstrip("…") == at[: last - first]


def test_the_place_of_a_fault_in_a_long_text_is_shown() -> None:
    text = "region:Delve " * 50 + "regoin:X" + " region:Delve" * 50
    place = text.index("regoin")
    line, marks = marked(text, place, place + 6).split("\n")[1:3]
    assert len(line) <= 66
    assert line[marks.index("^") : len(marks)] == "regoin"
    assert line.startswith("…")
    assert line.endswith("…")


def test_nothing_in_a_fault_can_break_out_of_its_block() -> None:
    shown = marked("```@everyone\nregion:\x07", 3, 12)
    assert shown.count("`") == 6
    assert "\n@everyone" not in shown
    assert FilterFault("x", text="a" * 10_000, start=0, end=10_000).args[0].count("^") == 64


async def test_limits(service: FilterService) -> None:
    with pytest.raises(FilterFault, match="4001 characters"):
        await service.read("a" * 4001)
    assert await service.read(" ".join(f"region:{number + 1}" for number in range(100)))
    with pytest.raises(FilterFault, match="at most 100 conditions"):
        await service.read(" ".join(f"region:{number + 1}" for number in range(101)))
    with pytest.raises(FilterFault, match="201 values"):
        await service.read("region:" + ",".join(str(number + 1) for number in range(201)))
    with pytest.raises(FilterFault, match="nested too deeply"):
        await service.read("(" * 1999 + "region:1" + ")" * 1990)
    with pytest.raises(FilterFault, match="at most 8 levels"):
        await service.read(nested(10))
    assert await service.read(nested(9))


def nested(depth: int) -> str:
    text = f"region:{depth}"
    for level in range(depth - 1, 0, -1):
        text = f"region:{level} {'or ' if level % 2 else ''}({text})"
    return text


async def test_pointless_parentheses_cost_nothing(service: FilterService) -> None:
    assert to_data(await service.read("(" * 20 + "region:1" + ")" * 20)) == {
        "version": 1,
        "all": [A],
    }


@pytest.mark.parametrize(
    ("call", "parts"),
    [
        ("5j", ("5j", False, None)),
        ("Archon@5", ("Archon", False, "5")),
        ('"Naglfar Fleet Issue"@4', ("Naglfar Fleet Issue", True, "4")),
        ('"Naglfar Fleet Issue"', ("Naglfar Fleet Issue", True, None)),
        ('"at@home"', ("at@home", True, None)),
        ("Archon@", ("Archon", False, "")),
    ],
)
def test_what_stands_before_a_parenthesis(call: str, parts: tuple[str, bool, str | None]) -> None:
    assert split_call(call) == parts


def test_cleaning_keeps_what_counts() -> None:
    assert cleaned("  `a b`\u200b ") == "a b"
    assert parse("").members == ()
