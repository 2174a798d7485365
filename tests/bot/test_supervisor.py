"""Loops that fail go on; loops that end end everything."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import structlog

from bot.supervisor import WELL_AFTER, LoopEnded, guard
from services.domain.trouble import Trouble
from tests.fakes.watch import Watch


class Fatal(Exception):
    """No repetition mends this."""


def failing(times: int, then: BaseException | None = None) -> Callable[[], Awaitable[None]]:
    """A loop that fails so many times, then raises `then`, or ends."""
    left = [times]

    async def loop() -> None:
        if left[0]:
            left[0] -= 1
            raise RuntimeError("surprise")
        if then is not None:
            raise then

    return loop


class Pauses:
    """Notes how long was waited."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


async def test_surprises_are_logged_and_wait_longer_each_time() -> None:
    pauses = Pauses()
    with structlog.testing.capture_logs() as logs, pytest.raises(Fatal):
        await guard("feed", failing(7, Fatal()), fatal=(Fatal,), sleep=pauses)
    assert pauses.seconds == [1, 5, 15, 60, 300, 300, 300]
    assert [(line["loop"], line["failures"]) for line in logs] == [("feed", n) for n in range(1, 8)]
    assert all(line["log_level"] == "error" for line in logs)


async def test_what_is_told_elsewhere_is_tried_again_soon_and_told_no_second_time() -> None:
    pauses, watch = Pauses(), Watch()
    with structlog.testing.capture_logs() as logs, pytest.raises(Fatal):
        await guard(
            "feed",
            failing(7, Fatal()),
            fatal=(Fatal,),
            told_elsewhere=lambda error: isinstance(error, RuntimeError),
            sleep=pauses,
            watch=watch,
        )
    assert pauses.seconds == [1, 5, 15, 15, 15, 15, 15]
    assert not logs
    assert not watch.open


async def test_a_loop_that_ends_is_an_error_that_names_it() -> None:
    with pytest.raises(LoopEnded, match="outbox"):
        await guard("outbox", failing(2), sleep=Pauses())


async def test_being_cancelled_is_no_surprise() -> None:
    pauses = Pauses()
    task = asyncio.create_task(guard("x", asyncio.Event().wait, sleep=pauses))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pauses.seconds == []


async def test_after_long_good_work_old_surprises_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = asyncio.get_running_loop()
    now = [0.0]
    monkeypatch.setattr(running, "time", lambda: now[0])
    spans = [0.0, 0.0, 599.0, 601.0, 0.0]

    async def loop() -> None:
        if not spans:
            raise Fatal
        now[0] += spans.pop(0)
        raise RuntimeError

    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(Fatal):
        await guard("x", loop, fatal=(Fatal,), sleep=sleep)
    assert pauses == [1, 5, 15, 1, 5]


async def test_a_loop_that_fails_is_a_trouble_until_it_has_worked_for_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = asyncio.get_running_loop()
    timers: list[tuple[float, Callable[[], None], asyncio.Handle]] = []

    def call_later(seconds: float, call: Callable[[], None]) -> asyncio.Handle:
        timers.append((seconds, call, asyncio.Handle(call, (), running)))
        return timers[-1][2]

    monkeypatch.setattr(running, "call_later", call_later)
    watch = Watch()
    loops = [failing(1), failing(1), failing(0, Fatal())]
    open_then = []

    async def loop() -> None:
        open_then.append(dict(watch.open))
        if len(loops) == 1:
            timers[-1][1]()  # a minute has gone by
            assert not watch.open
        await loops.pop(0)()

    with pytest.raises(Fatal):
        await guard("feed", loop, fatal=(Fatal,), sleep=Pauses(), watch=watch)
    failed = {(Trouble.LOOP_FAILED, "feed"): "RuntimeError; the log has the whole story"}
    assert open_then == [{}, failed, failed], "working for a moment is not enough"
    assert [seconds for seconds, *_ in timers] == [WELL_AFTER] * 3
    assert all(handle.cancelled() for *_, handle in timers)
