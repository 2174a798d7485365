"""The words and marks of each kind of map, from facts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.domain.battle import Fought
from services.domain.freshness import NEVER, Freshness
from services.domain.heat import Coverage, Heat, HeatBy
from services.domain.ids import AllianceId, FactionId, SystemId
from services.domain.isk import IskSum
from services.domain.names import EntityName, NameBook
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, CampaignState, Claim, Score
from services.domain.warfare import Corruption, Warzone, WarzoneSystem
from services.rendering.map_data import MapData, MapMark, MarkKind
from services.rendering.map_holders import Held
from services.rendering.map_marks import MARKED, battle_marks
from services.rendering.map_notes import age_line, ago
from services.rendering.map_subjects import (
    around_map,
    fw_map,
    region_map,
    short_faction,
    sov_map,
)
from services.universe.universe import Universe
from tests.services.sovereignty.made_up import GOONS

NOW = datetime(2026, 5, 17, 18, 5, tzinfo=UTC)
FRESH = Freshness(as_of=NOW - timedelta(minutes=3))
STALE = Freshness(as_of=NOW - timedelta(hours=7), stale_since=NOW - timedelta(hours=6))
HERE, THERE = SystemId(30_004_759), SystemId(30_004_758)
DAY = timedelta(hours=24)
WHOLE = Coverage(window=DAY, stored=DAY - timedelta(minutes=9))
NOTHING = Coverage(window=DAY, stored=timedelta(0))


def delve(heat: Mapping[SystemId, Heat] | None = None, **fields: Any) -> MapData:
    """A map of two systems' kills in the last day."""
    given = {
        "by": HeatBy.KILLS,
        "window": (NOW - DAY, NOW),
        "filtered": False,
        "coverage": WHOLE,
        "fought": {},
        "campaigns": (),
        "timers": FRESH,
        "now": NOW,
    }
    return region_map("Delve", (THERE, HERE), heat or {}, **(given | fields))


def test_the_deadliest_systems_are_marked_and_the_asked_one() -> None:
    fought = {SystemId(n): Fought(battles=1, kills=n) for n in range(1, 12)}
    fought[HERE] = Fought(battles=3, kills=1_200)
    marks = list(battle_marks(fought, SystemId(1)))
    assert [(mark.system_id, mark.text) for mark in marks[:3]] == [
        (1, "1 kill"),
        (HERE, "3 battles, 1,200 kills"),
        (11, "11 kills"),
    ]
    assert len(marks) == MARKED
    note = "Battles were in 12 of these systems: the 8 deadliest are marked"
    assert note in delve(fought=fought).notes
    few = dict(list(fought.items())[:MARKED])
    assert not any("Battles" in line for line in delve(fought=few).notes)


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
    data = delve(heat, by=HeatBy.ISK, filtered=True, timers=None)
    assert data.figure == "at least 3.00B ISK"
    assert list(filter(None, data.notes)) == ["3 losses of unknown value"]
    assert data.subtitle[0] == "ISK lost by filter · 24 hours"
    assert data.heat == ((HERE, 3e9),)
    assert data.detail == "in 2 of 2 systems"
    assert delve().figure == "no kills"


def test_a_time_of_which_no_kills_are_stored_is_not_quiet() -> None:
    gone = delve(coverage=NOTHING)
    assert (gone.figure, gone.detail) == ("unknown", "")
    assert gone.notes[1] == "No kills of this time are stored: what died is not known"
    part = Coverage(window=DAY, stored=timedelta(hours=5, minutes=10))
    some = delve(coverage=part)
    assert (some.figure, some.detail) == ("no kills known", "in 0 of 2 systems")
    assert some.notes[1] == "Kills are stored for 5 h 10 min of 24 hours"
    one = delve({HERE: Heat(kills=1, isk=IskSum())}, coverage=NOTHING)
    assert (one.figure, one.notes[1]) == (
        "1 kill",
        "Kills are stored for less than 1 min of 24 hours",
    )
    near = around_map(
        "1DQ1-A",
        (THERE, HERE),
        HERE,
        jumps=1,
        heat={},
        hours=24,
        coverage=NOTHING,
        fought={},
        campaigns=(),
        timers=STALE,
        now=NOW,
    )
    assert (near.figure, near.detail) == ("unknown", "")
    assert near.notes == (
        "No kills of this time are stored: what died is not known",
        "Timers as of 11:05 EVE (7 h ago), stale since 12:05 EVE",
        "",
    )


def test_the_next_contest_of_a_system_is_its_mark() -> None:
    running = campaign(3, -20, scores=(Score(NOW, 0.62, 0.38),))
    # Listed an hour ago, before its start: no answer ever confirmed that it began.
    due = campaign(5, -20, seen=NOW - timedelta(hours=1), scores=running.scores)
    cases = [
        ((campaign(1, 200), campaign(2, 600)), FRESH, "in 3 h 20 min"),
        ((campaign(1, 200), running), FRESH, "now, 62% held"),
        ((running,), STALE, "began, 62% held"),
        ((campaign(4, 0),), FRESH, "now"),
        ((due,), STALE, "due 20 min ago"),
        ((due,), FRESH, "due 20 min ago"),
    ]
    for campaigns, timers, text in cases:
        data = delve(campaigns=campaigns, timers=timers)
        assert data.marks == (MapMark(system_id=HERE, kind=MarkKind.CAMPAIGN, text=text),)
    assert delve().notes[2] == "Timers as of 18:02 EVE (3 min ago)"


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

    def drawn(
        book: NameBook,
        freshness: Freshness = FRESH,
        *,
        systems: tuple[SystemId, ...] = (THERE, HERE),
    ) -> MapData:
        return sov_map(
            "Delve",
            systems,
            held,
            book=book,
            universe=universe,
            campaigns=(),
            flips=flips,
            freshness=freshness,
            timers=STALE,
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
    assert known.notes[1].startswith("Timers as of 11:05 EVE"), "they are older than the holders"
    never = drawn(NameBook(), NEVER)
    assert "Nothing known yet" in never.empty
    assert (never.figure, never.detail) == ("", ""), "nobody said that nobody holds it"
    assert drawn(NameBook(), NEVER, systems=()).detail == ""
    wider = drawn(NameBook(), systems=(THERE, HERE, SystemId(30_004_760)))
    assert wider.detail == "1 not held, 1 unknown", "no answer named the third one"


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
        coverage=NOTHING,
        flips=(),
        fought={},
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
        "No kills of this time are stored: what died is not known",
        "",
    )


def test_powers_have_one_word() -> None:
    names = ("Caldari State", "Sansha's Nation", "The Syndicate", "Servant Sisters of EVE")
    assert [short_faction(name) for name in names] == ["Caldari", "Sansha", "Syndicate", "Sisters"]
