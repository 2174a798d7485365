"""A dry run: the live feed, the operator's own alerts, and a page instead of Discord.

It works on a copy of the database, never on the database itself: a message that only stands on a page must not be taken
for one that stands in a channel. Without alerts of one's own there are two, so that something is to be seen.
"""

import asyncio
from pathlib import Path

import structlog

from bot.app import House, open_house
from bot.heart import Heart
from bot.live import live
from bot.page_sender import PageSender
from bot.settings import Settings
from services.domain.alert import AlertKind, AlertRequest
from services.domain.ids import ChannelId, GuildId, UserId
from services.outbox import store as outbox
from services.storage.backup import copy_sqlite
from services.storage.database import sqlite_file
from services.storage.settings import DatabaseSettings

log = structlog.get_logger(__name__)

BATTLES, BIG_KILLS = ChannelId(1), ChannelId(2)
NAMES: dict[int, str] = {BATTLES: "battles", BIG_KILLS: "big-kills"}
DATABASE = "rehearsal.db"


async def rehearse(settings: Settings, page: Path) -> None:
    """Run until stopped, writing `page`. Raises ConfigurationError, StorageError as `open_house` does."""
    copied = await asyncio.to_thread(_on_a_copy, settings, page.parent)
    async with open_house(copied, online=True) as house:
        await _prepare(house)
        sender = PageSender(house, page, names=NAMES)
        log.info("dry run: nothing is posted", page=str(page))
        await sender.write()
        try:
            await live(house, sender, heart=Heart(house.database, clock=house.clock))
        finally:
            await sender.close()


def _on_a_copy(settings: Settings, folder: Path) -> Settings:
    """The same settings with a database beside the page: a copy of the operator's file where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / DATABASE
    for leftover in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        leftover.unlink(missing_ok=True)
    own = sqlite_file(settings.database.url)
    if own is not None and own.exists():
        copy_sqlite(own, file)
    database = DatabaseSettings(url=f"sqlite+aiosqlite:///{file}")
    return settings.model_copy(update={"database": database})


async def _prepare(house: House) -> None:
    await house.operators.forget_operators()
    async with house.database.write() as tx:
        await outbox.forget_all(tx)
    if await house.services.alerts.count():
        return
    valuable = await house.services.filters.read("isk>=1b")
    for channel, kind, wanted in (
        (BATTLES, AlertKind.BATTLES, {"min_kills": 5}),
        (BIG_KILLS, AlertKind.KILLS, {"filter": valuable}),
    ):
        await house.services.alerts.add(
            AlertRequest(
                guild_id=GuildId(1), channel_id=channel, kind=kind, created_by=UserId(1), **wanted
            )
        )
