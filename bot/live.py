"""The living bot: the loops that feed it, send for it, and keep it in order, under one roof.

Everything vital is a guarded task in one group; when one of them ends, all end, and the process says why. The scheduler
only triggers: what is due is read from tables, so a trigger that is missed costs nothing.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import UTC, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.app import House
from bot.heart import Heart
from bot.supervisor import guard
from services.domain.errors import ConfigurationError, WarRoomError
from services.feeds.intake import intake_of
from services.feeds.r2z2 import R2Z2Feed
from services.killmails.feed_memory import FeedMemoryStore
from services.outbox import store as outbox
from services.outbox.errors import SendingRefused
from services.outbox.sender import Sender
from services.storage.marks import load_mark_time, save_mark

log = structlog.get_logger(__name__)

FEED = "r2z2"
HEARTBEAT_SECONDS = 15
QUIET_BATTLES_SECONDS = 15
HOLES_SECONDS = 60.0
HOUR_SECONDS = 3600
STOPPING_SECONDS = 15.0
"""How long the loops may take to put down what they hold; a container is killed after 30."""
JOB_SECONDS = 5.0
"""How long a job of the scheduler may take to come to its end when the process stops."""
HOUSEKEEPING = "housekeeping"


def build_feed(house: House, heart: Heart) -> R2Z2Feed:
    """The live feed, remembering in the house's database."""
    assert house.session is not None, "a feed needs a house that is online"
    settings = house.settings.feed
    memory = FeedMemoryStore(
        house.database,
        name=FEED,
        clock=house.clock,
        hole_retry=timedelta(seconds=settings.hole_retry_seconds),
        hole_lifetime=timedelta(seconds=settings.hole_lifetime_seconds),
    )
    feed = R2Z2Feed(
        house.session,
        settings,
        memory=memory,
        clock=house.clock,
        sleep=heart.sleeper("feed"),
    )
    house.feed_watch.ask = lambda: feed.status
    return feed


async def live(
    house: House,
    sender: Sender,
    *,
    heart: Heart,
    gateway: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT, or until something fatal. `gateway` is the Discord client's own loop, if any.

    Raises what was fatal: a refused token, settings that cannot work, a loop that ended.
    """
    deadly = (SendingRefused, ConfigurationError)
    feed = build_feed(house, heart)
    worker = house.worker(sender, beat=lambda: heart.beat("outbox"))
    loops: dict[str, Callable[[], Awaitable[None]]] = {
        "feed": lambda: _feed(house, feed, heart),
        "holes": lambda: _holes(house, feed),
        "outbox": worker.run,
    }
    if gateway is not None:
        loops["gateway"] = gateway
    async with _scheduler(house, heart):
        await _until_stopped(
            {name: guard(name, loop, fatal=deadly) for name, loop in loops.items()}
        )


async def _until_stopped(loops: dict[str, Awaitable[None]]) -> None:
    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows has no such handlers; Ctrl-C cancels there
            running.add_signal_handler(number, stop.set)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_awaited(loop), name=name) for name, loop in loops.items()]
            await _first(stop, tasks)
            log.info("stopping")
            await _end(tasks)
    except ExceptionGroup as errors:
        # Whoever runs the bot reads one line: what they can act on goes before what only a developer understands.
        ours = [error for error in errors.exceptions if isinstance(error, WarRoomError)]
        raise (ours or errors.exceptions)[0] from errors


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Ask every loop to stop; one that does not within the time is torn away, and its work is taken up at the start."""
    for task in tasks:
        task.cancel()
    _, pending = await asyncio.wait(tasks, timeout=STOPPING_SECONDS)
    for task in pending:
        log.warning("loop torn away", loop=task.get_name())
        task.cancel()


async def _awaited(loop: Awaitable[None]) -> None:
    await loop


async def _first(stop: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Until the stop is asked for; a task that fails cancels this wait through its group."""
    waiting = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _feed(house: House, feed: R2Z2Feed, heart: Heart) -> None:
    async with aclosing(feed.batches()) as batches:
        async for items in batches:
            heart.beat("feed")
            await house.pipeline.take(intake_of(items, feed=FEED))


async def _holes(house: House, feed: R2Z2Feed) -> None:
    while True:
        await asyncio.sleep(HOLES_SECONDS)
        if items := await feed.retry_holes():
            await house.pipeline.take(intake_of(items, feed=FEED))


@asynccontextmanager
async def _scheduler(house: House, heart: Heart) -> AsyncIterator[None]:
    scheduler = AsyncIOScheduler(
        timezone=UTC,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    every = {
        "heartbeat": (heart.write, HEARTBEAT_SECONDS),
        "quiet battles": (lambda: _end_quiet(house), QUIET_BATTLES_SECONDS),
        "prices": (lambda: _refresh_prices(house), HOUR_SECONDS),
        HOUSEKEEPING: (lambda: keep_house_daily(house), HOUR_SECONDS),
    }
    running: set[asyncio.Task[object]] = set()
    for name, (job, seconds) in every.items():
        trigger = IntervalTrigger(seconds=seconds, start_date=house.clock())
        quiet = _quietly(name, job, running=running)
        scheduler.add_job(quiet, trigger, id=name, next_run_time=house.clock())
    scheduler.start()
    try:
        yield
    finally:
        scheduler.pause()
        if running:
            await asyncio.wait(running, timeout=JOB_SECONDS)
        scheduler.shutdown(wait=False)


def _quietly(
    name: str, job: Callable[[], Awaitable[object]], *, running: set[asyncio.Task[object]]
) -> Callable[[], Awaitable[None]]:
    """A job that fails is logged and comes again at its next time; while it runs it stands in `running`."""

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await job()
        except asyncio.CancelledError:
            log.info("job torn away", job=name)  # the process stops, and nobody waits for a job
        except Exception:
            log.exception("job failed", job=name)
        finally:
            running.discard(task)

    return run


async def _end_quiet(house: House) -> None:
    if await house.services.battles.end_quiet(house.pipeline.tell):
        house.bell.set()


async def _refresh_prices(house: House) -> None:
    if house.prices.is_due():
        await house.prices.refresh()


async def keep_house_daily(house: House) -> None:
    """The daily round when it is due. Asked every hour, so that a computer that sleeps at night has it too."""
    async with house.database.read() as tx:
        last = await load_mark_time(tx, HOUSEKEEPING)
    if last is None or house.clock() - last >= timedelta(days=1):
        await keep_house(house)
        async with house.database.write() as tx:
            await save_mark(tx, HOUSEKEEPING, now=house.clock())


async def keep_house(house: House) -> None:
    """The daily round: details beyond the retention, servers left long ago, messages delivered long ago."""
    await house.retention.prune()
    await house.services.guilds.forget_those_gone()
    before = house.clock() - timedelta(days=house.settings.outbox.keep_days)
    async with house.database.write() as tx:
        await outbox.prune(tx, before=before)
