"""What the worker counts, and when it says that messages are late or lost."""

import asyncio

import pytest

from services.domain.trouble import Trouble
from services.outbox import store
from services.outbox.errors import SendingRefused
from services.outbox.sender import Limited, Lost, Refused
from services.outbox.service import OutboxService
from services.outbox.worker import OutboxWorker
from tests.fakes.channels import Fate
from tests.fakes.watch import Watch
from tests.services.newsroom import Newsroom, channel
from tests.services.outbox.notes import note

A, B = channel(1), channel(2)
LATE, LOST = (Trouble.OUTBOX_LATE, ""), (Trouble.MESSAGES_LOST, "")


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def worker(newsroom: Newsroom, watch: Watch) -> OutboxWorker:
    newsroom.worker = OutboxWorker(
        newsroom.database,
        newsroom.channels,
        newsroom.notices,
        settings=newsroom.outbox_settings.model_copy(update={"max_attempts": 2}),
        clock=newsroom.clock,
        bell=newsroom.bell,
        watch=watch,
    )
    return newsroom.worker


async def test_every_try_is_counted_once_by_its_outcome(
    newsroom: Newsroom, worker: OutboxWorker, watch: Watch
) -> None:
    lost = Lost(text="time-out")
    newsroom.channels.plan(A, Fate.UNSENT, Limited(seconds=5), lost, Fate.WELL)
    await newsroom.put("k", note("1"), A)
    for _ in range(4):
        await newsroom.drain(minutes=1)
    await newsroom.put("k", note("2"), A)
    await newsroom.drain(minutes=2)
    newsroom.channels.plan(B, Refused(status=400, code=50035, text="no <@1>"), lost, lost)
    for number in range(2):
        await newsroom.put(f"b{number}", note("b"), B)
    for _ in range(3):
        await newsroom.drain(minutes=11)
    newsroom.channels.plan(A, Refused(status=404, code=10008, text="Unknown Message"))
    await newsroom.put("k", note("3"), A)
    await newsroom.drain()
    newsroom.channels.plan(A, Refused(status=403, code=50001, text="Missing Access"))
    await newsroom.put("m", note("m"), A)
    await newsroom.drain()
    assert dict(worker.outcomes) == {
        "retried": 1, "limited": 1, "lost": 2, "posted": 1, "edited": 1, "dead": 2, "refused": 2,
    }  # fmt: skip
    tries = [call for call in newsroom.channels.calls if call.what != "find"]
    assert sum(worker.outcomes.values()) == len(tries)
    assert watch.open[LOST].startswith("2 since the start")
    assert "<@1>" not in watch.open[LOST]


async def test_an_uncertain_message_and_a_refused_token_are_counted(
    newsroom: Newsroom, worker: OutboxWorker
) -> None:
    newsroom.channels.plan(A, Fate.LOST_AFTER)
    newsroom.channels.unreadable.add(A)
    await newsroom.put("k", note("1"), A)
    await newsroom.drain()
    await newsroom.drain(minutes=5)
    newsroom.channels.plan(B, Refused(status=401, code=0, text="Unauthorized"))
    await newsroom.put("b", note("1"), B)
    with pytest.raises(SendingRefused):
        await newsroom.drain()
    assert dict(worker.outcomes) == {"lost": 1, "uncertain": 1, "refused": 1}


async def test_an_edit_that_is_given_up_loses_no_message(
    newsroom: Newsroom, worker: OutboxWorker, watch: Watch
) -> None:
    await newsroom.put("k", note("1"), A)
    await newsroom.drain()
    newsroom.channels.plan(A, Refused(status=400, code=50035, text="no"))
    await newsroom.put("k", note("2"), A)
    await newsroom.drain(minutes=2)
    assert worker.outcomes["dead"] == 1
    assert watch.open == {}


async def test_messages_that_wait_for_ten_minutes_are_late(
    newsroom: Newsroom, worker: OutboxWorker, watch: Watch
) -> None:
    await newsroom.put("k", note("1"), A)
    for _ in range(10):
        newsroom.channels.plan(A, Fate.UNSENT)
        await newsroom.drain(minutes=1)
        await worker.look_for_late()
    assert watch.open == {}, "not yet"
    newsroom.channels.plan(A, Fate.UNSENT)
    await newsroom.drain(minutes=1)
    await worker.look_for_late()
    assert watch.open == {LATE: "the oldest message waits since 2021-11-30 00:00 EVE"}

    service = OutboxService(newsroom.database, clock=newsroom.clock, ring=newsroom.bell.set)
    await service.hold()
    await worker.look_for_late()
    assert watch.open == {}, "held back on purpose"
    await service.release()
    await worker.look_for_late()
    assert set(watch.open) == {LATE}
    async with newsroom.database.write() as tx:
        await store.block(tx, A, "closed", guild_id=None, now=newsroom.clock())
    await worker.look_for_late()
    assert watch.open == {}, "where nothing can go nothing is late: the owner was told"
    async with newsroom.database.write() as tx:
        await store.unblock(tx, A)
    await worker.look_for_late()
    await newsroom.drain(minutes=1)
    await worker.look_for_late()
    assert watch.open == {}
    assert [what for what, _ in watch.history] == ["begins", "ends"] * 3


async def test_an_edit_that_is_not_due_is_not_late(
    newsroom: Newsroom, worker: OutboxWorker, watch: Watch
) -> None:
    await newsroom.put("k", note("1"), A)
    await newsroom.drain()
    await newsroom.drain(days=1)
    await newsroom.put("k", note("2"), A)
    await worker.look_for_late()
    assert watch.open == {}
    newsroom.clock.advance(minutes=11)
    await worker.look_for_late()
    assert set(watch.open) == {LATE}


async def test_the_running_worker_looks_by_itself(
    newsroom: Newsroom, worker: OutboxWorker, watch: Watch
) -> None:
    door = newsroom.channels.doors[A] = asyncio.Event()
    await newsroom.put("k", note("1"), A)
    running = asyncio.create_task(worker.run())
    await newsroom.channels.at_door.wait()
    newsroom.clock.advance(minutes=11)
    async with asyncio.timeout(5):
        while not watch.open:
            newsroom.bell.set()
            await asyncio.sleep(0)
    door.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert set(watch.open) == {LATE}
