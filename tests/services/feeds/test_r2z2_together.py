"""The readers side by side on one clock: what happens now goes before, and trouble of one is trouble of all."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest

from services.domain.trouble import Trouble
from services.feeds.http import create_session, user_agent
from services.feeds.items import FeedItem, HoleCounts
from tests.fakes.r2z2 import BANNED, HTML, FakeR2Z2, Reply, failing, throttled
from tests.services.feeds.conftest import START, Bench, Memory, SharedClock


@pytest.fixture
async def shared() -> AsyncIterator[Bench]:
    """A bench for several tasks."""
    clock = SharedClock()
    async with (
        FakeR2Z2(clock=clock) as fake,
        create_session(user_agent("tester@example.org", "0")) as session,
    ):
        yield Bench(clock=clock, memory=Memory(), fake=fake, session=session)
    assert not fake.banned, "the feed provoked a ban"
    assert fake.least_spacing >= 0.125
    assert fake.least_quiet >= 6


async def consume(
    bench: Bench, batches: AsyncGenerator[tuple[FeedItem, ...], None], seen: dict[int, float]
) -> None:
    """Store for ever; remember when each killmail came."""
    async with aclosing(batches):
        async for batch in batches:
            bench.memory.store(batch, bench.clock.now)
            for item in batch:
                if item.arrival is not None:
                    seen[item.arrival.killmail.id] = bench.clock.elapsed


async def test_a_backlog_of_thousands_never_delays_what_happens_now(shared: Bench) -> None:
    shared.memory.cursor, shared.memory.moved_at = 0, START - timedelta(hours=8)
    shared.publish(*range(1, 5001), age=7200)
    fresh = {5000 + n: 7.0 * n + 0.01 * n * n for n in range(1, 13)}
    for number, at in fresh.items():
        shared.clock.at(at, lambda number=number: shared.publish(number, age=0))
    seen: dict[int, float] = {}
    feed = shared.feed()

    await shared.clock.run(
        90,
        consume(shared, feed.batches(), seen),
        consume(shared, feed.backlog(), seen),
        consume(shared, feed.late(), seen),
    )

    assert {number for number in fresh if number not in seen} == set()
    # One step: the quiet time after a 404, and at most one turn of somebody else before.
    assert max(seen[number] - at for number, at in fresh.items()) <= 6 + 0.25
    assert len(seen) > 600, "and the backlog is read meanwhile"
    assert len(shared.fake.requests) <= 90 * 8 + 1
    assert len(shared.fake.requests) > 90 * 8 - 30, "with all the turns that are left"
    read = sorted(number for number in seen if number < 5000)
    assert read == list(range(1, len(read) + 1))


async def test_what_is_told_of_as_written_anew_is_read_at_once(shared: Bench) -> None:
    shared.memory.cursor = 10
    shared.publish(3, 11)
    shared.clock.at(100, lambda: shared.publish(12, sequence_updated=3, age=0))
    feed = shared.feed()

    await shared.clock.run(
        130, consume(shared, feed.batches(), {}), consume(shared, feed.late(), {})
    )

    assert shared.memory.ids == [11, 12, 3]
    revised = [item.arrival.revised for item in shared.memory.items if item.arrival]
    assert revised == [False, False, True]
    (told_at,), (read_at,) = shared.fake.times(12)[-1:], shared.fake.times(3)
    assert (read_at - told_at).total_seconds() < 1
    assert feed.status.holes == HoleCounts()


async def test_while_the_service_has_trouble_only_the_live_reader_asks(shared: Bench) -> None:
    shared.memory.cursor = 5000
    shared.publish(*range(1, 5001), age=7200)
    shared.waits(1, 4999)
    shared.memory.holes = {7000: START + timedelta(seconds=20)}
    down = [failing(), HTML, throttled(), throttled("40")]
    shared.clock.at(10, lambda: shared.fake.breaks(*down))
    feed = shared.feed()

    await shared.clock.run(
        60,
        consume(shared, feed.batches(), {}),
        consume(shared, feed.backlog(), {}),
        consume(shared, feed.late(), {}),
    )

    asked = [
        (request.path, request.status)
        for request in shared.fake.requests
        if request.at > START + timedelta(seconds=10)
    ]
    numbers = {path for path, status in asked if status != 404}
    assert "/ephemeral/5001.json" in numbers
    assert len(numbers) <= 3, "and at most what was under way"
    assert len(asked) < 15
    assert shared.watch.wrong.keys() == {Trouble.FEED_DOWN, Trouble.FEED_LATE}


async def test_a_ban_earned_by_the_backlog_silences_all_and_loses_nothing(shared: Bench) -> None:
    shared.memory.cursor = 300
    shared.publish(*range(1, 301), age=7200)
    shared.waits(1, 299)
    shared.fake.script(100, BANNED)
    seen: dict[int, float] = {}
    feed = shared.feed()

    await shared.clock.run(
        3700, consume(shared, feed.batches(), seen), consume(shared, feed.backlog(), seen)
    )

    banned_at = shared.fake.times(100)[0]
    later = [request.at for request in shared.fake.requests if request.at > banned_at]
    assert (min(later) - banned_at).total_seconds() >= 3600
    assert sorted(seen) == list(range(1, 300))
    assert shared.memory.ids == list(range(1, 300))


@pytest.mark.parametrize(("stop", "seconds"), [(BANNED, 3600), (throttled("40"), 40)])
async def test_who_waits_for_a_turn_when_another_is_told_to_stop_does_not_use_it(
    shared: Bench, stop: Reply, seconds: float
) -> None:
    shared.fake.script(1, stop)
    upstream = shared.feed()._upstream

    async def ask(number: int, *, patient: bool) -> None:
        await upstream.ask(f"/ephemeral/{number}.json", patient=patient)
        await asyncio.Event().wait()

    await shared.clock.run(3700, ask(1, patient=False), ask(2, patient=False), ask(3, patient=True))

    first, *later = [request.at for request in shared.fake.requests]
    assert len(later) == 2
    assert (later[0] - first).total_seconds() >= seconds


async def test_a_429_earned_by_the_backlog_silences_all_for_its_time(shared: Bench) -> None:
    shared.memory.cursor = 300
    shared.publish(*range(1, 301), age=7200)
    shared.waits(1, 299)
    shared.fake.script(100, throttled("40"))
    seen: dict[int, float] = {}
    feed = shared.feed()

    await shared.clock.run(
        100, consume(shared, feed.batches(), seen), consume(shared, feed.backlog(), seen)
    )

    throttled_at = shared.fake.times(100)[0]
    later = [request.at for request in shared.fake.requests if request.at > throttled_at]
    assert (min(later) - throttled_at).total_seconds() == pytest.approx(40, abs=0.01)
    assert sorted(seen) == list(range(1, 300))
