"""Answers of `/fw/systems` through the poller: each fact once, and no fault is ever an event."""

from datetime import timedelta

import msgspec
import pytest

from services.domain.occurrence import OccurrenceKind
from services.esi.errors import EsiUnavailable
from services.polling.source import Doubted, Moment, SourceFault
from services.warfare import store
from services.warfare.changes import held, pack
from services.warfare.doubts import refuse_shrunken
from services.warfare.rules import changes, shifted
from services.warfare.settings import WarfareSettings
from services.warfare.shifts import find_moves
from services.warfare.systems import joined
from services.warfare.wire import SystemRow
from tests.factories import EVENING
from tests.services.warfare.conftest import FwDesk
from tests.services.warfare.made_up import CALDARI, GALLENTE, HERE, THERE, here, rows
from tests.services.warfare.recorded import flips, load_snapshots

FLIP = OccurrenceKind.FLIP
HOUR = timedelta(hours=1)


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
    """0.1, 0.125, 0.15, 0.175, 0.2 half an hour each: told at 0.15 and at 0.2, and over a restart."""
    told = []
    for points in (7500, 9375, 11_250, 13_125, 15_000, 15_000):
        told += [(one.before, one.after) for one in await fw.answer(here(victory_points=points))]
        fw.restart(fw.source())
    assert told == [(0.1, 0.15), (0.15, 0.2)]


async def test_a_reset_is_told_as_such_until_the_new_occupier_is_named(fw):
    """From all to 0 under the old occupier, over a restart: no move of the share, and the flip says how late it is."""
    await fw.answer(here(victory_points=75_000, contested="vulnerable"))
    (reset,) = await fw.answer(here(victory_points=0, contested="uncontested"))
    assert (reset.kind, reset.system_id, reset.before) == (OccurrenceKind.RESET, HERE, 1.0)
    assert reset.others[0].id == CALDARI
    fw.restart(fw.source())
    assert await fw.answer(here(victory_points=0, contested="uncontested")) == []
    assert (await warzone_of(fw))[HERE].reset_at == reset.at
    (flip,) = await fw.answer(here(victory_points=600, occupier_faction_id=GALLENTE))
    assert (flip.kind, flip.starts) == (FLIP, reset.at)
    assert (await warzone_of(fw))[HERE].reset_at is None


async def test_one_that_was_reset_and_gains_points_was_not_taken(fw_lite):
    fw = fw_lite
    await fw.answer(here(victory_points=75_000, contested="vulnerable"))
    (reset,) = await fw.answer(here(victory_points=0))
    (safe,) = await fw.answer(here(victory_points=75))
    assert (safe.kind, safe.starts, safe.after) == (OccurrenceKind.SAFE, reset.at, 0.001)


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
    """A day with four flips, told as they were, with restarts right before and behind one of them."""
    snapshots = load_snapshots(recorded_data)[198:223]
    fw, clock.now = FwDesk(lite, clock), snapshots[0].at
    wanted = flips(snapshots)
    for snapshot in snapshots:
        if snapshot.at in {wanted[1][2], wanted[2][2]}:
            fw.restart(fw.source())
        fw.esi.made = snapshot.at
        clock.now = max(snapshot.at - fw.source().pace, clock.now)
        await fw.answer(snapshot.body)
    told = [(o.system_id, o.new.id, o.at) for o in fw.told if o.kind is FLIP]
    assert len(told) == 4
    assert sorted(told) == sorted(wanted)
    rest = {one.key for one in fw.told if one.kind is not OccurrenceKind.ROLE}
    assert rest == {one.key for one in told_of(snapshots)}


def told_of(snapshots):
    """What is told of them without a database, but for roles."""
    told, old, rows, moved, before = [], {}, [], {}, {}
    for snapshot in snapshots:
        answer = msgspec.json.decode(snapshot.body, type=list[SystemRow])
        named = {row.solar_system_id: row for row in answer}
        at, recent = snapshot.at, [row for row in rows if snapshot.at - row[0] <= HOUR]
        changed = {key for key, row in named.items() if row != before.get(key)}
        new = old | {key: joined(named[key], old.get(key), None, at=at) for key in changed}
        told += changes(old, new, at=at)
        moved = {key: then for key, then in moved.items() if at - then <= HOUR}
        step = WarfareSettings().shift
        moves = find_moves(old, new, recent or rows[-1:], step=step, told=moved, at=at)
        told += [shifted(new[key], before=share, at=at) for key, share in moves.items()]
        moved |= dict.fromkeys(moves, at)
        replaced = {key: held(old[key]) if key in old else None for key in changed}
        rows.append((at, pack(replaced)))
        old, before = new, named
    return told


def test_every_recorded_capture_is_told_as_what_it_was(recorded_data):
    """Of 759 answers: each flip once; each reset, which a flip followed in every case, once; nothing else of them."""
    snapshots = load_snapshots(recorded_data)
    told = told_of(snapshots)
    assert len(snapshots) == 759
    by_kind = {kind: [one for one in told if one.kind is kind] for kind in OccurrenceKind}
    flipped = [(one.system_id, one.new.id, one.at) for one in by_kind[FLIP]]
    assert sorted(flipped) == sorted(flips(snapshots))
    assert len(flipped) == 15
    resets = {one.system_id: one for one in by_kind[OccurrenceKind.RESET]}
    assert len(resets) == len(by_kind[OccurrenceKind.RESET]) == 12
    followed = [one for one in by_kind[FLIP] if one.starts is not None]
    assert {one.system_id: one.starts for one in followed} == {
        k: one.at for k, one in resets.items()
    }
    late = sorted(one.at - one.starts for one in followed)
    assert late[0] < HOUR / 2
    assert late[-1] > 31 * HOUR
    assert by_kind[OccurrenceKind.SAFE] == []
    # What is left moved by degrees: no share fell to nothing.
    shifts = by_kind[OccurrenceKind.SHIFT]
    assert len(shifts) == 12
    assert all(one.after > 0 for one in shifts)
