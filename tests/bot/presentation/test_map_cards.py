"""Maps and systems as cards: what the picture shows stands beside it in words, with its age."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.presentation import colours
from bot.presentation.card import Card
from bot.presentation.maps import (
    FW_FILE,
    REGION_FILE,
    SOV_FILE,
    ids_in_sov_map,
    render_fw_map,
    render_region_map,
    render_sov_map,
)
from bot.presentation.systems import FILE, SystemView, ids_in_system, render_system
from services.domain.battle import Fought
from services.domain.freshness import NEVER, Freshness
from services.domain.heat import Coverage, Heat, HeatBy
from services.domain.ids import AllianceId, ConstellationId, FactionId, SystemId
from services.domain.incursion import Incursion
from services.domain.isk import IskSum
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.maps import FwPicture, NeighbourhoodPicture, RegionPicture, SovPicture
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, CampaignState, Claim, Window
from services.domain.trial import Bar
from services.domain.warfare import Activity, Corruption, Insurgency, Role, WarzoneSystem
from tests.bot.presentation.test_limits import assert_sendable
from tests.bot.samples import (
    AMAMAKE,
    BERLIN,
    INSMOTHER,
    NOW,
    SKIRMISH,
    UTC_ZONE,
    UW9B,
    X47L,
    lexicon,
)

TEST = Organisation(498125261, OrganisationKind.ALLIANCE)
SANSHA = Organisation(500_019, OrganisationKind.FACTION)
AMARR, MINMATAR, ANGELS = FactionId(500003), FactionId(500002), FactionId(500011)
FRESH = Freshness(as_of=NOW - timedelta(minutes=2))
STALE = Freshness(as_of=NOW - timedelta(hours=3), stale_since=NOW - timedelta(hours=2))
WHOLE = Coverage(window=timedelta(hours=24), stored=timedelta(hours=23, minutes=55))
NOTHING = Coverage(window=timedelta(hours=24), stored=timedelta(0))
NO_KILLS = "I have no kills of this time stored: nothing can be said of it."
TIMER = Campaign(
    id=7,
    event_type="ihub_defense",
    system_id=UW9B,
    constellation_id=None,
    structure_id=1,
    defender_id=AllianceId(TEST.id),
    start=NOW + timedelta(hours=3),
    state=CampaignState.SCHEDULED,
    first_seen=NOW,
    seen=NOW,
)
FLIP = Occurrence(
    key="a", kind=OccurrenceKind.HOLDER, at=NOW - timedelta(days=1), systems=(X47L,), new=TEST
)
HEATS = (
    (UW9B, Heat(kills=12, isk=IskSum(isk=3.2e9))),
    (SystemId(30001004), Heat(kills=1, isk=IskSum(unpriced=1))),
)
REGION = RegionPicture(
    png=b"png",
    region_id=INSMOTHER,
    by=HeatBy.KILLS,
    start=NOW - timedelta(hours=24),
    end=NOW,
    systems=HEATS,
    coverage=WHOLE,
    battles=(SKIRMISH,) * 6,
    campaigns=(TIMER,) * 6,
    unknown=2,
)  # fmt: skip


def test_a_region_in_words() -> None:
    card = render_region_map(REGION, lexicon(), now=NOW, zone=BERLIN, adms={UW9B: 4.2})
    assert_sendable(card)
    text = card.embed.description or ""
    assert card.embed.title == "Kills in Curse, last 24 hours"
    assert text.startswith(
        "**13 kills** · **at least 3.20B ISK** destroyed, 1 unpriced\n1\\. **[UW9B-F]"
    )
    assert "Curse" not in text.split("**Battles**")[0], "the region is said once"
    assert "*and 2 more: `/battle list` tells them all*" in text
    assert f"`{SKIRMISH.public_id}`" in text
    assert "ADM **4.2**" in text.replace("\xa0", " ")
    assert "2 kills are left out" in text
    assert card.embed.image.url == f"attachment://{REGION_FILE}"
    assert card.files[0].description.startswith("Map of Curse with 13 kills. Hottest: UW9B-F,")
    quiet = replace(REGION, systems=(), battles=(), campaigns=(), by=HeatBy.ISK, unknown=0)
    card = render_region_map(quiet, lexicon(), now=NOW, zone=UTC_ZONE, adms={})
    assert (card.embed.title or "").startswith("ISK lost in Curse")
    assert card.embed.description == "Nothing that I heard of died here in this time."


def region(**fields: Any) -> Card:
    """The region's card with something else in it."""
    card = render_region_map(replace(REGION, **fields), lexicon(), now=NOW, zone=BERLIN, adms={})
    assert_sendable(card)
    return card


def test_a_regions_contests_have_an_age_of_their_own() -> None:
    def last(card: Card) -> str:
        return (card.embed.description or "").split("\n")[-1]

    assert last(region(timers=STALE)).startswith("-# Timers: **stale since 00:20 EVE (01:20 CET)**")
    assert last(region(timers=STALE, campaigns=())).startswith("-# Timers: **stale")
    assert "Timers:" not in (region(campaigns=()).embed.description or ""), "none can be there"


def test_a_window_that_is_over_is_not_the_last_one() -> None:
    end = NOW - timedelta(days=6)
    card = region(start=end - timedelta(hours=24), end=end, is_past=True, campaigns=())
    title = "Kills in Curse, 24 hours up to 2021-11-24 02:20 EVE (03:20 CET)"
    assert card.embed.title == title


def test_a_time_of_which_no_kills_are_stored_is_not_quiet() -> None:
    card = region(systems=(), battles=(), campaigns=(), unknown=0, coverage=NOTHING)
    assert card.embed.description == NO_KILLS
    assert card.files[0].description == "Map of Curse."
    part = replace(WHOLE, stored=timedelta(hours=5))
    text = (region(coverage=part).embed.description or "").replace("\xa0", " ")
    assert "-# Kills are stored for 5 h of 24 hours:" in text
    some = render_fw_map(replace(FW, heat=(), coverage=NOTHING), lexicon(), now=NOW, zone=UTC_ZONE)
    assert NO_KILLS in (some.embed.description or "")


def test_words_stand_alone_where_the_picture_could_not_be_drawn() -> None:
    cards = [
        region(png=None),
        render_sov_map(replace(SOV, png=None), lexicon(), now=NOW, zone=UTC_ZONE, adms={}),
        render_fw_map(replace(FW, png=None), lexicon(), now=NOW, zone=UTC_ZONE),
    ]
    around = replace(AROUND, png=None)
    cards.append(render_system(replace(SYSTEM, picture=around), lexicon(), now=NOW, zone=UTC_ZONE))
    for card in cards:
        assert_sendable(card)
        assert (card.files, card.embed.image.url) == ((), None)
        assert (card.embed.description or "").endswith("\n-# The map could not be drawn.")


SOV = SovPicture(
    png=b"png",
    region_id=INSMOTHER,
    holders=((TEST, 30), (SANSHA, 1), *((Organisation(n, OrganisationKind.ALLIANCE), 1) for n in range(1, 20))),
    unclaimed=4,
    campaigns=(TIMER,),
    flips=(FLIP,),
    flips_since=NOW - timedelta(days=3),
    freshness=FRESH,
    timers=STALE,
)  # fmt: skip


def sov(picture: SovPicture) -> str:
    card = render_sov_map(picture, lexicon(), now=NOW, zone=UTC_ZONE, adms={})
    return card.embed.description or ""


def test_sovereignty_in_words_with_its_age() -> None:
    card = render_sov_map(SOV, lexicon(), now=NOW, zone=UTC_ZONE, adms={})
    assert_sendable(card)
    text = card.embed.description or ""
    assert card.embed.title == "Sovereignty of Curse"
    assert "Test Alliance Please Ignore" in text.split("\n")[0]
    assert text.split("\n")[0].endswith("30 systems")
    assert "*and 9 holders of fewer*" in text
    assert "Unclaimed: 4 systems" in text
    assert "**Changed hands in the last 3 days**" in text
    sovereignty, timers = text.split("\n")[-2:]
    assert sovereignty.startswith("-# Sovereignty: as of 02:18 EVE")
    assert timers.startswith("-# Timers: **stale since 00:20 EVE**"), "they come from elsewhere"
    assert card.files[0].name == SOV_FILE
    assert ids_in_sov_map(SOV) >= {TEST.id}
    assert SANSHA.id not in ids_in_sov_map(SOV), "factions are known by heart"
    everything = replace(SOV, region_id=None, flips=(), freshness=STALE)
    text = sov(everything)
    assert "Nothing that I heard of changed hands in the last 3 days." in text
    assert "**stale since 00:20 EVE**" in text
    young = {"watched_since": NOW - timedelta(minutes=2)}
    since = "since 2021-11-30 02:18 EVE, when I began to watch"
    assert f"heard of changed hands {since}." in sov(replace(everything, **young))
    assert f"**Changed hands {since}**" in sov(replace(SOV, **young))
    new = replace(everything, holders=(), unclaimed=0, campaigns=(), freshness=NEVER, timers=NEVER)
    unknown = "nothing known yet: the source has not answered"
    assert sov(new) == f"-# Sovereignty: {unknown}\n-# Timers: {unknown}", "silence is not calm"


FRONT = WarzoneSystem(
    system_id=AMAMAKE,
    owner_id=MINMATAR,
    occupier_id=AMARR,
    contested="contested",
    victory_points=37_500,
    threshold=75_000,
    role=Role.FRONTLINE,
    corruption=Corruption(
        system_id=AMAMAKE,
        corruption_stage=2,
        corruption=0.4,
        suppression_stage=0,
        suppression=0.1,
    ),
)
FW = FwPicture(
    png=b"png",
    pair=(AMARR, MINMATAR),
    hours=24,
    systems=(FRONT, replace(FRONT, system_id=SystemId(30002539), victory_points=0, occupier_id=MINMATAR)),
    heat=((AMAMAKE, Heat(kills=3, isk=IskSum())),),
    flips=(),
    insurgencies=(Insurgency(key="1", pirate_id=ANGELS, origin_id=AMAMAKE, state=None, started=None, systems=()),),
    coverage=WHOLE,
    freshness=STALE,
    insurgency=FRESH,
)  # fmt: skip


def test_the_warzone_in_words() -> None:
    card = render_fw_map(FW, lexicon(), now=NOW, zone=UTC_ZONE)
    assert_sendable(card)
    text = (card.embed.description or "").replace("\xa0", " ")
    assert card.embed.title == "Amarr-Minmatar warzone"
    assert text.startswith("**Minmatar** 1 system · **Amarr** 1 system")
    assert "Amarr · contested **50.0%** · frontline · 3 kills" in text
    assert "Siseide" not in text, "what is not contested is on the map alone"
    assert "**Insurgency** of Angel Cartel from Amamake\n" in text
    occupancy, insurgencies = text.split("\n")[-2:]
    assert occupancy.startswith("-# Occupancy and contested shares: **stale since 00:20 EVE**")
    assert insurgencies.startswith("-# Insurgencies: as of 02:18 EVE"), "told by the website"
    assert card.files[0].name == FW_FILE
    both = render_fw_map(replace(FW, pair=None), lexicon(), now=NOW, zone=UTC_ZONE)
    assert both.embed.title == "Warzones"
    silent = replace(FW, insurgencies=(), insurgency=NEVER)
    text = render_fw_map(silent, lexicon(), now=NOW, zone=UTC_ZONE).embed.description or ""
    assert "-# Insurgencies: nothing known yet" in text, "that none is told is no calm"


def bars(*matches: int, covered: float = 1.0) -> tuple[Bar, ...]:
    first = NOW.replace(minute=0) - timedelta(hours=len(matches) - 1)
    return tuple(
        Bar(start=first + timedelta(hours=number), matches=found, covered=covered)
        for number, found in enumerate(matches)
    )


AROUND = NeighbourhoodPicture(
    png=b"png",
    system_id=AMAMAKE,
    jumps=4,
    hours=24,
    systems=((AMAMAKE, 0),),
    heat=(),
    coverage=WHOLE,
)
SYSTEM = SystemView(
    system_id=AMAMAKE,
    hours=bars(0, 1, 0, 8),
    heat=Heat(kills=9, isk=IskSum(isk=1e9)),
    activity=Activity(kills=9, pilots=20),
    fought=Fought(battles=2, kills=7),
    battles=(SKIRMISH,) * 4,
    battle_count=1_206,
    sovereignty=FRESH,
    timers=FRESH,
    warfare=FRESH,
    insurgency=FRESH,
    incursions=FRESH,
    picture=AROUND,
)


def test_a_system_of_the_warzone_in_an_incursion() -> None:
    incursion = Incursion(
        key="k",
        constellation_id=ConstellationId(20000370),
        faction_id=FactionId(500019),
        staging_id=AMAMAKE,
        systems=(AMAMAKE,),
        state="mobilizing",
        influence=0.42,
        has_boss=False,
        first_seen=NOW,
        seen=NOW,
    )
    claim = Claim(system_id=AMAMAKE, holder=Organisation(MINMATAR, OrganisationKind.FACTION))
    view = replace(
        SYSTEM,
        warzone=FRONT,
        warfare=FRESH,
        insurgency=STALE,
        incursion=incursion,
        claim=claim,
    )
    card = render_system(view, lexicon(), now=NOW, zone=BERLIN)
    assert_sendable(card)
    text = (card.embed.description or "").replace("\xa0", " ")
    assert "**Occupied by** Amarr Empire · by right of Minmatar Republic · contested" in text
    assert "Held by" not in text, "in the warzone the occupier counts"
    assert "**Insurgency** corruption **2** of 5" in text
    assert "**Incursion** mobilizing · influence 42% · staging here" in text
    assert "-# Warzone: as of 02:18 EVE" in text
    assert "-# Insurgency: **stale since 00:20 EVE (01:20 CET)**" in text, "told by the website"
    assert "-# Sovereignty" not in text
    assert card.embed.colour is not None
    assert card.embed.colour.value == colours.CAMP
    kills = card.embed.fields[0].value or ""
    assert "7 of them in 2 battles\n`▁▃▁█`" in kills
    assert "most: 8 from 02:00 EVE (03:00 CET)" in kills
    assert "*and 1,202 more: `/battle list`*" in (card.embed.fields[1].value or "")
    assert card.files[0].name == FILE


def test_a_held_system_with_a_timer() -> None:
    window = Window(start=NOW - timedelta(hours=1), end=NOW + timedelta(hours=2))
    claim = Claim(system_id=UW9B, holder=TEST, adm=3.4, hub_id=5, window=window, is_capital=True)
    view = replace(SYSTEM, system_id=UW9B, claim=claim, campaigns=(TIMER,), battles=())
    card = render_system(view, lexicon(), now=NOW, zone=UTC_ZONE)
    assert_sendable(card)
    text = (card.embed.description or "").replace("\xa0", " ")
    assert "Test Alliance Please Ignore" in text
    assert "**capital** · ADM **3.4**" in text
    assert "**Vulnerability** **open now**" in text
    assert "-# Sovereignty: as of 02:18 EVE" in text
    assert card.embed.fields[0].name == "Sovereignty timer"
    assert ids_in_system(view) == {TEST.id}


def about(**fields: Any) -> str:
    """The first part of a system's card."""
    view = replace(SYSTEM, system_id=UW9B, battles=(), **fields)
    card = render_system(view, lexicon(), now=NOW, zone=UTC_ZONE)
    assert_sendable(card)
    return card.embed.description or ""


def test_timers_are_as_old_as_their_own_source() -> None:
    for text in (about(campaigns=(TIMER,), timers=STALE), about(timers=STALE)):
        assert "-# Timers: **stale since 00:20 EVE**" in text
        assert "-# Sovereignty" not in text, "nothing is said of the holder"


def test_nobody_knows_of_a_window_whose_end_no_answer_followed() -> None:
    window = Window(start=NOW - timedelta(hours=4), end=NOW - timedelta(hours=1))
    claim = Claim(system_id=UW9B, holder=TEST, adm=3.4, hub_id=5, window=window)
    assert "in overtime** since" in about(claim=claim, sovereignty=FRESH)
    silent = about(claim=claim, sovereignty=STALE)
    assert "**in overtime**" not in silent
    assert "open now" not in silent
    contested = about(claim=replace(claim, window=None), campaigns=(TIMER,))
    assert "**Vulnerability** **contested**" in contested


def test_what_cannot_be_in_a_system_is_not_missed_there() -> None:
    never = dict.fromkeys(("sovereignty", "timers", "warfare", "insurgency", "incursions"), NEVER)
    told = {
        UW9B: ["Sovereignty", "Timers", "Incursions"],
        AMAMAKE: ["Warzone", "Incursions"],
        SystemId(31000005): [],
    }
    for system_id, expected in told.items():
        view = replace(SYSTEM, system_id=system_id, **never)
        text = render_system(view, lexicon(), now=NOW, zone=UTC_ZONE).embed.description or ""
        assert re.findall(r"-# (\w+): nothing known yet", text) == expected


def test_hours_of_which_nothing_is_stored_are_not_quiet() -> None:
    some = replace(SYSTEM, hours=(*bars(0, 0, 1), *bars(0, 0, covered=0.2)))
    value = render_system(some, lexicon(), now=NOW, zone=UTC_ZONE).embed.fields[0].value or ""
    assert "`▁▁█??`" in value
    assert "Of 2 hours no kills are stored" in value
    nothing = replace(SYSTEM, heat=None, hours=bars(0, 0, covered=0.0))
    value = render_system(nothing, lexicon(), now=NOW, zone=UTC_ZONE).embed.fields[0].value or ""
    assert value == "I have no kills of this time stored: nothing can be said of it."
    calm = replace(SYSTEM, heat=None, hours=bars(0, 0))
    value = render_system(calm, lexicon(), now=NOW, zone=UTC_ZONE).embed.fields[0].value or ""
    assert value == "Nothing that I heard of died here."


def test_a_system_newer_than_the_map_breaks_nothing() -> None:
    view = replace(
        SYSTEM, system_id=SystemId(39999999), picture=None, no_picture="No gate leads there."
    )
    card = render_system(view, lexicon(), now=NOW, zone=UTC_ZONE)
    assert_sendable(card)
    assert "-# No gate leads there." in (card.embed.description or "")
    assert [button.label for button in card.buttons] == ["zKillboard"]
