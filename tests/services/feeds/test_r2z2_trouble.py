"""The feed when things go wrong: bans, passing faults, cut and unreadable files."""

import itertools
from datetime import timedelta
from email.utils import format_datetime

import pytest
from structlog.testing import capture_logs

from services.domain.trouble import Trouble
from services.feeds.items import Hole
from tests.fakes.r2z2 import (
    BANNED,
    CUT,
    HANG_UP,
    HTML,
    MISSING,
    POINTER,
    SILENCE,
    Reply,
    failing,
    throttled,
)
from tests.services.feeds.conftest import START, Bench


def gaps(bench: Bench, sequence: int) -> list[float]:
    times = bench.fake.times(sequence)
    return [(b - a).total_seconds() for a, b in itertools.pairwise(times)]


# Bans


async def test_a_403_silences_the_feed_for_an_hour(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(1, BANNED)
    seen = []
    feed = bench.feed()
    bench.clock.at(3000, lambda: seen.append(feed.status))

    await bench.take(feed, 1)

    assert gaps(bench, 1) == [pytest.approx(3600)]
    assert feed.status.paused_until is None
    assert feed.status.last_error is None


async def test_a_ban_told_by_another_reader_of_the_host_silences_the_running_feed(
    bench: Bench,
) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    feed = bench.feed()
    until = START + timedelta(minutes=30)

    def told_elsewhere() -> None:
        bench.memory.pause = until

    bench.clock.at(60, told_elsewhere)
    bench.clock.at(100, lambda: bench.publish(2))
    await bench.take(feed, 2)

    asked = [request.at for request in bench.fake.requests]
    quiet = START + timedelta(seconds=75)
    assert not [at for at in asked if quiet < at < until], "asked in spite of the ban"
    assert bench.fake.times(2)[-1] >= until


async def test_during_a_ban_the_status_says_so(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(1, BANNED)
    feed = bench.feed()
    seen = []
    sleep = bench.clock.sleep

    async def watch(seconds: float) -> None:
        seen.append((feed.status, bench.memory.pause))
        await sleep(seconds)

    feed._live._upstream._sleep = watch
    await bench.take(feed, 1)

    ((status, kept),) = seen
    assert status.paused_until == kept == bench.fake.times(1)[0] + timedelta(hours=1)
    assert status.last_error is not None
    assert "banned" in status.last_error
    assert not status.caught_up


async def test_a_ban_outlives_the_process(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.memory.pause = START + timedelta(minutes=40)
    bench.publish(1)

    await bench.take(bench.feed(), 1)

    assert bench.fake.requests[0].at == START + timedelta(minutes=40)


async def test_a_ban_at_the_pointer_counts_too(bench: Bench) -> None:
    bench.publish(1)
    bench.fake.script(POINTER, BANNED)

    await bench.take(bench.feed(), 1)

    times = bench.fake.times(POINTER)
    assert (times[1] - times[0]).total_seconds() >= 3600


async def test_a_pause_beyond_all_measure_ends_after_an_hour_of_steps(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.memory.pause = START + timedelta(hours=3)
    bench.publish(1)

    await bench.take(bench.feed(), 1)

    assert max(bench.clock.slept) <= 3600


async def test_what_was_gathered_is_handed_out_before_a_ban_is_waited_out(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1, 2, 3, age=7200)
    bench.publish(9, age=7200)
    bench.publish(10, sequence_updated=9, age=7200)
    bench.fake.script(3, BANNED)
    feed = bench.feed()

    await bench.take(feed, 2)

    assert [len(batch) for batch in bench.batches] == [2]
    assert bench.clock.elapsed < 10


async def test_a_ban_earned_out_of_turn_holds_nothing_back(bench: Bench) -> None:
    bench.memory.cursor = 9
    bench.publish(3, age=7200)
    bench.publish(10, sequence_updated=3, age=7200)
    bench.fake.script(3, BANNED)

    await bench.take(bench.feed(), 1)

    assert bench.clock.elapsed < 10


# Passing faults


@pytest.mark.parametrize(
    "reply",
    [
        HTML,
        failing(500),
        failing(503),
        throttled(),
        HANG_UP,
        CUT,
        Reply(),
        Reply(status=400),
        Reply(body=b"error code: 1015"),
        Reply(body=b"junk", headers={"Content-Encoding": "gzip"}),
    ],
    ids=[
        "html",
        "500",
        "503",
        "429",
        "hang up",
        "cut",
        "empty",
        "400",
        "text",
        "bad gzip",
    ],
)
async def test_a_passing_fault_is_repeated_for_the_same_number(bench: Bench, reply: Reply) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(1, reply, reply)

    (item,) = await bench.take(bench.feed(), 1)

    assert item.cursor == 1
    assert item.arrival is not None
    assert gaps(bench, 1) == [pytest.approx(2), pytest.approx(4)]


async def test_a_connection_that_breaks_is_no_excuse_for_haste(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(1, SILENCE, SILENCE)
    feed = bench.feed()

    await bench.take(feed, 1)

    # The HTTP library repeats once by itself; that takes a turn like any other.
    assert gaps(bench, 1) == pytest.approx([0.125, 2])
    assert feed.status.requests == 4


async def test_the_pause_grows_to_its_cap(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(1, *[failing()] * 11)

    await bench.take(bench.feed(), 1)

    assert gaps(bench, 1) == pytest.approx([2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])


async def test_a_success_makes_the_pause_small_again(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1, 2)
    bench.fake.script(1, failing(), failing(), failing())
    bench.fake.script(2, failing())

    await bench.take(bench.feed(), 2)

    assert gaps(bench, 2) == pytest.approx([2])


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("90", 90),
        (format_datetime(START + timedelta(seconds=45), usegmt=True), 45),
        ("86400", 3600),
        ("soon", 2),
        ("-5", 2),
        ("0", 2),
    ],
)
async def test_a_429_waits_as_it_is_told_within_reason(
    bench: Bench, retry_after: str, seconds: float
) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(1, throttled(retry_after))

    await bench.take(bench.feed(), 1)

    assert gaps(bench, 1) == [pytest.approx(seconds, abs=0.13)]


async def test_the_pointer_is_asked_again_until_it_can_be_read(bench: Bench) -> None:
    bench.publish(77)
    bench.fake.script(POINTER, MISSING, HTML, failing(), Reply(body=b'{"sequ'), Reply(body=b"[]"))
    bench.fake.script(POINTER, Reply(body=b'{"sequence": "77"}'))

    (item,) = await bench.take(bench.feed(), 1)

    assert item.cursor == 77
    assert bench.fake.count(POINTER) == 6


async def test_an_outage_is_told_once_at_each_end(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1, 2)
    bench.fake.script(1, *[failing()] * 5)

    with capture_logs() as logs:
        await bench.take(bench.feed(), 2)

    assert bench.watch.told == ["feed-down begins", "feed-down ends"]
    assert not logs, "whoever listens to troubles logs them"


async def test_a_ban_is_told_until_the_service_answers_again(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(1, BANNED)
    bench.clock.at(3000, lambda: seen.append(dict(bench.watch.wrong)))
    seen: list[dict[Trouble, str]] = []

    await bench.take(bench.feed(), 1)

    (wrong,) = seen
    assert wrong == {Trouble.FEED_BANNED: "no question before 2026-11-20 19:00 EVE"}
    assert not bench.watch.wrong


async def test_an_answer_under_way_does_not_end_the_ban_of_another(bench: Bench) -> None:
    bench.fake.script(1, BANNED)
    upstream = bench.feed()._upstream
    await upstream.ask("/ephemeral/1.json")

    upstream._note_success()

    assert not upstream.is_well
    assert upstream.last_error == "banned (status 403)"
    assert bench.watch.wrong.keys() == {Trouble.FEED_BANNED}


async def test_troubles_of_an_earlier_process_end_too(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    for trouble in (Trouble.FEED_DOWN, Trouble.FEED_BANNED, Trouble.FEED_LATE):
        bench.watch.begins(trouble, "")

    await bench.take(bench.feed(), 1)

    assert not bench.watch.wrong


async def test_during_an_outage_the_feed_is_not_caught_up(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(2, MISSING, *[failing()] * 6)
    bench.clock.at(7, lambda: bench.publish(2))
    feed = bench.feed()
    seen = []
    bench.clock.at(30, lambda: seen.append(feed.status))

    await bench.take(feed, 2)

    (status,) = seen
    assert not status.caught_up
    assert status.last_error == "status 503"
    assert status.lag_seconds is not None
    assert status.lag_seconds > 30
    assert feed.status.last_error is None


# What cannot be read


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"null",
        b"[]",
        b"12",
        b'{"esi": {"killmail_id": 5}}',
        b'{"killmail_id": 1, "esi": null}',
        b'"text"',
    ],
)
async def test_json_that_is_no_killmail_is_rejected_at_once(bench: Bench, body: bytes) -> None:
    bench.memory.cursor = 0
    bench.fake.publish(1, body)
    bench.publish(2)

    bad, good = await bench.take(bench.feed(), 2)

    assert bad.cursor == 1
    assert bad.rejected is not None
    assert bad.arrival is None
    assert (bad.rejected.source, bad.rejected.reference, bad.rejected.body) == ("r2z2", "1", body)
    assert bad.rejected.reason
    assert good.cursor == 2
    assert good.arrival is not None
    assert bench.fake.count(1) == 1


async def test_a_feed_that_nobody_can_read_gives_nothing_new(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.fake.publish(1, b'{"esi": 1}')
    feed = bench.feed()

    await bench.take(feed, 1)

    assert feed.status.sequence == 1
    assert feed.status.last_new_at is None


async def test_json_that_stays_cut_is_rejected_after_five_tries(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.fake.publish(1, CUT.body)
    bench.publish(2)

    bad, good = await bench.take(bench.feed(), 2)

    assert bad.rejected is not None
    assert bad.rejected.body == CUT.body
    assert bench.fake.count(1) == 5
    assert good.cursor == 2


async def test_a_body_that_always_breaks_off_becomes_a_hole(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.fake.script(1, *[HANG_UP] * 10)
    bench.publish(2)

    bad, good = await bench.take(bench.feed(), 2)

    assert (bad.cursor, bad.notes) == (1, (Hole(1),))
    assert bench.fake.count(1) == 5
    assert good.cursor == 2


async def test_an_error_page_never_becomes_a_rejected_killmail(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.publish(1)
    bench.fake.script(1, *[HTML] * 8, *[Reply(body=b"error code: 1015")] * 8)

    (item,) = await bench.take(bench.feed(), 1)

    assert item.arrival is not None


async def test_a_body_without_end_is_rejected_not_read(bench: Bench) -> None:
    bench.memory.cursor = 0
    bench.fake.publish(1, b'{"x": "' + b"x" * 5000 + b'"}')
    bench.publish(2)

    bad, good = await bench.take(bench.feed(body_limit_bytes=4096), 2)

    assert bad.rejected is not None
    assert "4096" in bad.rejected.reason
    assert good.cursor == 2
