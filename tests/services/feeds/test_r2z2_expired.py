"""Files that expired before they were read: found by halving, and told as gaps."""

from contextlib import aclosing
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from services.feeds.items import GapFound
from tests.fakes.r2z2 import failing
from tests.services.feeds.conftest import START, Bench

DAY = 86400.0


async def test_expired_files_are_a_gap_to_the_oldest_that_is_left(bench: Bench) -> None:
    bench.publish(*range(9_000, 9_050), age=80_000)
    bench.fake.files.update(dict.fromkeys(range(9_050, 22_000), b"{}"))
    bench.waits(101, 21_999)
    feed = bench.feed(batch_limit=2)

    with capture_logs() as logs:
        await bench.take_backlog(feed, 3)

    published = START - timedelta(seconds=80_000)
    gap = GapFound(first=101, last=8_999, since=START - timedelta(days=1), until=published)
    assert bench.memory.gaps == [gap]
    assert bench.memory.ids == [9_000]
    assert bench.memory.stretches[101].position == 9_000
    assert feed.status.gap == (101, 8_999)
    assert bench.fake.asked.index("9000") < 30
    assert not bench.memory.holes
    (entry,) = [entry for entry in logs if entry["event"].startswith("feed gap")]
    assert (entry["log_level"], entry["first"], entry["last"]) == ("warning", 101, 8_999)


async def test_a_stretch_of_which_nothing_is_left_is_one_gap(bench: Bench) -> None:
    bench.waits(101, 49_999)

    await bench.take_backlog(bench.feed(), 2)

    gap = GapFound(first=101, last=49_999, since=START - timedelta(days=1), until=START)
    assert bench.memory.gaps == [gap]
    assert bench.memory.stretches[101].left == 0
    assert len(bench.fake.requests) < 25


@pytest.mark.parametrize("anew", [500, 552])
async def test_a_file_written_anew_among_the_expired_loses_nothing(bench: Bench, anew: int) -> None:
    """Halving may come upon it or not: what is not read stands in a gap."""
    bench.fake.lifetime = timedelta(days=1)
    bench.publish(*range(1, 1001), age=DAY)
    bench.publish(anew, age=3600)
    bench.publish(*range(1001, 1101), age=7200)
    bench.waits(1, 1100)

    await bench.drain_backlog(bench.feed())

    lost = [n for gap in bench.memory.gaps for n in range(gap.first, gap.last + 1)]
    assert sorted([*lost, *bench.memory.ids]) == list(range(1, 1101))
    assert set(bench.memory.ids) >= set(range(1001, 1101))
    assert len(bench.memory.gaps) == (1 if anew == 500 else 2)
    assert not bench.memory.holes


async def test_files_that_expire_while_they_are_read_are_a_gap_too(bench: Bench) -> None:
    bench.fake.lifetime = timedelta(days=1)
    bench.publish(*range(1, 201), age=DAY - 10)
    bench.publish(*range(201, 301), age=7200)
    bench.waits(1, 300)

    await bench.drain_backlog(bench.feed())

    (gap,) = bench.memory.gaps
    assert 60 < gap.first < 90, "some ten seconds' worth came in time"
    assert gap.last == 200
    assert gap.since == START - timedelta(seconds=DAY - 10)
    assert bench.memory.ids == [*range(1, gap.first), *range(201, 301)]


@pytest.mark.parametrize(("missing", "gaps"), [(4, 0), (20, 0), (21, 1)])
async def test_a_few_missing_in_a_row_are_looked_for_one_by_one(
    bench: Bench, missing: int, gaps: int
) -> None:
    bench.publish(1, *range(2 + missing, 41), age=7200)
    bench.waits(1, 40)

    await bench.take_backlog(bench.feed(batch_limit=100), 40 - (missing - 1) * gaps + 1)

    assert len(bench.memory.gaps) == gaps
    assert len(bench.memory.holes) == (0 if gaps else missing)
    assert len(bench.memory.ids) == 40 - missing


async def test_a_fault_while_the_oldest_is_looked_for_only_delays_it(bench: Bench) -> None:
    bench.memory.cursor = 600
    bench.publish(*range(300, 602), age=7200)
    bench.waits(1, 599)
    bench.fake.script((4 + 600) // 2, failing())
    feed = bench.feed()
    async with aclosing(feed.backlog()) as batches:
        halving = anext(batches)
        with pytest.raises(AssertionError, match="circles"):
            await halving
    assert not bench.memory.gaps, "nothing is said while the service has trouble"

    bench.clock.slept.clear()
    await bench.take(feed, 1)
    await bench.take_backlog(feed, 2)

    assert [(gap.first, gap.last) for gap in bench.memory.gaps] == [(1, 299)]
