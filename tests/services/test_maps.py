"""Maps as people ask for them: what the stored kills and the recorded answers say comes out as picture and facts."""

import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from services.domain.battle import BattleSearch
from services.domain.errors import UserError
from services.domain.heat import HeatBy
from services.domain.ids import FactionId, RegionId, SystemId
from services.domain.killmail import Killmail
from services.rendering.errors import RenderBusy
from services.rendering.map_data import MapData
from services.rendering.map_marks import MARKED
from services.rendering.service import HeatmapService
from services.rendering.worker import RenderWorker
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.factories import EVENING, HandClock, mail, universe
from tests.services.map_room import MapRoom
from tests.services.sovereignty.made_up import (
    CALDARI,
    GOONS,
    HORDE,
    campaign_row,
    system_row,
)
from tests.services.warfare.recorded import load_snapshots
from tests.undrawn import undraw

DELVE, FORGE, WORMHOLES = RegionId(10_000_060), RegionId(10_000_002), RegionId(11_000_001)
HEIMATAR, AMAMAKE = RegionId(10_000_030), SystemId(30_002_537)
ONE_DQ, NEXT_DOOR, JITA, J_SPACE = (
    SystemId(key) for key in (30_004_759, 30_004_758, 30_000_142, 31_000_005)
)
CALDARI_STATE, GALLENTE = FactionId(500_001), FactionId(500_004)
DAY = timedelta(hours=24)


@pytest.fixture
async def room(migrated_sqlite_url: str) -> AsyncIterator[MapRoom]:
    """On SQLite: nothing here asks the database in a way of its own."""
    database = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    async with RenderWorker() as worker:
        yield MapRoom(database, worker, clock=HandClock(EVENING))
    await database.close()


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts alone."""
    undraw(monkeypatch)


def died(
    number: int,
    minutes_ago: float,
    *,
    system: SystemId = ONE_DQ,
    isk: float = 1e6,
    pilots: Sequence[str] = ("B1", "A1", "A2"),
) -> Killmail:
    """A kill before the evening."""
    made = mail(number, 0, *pilots, isk=isk, system=system)
    return replace(made, time=EVENING - timedelta(minutes=minutes_ago))


def fw_row(system: SystemId) -> dict[str, object]:
    """As `/fw/systems` tells it, of no importance."""
    return {
        "solar_system_id": system,
        "owner_faction_id": 500_002,
        "occupier_faction_id": 500_003,
        "contested": "contested",
        "victory_points": 5,
        "victory_points_threshold": 75_000,
    }


def opened(png: bytes | None) -> Image.Image:
    assert png is not None
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


async def test_a_regions_kills_come_with_battles_and_contests(room: MapRoom) -> None:
    kills = [died(i, 60 + i) for i in range(1, 8)] + [died(9, 50, system=NEXT_DOOR, isk=5e9)]
    await room.take(*kills, died(10, 60, system=JITA), died(11, 3000))
    await room.hear(
        systems={"solar_systems": [system_row(ONE_DQ, GOONS)]},
        campaigns=[campaign_row(1, start=90), campaign_row(2, start=60, solar_system_id=JITA)],
    )
    found = await room.maps.region_heat(DELVE, EVENING - DAY, EVENING)
    assert [system for system, _ in found.systems] == [ONE_DQ, NEXT_DOOR]
    assert (found.kills, found.by, found.region_id) == (8, HeatBy.KILLS, DELVE)
    assert [battle.system_id for battle in found.battles] == [ONE_DQ]
    assert [campaign.id for campaign in found.campaigns] == [1]
    assert opened(found.png).width <= 1600
    assert timedelta(0) < found.coverage.stored < timedelta(hours=1)


async def test_a_systems_battles_are_summed_the_same_on_every_map(
    room: MapRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[MapData] = []

    async def kept(_: object, data: MapData) -> bytes:
        drawn.append(data)
        return b"png"

    monkeypatch.setattr(HeatmapService, "map", kept)
    near = [key for key, far in universe().within_jumps(AMAMAKE, 3).items() if far > 0]
    heimatar = [key for key in near if universe().get_system(key).region_id == HEIMATAR][:10]
    number = iter(range(1, 100))
    kills = [
        died(next(number), 60 * hours + minute, system=AMAMAKE, pilots=("D1", "C1", "C2"))
        for hours in (3, 8, 13, 23.97)  # of the last one, two kills lie before the window
        for minute in range(4)
    ]
    for i, place in enumerate(heimatar):  # each is larger than any of those
        kills += [died(next(number), 100 + 90 * i + k, system=place) for k in range(5)]
    await room.take(*sorted(kills, key=lambda kill: kill.time))
    assert len(await room.battles.search(BattleSearch())) == 14 > MARKED
    await room.hear(warzone=[fw_row(key) for key in (AMAMAKE, *heimatar)])
    await room.maps.region_heat(HEIMATAR, EVENING - DAY, EVENING)
    await room.maps.around(AMAMAKE, 3)
    await room.maps.around(heimatar[0], 5)
    await room.maps.fw()
    for data in drawn:
        marks = {mark.system_id: mark.text for mark in data.marks}
        assert marks[AMAMAKE] == "4 battles, 14 kills"
        assert dict(data.heat)[AMAMAKE] == 14, "no kill of before is in the mark alone"
        assert len(marks) == MARKED
        assert any(f"{MARKED} deadliest are marked" in note for note in data.notes)
    assert len(drawn) == 4


async def test_a_picture_that_cannot_be_drawn_takes_no_fact_away(
    room: MapRoom, undrawn: None
) -> None:
    await room.take(died(1, 60), died(2, 61), died(3, 50, system=NEXT_DOOR, isk=5e9))
    await room.hear(systems={"solar_systems": [system_row(ONE_DQ, GOONS)]})
    found = await room.maps.region_heat(DELVE, EVENING - DAY, EVENING, by=HeatBy.ISK)
    assert found.png is None
    assert [system for system, _ in found.systems] == [NEXT_DOOR, ONE_DQ]
    for region in (DELVE, None):
        sov = await room.maps.sov(region, name_of=room.name_of)
        assert (sov.png, sov.holders) == (None, ((GOONS, 1),))
    around = await room.maps.around(ONE_DQ, 2)
    assert (around.png, [(key, heat.kills) for key, heat in around.heat]) == (None, [(ONE_DQ, 2)])


async def test_too_many_pictures_are_said_to_be_too_many(
    room: MapRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> bytes:
        raise RenderBusy

    monkeypatch.setattr(HeatmapService, "map", busy)
    with pytest.raises(RenderBusy):
        await room.maps.region_heat(DELVE, EVENING - DAY, EVENING)


async def test_contests_are_as_old_as_the_answer_that_told_of_them(
    room: MapRoom, undrawn: None
) -> None:
    systems = {"solar_systems": [system_row(ONE_DQ, GOONS)]}
    await room.hear(systems=systems, campaigns=[campaign_row(1, start=120)])
    told = room.clock.now
    await room.hear(systems=systems, hours=7)
    now = room.clock.now
    region = await room.maps.region_heat(DELVE, now - DAY, now)
    assert [campaign.has_begun for campaign in region.campaigns] == [False]
    sov = await room.maps.sov(DELVE, name_of=room.name_of)
    for timers in (region.timers, sov.timers):
        assert timers is not None
        assert (timers.as_of, timers.is_stale) == (told, True)
    assert (sov.freshness.as_of, sov.freshness.is_stale) == (now, False)
    forge = await room.maps.region_heat(FORGE, now - DAY, now)
    assert forge.timers is None, "in high security space there are none"


async def test_a_window_that_is_over_has_no_contests_of_now(room: MapRoom, undrawn: None) -> None:
    await room.hear(campaigns=[campaign_row(1, start=120)])
    for minutes, past in ((4, False), (6, True)):
        end = EVENING - timedelta(minutes=minutes)
        found = await room.maps.region_heat(DELVE, end - DAY, end)
        assert found.is_past is past
        assert bool(found.campaigns) is not past
        assert (found.timers is None) is past


async def test_what_was_drawn_this_minute_is_not_drawn_again(room: MapRoom) -> None:
    window = EVENING - DAY, EVENING
    first = await room.maps.region_heat(DELVE, *window)
    room.clock.advance(seconds=20)
    assert (await room.maps.region_heat(DELVE, *window)).png is first.png
    await room.take(died(1, 60))
    assert (await room.maps.region_heat(DELVE, *window)).png != first.png


async def test_a_region_without_a_map_is_refused_in_plain_words(room: MapRoom) -> None:
    with pytest.raises(UserError, match="no map of A-R00001.*known space"):
        await room.maps.region_heat(WORMHOLES, EVENING - DAY, EVENING)
    with pytest.raises(UserError, match="no map of"):
        await room.maps.sov(WORMHOLES, name_of=room.name_of)


async def test_sovereignty_comes_with_holders_flips_and_contests(
    room: MapRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = sorted(ONE_DQ + i for i in range(-2, 3))
    before = [system_row(key, GOONS, hub=key) for key in region]
    await room.hear(systems={"solar_systems": [*before, system_row(JITA, CALDARI)]})
    after = [*before[:3], system_row(region[3], HORDE, hub=5), system_row(region[4], None)]
    room.clock.advance(minutes=5)
    await room.hear(systems={"solar_systems": [*after, system_row(JITA, CALDARI)]}, minutes=5)
    found = await room.maps.sov(DELVE, name_of=room.name_of)
    assert found.watched_since == EVENING, "that is less than three days ago"
    assert found.holders == ((GOONS, 3), (HORDE, 1))
    assert found.unclaimed == 1
    assert {flip.system_id for flip in found.flips} == set(map(SystemId, region[3:]))
    assert found.flips_since == room.clock.now.replace(second=0) - timedelta(days=3)
    assert found.freshness.as_of is not None
    assert opened(found.png).width <= 1600
    undraw(monkeypatch)
    everywhere = await room.maps.sov(None, name_of=room.name_of)
    # Of all New Eden alliances alone: the empires would drown them.
    assert everywhere.holders == ((GOONS, 3), (HORDE, 1))


async def test_sovereignty_that_nobody_told_of_says_so(room: MapRoom, undrawn: None) -> None:
    found = await room.maps.sov(DELVE, name_of=room.name_of)
    assert (found.holders, found.freshness.as_of, found.timers.as_of) == ((), None, None)
    await room.hear(systems={"solar_systems": [system_row(JITA, CALDARI)]})
    assert (await room.maps.sov(FORGE, name_of=room.name_of)).holders == ((CALDARI, 1),)


async def test_a_recorded_galaxy_is_drawn(room: MapRoom, recorded_data: Path) -> None:
    room.know_names(recorded_data)
    esi = recorded_data / "esi"
    room.clock.now = datetime(2026, 5, 17, 18, 2, tzinfo=UTC)
    await room.hear(
        systems=(esi / "sovereignty-systems_2026-05-17.json").read_bytes(),
        campaigns=(esi / "sovereignty-campaigns_2026-05-17.json").read_bytes(),
    )
    found = await room.maps.sov(None, name_of=room.name_of)
    assert len(found.campaigns) == 13
    assert len(found.holders) > 60
    assert found.holders[0][1] == max(count for _, count in found.holders)
    assert opened(found.png).size == (1600, 1300)
    assert found.png is not None
    assert len(found.png) < 2_500_000


async def test_the_recorded_warzones_are_drawn(
    room: MapRoom, recorded_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = load_snapshots(recorded_data)
    for snapshot in (snapshots[0], snapshots[-1]):
        room.clock.now = snapshot.at + timedelta(minutes=1)
        await room.hear(warzone=snapshot.body)
    pair = (CALDARI_STATE, GALLENTE)
    one = await room.maps.fw(pair, hours=12)
    undraw(monkeypatch)
    both = await room.maps.fw()
    assert {system.occupier_id for system in one.systems} == set(pair)
    assert len(both.systems) == 158
    shares = [system.share or 0 for system in both.systems]
    assert shares == sorted(shares, reverse=True)
    assert {flip.system_id for flip in one.flips} <= {system.system_id for system in one.systems}
    assert len(both.flips) >= len(one.flips)
    assert (one.pair, one.hours, both.pair) == (pair, 12, None)
    assert (one.insurgency.as_of, one.coverage.is_nothing) == (None, True)
    assert opened(one.png).width <= 1600


async def test_a_warzone_that_nobody_told_of_is_refused(room: MapRoom) -> None:
    with pytest.raises(UserError, match="nothing of that warzone yet"):
        await room.maps.fw((CALDARI_STATE, GALLENTE))


async def test_a_neighbourhood_reaches_as_far_as_a_picture_holds(
    room: MapRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.take(*(died(i, 60, system=JITA) for i in range(1, 4)), died(9, 3000, system=JITA))
    near = await room.maps.around(ONE_DQ, 3, hours=24)
    assert opened(near.png).width <= 1600
    undraw(monkeypatch)
    assert near.jumps == 3
    assert near.systems[0] == (ONE_DQ, 0)
    assert max(far for _, far in near.systems) == 3
    assert near.heat == ()
    wide = await room.maps.around(JITA, 12, hours=24)
    assert wide.jumps < 12
    assert len(wide.systems) <= 100
    assert max(far for _, far in wide.systems) == wide.jumps
    assert [(system, heat.kills) for system, heat in wide.heat] == [(JITA, 3)]


async def test_where_no_gate_leads_there_is_no_neighbourhood(room: MapRoom) -> None:
    with pytest.raises(UserError, match="No gate leads to Thera"):
        await room.maps.around(J_SPACE, 3)
    with pytest.raises(UserError, match="No gate leads to system 7"):
        await room.maps.around(SystemId(7), 3)
