"""The feed when all goes well: where it begins, how it waits, what it hands out, how it tells of itself."""

from contextlib import aclosing

import pytest

from services.domain.isk import Value, ValueSource
from services.feeds.items import FileRewritten, HoleCounts
from tests.fakes.r2z2 import MISSING, POINTER
from tests.services.feeds.conftest import START, Bench


async def test_without_a_cursor_it_begins_at_the_pointer(bench: Bench) -> None:
    bench.publish(500, 501)
    bench.fake.pointer = 500

    items = await bench.take(bench.feed(), 2)

    assert [item.cursor for item in items] == [500, 501]
    assert bench.fake.asked == ["sequence", "500", "501"]


async def test_with_a_cursor_near_the_pointer_it_goes_on_behind_it(bench: Bench) -> None:
    bench.memory.cursor = 500
    bench.publish(500, 501)

    items = await bench.take(bench.feed(), 1)

    assert [item.cursor for item in items] == [501]
    assert bench.fake.asked == ["sequence", "501"]


async def test_a_pointer_that_cannot_be_read_holds_up_nobody_who_knows_the_way(
    bench: Bench,
) -> None:
    bench.memory.cursor = 500
    bench.publish(501)
    bench.fake.script(POINTER, MISSING)

    items = await bench.take(bench.feed(), 1)

    assert [item.cursor for item in items] == [501]
    assert bench.clock.elapsed < 1


async def test_an_arrival_carries_the_killmail_and_when_it_came(bench: Bench) -> None:
    bench.memory.cursor = 6
    bench.publish(
        7, age=3, zkb={"totalValue": 1.5e9, "locationID": 40, "npc": True, "labels": ["pvp"]}
    )

    (item,) = await bench.take(bench.feed(), 1)

    assert item.arrival is not None
    assert item.rejected is None
    assert item.notes == ()
    assert item.arrival.received_at == bench.clock.now
    assert item.arrival.published_at is not None
    assert (START - item.arrival.published_at).total_seconds() == 3
    killmail = item.arrival.killmail
    assert (killmail.id, killmail.location_id, killmail.npc, killmail.labels) == (
        7,
        40,
        True,
        ("pvp",),
    )
    assert killmail.value == Value(isk=1.5e9, source=ValueSource.ZKB)


async def test_every_request_names_itself_and_asks_for_gzip(bench: Bench) -> None:
    bench.publish(1)

    await bench.take(bench.feed(), 1)

    assert len(bench.fake.requests) == 2
    for request in bench.fake.requests:
        assert "tester@example.org" in request.headers["User-Agent"]
        assert request.headers["Accept-Encoding"] == "gzip"


async def test_what_is_not_there_yet_is_asked_for_again_after_six_seconds(bench: Bench) -> None:
    bench.memory.cursor = 1
    bench.publish(2)
    bench.clock.at(10, lambda: bench.publish(3))

    items = await bench.take(bench.feed(), 2)

    assert [item.cursor for item in items] == [2, 3]
    seconds = [(at - START).total_seconds() for at in bench.fake.times(3)]
    assert len(seconds) == 3
    assert seconds[1] - seconds[0] == pytest.approx(6)
    assert seconds[2] - seconds[1] == pytest.approx(6)


async def test_requests_keep_their_distance_while_catching_up(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(*range(1, 81), age=7200)

    await bench.take(bench.feed(batch_limit=20, jump_ahead=80), 80)

    assert len(bench.fake.requests) == 81, "the pointer once"
    assert bench.fake.least_spacing == pytest.approx(0.125)
    assert bench.clock.elapsed == pytest.approx(80 / 8), "and they waste no time"


async def test_at_the_head_each_killmail_is_handed_out_at_once(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1, 2, 3)

    await bench.take(bench.feed(), 3)

    assert [len(batch) for batch in bench.batches] == [1, 1, 1]


async def test_behind_it_gathers_up_to_the_limit_and_never_holds_back_at_the_head(
    bench: Bench,
) -> None:
    bench.memory.cursor = 0
    bench.publish(*range(1, 8), age=7200)

    await bench.take(bench.feed(batch_limit=3), 7)

    assert [len(batch) for batch in bench.batches] == [3, 3, 1]
    assert bench.fake.count(8) == 1, "the last one left because nothing more was there"


async def test_nothing_is_asked_before_the_consumer_comes_back(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1, 2)
    feed = bench.feed()

    async with aclosing(feed.batches()) as batches:
        (first,) = await anext(batches)
        assert first.cursor == 1
        assert bench.fake.asked == ["sequence", "1"]
        assert bench.memory.cursor == 0, "the feed leaves the cursor alone"
        await anext(batches)
    assert bench.fake.asked == ["sequence", "1", "2"]


async def test_what_was_not_stored_comes_again(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1, 2)
    feed = bench.feed()

    async with aclosing(feed.batches()) as batches:
        await anext(batches)  # and the consumer fails before it stores
    items = await bench.take(feed, 2)

    assert [item.cursor for item in items] == [1, 2]


async def test_a_file_written_anew_is_remembered_with_the_one_that_tells_of_it(
    bench: Bench,
) -> None:
    bench.memory.cursor = 10
    bench.publish(3)
    bench.publish(11, sequence_updated=3)
    bench.publish(12, sequence_updated=12)

    first, second = await bench.take(bench.feed(), 2)

    assert (first.cursor, first.notes) == (11, (FileRewritten(3),))
    assert second.notes == (), "a file that names itself says nothing"
    assert bench.fake.count(3) == 0, "and what happens now does not wait for it"


async def test_status_at_the_head(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.clock.at(5, lambda: bench.publish(2))
    feed = bench.feed()
    assert (feed.status.sequence, feed.status.caught_up, feed.status.lag_seconds) == (
        None,
        False,
        None,
    )

    await bench.take(feed, 2)

    status = feed.status
    assert (status.sequence, status.caught_up, status.lag_seconds) == (2, True, 0.0)
    assert (status.paused_until, status.last_error, status.gap) == (None, None, None)
    assert status.last_success_at == bench.clock.now
    assert (status.started_at, status.last_new_at) == (START, bench.clock.now)
    assert (status.backlog, status.holes, status.failing_since) == (0, HoleCounts(), None)
    assert status.requests == len(bench.fake.requests) == 4


async def test_status_while_behind_tells_the_lag(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(*range(1, 5), age=7200)
    feed = bench.feed(batch_limit=2)

    await bench.take(feed, 2)

    assert not feed.status.caught_up
    assert feed.status.lag_seconds == pytest.approx(7200, abs=1)


async def test_a_quiet_feed_is_no_late_feed(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.clock.at(1800, lambda: bench.publish(2))
    feed = bench.feed()
    await bench.take(feed, 1)
    lags = []

    async with aclosing(feed.batches()) as batches:
        for minute in range(1, 29):
            bench.clock.at(minute * 60, lambda: lags.append(feed.status.lag_seconds))
        await anext(batches)

    assert lags == [0.0] * 28
