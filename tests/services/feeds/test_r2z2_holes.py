"""Files that are missing, and files that were written anew: remembered, and asked for again."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from services.feeds.items import FileRewritten, Hole, HoleCounts, HoleFilled
from tests.fakes.r2z2 import BANNED, CUT, HANG_UP, HTML, MISSING, Reply, failing, throttled
from tests.services.feeds.conftest import START, Bench

# Holes


async def test_after_three_404s_with_a_later_number_present_it_is_a_hole(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(2)

    hole, arrival = await bench.take(bench.feed(), 2)

    assert (hole.cursor, hole.notes, hole.arrival, hole.rejected) == (1, (Hole(1),), None, None)
    assert arrival.cursor == 2
    assert arrival.arrival is not None
    assert bench.fake.asked == ["sequence", "1", "1", "1", "2", "1", "2"], (
        "asked once more before it is one"
    )
    assert list(bench.memory.holes) == [1]


async def test_what_comes_while_later_numbers_are_looked_for_is_no_hole(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.clock.at(12.2, lambda: bench.publish(1, 2))

    first, second = await bench.take(bench.feed(), 2)

    assert bench.fake.asked == ["sequence", "1", "1", "1", "2", "1", "2"]
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
    assert bench.fake.asked == ["sequence", *["1"] * 3, *["2"] * 6, *["3"] * 4], (
        "never looked ahead"
    )


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

    assert await feed.look_for_missing() == ()
    assert bench.memory.attempts == [1]
    bench.publish(1)
    bench.clock.advance(minutes=1)
    (found,) = await feed.look_for_missing()

    assert (found.cursor, found.notes) == (None, (HoleFilled(1),))
    assert found.arrival is not None
    assert (found.arrival.killmail.id, found.arrival.revised) == (1, False)
    assert bench.memory.attempts == [1], "the consumer marks it found, with what it stores"
    bench.memory.store([found], bench.clock.now)
    assert await feed.look_for_missing() == ()
    assert bench.memory.cursor == 2


async def test_a_hole_that_holds_rubbish_is_rejected(bench: Bench) -> None:
    bench.memory.holes = {1: START, 2: START}
    bench.fake.publish(1, b'{"esi": 1}')
    bench.fake.publish(2, CUT.body)

    (bad,) = await bench.feed().look_for_missing()

    assert bad.rejected is not None
    assert (bad.cursor, bad.notes) == (None, (HoleFilled(1),))
    assert bench.memory.attempts == [2]


async def test_holes_are_left_alone_during_bans_and_faults(bench: Bench) -> None:
    bench.memory.holes = {1: START, 2: START, 3: START}
    bench.fake.script(1, failing())
    feed = bench.feed()
    assert await feed.look_for_missing() == ()
    assert bench.fake.asked == ["1"]
    assert bench.memory.attempts == []

    bench.fake.script(1, BANNED)
    assert await feed.look_for_missing() == ()
    assert await feed.look_for_missing() == ()
    assert bench.fake.asked == ["1", "1"]
    assert bench.memory.pause is not None


async def test_a_ban_earned_by_a_hole_silences_the_feed_too(bench: Bench) -> None:
    bench.memory.cursor = 5
    bench.memory.holes = {1: START}
    bench.publish(6)
    bench.fake.script(1, BANNED)
    feed = bench.feed()

    await feed.look_for_missing()
    await bench.take(feed, 1)

    assert (bench.fake.times(6)[0] - bench.fake.times(1)[0]).total_seconds() >= 3600


async def test_what_is_missing_is_looked_for_when_it_is_due_not_by_the_clock(bench: Bench) -> None:
    bench.memory.holes = {1: START + timedelta(seconds=47)}
    bench.clock.at(60, lambda: bench.publish(1))
    feed = bench.feed()

    await bench.take_late(feed, 1)

    asked = [(at - START).total_seconds() for at in bench.fake.times(1)]
    assert asked == pytest.approx([47, 107])
    assert feed.status.holes == HoleCounts(open=1), "as it was counted before"


# Files written anew


async def test_a_file_written_anew_is_a_revised_killmail(bench: Bench) -> None:
    bench.memory.rewritten = {3: START}
    bench.publish(3, zkb={"totalValue": 5e6})

    (item,) = await bench.take_late(bench.feed(), 1)

    assert item.arrival is not None
    assert (item.arrival.revised, item.arrival.killmail.value.isk) == (True, 5e6)
    assert (item.cursor, item.notes) == (None, (HoleFilled(3),))


@pytest.mark.parametrize("fault", [failing(), HTML, MISSING, HANG_UP, CUT, throttled("30")])
async def test_a_file_written_anew_is_read_again_however_long_it_takes(
    bench: Bench, fault: Reply
) -> None:
    bench.memory.cursor = 10
    bench.publish(3)
    bench.publish(11, sequence_updated=3)
    bench.publish(12)
    bench.fake.script(3, fault, fault)
    feed = bench.feed()
    await bench.take(feed, 1)
    assert list(bench.memory.rewritten) == [3]

    assert await feed.look_for_missing() == ()
    feed = bench.feed()  # the process dies, and what it has to do is remembered
    bench.clock.advance(minutes=5)
    assert await feed.look_for_missing() == ()
    bench.clock.advance(minutes=5)
    (item,) = await feed.look_for_missing()

    assert item.arrival is not None
    assert item.arrival.revised


async def test_a_file_written_anew_can_tell_of_another(bench: Bench) -> None:
    bench.memory.rewritten = {5: START}
    bench.publish(5, sequence_updated=4)

    (item,) = await bench.feed().look_for_missing()

    assert item.notes == (HoleFilled(5), FileRewritten(4))


async def test_the_pointer_far_behind_the_cursor_is_said_not_followed(bench: Bench) -> None:
    bench.memory.cursor = 50_000
    bench.fake.pointer = 100
    bench.clock.at(40, lambda: bench.publish(50_001))

    with capture_logs() as logs:
        (item,) = await bench.take(bench.feed(), 1)

    assert item.cursor == 50_001
    assert "feed's pointer is far behind the cursor" in [entry["event"] for entry in logs]
