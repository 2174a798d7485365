"""The bot as a process: posts once, edits, stops politely; `kill -9` loses nothing and repeats nothing."""

import asyncio
import random
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.live import FEED
from services.alerts import store as alerts
from services.domain.alert import AlertKind, AlertRequest
from services.domain.clock import system_clock
from services.domain.ids import ChannelId, GuildId, UserId
from services.killmails.feed_memory import move_cursor
from tests.fakes.discord import FakeDiscord, faults
from tests.fakes.discord.faults import Rule
from tests.fakes.esi import FakeEsi
from tests.fakes.r2z2 import FakeR2Z2
from tests.integration.evening import FIRST, evening
from tests.integration.whole_bot import (
    BotProcess,
    Surroundings,
    bot_process,
    dump,
    prepare_database,
)

LIVES = 20
"""How often the process is killed."""
SEED = 20_261_121


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Stand-ins, an alert for battles and one for dear kills, and where the bot lives."""

    discord: FakeDiscord
    r2z2: FakeR2Z2
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


@asynccontextmanager
async def world(folder: Path, documents: dict[int, dict[str, Any]]) -> AsyncIterator[World]:
    folder.mkdir()
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(FakeDiscord())
        r2z2 = await stack.enter_async_context(FakeR2Z2(strict=False))
        esi = await stack.enter_async_context(FakeEsi().serve())
        guild = await discord.add_guild("Testers", snowflake=7_000)
        battles = await discord.add_channel(guild.id, "battles", snowflake=7_001)
        kills = await discord.add_channel(guild.id, "kills", snowflake=7_002)
        url = f"sqlite+aiosqlite:///{folder / 'warroom.db'}"
        database = await prepare_database(url)
        async with database.write() as tx:
            await move_cursor(tx, FEED, FIRST - 1, now=system_clock())
            for channel, kind in ((battles, AlertKind.BATTLES), (kills, AlertKind.KILLS)):
                request = AlertRequest(
                    guild_id=GuildId(guild.id),
                    channel_id=ChannelId(channel.id),
                    kind=kind,
                    created_by=UserId(1),
                    min_kills=5 if kind is AlertKind.BATTLES else None,
                    min_isk=1e9 if kind is AlertKind.KILLS else None,
                )
                await alerts.add(tx, request, now=system_clock())
        await database.close()
        r2z2.pointer = FIRST
        yield World(
            discord=discord,
            r2z2=r2z2,
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
            re.sub(r"#wr-[0-9a-f]+|posted [^']* after the kill|<t:\d+:\w>", "", text)
            for text in texts
        )
    return found


async def run_undisturbed(there: World) -> None:
    publish(there, range(FIRST, FIRST + len(there.documents)))
    async with bot_process(there.around) as bot:
        await finish(there, bot)


async def finish(there: World, bot: BotProcess) -> None:
    """Let the bot read and post everything, then stop it politely."""
    await there.settled(there.has_read_all)
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


async def test_a_battle_is_posted_once_and_edited_as_it_grows(tmp_path: Path) -> None:
    documents = evening(seed=SEED)
    async with world(tmp_path / "one", documents) as there:
        half = FIRST + len(documents) // 2
        publish(there, range(FIRST, half))
        async with bot_process(there.around) as bot:
            await there.discord.wait_for_messages(there.battles, count=2, patience=60)
            await there.settled(lambda: there.r2z2.count(half) > 0)
            await quiet(there)
            before = {m.id: m.edits for m in there.discord.messages(there.battles)}
            publish(there, range(half, FIRST + len(documents)))
            await finish(there, bot)
        after = there.discord.messages(there.battles)
        assert {m.id for m in after} == set(before)
        assert len(after) == 2
        assert all(message.edits > before[message.id] for message in after)
        dear = sum(d["zkb"]["totalValue"] >= 1e9 for d in documents.values())
        assert len(there.discord.messages(there.kills)) == dear


async def test_twenty_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    documents = evening(seed=SEED)
    async with world(tmp_path / "undisturbed", documents) as there:
        await run_undisturbed(there)
        messages, tables = readable(there), dump(there.around.database_url)
    async with world(tmp_path / "killed", documents) as there:
        await run_killed(there, random.Random(SEED))
        assert readable(there) == messages
        killed = dump(there.around.database_url)
        for name, rows in tables.items():
            assert killed[name] == rows, name


async def run_killed(there: World, dice: random.Random) -> None:
    """Publish bit by bit; in each life something happens, and then the process is killed at a random moment."""
    numbers = sorted(there.documents)
    cuts = sorted(dice.sample(range(1, len(numbers)), LIVES))
    done = 0
    for life, cut in enumerate(cuts):
        rule = held_answer(there) if life % 3 == 0 else None
        asked, written = len(there.r2z2.requests), len(writes(there))
        async with bot_process(there.around) as bot:
            publish(there, range(numbers[done], numbers[cut]))
            done = cut
            # A random moment: after so many questions to the feed, or messages, whichever comes first.
            questions, posts = asked + dice.randrange(1, 12), written + dice.randrange(1, 5)
            if rule is not None:
                with suppress(TimeoutError):  # nothing to post in this life
                    await there.discord.reached(rule.id, patience=10)
            else:
                await there.settled(
                    lambda q=questions, p=posts: (
                        len(there.r2z2.requests) >= q or len(writes(there)) >= p
                    )
                )
            await bot.kill()
        if rule is not None:
            there.discord.release(rule.id)
        there.discord.clear_faults()
    publish(there, range(numbers[done], numbers[-1] + 1))
    async with bot_process(there.around) as bot:
        await finish(there, bot)


def held_answer(there: World) -> Rule:
    """Discord takes a message in, but its answer never reaches the bot: the process dies before."""
    return there.discord.fail(faults.hold(), path="/channels/*/messages")


async def test_without_a_token_it_says_what_to_do(tmp_path: Path) -> None:
    async with world(tmp_path / "tokenless", evening(seed=1, fight=2, singles=1)) as there:
        environment = there.around.environment()
        environment.pop("WARROOM_DISCORD__TOKEN")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-m", "bot", "run", env=environment,
            stderr=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        _, told = await process.communicate()
    assert process.returncode == 2
    assert "make demo" in told.decode()
    assert "WARROOM_DISCORD__TOKEN" in told.decode()
