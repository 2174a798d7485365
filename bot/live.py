"""The living bot: the loops that feed it, send for it, and keep it in order, under one roof.

Everything vital is a guarded task in one group; when one of them ends, all end, and the process says why. The scheduler
only triggers: what is due is read from tables, so a trigger that is missed costs nothing.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from bot.app import House
from bot.client import GatewayState
from bot.feeding import build_feeding
from bot.heart import Heart
from bot.jobs import JOB_SECONDS, database_faults, scheduled
from bot.metrics import Meters, Metrics, serve
from bot.supervisor import guard
from bot.version import running_version
from services.domain.errors import ConfigurationError, WarRoomError
from services.outbox.errors import SendingRefused
from services.outbox.sender import Sender
from services.outbox.worker import OutboxWorker

log = structlog.get_logger(__name__)

STOPPING_SECONDS = 15.0
"""How long the loops may take to put down what they hold; a container is killed after 30."""


async def live(
    house: House,
    sender: Sender,
    *,
    heart: Heart,
    gateway: Callable[[], Awaitable[None]] | None = None,
    gateway_state: Callable[[], GatewayState | None] = lambda: None,
) -> None:
    """Run until SIGTERM or SIGINT, or until something fatal. `gateway` is the Discord client's own loop, if any.

    Raises what was fatal: a refused token, settings that cannot work, a loop that ended.
    """
    deadly = (SendingRefused, ConfigurationError)

    feeding = build_feeding(house, heart, fallback=house.settings.fallback)
    worker = house.worker(sender, beat=lambda: heart.beat("outbox"))
    loops: dict[str, Callable[[], Awaitable[None]]] = {
        **feeding.loops,
        "outbox": worker.run,
        "fits": house.services.fits.run,
        **{f"poll {poller.name}": poller.run for poller in house.pollers},
    }
    if gateway is not None:
        loops["gateway"] = gateway
    await heart.begin(loops)
    metrics = _metrics(house, worker, gateway_state)
    async with serve(house.settings.metrics, metrics), scheduled(house, heart):
        try:
            await _until_stopped(
                {
                    name: guard(
                        name,
                        loop,
                        fatal=deadly,
                        told_elsewhere=database_faults(house),
                        watch=house.watch,
                    )
                    for name, loop in loops.items()
                }
            )
        finally:
            await _flush_last(house)


def _metrics(
    house: House, worker: OutboxWorker, gateway_state: Callable[[], GatewayState | None]
) -> Metrics:
    meters = Meters(
        version=running_version(),
        universe_build=lambda: house.services.universe.build,
        tally=house.pipeline.tally,
        matches=house.publisher.matches,
        outcomes=worker.outcomes,
        feed=house.feed_watch,
        gateway=gateway_state,
        esi=lambda: None if house.esi is None else house.esi.status,
        troubles=lambda: house.troubles.open,
    )
    return Metrics(meters, house.services.status.stock)


async def _flush_last(house: House) -> None:
    """What ended or began in the last seconds; a database that hangs must not hold the process."""
    with suppress(TimeoutError):
        async with asyncio.timeout(JOB_SECONDS):
            await house.troubles.flush()


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
