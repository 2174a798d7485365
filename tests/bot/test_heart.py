"""Signs of life, and who misses them."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.heart import OLDEST, VITAL, Heart, find_dead
from services.domain.trouble import Trouble
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from services.storage.tables import marks
from tests.factories import HandClock
from tests.fakes.watch import Watch


async def test_what_beats_is_alive_and_what_stops_is_named(database: Database) -> None:
    clock = HandClock()
    heart = Heart(database, clock=clock)
    assert await find_dead(database, clock=clock) == [f"{n}: no sign of life yet" for n in VITAL]
    for name in VITAL:
        heart.beat(name)
    assert len(await find_dead(database, clock=clock)) == 3, "not before it is written down"
    await heart.write()
    clock.now += OLDEST
    assert await find_dead(database, clock=clock) == []
    heart.beat("feed")
    heart.beat("feed")
    await heart.write()
    clock.advance(seconds=1)
    await heart.write()
    faults = await find_dead(database, clock=clock)
    assert [fault.split(":")[0] for fault in faults] == ["outbox", "gateway"]
    assert "2021-11-30 00:00:00 EVE" in faults[0]
    assert OLDEST.total_seconds() == 120


async def test_a_loop_that_keeps_a_long_pause_is_alive_all_the_while(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(DatabaseSettings(url=sqlite_url))
    clock = HandClock()
    heart = Heart(database, clock=clock)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds=seconds)
        heart.beat("outbox")
        heart.beat("gateway")
        await heart.write()
        assert await find_dead(database, clock=clock) == []

    monkeypatch.setattr("bot.heart.asyncio.sleep", sleep)
    await heart.sleeper("feed")(605)
    assert sum(slept) == 605
    assert max(slept) <= 60
    await database.close()


async def test_only_the_parts_that_run_are_missed(database: Database) -> None:
    clock = HandClock()
    heart = Heart(database, clock=clock)
    await heart.begin(["holes", "outbox", "feed"])
    heart.beat("feed")
    await heart.write()
    assert await find_dead(database, clock=clock) == ["outbox: no sign of life yet"]
    await heart.begin(VITAL)
    assert len(await find_dead(database, clock=clock)) == 2


async def test_a_database_that_takes_nothing_is_noticed_by_the_beats(sqlite_url: str) -> None:
    settings = DatabaseSettings(url=sqlite_url, busy_timeout_seconds=0.05)
    watch = Watch()
    database, thief = await Database.open(settings, watch=watch), await Database.open(settings)
    heart = Heart(database, clock=HandClock())
    async with thief.write() as tx:
        await tx.execute(marks.delete())
        heart.beat("feed")
        await heart.write()
        assert list(watch.open) == [(Trouble.DATABASE, "")]
    heart.beat("feed")
    await heart.write()
    assert watch.open == {}
    async with database.write() as tx:
        await tx.execute(text("DROP TABLE marks"))
    heart.beat("feed")
    with pytest.raises(OperationalError):
        await heart.write()
    for opened in (database, thief):
        await opened.close()
