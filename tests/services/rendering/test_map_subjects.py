"""The words and marks of each kind of map, from facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.domain.freshness import NEVER, Freshness
from services.domain.heat import Heat, HeatBy
from services.domain.ids import AllianceId, FactionId, SystemId
from services.domain.isk import IskSum
from services.domain.names import EntityName, NameBook
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, CampaignState, Claim, Score
from services.domain.warfare import Corruption, Warzone, WarzoneSystem
from services.rendering.map_data import MapMark, MarkKind
from services.rendering.map_subjects import (
    Held,
    age_line,
    ago,
    fw_map,
    region_map,
    short_faction,
    sov_map,
)
from services.universe.universe import Universe
from tests.services.sovereignty.made_up import GOONS

NOW = datetime(2026, 5, 17, 18, 5, tzinfo=UTC)
FRESH = Freshness(as_of=NOW - timedelta(minutes=3))
HERE, THERE = SystemId(30_004_759), SystemId(30_004_758)


def campaign(number: int, minutes: float, **fields: object) -> Campaign:
    """A contest that starts so many minutes from now."""
    made = Campaign(
        id=number,
        event_type="ihub_defense",
        system_id=HERE,
        constellation_id=None,
        structure_id=1,
        defender_id=AllianceId(GOONS.id),
        start=NOW + timedelta(minutes=minutes),
        state=CampaignState.SCHEDULED,
        first_seen=NOW,
        seen=NOW,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "0 min"),
        (3, "3 min"),
        (125, "2 h 5 min"),
        (120, "2 h"),
        (1690, "1 d 4 h"),
        (1440, "1 d"),
    ],
)
def test_lengths_have_two_units_at_most(minutes: float, text: str) -> None:
    assert ago(timedelta(minutes=minutes, seconds=20)) == text


def test_an_age_says_since_when_it_is_stale() -> None:
    assert age_line("Sovereignty", FRESH, NOW) == "Sovereignty as of 18:02 EVE (3 min ago)"
    stale = Freshness(
        as_of=NOW - timedelta(days=1), stale_since=NOW - timedelta(hours=2), mirror=True
    )
    assert age_line("Occupancy", stale, NOW) == (
        "Occupancy as of 2026-05-16 18:05 EVE (1 d ago), stale since 16:05 EVE, from EVE Ref's mirror"
    )
    assert age_line("Insurgency", NEVER, NOW) == "Insurgency: nothing known yet"


def test_unknown_values_are_told_and_not_counted_as_nothing() -> None:
    heat = {
        HERE: Heat(kills=4, isk=IskSum(isk=3e9, unpriced=2)),
        THERE: Heat(kills=1, isk=IskSum(unpriced=1)),
    }
    window = NOW - timedelta(hours=24), NOW
    data = region_map(
        "Delve",
        (THERE, HERE),
        heat,
        by=HeatBy.ISK,
        window=window,
        filtered=True,
        battles=(),
        campaigns=(),
        now=NOW,
    )
    assert data.figure == "at least 3.00B ISK"
    assert data.notes == ("3 losses of unknown value",)
    assert data.subtitle[0] == "ISK lost by filter · 24 hours"
    assert data.heat == ((HERE, 3e9),)
    assert data.detail == "in 2 of 2 systems"
    calm = region_map(
        "Delve",
        (HERE,),
        {},
        by=HeatBy.KILLS,
        window=window,
        filtered=False,
        battles=(),
        campaigns=(),
        now=NOW,
    )
    assert calm.figure == "no kills"


def test_the_next_contest_of_a_system_is_its_mark() -> None:
    running = campaign(3, -20, scores=(Score(NOW, 0.62, 0.38),))
    cases = [
        ((campaign(1, 200), campaign(2, 600)), "in 3 h 20 min"),
        ((campaign(1, 200), running), "now, 62% held"),
        ((campaign(4, 0),), "now"),
    ]
    for campaigns, text in cases:
        data = region_map(
            "Delve",
            (HERE,),
            {},
            by=HeatBy.KILLS,
            window=(NOW - timedelta(hours=1), NOW),
            filtered=False,
            battles=(),
            campaigns=campaigns,
            now=NOW,
        )
        assert data.marks == (MapMark(system_id=HERE, kind=MarkKind.CAMPAIGN, text=text),)


def test_holders_are_named_by_ticker_or_by_what_is_known(universe: Universe) -> None:
    flips = [
        Occurrence(
            key=f"f{hours}",
            kind=OccurrenceKind.HOLDER,
            at=NOW - timedelta(hours=hours),
            systems=(HERE,),
        )
        for hours in (30, 2)
    ]
    claims = (
        Claim(system_id=HERE, holder=GOONS, is_capital=True),
        Claim(system_id=THERE, holder=None),
    )
    held = Held(holders=((GOONS, 1),), claims=claims, colours={GOONS.id: (1, 2, 3)})

    def drawn(book: NameBook, freshness: Freshness = FRESH):  # type: ignore[no-untyped-def]
        return sov_map(
            "Delve",
            (THERE, HERE),
            held,
            book=book,
            universe=universe,
            campaigns=(),
            flips=flips,
            freshness=freshness,
            now=NOW,
        )

    known = drawn(
        NameBook(names={GOONS.id: EntityName(name="Goonswarm Federation", ticker="CONDI")})
    )
    (one,) = known.holders
    assert (one.label, one.name, one.count) == ("CONDI", "Goonswarm Federation", 1)
    assert known.held == ((HERE, GOONS.id),)
    assert (known.figure, known.detail) == ("1 system held", "1 not held")
    assert [(mark.kind, mark.text) for mark in known.marks] == [
        (MarkKind.CAPITAL, ""),
        (MarkKind.FLIP, "2 h ago"),
    ]
    assert drawn(NameBook()).holders[0].label == f"#{GOONS.id}"[:10]
    assert "nothing known yet" in drawn(NameBook(), NEVER).notes[0]
    assert "Nothing known yet" in drawn(NameBook(), NEVER).empty


def test_the_warzone_shows_occupiers_and_corruption(universe: Universe) -> None:
    caldari, gallente = FactionId(500_001), FactionId(500_004)
    corrupt = Corruption(
        system_id=HERE, corruption_stage=4, corruption=0.8, suppression_stage=1, suppression=0.2
    )
    systems = [
        WarzoneSystem(
            system_id=HERE,
            owner_id=caldari,
            occupier_id=gallente,
            contested="vulnerable",
            victory_points=75_000,
            threshold=75_000,
            corruption=corrupt,
        ),
        WarzoneSystem(
            system_id=THERE,
            owner_id=caldari,
            occupier_id=caldari,
            contested="contested",
            victory_points=5,
            threshold=0,
        ),
    ]
    zone = Warzone(
        systems=tuple(systems),
        insurgencies=(),
        freshness=FRESH,
        advantage=NEVER,
        insurgency=NEVER,
        enemies=((caldari, gallente),),
    )
    data = fw_map(
        zone,
        systems,
        (gallente, caldari),
        heat={},
        hours=24,
        flips=(),
        battles=(),
        colours={caldari: (1, 1, 1), gallente: (2, 2, 2)},
        universe=universe,
        now=NOW,
    )
    assert data.figure == "1 : 1"
    assert data.detail == "systems, Gallente : Caldari"
    assert [(one.label, one.name) for one in data.holders] == [
        ("Caldari", "Caldari State"),
        ("Gallente", "Gallente Federation"),
    ]
    first, second = data.contests
    assert (first.share, first.vulnerable, second.share) == (1.0, True, None)
    assert data.marks == (MapMark(system_id=HERE, kind=MarkKind.INSURGENCY, text="stage 4"),)
    assert data.notes == (
        "Occupancy as of 18:02 EVE (3 min ago)",
        "Insurgency: nothing known yet",
    )


def test_powers_have_one_word() -> None:
    names = ("Caldari State", "Sansha's Nation", "The Syndicate", "Servant Sisters of EVE")
    assert [short_faction(name) for name in names] == ["Caldari", "Sansha", "Syndicate", "Sisters"]
