"""Only what was replaced is kept: the past is read back as it was, whatever the snapshots were."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.ids import FactionId, SystemId
from services.warfare.changes import Held, pack, unpack
from services.warfare.history import History, holdings
from tests.factories import EVENING

SYSTEMS = [SystemId(30_000_000 + number) for number in range(4)]
HELD = st.builds(
    Held,
    st.sampled_from([FactionId(500_001), FactionId(500_004)]),
    st.integers(min_value=0, max_value=3),
    st.sampled_from([0, 75_000, 2**31 - 1]),
)
SNAPSHOTS = st.lists(
    st.dictionaries(st.sampled_from(SYSTEMS), HELD, max_size=4), min_size=1, max_size=8
)


def rows_of(snapshots):
    """What the source keeps of them: of each, half an hour after the other, what it replaced."""
    rows, before = [], {}
    for number, now in enumerate(snapshots):
        replaced = {
            key: before.get(key) for key in {**before, **now} if before.get(key) != now.get(key)
        }
        rows.append((EVENING + timedelta(minutes=30 * number), pack(replaced)))
        before = now
    return rows


@settings(max_examples=60, deadline=None)
@given(SNAPSHOTS)
def test_every_snapshot_is_read_back(snapshots):
    rows = rows_of(snapshots)
    history = History(snapshots[-1], rows)
    for system in SYSTEMS:
        found = history.series(system)
        assert found == [(at, s.get(system)) for (at, _), s in zip(rows, snapshots, strict=True)]
        assert history.series(system, since=rows[-1][0]) == found[-1:]


@settings(max_examples=60, deadline=None)
@given(SNAPSHOTS)
def test_holdings_are_counted_whenever_they_change(snapshots):
    rows = rows_of(snapshots)
    counted, wanted = None, []
    for (at, _), snapshot in zip(rows, snapshots, strict=True):
        now = tuple(sorted(Counter(held.occupier_id for held in snapshot.values()).items()))
        if now != counted:
            wanted.append((at, now))
        counted = now
    assert holdings(snapshots[-1], rows) == wanted


def test_shares_end_where_somebody_else_was_there():
    caldari, gallente = FactionId(500_001), FactionId(500_004)
    system, states = SYSTEMS[0], [(caldari, 50), (gallente, 10), (gallente, 40), (gallente, 40)]
    snapshots = [{system: Held(faction, points, 100)} for faction, points in states]
    history = History(snapshots[-1], rows_of(snapshots))
    assert [share for _, share in history.shares(system)] == [0.1, 0.4, 0.4]


def test_shares_end_at_a_reset():
    """What fell to 0 at once was taken: no trend leads from there."""
    system = SYSTEMS[0]
    for before, wanted in ((95, [0.0, 0.01]), (94, [0.9, 0.94, 0.0, 0.01])):
        snapshots = [{system: Held(FactionId(500_001), p, 100)} for p in (90, before, 0, 1)]
        history = History(snapshots[-1], rows_of(snapshots))
        assert [share for _, share in history.shares(system)] == wanted


def test_a_torn_record_costs_itself_alone():
    packed = pack({SYSTEMS[0]: Held(FactionId(500_001), 1, 2), SYSTEMS[1]: None})
    assert list(unpack(packed[:-3])) == [(SYSTEMS[0], Held(FactionId(500_001), 1, 2))]
