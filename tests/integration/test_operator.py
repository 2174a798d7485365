"""What whoever runs the bot gets from it when something is wrong: a message, figures, a log that a program can read."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.r2z2 import BANNED
from tests.integration.evening import FIRST, evening
from tests.integration.whole_bot import bot_process
from tests.integration.world import World, publish, world

TOKEN = "a-token"


async def figures(port: int) -> dict[str, float]:
    """What `/metrics` says, by name and the values of its labels."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        text = await answer.text()
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def until_told(there: World) -> Any:
    """The first message to the owner of the application."""
    channel = there.discord.dm_channel(there.discord.owner.id)
    async with asyncio.timeout(30):
        while not there.discord.messages(channel.id):
            await asyncio.sleep(0.1)
    return there.discord.messages(channel.id)[0]


async def test_a_ban_is_told_to_the_owner_and_stands_in_figures_and_log(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    async with world(tmp_path / "banned", evening(seed=5, fight=6, singles=2)) as there:
        more = {"WARROOM_METRICS__PORT": str(unused_tcp_port), "WARROOM_LOG__JSON_LINES": "true"}
        around = replace(there.around, more=more)
        there.r2z2.script(FIRST + 4, *[BANNED] * 9)
        publish(there, range(FIRST, FIRST + 8))
        async with bot_process(around) as bot:
            message = await until_told(there)
            told = await figures(unused_tcp_port)
            assert await bot.stop() == 0, around.log.read_text()[-3000:]
        assert "The kill feed refuses us" in str(message.embeds)
        assert told["warroom_troubles_open feed-banned"] == 1
        assert told["warroom_killmails_total stored"] == 4
        assert told["warroom_feed_paused"] == 1
        assert told["warroom_discord_connected"] == 1
        assert told["warroom_database_up"] == 1
        lines = [json.loads(line) for line in around.log.read_text().splitlines()]
        assert all({"time", "level", "event", "logger"} <= line.keys() for line in lines)
        begun = [line["trouble"] for line in lines if line["event"] == "trouble begins"]
        assert begun.count("feed-banned") == 1
        assert TOKEN not in around.log.read_text()
