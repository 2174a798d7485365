"""Answers of `/fw/systems` through the poller: each fact once, and no fault is ever an event."""

from datetime import timedelta

import pytest

from services.domain.occurrence import OccurrenceKind
from services.esi.errors import EsiUnavailable
from services.polling.source import Doubted, Moment, SourceFault
from services.warfare import store
from services.warfare.doubts import refuse_shrunken
from services.warfare.settings import WarfareSettings
from tests.factories import EVENING
from tests.services.warfare.conftest import FwDesk
from tests.services.warfare.made_up import CALDARI, GALLENTE, HERE, THERE, here, rows
from tests.services.warfare.recorded import flips, load_snapshots

FLIP = OccurrenceKind.FLIP


async def warzone_of(desk):
    async with desk.database.read() as tx:
        return await store.load_systems(tx)


async def test_a_flip_is_told_once_also_after_a_restart(fw):
    assert await fw.answer(rows()) == []
    (flip,) = await fw.answer(here(occupier_faction_id=GALLENTE, victory_points=0))
    assert (flip.kind, flip.system_id, flip.at) == (FLIP, HERE, fw.clock.now)
    assert (flip.old.id, flip.new.id) == (CALDARI, GALLENTE)
    assert flip.since is None  # it happened within the usual half hour
    fw.restart(fw.source())
    assert await fw.answer(here(occupier_faction_id=GALLENTE, victory_points=0)) == []
    held = (await warzone_of(fw))[HERE]
    assert (held.occupier_id, held.occupied_since) == (GALLENTE, flip.at)
    assert (await warzone_of(fw))[THERE].occupied_since is None


async def test_the_first_answer_is_no_change(fw_lite):
    fw = fw_lite
    assert await fw.answer(here(contested="vulnerable")) == []
    assert len(await warzone_of(fw)) == 10
    found = await fw.answer(rows(**{f"s{THERE}": {"contested": "vulnerable"}}))
    assert {(one.kind, one.system_id) for one in found} == {
        (OccurrenceKind.SAFE, HERE),
        (OccurrenceKind.VULNERABLE, THERE),
    }


NONSENSE = [
    b"<html>maintenance</html>",
    b'[{"solar_system_id": 30999013',
    b"{}",
    b"[1, 2, 3]",
    b"[]",
    EsiUnavailable("status 503"),
    EsiUnavailable("420: paused", retry_after=60),
    rows(7),
    [{"solar_system_id": HERE, "owner_faction_id": "nobody"}] * 20,
]


async def test_faults_are_no_events(fw_lite):
    """Whatever ESI answers in between: nothing is told, nothing changes, and the flip behind it is told once."""
    fw = fw_lite
    await fw.answer(rows())
    held = await warzone_of(fw)
    for nonsense in NONSENSE:
        assert await fw.answer(nonsense, hours=8) == []
        assert await warzone_of(fw) == held
    found = await fw.answer(here(occupier_faction_id=GALLENTE), hours=8)
    assert [one.kind for one in found] == [FLIP]
    assert found[0].since is not None  # nobody knew for days


async def test_what_cannot_be_read_costs_itself_alone(fw_lite):
    fw = fw_lite
    await fw.answer(rows())
    wrong = here(victory_points=2**31)  # more than anything holds
    wrong[1]["occupier_faction_id"] = GALLENTE
    found = await fw.answer(wrong)
    assert [(one.kind, one.system_id) for one in found] == [(FLIP, THERE)]
    assert await fw.answer(wrong) == []
    assert (await warzone_of(fw))[HERE].victory_points == 7500  # as it was last read


async def test_an_older_answer_is_not_taken(fw_lite):
    """A cache that lags gives what was true before the flip."""
    fw = fw_lite
    fw.esi.made = fw.clock.now
    await fw.answer(rows())
    fw.esi.made += timedelta(minutes=30)
    assert len(await fw.answer(here(occupier_faction_id=GALLENTE))) == 1
    newest, fw.esi.made = fw.esi.made, fw.esi.made - timedelta(minutes=30)
    assert await fw.answer(rows()) == []
    fw.esi.made = newest + timedelta(minutes=30)
    assert await fw.answer(here(occupier_faction_id=GALLENTE)) == []
    assert len(fw.told) == 1


async def test_systems_leave_the_warzone_when_two_answers_do_not_name_them(fw):
    await fw.answer(rows())
    assert await fw.answer(rows(9)) == []
    assert len(await warzone_of(fw)) == 10
    assert await fw.answer(rows()) == []  # it is back: nothing happened
    await fw.answer(rows(9))
    await fw.answer(rows(9))
    assert len(await warzone_of(fw)) == 9


@pytest.mark.parametrize(
    ("found", "known", "doubts", "hours", "wanted"),
    [
        (158, 0, 0, None, False),
        (8, 10, 0, None, False),
        (7, 10, 0, None, Doubted),
        (7, 10, 48, 23.9, Doubted),
        (7, 10, 5, 48, Doubted),  # there was an outage in between
        (7, 10, 6, 24, True),
        (0, 10, 500, 200, SourceFault),
        (0, 0, 0, None, SourceFault),
    ],
)
def test_how_much_an_answer_must_name(found, known, doubts, hours, wanted):
    since = None if hours is None else EVENING - timedelta(hours=hours)
    moment = Moment(now=EVENING, at=EVENING, doubts=doubts, doubted_since=since)
    if isinstance(wanted, bool):
        assert refuse_shrunken(found, known, moment, WarfareSettings()) is wanted
        return
    with pytest.raises(SourceFault) as refused:
        refuse_shrunken(found, known, moment, WarfareSettings())
    assert type(refused.value) is wanted


async def test_a_smaller_warzone_is_believed_after_a_day(fw_lite):
    fw = fw_lite
    await fw.answer(rows())
    for _ in range(60):
        assert await fw.answer(rows(5)) == []
    assert len(await warzone_of(fw)) == 5


async def test_a_move_of_the_share_is_told_once(fw):
    """0.1, 0.15, 0.2, 0.25, 0.3 half an hour each: told at 0.2 and at 0.3, and over a restart."""
    told = []
    for points in (7500, 11_250, 15_000, 18_750, 22_500, 22_500):
        told += [(one.before, one.after) for one in await fw.answer(here(victory_points=points))]
        fw.restart(fw.source())
    assert told == [(0.1, 0.2), (0.2, 0.3)]


async def test_an_unchanged_answer_is_a_snapshot_too(fw_lite):
    """Trends may be measured from it: somebody looked."""
    fw = fw_lite
    await fw.answer(rows())
    await fw.answer(b"304")
    async with fw.database.read() as tx:
        history = await store.load_history(tx, since=fw.clock.now - timedelta(hours=3))
    assert [at for at, _ in history] == [fw.clock.now - timedelta(minutes=30), fw.clock.now]


async def test_two_answers_of_one_moment_are_one_snapshot(fw):
    fw.esi.made = fw.clock.now
    for points in (100, 200, 300):
        await fw.answer(here(victory_points=points))
    async with fw.database.read() as tx:
        ((_, packed),) = await store.load_history(tx, since=fw.clock.now - timedelta(days=1))
    assert len(packed) == 16 * 12  # ten systems that nobody knew, and two changes of one


async def test_the_recorded_warzone(recorded_data, lite, clock):
    """A stretch with five flips, told as they were, with restarts right before and behind one of them."""
    snapshots = load_snapshots(recorded_data)[150:230]
    fw, clock.now = FwDesk(lite, clock), snapshots[0].at
    wanted = flips(snapshots)
    for snapshot in snapshots:
        if snapshot.at in {wanted[1][2], wanted[2][2]}:
            fw.restart(fw.source())
        fw.esi.made = snapshot.at
        clock.now = max(snapshot.at - fw.source().pace, clock.now)
        await fw.answer(snapshot.body)
    told = [(o.system_id, o.new.id, o.at) for o in fw.told if o.kind is FLIP]
    assert len(told) == 5
    assert sorted(told) == sorted(wanted)
