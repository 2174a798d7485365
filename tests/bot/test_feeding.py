"""The loops that bring killmails in, all together, on one clock: stand-ins of both feeds, a real database."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.feeding import Feeding, build_feeding
from bot.heart import Heart, find_dead
from services.domain.trouble import Trouble
from services.feeds.http import create_session, user_agent
from services.feeds.settings import FallbackSettings, FeedSettings
from services.storage.database import Database, Transaction
from services.storage.tables import cursors, killmails
from tests.fakes.evekill import FakeEveKill
from tests.fakes.r2z2 import BANNED, FakeR2Z2, document, failing
from tests.services.feeds.conftest import START, SharedClock, Watch, esi
from tests.wiring import wired


@dataclass
class Stage:
    """Both services, and a house that listens to them."""

    clock: SharedClock
    r2z2: FakeR2Z2
    evekill: FakeEveKill
    watch: Watch
    database: Database
    feeding: Feeding
    heart: Heart

    async def run(self, until: float) -> None:
        """Let all loops live until that second, then kill them."""
        await self.clock.run(until, *(loop() for loop in self.feeding.loops.values()))

    def happens(self, *numbers: int, at: float, in_r2z2: bool = True) -> None:
        """Kills that both services publish at that second; R2Z2 only if it does publish then."""

        def publish() -> None:
            for number in numbers:
                mail = esi(number, solar_system_id=30_000_000 + number)
                self.evekill.publish(70_000 + number, mail)
                if in_r2z2:
                    uploaded_at = self.clock.now
                    self.r2z2.publish(number, document(mail, number, uploaded_at=uploaded_at))

        self.clock.at(at, publish)

    def asked_evekill(self) -> list[float]:
        """When, in seconds."""
        return [(request.at - START).total_seconds() for request in self.evekill.requests]

    async def stored(self) -> list[int]:
        async with self.database.read() as tx:
            return sorted(await tx.scalars(select(killmails.c.id)))

    async def cursors(self) -> dict[str, int]:
        async with self.database.read() as tx:
            rows = (await tx.execute(select(cursors.c.name, cursors.c.position))).all()
        return {row.name: row.position for row in rows}


@asynccontextmanager
async def staged(folder: Path, *, clock: SharedClock, **fallback: Any) -> AsyncIterator[Stage]:
    """A house in a folder; the same folder again is the house after a restart."""
    async with (
        FakeR2Z2(clock=clock) as r2z2,
        FakeEveKill(clock=clock) as evekill,
        create_session(user_agent("tester@example.org", "0")) as session,
        wired(folder, clock=clock, feed=FeedSettings(base_url=r2z2.base_url)) as wiring,
    ):
        r2z2.pointer = 1
        watch = Watch()
        house = replace(wiring.house, session=session, watch=watch)
        count_work(house.database, clock)
        heart = Heart(house.database, clock=clock)
        settings = FallbackSettings(base_url=evekill.base_url, **fallback)
        feeding = build_feeding(house, heart, fallback=settings, sleep=clock.sleep)
        feeding.r2z2._live._sleep = clock.sleep
        feeding.r2z2._upstream._sleep = clock.sleep
        yield Stage(clock, r2z2, evekill, watch, house.database, feeding, heart)
    assert not r2z2.banned
    assert r2z2.least_spacing >= 0.125
    assert evekill.least_spacing >= 1


def count_work(database: Database, clock: SharedClock) -> None:
    """Time stands still while the database works."""

    def counted(
        original: Callable[[], AbstractAsyncContextManager[Transaction]],
    ) -> Callable[[], AbstractAsyncContextManager[Transaction]]:
        @asynccontextmanager
        async def counting() -> AsyncIterator[Transaction]:
            clock.busy += 1
            try:
                async with original() as tx:
                    yield tx
            finally:
                clock.busy -= 1

        return counting

    database.read = counted(database.read)  # type: ignore[method-assign]
    database.write = counted(database.write)  # type: ignore[method-assign]


@pytest.fixture
def clock() -> SharedClock:
    return SharedClock()


async def test_while_all_is_well_the_second_feed_is_not_asked(
    tmp_path: Path, clock: SharedClock
) -> None:
    async with staged(tmp_path, clock=clock) as stage:
        for number in range(1, 31):
            stage.happens(number, at=20.0 * number - 19)
        await stage.run(700)

        assert await stage.stored() == list(range(1, 31))
        assert await stage.cursors() == {"r2z2": 30}
        assert stage.evekill.requests == []
        assert stage.watch.told == []
        status = stage.feeding.house.feed_watch()
        assert status is not None
        assert (status.sequence, status.fallback, status.backlog) == (30, False, 0)
        assert status.caught_up


async def test_a_ban_brings_the_second_feed_at_once_and_nothing_twice(
    tmp_path: Path, clock: SharedClock
) -> None:
    async with staged(tmp_path, clock=clock) as stage:
        for number in range(1, 161):
            stage.happens(number, at=30.0 * number - 29)
        clock.at(300, lambda: stage.r2z2.breaks(BANNED))
        clock.at(400, stage.r2z2.breaks)
        await stage.run(3500)
        assert await stage.stored() == list(range(1, 118)), "as they happen"
        assert stage.watch.wrong.keys() == {Trouble.FEED_BANNED, Trouble.FALLBACK_FEED}
        status = stage.feeding.status
        assert status.fallback
        assert status.paused_until is not None
        await stage.run(4900)

        assert await stage.stored() == list(range(1, 161))
        asked = stage.asked_evekill()
        assert 300 < asked[0] < 330
        assert 3890 < asked[-1] < 4000, "back when R2Z2 returns"
        assert (await stage.cursors())["r2z2"] == 160
        assert 70_120 < (await stage.cursors())["evekill"] < 70_140
        assert stage.watch.wrong == {}
        assert stage.watch.told[:2] == ["feed-banned begins", "fallback-feed begins"]
        assert "feed-late ends" in stage.watch.told, "what the second feed had is read anyway"
        assert not stage.feeding.status.fallback


async def test_a_failing_feed_is_replaced_after_ten_minutes_and_nothing_of_them_is_lost(
    tmp_path: Path, clock: SharedClock
) -> None:
    async with staged(tmp_path, clock=clock) as stage:
        stage.happens(1, at=1)
        clock.at(30, lambda: stage.r2z2.breaks(failing()))
        for number in range(2, 12):
            stage.happens(number, at=30.0 * number, in_r2z2=False)
        await stage.run(600)
        assert stage.evekill.requests == []
        await stage.run(700)

        assert stage.asked_evekill()[0] < 630
        assert await stage.stored() == list(range(1, 12))
        assert stage.watch.wrong.keys() == {Trouble.FEED_DOWN, Trouble.FALLBACK_FEED}


async def test_silence_brings_the_second_feed_until_a_killmail_comes(
    tmp_path: Path, clock: SharedClock
) -> None:
    async with staged(tmp_path, clock=clock) as stage:
        stage.happens(1, at=1)
        stage.happens(2, at=500, in_r2z2=False)
        await stage.run(700)
        assert await stage.stored() == [1, 2]
        assert stage.watch.wrong.keys() == {Trouble.FEED_SILENT, Trouble.FALLBACK_FEED}
        stage.happens(3, at=800)
        await stage.run(900)

        assert await stage.stored() == [1, 2, 3]
        assert max(stage.asked_evekill()) < 830
        assert stage.watch.wrong == {}
        # Number 2 never came: it is a hole, and looked for.
        assert stage.feeding.status.holes.open == 1


async def test_the_second_feed_can_be_switched_off(tmp_path: Path, clock: SharedClock) -> None:
    async with staged(tmp_path, clock=clock, enabled=False) as stage:
        stage.happens(1, at=1)
        await stage.run(800)

        assert stage.evekill.requests == []
        assert stage.watch.wrong.keys() == {Trouble.FEED_SILENT}


async def test_both_feeds_down_is_told_and_the_second_goes_on_where_it_was(
    tmp_path: Path, clock: SharedClock
) -> None:
    async with staged(tmp_path, clock=clock) as stage:
        stage.happens(1, at=1)
        clock.at(10, lambda: stage.r2z2.breaks(BANNED))
        stage.happens(2, at=100)
        clock.at(200, lambda: stage.evekill.script(*[failing()] * 6))
        stage.happens(3, at=210)
        await stage.run(260)
        assert Trouble.FALLBACK_DOWN in stage.watch.wrong
        await stage.run(600)

        assert await stage.stored() == [1, 2, 3]
        assert Trouble.FALLBACK_DOWN not in stage.watch.wrong


async def test_what_is_wrong_with_a_feed_that_nobody_wants_is_no_trouble(
    tmp_path: Path, clock: SharedClock
) -> None:
    async with staged(tmp_path, clock=clock) as stage:
        stage.happens(1, at=1)
        clock.at(600, lambda: stage.evekill.script(*[failing()] * 99))
        stage.happens(2, at=700)
        await stage.run(680)
        assert Trouble.FALLBACK_DOWN in stage.watch.wrong
        await stage.run(800)

        assert stage.watch.wrong == {}


async def test_killed_during_a_ban_it_goes_on_with_the_second_feed(
    tmp_path: Path, clock: SharedClock
) -> None:
    async with staged(tmp_path, clock=clock) as stage:
        stage.happens(1, at=1)
        clock.at(10, lambda: stage.r2z2.breaks(BANNED))
        await stage.run(60)
    async with staged(tmp_path, clock=clock) as stage:
        clock.now += timedelta(seconds=5)
        stage.happens(*range(1, 8), at=70)
        await stage.run(120)

        assert stage.r2z2.requests == [], "the ban outlives the process"
        assert stage.evekill.queries[0][0] == 0
        assert await stage.stored() == list(range(1, 8))
        assert stage.watch.wrong.keys() == {Trouble.FEED_BANNED, Trouble.FALLBACK_FEED}


async def test_a_ban_is_no_death_and_only_the_live_reader_is_vital(
    tmp_path: Path, clock: SharedClock
) -> None:
    async with staged(tmp_path, clock=clock) as stage:
        stage.happens(1, at=1)
        await stage.run(30)
        await stage.heart.write()

        dead = await find_dead(stage.database, clock=clock)
        assert [line.split(":")[0] for line in dead] == ["outbox", "gateway"]
