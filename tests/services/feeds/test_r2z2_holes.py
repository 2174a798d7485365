"""Files that are missing: holes among those that are there, and stretches that expired before they were read."""

from structlog.testing import capture_logs

from services.feeds.items import Hole, HoleFilled
from tests.fakes.r2z2 import BANNED, CUT, MISSING, failing
from tests.services.feeds.conftest import START, Bench

# Holes


async def test_after_three_404s_with_a_later_number_present_it_is_a_hole(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(2)

    hole, arrival = await bench.take(bench.feed(), 2)

    assert (hole.cursor, hole.notes, hole.arrival, hole.rejected) == (1, (Hole(1),), None, None)
    assert arrival.cursor == 2
    assert arrival.arrival is not None
    assert bench.fake.asked == ["1", "1", "1", "2", "1", "2"], "asked once more before it is one"
    assert list(bench.memory.holes) == [1]


async def test_what_comes_while_later_numbers_are_looked_for_is_no_hole(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.clock.at(12.05, lambda: bench.publish(1, 2))

    first, second = await bench.take(bench.feed(), 2)

    assert bench.fake.asked == ["1", "1", "1", "2", "1", "2"]
    assert (first.cursor, second.cursor) == (1, 2)
    assert first.arrival is not None
    assert second.arrival is not None
    assert not bench.memory.holes


async def test_without_a_later_number_it_is_no_hole_however_long_it_takes(bench: Bench) -> None:
    bench.memory.cursor = 1
    bench.publish(1)
    bench.clock.at(600, lambda: bench.publish(2))

    (item,) = await bench.take(bench.feed(), 1)

    assert item.arrival is not None
    assert item.cursor == 2
    assert len(bench.fake.requests) < 300, "looking ahead now and then must not double the asking"


async def test_disappointments_are_counted_for_each_number_alone(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.fake.script(1, MISSING, MISSING)
    bench.fake.script(2, MISSING, MISSING, CUT, CUT, CUT)
    bench.fake.script(3, CUT, CUT, CUT)
    bench.publish(1, 2, 3)

    items = await bench.take(bench.feed(), 3)

    assert all(item.arrival is not None for item in items)
    assert bench.fake.asked == [*["1"] * 3, *["2"] * 6, *["3"] * 4], "never looked ahead"


async def test_several_missing_in_a_row_are_holes_together(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(4)

    items = await bench.take(bench.feed(), 4)

    assert [item.notes for item in items] == [(Hole(1),), (Hole(2),), (Hole(3),), ()]
    assert [item.cursor for item in items] == [1, 2, 3, 4]


async def test_the_pointer_proves_a_later_number_too(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(7)

    items = await bench.take(bench.feed(probe_ahead=2), 7)

    assert [item.notes for item in items] == [*((Hole(n),) for n in range(1, 7)), ()]


async def test_a_hole_found_later_comes_out_of_turn(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(2)
    feed = bench.feed()
    await bench.take(feed, 2)

    assert await feed.retry_holes() == ()
    assert bench.memory.attempts == [(1, False)]
    bench.publish(1)
    (found,) = await feed.retry_holes()

    assert found.cursor is None
    assert found.notes == (HoleFilled(1),)
    assert found.arrival is not None
    assert found.arrival.killmail.id == 1
    assert bench.memory.attempts == [(1, False)], "the consumer marks it found, with what it stores"
    bench.memory.store([found], bench.clock.now)
    assert await feed.retry_holes() == ()
    assert bench.memory.cursor == 2


async def test_a_hole_that_holds_rubbish_is_rejected(bench: Bench) -> None:
    bench.memory.holes = {1: START, 2: START}
    bench.fake.publish(1, b'{"esi": 1}')
    bench.fake.publish(2, CUT.body)

    (bad,) = await bench.feed().retry_holes()

    assert bad.rejected is not None
    assert (bad.cursor, bad.notes) == (None, (HoleFilled(1),))
    assert bench.memory.attempts == [(2, False)]


async def test_holes_are_left_alone_during_bans_and_faults(bench: Bench) -> None:
    bench.memory.holes = {1: START, 2: START, 3: START}
    bench.fake.script(1, failing())
    feed = bench.feed()
    assert await feed.retry_holes() == ()
    assert bench.fake.asked == ["1"]
    assert bench.memory.attempts == []

    bench.fake.script(1, BANNED)
    assert await feed.retry_holes() == ()
    assert await feed.retry_holes() == ()
    assert bench.fake.asked == ["1", "1"]
    assert bench.memory.pause is not None


async def test_a_ban_earned_by_a_hole_silences_the_feed_too(bench: Bench) -> None:
    bench.memory.cursor = 5
    bench.memory.holes = {1: START}
    bench.publish(6)
    bench.fake.script(1, BANNED)
    feed = bench.feed()

    await feed.retry_holes()
    await bench.take(feed, 1)

    assert (bench.fake.times(6)[0] - bench.fake.times(1)[0]).total_seconds() >= 3600


# Files that have expired


async def test_expired_files_are_jumped_over_to_the_oldest_that_is_left(bench: Bench) -> None:
    bench.memory.cursor = 100
    bench.publish(*range(9_000, 9_050), age=80_000)
    bench.publish(*range(22_000, 22_010))
    bench.fake.files.update(dict.fromkeys(range(9_050, 22_000), b"{}"))
    feed = bench.feed()

    with capture_logs() as logs:
        (item, *_) = await bench.take(feed, 1)

    assert item.cursor == 9_000
    assert feed.status.gap == (101, 8_999)
    assert bench.fake.asked.index("9000") < 30
    (gap,) = [entry for entry in logs if entry["event"].startswith("feed gap")]
    assert (gap["log_level"], gap["first"], gap["last"]) == ("warning", 101, 8_999)


async def test_with_nothing_left_it_jumps_to_the_pointer(bench: Bench) -> None:
    bench.memory.cursor = 100
    bench.publish(50_000)
    feed = bench.feed()

    (item,) = await bench.take(feed, 1)

    assert item.cursor == 50_000
    assert feed.status.gap == (101, 49_999)


async def test_a_fault_during_the_jump_only_delays_it(bench: Bench) -> None:
    bench.memory.cursor = 100
    bench.publish(50_000)
    bench.fake.script((104 + 50_000) // 2, failing())
    feed = bench.feed()

    (item,) = await bench.take(feed, 1)

    assert item.cursor == 50_000


async def test_the_pointer_far_behind_the_cursor_is_said_not_followed(bench: Bench) -> None:
    bench.memory.cursor = 50_000
    bench.fake.pointer = 100
    bench.clock.at(40, lambda: bench.publish(50_001))

    with capture_logs() as logs:
        (item,) = await bench.take(bench.feed(), 1)

    assert item.cursor == 50_001
    assert "feed's pointer is far behind the cursor" in [entry["event"] for entry in logs]
