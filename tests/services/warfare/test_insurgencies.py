"""Insurgencies begin, go on and end; a website that says nothing is no end."""

import json
from datetime import UTC, datetime

import pytest

from services.domain.occurrence import OccurrenceKind
from services.warfare import insurgencies
from services.warfare.insurgencies import InsurgencySource
from services.warfare.settings import WarfareSettings
from tests.fakes.warzone import INSURGENCY, INSURGENCY_MIRROR, Given, campaign, insurgency_of

TAMA, KEDAMA = 30_002_813, 30_002_812
STARTED, STAGE, ENDED = (
    OccurrenceKind.INSURGENCY_STARTED,
    OccurrenceKind.INSURGENCY_STAGE,
    OccurrenceKind.INSURGENCY_ENDED,
)
OTHER = campaign(number=300, pirate=500_010, systems=[(30_002_089, 1, 20, 0, 0)])


@pytest.fixture
def asking(desk, website):
    return desk(InsurgencySource(website, WarfareSettings()))


def tama(corrupted=1, suppressed=0, **more):
    systems = [(TAMA, corrupted, 20 * corrupted, suppressed, 1), (KEDAMA, 1, 21, 0, 0)]
    return campaign(systems=systems, **more)


async def known(asking):
    async with asking.database.read() as tx:
        return await insurgencies.load(tx)


async def test_from_start_to_end(asking, warzone):
    steps = [
        ([OTHER], []),
        ([OTHER, tama()], [(STARTED, None, None)]),
        ([tama(2), OTHER], [(STAGE, 1.0, 2.0)]),
        ([tama(2, 3), OTHER], [(STAGE, 0.0, 3.0)]),
        ([tama(1, 3), OTHER], [(STAGE, 2.0, 1.0)]),
        ([tama(1, 3), OTHER], []),
        ([OTHER], []),
        ([tama(1, 3), OTHER], []),  # it was never gone
        ([OTHER], []),
        ([OTHER], [(ENDED, None, None)]),
        ([OTHER], []),
        ([OTHER, tama(1, 3)], []),  # one that was told is told once
    ]
    for answer, wanted in steps:
        warzone.put(INSURGENCY, answer)
        found = await asking.step()
        assert [(one.kind, one.before, one.after) for one in found] == wanted
    start = asking.told[0]
    assert (start.systems, start.subject, start.new.id) == ((TAMA, KEDAMA), 312, 500_011)
    assert start.at == datetime(2026, 11, 18, 11, tzinfo=UTC)  # as the website says it
    assert asking.told[1].word == "corruption"
    assert asking.told[2].word == "suppression"


async def test_nothing_at_all_is_believed_after_half_an_hour(asking, warzone):
    warzone.put(INSURGENCY, [OTHER])
    await asking.step()
    warzone.put(INSURGENCY, [])
    told = [await asking.step(minutes=5) for _ in range(7)]
    assert [[one.kind for one in found] for found in told] == [[]] * 6 + [[ENDED]]
    assert await known(asking) == ()
    assert await asking.step() == []


async def test_a_first_answer_without_any_is_doubted_as_long(asking, warzone):
    """Else those that are under way would count as new with the next one."""
    warzone.put(INSURGENCY, [])
    assert await asking.step() == []
    warzone.put(INSURGENCY, [OTHER])
    assert await asking.step() == []
    warzone.put(INSURGENCY, [OTHER, tama()])
    assert [one.systems[0] for one in await asking.step()] == [TAMA]


async def test_that_there_is_none_at_first_is_believed_in_the_end(asking, warzone):
    warzone.put(INSURGENCY, [])
    for _ in range(7):
        assert await asking.step(minutes=5) == []
    warzone.put(INSURGENCY, [OTHER])
    assert [one.kind for one in await asking.step(minutes=5)] == [STARTED]


async def test_faults_are_no_events(asking, warzone):
    warzone.put(INSURGENCY, [OTHER, tama()])
    await asking.step()
    held = await known(asking)
    unreadable = tama() | {"pirateFactionId": "nobody"}
    for fault in (
        Given(status=503),
        Given(body=b"<html>"),
        Given(body=b"[{}, {}]"),
        Given(body=json.dumps([OTHER, unreadable]).encode()),
        Given(body=json.dumps([OTHER, unreadable]).encode()),
        Given(body=json.dumps([OTHER, unreadable]).encode()),
    ):
        warzone.given[INSURGENCY] = fault
        assert await asking.step(minutes=20) == []
        assert {one.key for one in await known(asking)} == {one.key for one in held}
    warzone.put(INSURGENCY, [OTHER, tama(2)])
    assert [one.kind for one in await asking.step(minutes=20)] == [STAGE]


async def test_a_copy_that_still_holds_is_not_missing_it_again(asking, warzone, clock):
    """The mirror's file is the same as before: nobody has looked a second time."""
    warzone.put(INSURGENCY_MIRROR, [OTHER, tama()], made=clock.now)
    await asking.step()
    warzone.put(INSURGENCY_MIRROR, [OTHER], made=clock.now)
    for _ in range(3):
        assert await asking.step(minutes=10) == []
    warzone.put(INSURGENCY_MIRROR, [OTHER, OTHER], made=clock.now)
    assert [one.kind for one in await asking.step(minutes=10)] == [ENDED]


async def test_the_recorded_insurgency(recorded_data, asking, warzone):
    recorded = json.loads((recorded_data / "fw" / "insurgency_HEAD_2026-08-22.json").read_bytes())
    warzone.put(INSURGENCY, insurgency_of(recorded))
    await asking.step()
    (one,) = await known(asking)
    lawless = {place.system_id for place in one.systems if place.corruption_stage == 5}
    assert (one.origin_id, one.pirate_id, len(one.systems)) == (30_002_089, 500_011, 15)
    assert len(lawless) == 8
    assert next(p.suppression for p in one.systems if p.system_id == 30_002_083) == 0.233
