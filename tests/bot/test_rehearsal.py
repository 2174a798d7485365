"""The dry run: one's own alerts on a copy, never the database itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.rehearsal import rehearse
from bot.settings import CONFIG_VARIABLE, Settings
from services.alerts import store as alerts
from services.domain.alert import AlertKind, AlertRequest
from services.domain.clock import system_clock
from services.domain.ids import ChannelId, GuildId, UserId
from services.killmails.feed_memory import move_cursor
from services.outbox.overview import load_queue
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.fakes.esi import FakeEsi
from tests.fakes.r2z2 import FakeR2Z2
from tests.integration.evening import FIRST, evening


@pytest.fixture
async def feed() -> AsyncIterator[FakeR2Z2]:
    async with FakeR2Z2(strict=False) as fake:
        for number, document in evening(seed=5, fight=12, singles=4).items():
            fake.publish(number, document)
        fake.pointer = FIRST
        yield fake


@pytest.fixture
async def settings(
    tmp_path: Path, feed: FakeR2Z2, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Settings]:
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "none.toml"))
    async with FakeEsi().serve() as esi:
        yield Settings(
            contact="tests@example.invalid",
            database=DatabaseSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'own.db'}"),
            upstreams={"r2z2": feed.base_url, "esi": esi.url},
            feed={"requests_per_second": 100, "idle_seconds": 0.2},
            outbox={"idle_seconds": 0.05},
        )


async def rehearsed(settings: Settings, page: Path, until: str) -> str:
    """The page, as soon as it holds a text."""
    running = asyncio.create_task(rehearse(settings, page))
    try:
        async with asyncio.timeout(30):
            while not page.exists() or until not in page.read_text():
                assert not running.done(), running.exception()
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    return page.read_text()


async def test_without_a_database_two_alerts_show_what_would_be_posted(
    settings: Settings, tmp_path: Path
) -> None:
    page = await rehearsed(settings, tmp_path / "dry" / "index.html", " in Tama — ")
    assert "battles" in page
    assert 'src="http' not in page
    assert not (tmp_path / "own.db").exists()


async def test_ones_own_alerts_are_rehearsed_on_a_copy(settings: Settings, tmp_path: Path) -> None:
    database = await Database.open(settings.database)
    request = AlertRequest(
        guild_id=GuildId(7), channel_id=ChannelId(77), kind=AlertKind.BATTLES, created_by=UserId(1), min_kills=3
    )  # fmt: skip
    async with database.write() as tx:
        await alerts.add(tx, request, now=system_clock())
        await move_cursor(tx, "r2z2", FIRST - 1, now=system_clock())
    await database.close()
    page = await rehearsed(settings, tmp_path / "dry" / "index.html", " in Tama — ")
    assert "channel 77" in page
    database = await Database.open(settings.database)
    async with database.read() as tx:
        assert (await load_queue(tx)).by_state == {}, "the operator's own outbox is untouched"
    await database.close()
