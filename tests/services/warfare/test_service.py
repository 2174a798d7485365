"""What commands are told: everything joined, each with its age, and nothing made up."""

import json
from datetime import timedelta
from itertools import pairwise

import pytest

from services.domain.occurrence import OccurrenceKind
from services.domain.warfare import Role
from services.esi.errors import EsiUnavailable
from services.warfare.advantages import AdvantageSource
from services.warfare.enemies import FwWarsSource
from services.warfare.insurgencies import InsurgencySource
from services.warfare.service import WarfareService
from services.warfare.settings import WarfareSettings
from services.warfare.statistics import FwStatsSource
from services.warfare.wire import STATS, WARS
from tests.factories import universe
from tests.fakes.warzone import INSURGENCY, STATUS, insurgency_of, status_of
from tests.services.warfare.made_up import CALDARI, GALLENTE, HERE, here
from tests.services.warfare.recorded import GivenEsi, load_snapshots

MINMATAR, AMARR = 500_002, 500_003
ENEMY = {CALDARI: GALLENTE, GALLENTE: CALDARI, AMARR: MINMATAR, MINMATAR: AMARR}
TAMA = 30_002_813


@pytest.fixture
def service(lite, clock):
    return WarfareService(lite, universe(), WarfareSettings(), clock=clock)


async def test_nothing_is_known_before_anybody_answered(service, clock):
    warzone = await service.warzone()
    assert (warzone.systems, warzone.insurgencies) == ((), ())
    assert warzone.freshness.is_stale
    assert warzone.advantage.as_of is None
    assert warzone.enemies == ((CALDARI, GALLENTE), (MINMATAR, AMARR))
    assert await service.find_system(TAMA) is None
    assert (await service.stats(clock.now)).holdings == ()
    assert await service.shares(TAMA, clock.now) == ()


async def test_a_system_with_its_trends_and_forecast(fw_lite, service, clock):
    """0.01 an hour for a day, 0.02 for five hours, 0.03 in the last one."""
    begin, points = clock.now, 7500
    for half in range(1, 63):
        points += 375 if half <= 50 else 750 if half <= 60 else 1125
        await fw_lite.answer(here(victory_points=points))
    system = await service.find_system(HERE)
    assert [trend.per_hour for trend in system.trends] == pytest.approx([0.03, 0.13 / 6, 0.31 / 24])
    left = timedelta(hours=1 - system.share)
    assert system.forecast.vulnerable
    hours = [
        (end - clock.now) / left
        for end in (system.forecast.at, system.forecast.earliest, system.forecast.latest)
    ]
    assert hours == pytest.approx([6 / 0.13, 1 / 0.03, 24 / 0.31])
    shares = await service.shares(HERE, begin)
    assert len(shares) == 62
    assert all(b[0] - a[0] == timedelta(minutes=30) and b[1] > a[1] for a, b in pairwise(shares))
    fw_lite.esi.answers = {"/fw/systems": EsiUnavailable("down")}
    await fw_lite.step(hours=2)
    stale = await service.find_system(HERE)
    assert (await service.warzone()).freshness.is_stale
    assert stale.forecast is None  # nothing is foretold from what is old
    assert stale.trends == system.trends


async def test_a_flip_ends_the_trend(fw_lite, service, clock):
    for points in (60_000, 70_000, 75_000):
        await fw_lite.answer(here(victory_points=points))
    await fw_lite.answer(here(occupier_faction_id=GALLENTE, victory_points=0))
    system = await service.find_system(HERE)
    assert [trend.per_hour for trend in system.trends] == [None, None, None]
    assert system.occupied_since == clock.now
    stats = await service.stats(clock.now - timedelta(days=1))
    assert [dict(held) for _, held in stats.holdings] == [
        {CALDARI: 10},
        {CALDARI: 9, GALLENTE: 1},
    ]
    assert stats.holdings[-1][0] == clock.now


async def test_the_recorded_warzone_joined(
    recorded_data, fw_lite, desk, service, website, warzone, clock
):
    """ESI's occupancy, the website's advantages and insurgency, roles by the map."""
    latest = load_snapshots(recorded_data)[-1]
    await fw_lite.answer(latest.body)
    rows = json.loads(latest.body)
    occupiers = {row["solar_system_id"]: row["occupier_faction_id"] for row in rows}
    folder = recorded_data / "fw"
    points = json.loads((folder / "warzone_HEAD_2026-08-22.json").read_bytes())
    pirates = json.loads((folder / "insurgency_HEAD_2026-08-22.json").read_bytes())
    warzone.put(STATUS, status_of(points, occupiers, ENEMY))
    warzone.put(INSURGENCY, insurgency_of(pirates))
    await desk(AdvantageSource(website, WarfareSettings())).step()
    await desk(InsurgencySource(website, WarfareSettings())).step()
    found = await service.warzone()
    systems = {system.system_id: system for system in found.systems}
    assert len(systems) == 158
    assert [(one.faction_id, one.total) for one in systems[30_002_541].advantages] == [
        (AMARR, 98),
        (MINMATAR, 96),
    ]
    assert systems[30_002_085].corruption.corruption_stage == 5
    assert systems[TAMA].corruption is None
    assert not found.advantage.is_stale
    for system in found.systems:
        near = [occupiers.get(there) for there in universe().gates[system.system_id]]
        assert (system.role is Role.FRONTLINE) == (ENEMY[system.occupier_id] in near)
    roles = [system.role for system in found.systems]
    assert (roles.count(Role.FRONTLINE), roles.count(Role.COMMAND)) == (27, 33)


async def test_roles_follow_what_esi_says_of_the_wars(fw_lite, desk, service, clock):
    """Without a flip that is no event."""
    await fw_lite.answer(here())
    esi = GivenEsi({WARS: [{"faction_id": CALDARI, "against_id": 500_010}]})
    wars = desk(FwWarsSource(esi, WarfareSettings()))
    await wars.step()
    assert (await service.warzone()).enemies == ((CALDARI, 500_010),)
    esi.answers[WARS] = []
    await wars.step()
    assert (await service.warzone()).enemies == ((CALDARI, 500_010),)
    assert [one for one in fw_lite.told if one.kind is OccurrenceKind.ROLE] == []


def figures(kills):
    return [
        {
            "faction_id": CALDARI,
            "pilots": 4000,
            "systems_controlled": 59,
            "kills": {"yesterday": kills, "last_week": 900, "total": 684_350},
            "victory_points": {"yesterday": 9000, "last_week": 70_000, "total": 5_000_000_000},
        },
        {"faction_id": GALLENTE},
    ]


async def test_every_days_figures_are_kept(lite, desk, service, clock):
    esi = GivenEsi({STATS: figures(100)})
    asking = desk(FwStatsSource(esi, WarfareSettings()))
    for kills in (100, 110, 120):
        esi.answers[STATS] = figures(kills)
        await asking.step(hours=24)
    esi.answers[STATS] = []
    await asking.step(hours=24)
    stats = await service.stats(clock.now - timedelta(days=3))
    assert [(day.day.day, day.kills_yesterday) for day in stats.days] == [
        (21, 100),
        (22, 110),
        (23, 120),
    ]
    assert stats.freshness.as_of == clock.now - timedelta(hours=24)  # the empty answer is none
    assert stats.days[0].points_total == 5_000_000_000
    assert {day.faction_id for day in stats.days} == {CALDARI}


async def test_what_is_beyond_the_retention_is_forgotten(fw_lite, desk, service, clock):
    begin = clock.now
    await fw_lite.answer(here())
    esi = GivenEsi({STATS: figures(1)})
    await desk(FwStatsSource(esi, WarfareSettings())).step()
    await fw_lite.answer(here(victory_points=9000), days=399)
    await service.prune()
    assert len(await service.shares(HERE, begin)) == 2
    clock.advance(days=3)
    await service.prune()
    assert len(await service.shares(HERE, begin)) == 1
    assert (await service.stats(begin)).days == ()
    assert len((await service.warzone()).systems) == 10
