"""What is done now and then: a scheduler that only triggers, and the jobs themselves.

What is due is read from tables or asked of the services: a trigger that is missed costs nothing, and one too many does
nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.app import House
from bot.heart import Heart
from bot.lookups import atlas
from bot.supervisor import what_failed
from services.battles.older import OlderBattles
from services.domain.trouble import Trouble, TroubleWatch
from services.killmails.feed_memory import prune_feed_memory
from services.killmails.store import load_killmails
from services.outbox import store as outbox
from services.prices.service import Refresh
from services.storage.faults import find_fault
from services.storage.marks import load_mark_time, save_mark
from services.troubles.disk import DiskWatch

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 15
QUIET_BATTLES_SECONDS = 15
QUOTES_SECONDS = 900
DAYS_SECONDS = 600
HOUR_SECONDS = 3600
DISK_SECONDS = 60
TROUBLES_SECONDS = 5
UNNAMED_SECONDS = 5
REMINDERS_SECONDS = 5
BOARDS_SECONDS = 30
JOB_SECONDS = 5.0
"""How long a job may take to come to its end when the process stops."""
HOUSEKEEPING = "housekeeping"

Job = Callable[[], Awaitable[object]]


@asynccontextmanager
async def scheduled(house: House, heart: Heart) -> AsyncIterator[None]:
    """The jobs run as long as this is open; left, those under way may come to their end."""
    scheduler = AsyncIOScheduler(
        timezone=UTC,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    disk = DiskWatch(
        house.database.path, house.watch, limit_mb=house.settings.troubles.disk_free_mb
    )
    every: dict[str, tuple[Job, int]] = {
        "heartbeat": (heart.write, HEARTBEAT_SECONDS),
        "troubles": (house.troubles.flush, TROUBLES_SECONDS),
        "unnamed": (house.unnamed.look, UNNAMED_SECONDS),
        "disk": (disk.look, DISK_SECONDS),
        "reminders": (house.reminders.look, REMINDERS_SECONDS),
        "boards": (house.board_keeper.refresh, BOARDS_SECONDS),
        "quiet battles": (lambda: _end_quiet(house), QUIET_BATTLES_SECONDS),
        "prices": (lambda: renew_prices(house), HOUR_SECONDS),
        "hub prices": (lambda: renew_quotes(house), QUOTES_SECONDS),
        "weeks": (house.acquaintances.learn, HOUR_SECONDS),
        "days": (house.services.backfill.step, DAYS_SECONDS),
        "older battles": (older_battles(house).complete, HOUR_SECONDS),
        HOUSEKEEPING: (lambda: keep_house_daily(house), HOUR_SECONDS),
    }
    if (updater := house.updater) is not None:
        every["universe"] = (updater.tick, HOUR_SECONDS)
    running: set[asyncio.Task[object]] = set()
    for name, (job, seconds) in every.items():
        trigger = IntervalTrigger(seconds=seconds, start_date=house.clock())
        quiet = _quietly(
            name, job, running=running, watch=house.watch, told_elsewhere=database_faults(house)
        )
        scheduler.add_job(quiet, trigger, id=name, next_run_time=house.clock())
    scheduler.start()
    try:
        yield
    finally:
        scheduler.pause()
        if running:
            await asyncio.wait(running, timeout=JOB_SECONDS)
        scheduler.shutdown(wait=False)


def database_faults(house: House) -> Callable[[BaseException], bool]:
    """Tells the database's own faults, which are a trouble of their own, from what is wrong with a loop or a job."""

    def is_told(error: BaseException) -> bool:
        return find_fault(error, server=house.database.path is None) is not None

    return is_told


def _quietly(
    name: str,
    job: Job,
    *,
    running: set[asyncio.Task[object]],
    watch: TroubleWatch,
    told_elsewhere: Callable[[BaseException], bool] = lambda _: False,
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
        except Exception as error:
            if told_elsewhere(error):
                return  # it comes again at its next time
            log.exception("job failed", job=name)
            watch.begins(Trouble.JOB_FAILED, what_failed(error), subject=name)
        else:
            watch.ends(Trouble.JOB_FAILED, subject=name)
        finally:
            running.discard(task)

    return run


def older_battles(house: House) -> OlderBattles:
    """What completes the battles that were stored before an upgrade."""
    the_map = atlas(house.services.universe)
    return OlderBattles(house.database, load_killmails, the_map, acquaintances=house.acquaintances)


async def _end_quiet(house: House) -> None:
    if await house.services.battles.end_quiet(house.pipeline.tell):
        house.bell.set()


async def renew_prices(house: House) -> None:
    """ESI's list, when it is old; with a new one the estimates of the last days are made anew."""
    if house.prices.is_due() and await house.prices.refresh() is Refresh.UPDATED:
        await house.revaluing.run()


async def renew_quotes(house: House) -> None:
    """The hubs' prices of what was lost lately and the list has not."""
    if await house.prices.refresh_quotes():
        await house.revaluing.run()


async def keep_house_daily(house: House) -> None:
    """The daily round when it is due. Asked every hour, so that a computer that sleeps at night has it too."""
    async with house.database.read() as tx:
        last = await load_mark_time(tx, HOUSEKEEPING)
    if last is None or house.clock() - last >= timedelta(days=1):
        await keep_house(house)
        async with house.database.write() as tx:
            await save_mark(tx, HOUSEKEEPING, now=house.clock())


async def keep_house(house: House) -> None:
    """The daily round: details beyond the retention, servers left, messages delivered and numbers settled long ago."""
    await house.retention.prune()
    await house.services.guilds.forget_those_gone()
    await house.troubles.prune()
    await house.services.alert_report.prune()
    await house.services.fits.prune()
    await house.game.prune()
    before = house.clock() - timedelta(days=house.settings.outbox.keep_days)
    async with house.database.write() as tx:
        await outbox.prune(tx, before=before)
        await prune_feed_memory(tx, before=before)
