"""A world for the whole bot: stand-ins of Discord, the feed and ESI, two channels with an alert each, a database."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.feeding import FEED
from services.alerts import store as alerts
from services.domain.alert import AlertKind
from services.domain.clock import system_clock
from services.domain.filter import Condition, FilterField, Op
from services.domain.ids import ChannelId, GuildId, UserId
from services.killmails.feed_memory import move_cursor
from tests.factories import all_of, request
from tests.fakes.discord import FakeDiscord
from tests.fakes.esi import FakeEsi
from tests.fakes.r2z2 import FakeR2Z2
from tests.integration.evening import FIRST
from tests.integration.whole_bot import BotProcess, Surroundings, bot_process, prepare_database


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Stand-ins, an alert for battles and one for dear kills, and where the bot lives."""

    discord: FakeDiscord
    r2z2: FakeR2Z2
    esi: FakeEsi
    around: Surroundings
    battles: int
    kills: int
    documents: dict[int, dict[str, Any]]

    async def settled(self, done: Callable[[], bool], *, seconds: float = 60) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(seconds):
            while not done():
                await asyncio.sleep(0.02)

    def has_read_all(self) -> bool:
        """The bot asked for the number behind the last one, so the last one is stored."""
        return self.r2z2.count(max(self.documents) + 1) > 0


_VALUABLE = all_of(Condition(FilterField.ISK, (1e9,), Op.AT_LEAST))


@asynccontextmanager
async def world(
    folder: Path, documents: dict[int, dict[str, Any]], *, url: str | None = None
) -> AsyncIterator[World]:
    """Everything but the bot. `url`: of an empty database; a SQLite file in the folder where there is none."""
    folder.mkdir()
    url = url or f"sqlite+aiosqlite:///{folder / 'warroom.db'}"
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(FakeDiscord())
        r2z2 = await stack.enter_async_context(FakeR2Z2(strict=False))
        esi = await stack.enter_async_context(FakeEsi().serve())
        guild = await discord.add_guild("Testers", snowflake=7_000)
        battles = await discord.add_channel(guild.id, "battles", snowflake=7_001)
        kills = await discord.add_channel(guild.id, "kills", snowflake=7_002)
        database = await prepare_database(url)
        async with database.write() as tx:
            await move_cursor(tx, FEED, FIRST - 1, now=system_clock())
            for channel, kind in ((battles, AlertKind.BATTLES), (kills, AlertKind.KILLS)):
                wanted = request(
                    kind,
                    guild_id=GuildId(guild.id),
                    channel_id=ChannelId(channel.id),
                    created_by=UserId(1),
                    min_kills=5 if kind is AlertKind.BATTLES else None,
                    filter=None if kind is AlertKind.BATTLES else _VALUABLE,
                )
                await alerts.add(tx, wanted, now=system_clock())
        await database.close()
        r2z2.pointer = FIRST
        yield World(
            discord=discord,
            r2z2=r2z2,
            esi=esi,
            around=Surroundings(
                r2z2=r2z2.base_url,
                esi=esi.url,
                api_base=discord.api_base,
                gateway_url=discord.gateway_url,
                database_url=url,
                log=folder / "bot.log",
            ),
            battles=battles.id,
            kills=kills.id,
            documents=documents,
        )


def publish(there: World, numbers: range) -> None:
    for number in numbers:
        there.r2z2.publish(number, there.documents[number])


def readable(there: World) -> dict[str, list[str]]:
    """What stands in each channel, without what differs between any two runs (markers, ages)."""
    found = {}
    for name, channel in (("battles", there.battles), ("kills", there.kills)):
        texts = [str(message.embeds) for message in there.discord.messages(channel)]
        found[name] = sorted(
            re.sub(r"#wr-[0-9a-f]+|reached me [^']*? later|<t:\d+:\w>", "", text) for text in texts
        )
    return found


async def run_undisturbed(there: World) -> None:
    publish(there, range(FIRST, FIRST + len(there.documents)))
    async with bot_process(there.around) as bot:
        await finish(there, bot)


async def finish(there: World, bot: BotProcess) -> None:
    """Let the bot read and post everything, then stop it politely."""
    await there.settled(lambda: there.has_read_all() or bot.process.returncode is not None)
    assert bot.process.returncode is None, there.around.log.read_text()[-3000:]
    await quiet(there)
    assert await bot.stop() == 0, there.around.log.read_text()[-3000:]


async def quiet(there: World) -> None:
    """Until Discord has not heard of any message for longer than the bot waits when it is not connected."""
    still = 0.0
    heard = -1
    while still < 3.0:
        now = len(writes(there))
        still = still + 0.1 if now == heard else 0.0
        heard = now
        await asyncio.sleep(0.1)


def writes(there: World) -> list[Any]:
    return [
        r
        for r in there.discord.request_log()
        if r.method in {"POST", "PATCH"} and "/messages" in r.path
    ]
