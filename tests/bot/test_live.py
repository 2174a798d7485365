"""How the loops and jobs of the living bot end, and what the daily round does."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.heart import Heart
from bot.jobs import HOUSEKEEPING, _quietly, keep_house_daily, scheduled
from bot.live import _until_stopped
from bot.supervisor import LoopEnded
from services.domain.battle import Battle, BattleSearch
from services.domain.ids import GuildId
from services.domain.trouble import NoWatch, Trouble
from services.storage.battle_tables import battles
from services.storage.marks import load_mark_time
from tests.factories import HandClock, arrival, mail
from tests.fakes.watch import Watch
from tests.wiring import wired


async def forever() -> None:
    await asyncio.Event().wait()


async def test_what_people_can_act_on_comes_out_alone() -> None:
    """Two loops fail at once; the command line shows one line, which it cannot with a group of errors."""

    async def ends() -> None:
        raise LoopEnded("the loop “feed” ended")

    async def breaks() -> None:
        raise RuntimeError("something else")

    with pytest.raises(LoopEnded, match="feed"):
        await _until_stopped({"other": breaks(), "feed": ends(), "outbox": forever()})


async def test_a_loop_that_does_not_stop_is_torn_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.live.STOPPING_SECONDS", 0.05)
    torn = asyncio.Event()

    async def stubborn() -> None:
        try:
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGTERM)
            await forever()
        finally:
            try:
                await forever()
            except asyncio.CancelledError:
                torn.set()
                raise

    async with asyncio.timeout(5):
        await _until_stopped({"stubborn": stubborn(), "other": forever()})
    assert torn.is_set()


async def test_a_job_that_fails_or_is_torn_away_says_so_and_is_no_longer_running() -> None:
    running: set[asyncio.Task[object]] = set()
    watch = Watch()

    async def breaks() -> None:
        assert len(running) == 1
        raise RuntimeError("of no consequence")

    await asyncio.create_task(_quietly("prices", breaks, running=running, watch=watch)())
    assert not running
    failed = {(Trouble.JOB_FAILED, "prices"): "RuntimeError; the log has the whole story"}
    assert watch.open == failed
    task = asyncio.create_task(_quietly("prices", forever, running=running, watch=NoWatch())())
    await asyncio.sleep(0)
    assert running == {task}
    task.cancel()
    await task
    assert not running


async def test_the_daily_round_is_made_once_a_day_whenever_the_bot_runs(tmp_path: Path) -> None:
    async with wired(tmp_path) as wiring:
        guilds, clock = wiring.services.guilds, wiring.clock
        await guilds.on_left(GuildId(7))
        clock.advance(days=29, hours=23)
        await keep_house_daily(wiring.house)
        first = clock()
        clock.advance(hours=23)
        await keep_house_daily(wiring.house)
        assert (await guilds.get(GuildId(7))).left_at is not None, "asked again within the day"
        clock.advance(hours=1)
        await keep_house_daily(wiring.house)
        assert (await guilds.get(GuildId(7))).left_at is None
        async with wiring.house.database.read() as tx:
            assert await load_mark_time(tx, HOUSEKEEPING) == first + timedelta(days=1)


async def test_battles_of_before_an_upgrade_are_completed_soon_after_the_start(
    tmp_path: Path,
) -> None:
    now = datetime.now(UTC)  # as the scheduler sees it
    async with wired(tmp_path, clock=HandClock(now)) as wiring:
        mails = mail(1, 0, "A1", "B1", "B2", isk=1.0), mail(2, 1, "A2", "B1", "B2")
        await wiring.take(*(arrival(one, now) for one in mails))
        async with wiring.house.database.write() as tx:
            await tx.execute(battles.update().values(kind=None, details=None))

        async def found() -> Battle:
            [battle] = await wiring.services.battles.search(BattleSearch(), shown=False)
            return battle

        assert not (await found()).top_losses
        async with (
            asyncio.timeout(5),
            scheduled(wiring.house, Heart(wiring.house.database, clock=wiring.clock)),
        ):
            while not (await found()).top_losses:
                await asyncio.sleep(0)
