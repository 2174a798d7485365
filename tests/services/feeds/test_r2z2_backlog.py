"""Two cursors: the live reader jumps to the pointer, and what it jumped over is read in order."""

from contextlib import aclosing
from datetime import timedelta

import pytest

from services.domain.trouble import Trouble
from services.feeds.items import FileRewritten, Hole, StretchOpened
from tests.fakes.r2z2 import BANNED, CUT, HANG_UP, Reply
from tests.services.feeds.conftest import START, Bench

# Jumping


async def test_a_cursor_far_behind_jumps_to_the_pointer_and_leaves_a_stretch(bench: Bench) -> None:
    bench.memory.cursor, bench.memory.moved_at = 100, START - timedelta(hours=3)
    bench.publish(*range(490, 511))
    bench.fake.pointer = 500
    feed = bench.feed()

    jump, now, *_ = await bench.take(feed, 12)

    opened = StretchOpened(first=101, last=499, since=START - timedelta(hours=3, minutes=10))
    assert (jump.cursor, jump.notes, jump.arrival) == (499, (opened,), None)
    assert now.cursor == 500
    assert len(bench.batches[0]) == 1, "the jump is stored before anything is read"
    assert bench.fake.asked[:3] == ["sequence", "500", "501"]
    assert feed.status.backlog == 399
    assert feed.behind
    assert bench.watch.wrong == {Trouble.FEED_LATE: "earlier numbers are being read"}


@pytest.mark.parametrize(("pointer", "jumps"), [(161, False), (162, True)])
async def test_a_short_way_is_walked(bench: Bench, pointer: int, jumps: bool) -> None:
    bench.memory.cursor = 100
    bench.publish(*range(101, 170))
    bench.fake.pointer = pointer

    first, *_ = await bench.take(bench.feed(), 1)

    assert first.cursor == (161 if jumps else 101)


async def test_after_a_ban_it_jumps_too(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(2, BANNED)
    bench.clock.at(3000, lambda: bench.publish(*range(2, 601), age=600))
    feed = bench.feed()
    await bench.take(feed, 1)

    first, *_ = await bench.take(feed, 3)

    # The number after the ban is read, is old, and so the pointer is looked at.
    assert first.cursor == 2
    assert bench.memory.stretches[3].last == 599
    assert bench.memory.cursor == 600


async def test_a_laptop_that_slept_jumps_too(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    feed = bench.feed()

    async with aclosing(feed.batches()) as batches:
        bench.memory.store(await anext(batches), bench.clock.now)
        bench.publish(*range(2, 401))
        bench.clock.advance(hours=2)
        for _ in range(2):
            bench.memory.store(await anext(batches), bench.clock.now)

    assert bench.memory.stretches[3].last == 399, "after one number that was late"
    assert bench.memory.cursor == 400


async def test_with_everything_expired_it_finds_the_head(bench: Bench) -> None:
    bench.memory.cursor = 100
    bench.publish(50_000)

    jump, now = await bench.take(bench.feed(), 2)

    assert jump.notes == (StretchOpened(first=101, last=49_999, since=None),)
    assert now.cursor == 50_000


async def test_a_jump_that_was_not_stored_is_made_again(bench: Bench) -> None:
    bench.memory.cursor = 100
    bench.publish(500)
    feed = bench.feed()
    async with aclosing(feed.batches()) as batches:
        await anext(batches)
    assert not feed.behind

    await bench.take(feed, 2)

    assert list(bench.memory.stretches) == [101]
    assert bench.memory.cursor == 500


# Reading what waits


async def test_what_waits_is_read_in_order_and_moves_the_stretch_alone(bench: Bench) -> None:
    bench.memory.cursor = 50
    bench.publish(*range(1, 8), age=7200)
    bench.waits(1, 4)
    bench.waits(6, 7)
    feed = bench.feed(batch_limit=3)

    items = await bench.take_backlog(feed, 9)

    assert bench.memory.ids == [1, 2, 3, 4, 6, 7]
    assert all(item.cursor is None for item in items)
    assert [len(batch) for batch in bench.batches] == [4, 2, 3], "each with a note of how far"
    assert [stretch.left for stretch in bench.memory.stretches.values()] == [0, 0]
    assert bench.memory.cursor == 50


async def test_the_backlog_is_late_until_it_is_read(bench: Bench) -> None:
    bench.publish(*range(1, 6), age=7200)
    bench.waits(1, 5, read=2)
    feed = bench.feed(batch_limit=2)

    async with aclosing(feed.backlog()) as batches:
        bench.memory.store(await anext(batches), bench.clock.now)
        assert (feed.behind, feed.status.backlog) == (True, 3)
        bench.memory.store(await anext(batches), bench.clock.now)
        assert (feed.behind, feed.status.backlog) == (True, 1)
    await feed._backlog.load()

    assert (feed.behind, feed.status.backlog) == (False, 0)
    assert bench.watch.told == ["feed-late begins", "feed-late ends"]


async def test_what_was_read_and_not_stored_is_read_again(bench: Bench) -> None:
    bench.publish(*range(1, 6), age=7200)
    bench.waits(1, 5)
    feed = bench.feed(batch_limit=2)
    async with aclosing(feed.backlog()) as batches:
        bench.memory.store(await anext(batches), bench.clock.now)
        await anext(batches)
    bench.clock.advance(seconds=1)

    await bench.drain_backlog(bench.feed(batch_limit=2))

    assert bench.memory.ids == [1, 2, 3, 4, 5]


async def test_a_missing_number_of_the_past_is_a_hole_at_once(bench: Bench) -> None:
    bench.publish(1, 2, 4, 7, age=7200)
    bench.waits(1, 8)

    items = await bench.take_backlog(bench.feed(), 9)

    notes = [note for item in items for note in item.notes if isinstance(note, Hole)]
    assert notes == [Hole(3), Hole(5), Hole(6), Hole(8)]
    assert bench.memory.ids == [1, 2, 4, 7]
    assert len(bench.fake.requests) == 8
    assert bench.clock.elapsed < 2


async def test_what_is_there_and_no_killmail_is_rejected(bench: Bench) -> None:
    bench.waits(1, 3)
    bench.fake.publish(1, b'{"esi": 1}')
    bench.fake.publish(2, b'{"x": "' + b"x" * 5000 + b'"}')
    bench.publish(3, sequence_updated=2)

    items = await bench.take_backlog(bench.feed(body_limit_bytes=4096), 4)

    assert [item.rejected.reference for item in items if item.rejected] == ["1", "2"]
    assert items[2].notes == (FileRewritten(2),)


@pytest.mark.parametrize("cut", [CUT, HANG_UP])
async def test_what_stays_cut_off_is_given_up_after_five_tries(bench: Bench, cut: Reply) -> None:
    bench.publish(1, 2, 3, age=7200)
    bench.waits(1, 3)
    bench.fake.script(2, *[cut] * 5)

    items = await bench.take_backlog(bench.feed(), 5)

    assert bench.memory.ids == [1, 3]
    assert bench.fake.count(2) == 5
    if cut is CUT:
        assert [item.rejected.reference for item in items if item.rejected] == ["2"]
    else:
        assert list(bench.memory.holes) == [2]
