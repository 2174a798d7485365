"""The whole bot while the world misbehaves: what is posted in the end is what would have been posted without."""

import asyncio
import time
from pathlib import Path
from typing import Any

from tests.fakes.discord import faults
from tests.fakes.discord.faults import Fault, FaultKind
from tests.fakes.r2z2 import CUT, HANG_UP, HTML, MISSING, SILENCE, failing, throttled
from tests.integration.evening import FIRST, evening
from tests.integration.whole_bot import bot_process, dump
from tests.integration.world import (
    World,
    finish,
    publish,
    readable,
    run_undisturbed,
    world,
    writes,
)

SEED = 20_261_122
HOLE = FIRST + 9
"""A number that the feed never has."""
MESSAGES = "/channels/*/messages*"
SOON_SECONDS = 10.0
"""A container that is stopped is killed after 30 seconds."""


def small_evening() -> dict[int, dict[str, Any]]:
    return evening(seed=SEED, fight=12, singles=6)


def with_a_hole(documents: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {number + (number >= HOLE): body for number, body in documents.items()}


def trouble_the_feed(there: World) -> None:
    there.r2z2.script(FIRST + 2, failing(503), failing(502), SILENCE)
    there.r2z2.script(FIRST + 4, HTML, HTML, throttled("0"))
    there.r2z2.script(FIRST + 6, MISSING, MISSING, HANG_UP, CUT)


def trouble_discord(there: World) -> None:
    """In each channel the newest rule strikes first."""
    edge = Fault(kind=FaultKind.CLOUDFLARE, status=429, retry_after=1)
    for fault in (edge, faults.lost_answer(), faults.http(503)):
        there.discord.fail(fault, path=MESSAGES, channel_id=there.battles)
    lost_before = faults.lost_answer(after=False)
    for fault in (faults.rate_limit(0.2), faults.http(503, after=True), lost_before):
        there.discord.fail(fault, path=MESSAGES, channel_id=there.kills)


async def test_faults_of_discord_and_the_feed_change_nothing_in_the_end(tmp_path: Path) -> None:
    documents = small_evening()
    async with world(tmp_path / "undisturbed", documents) as there:
        await run_undisturbed(there)
        messages, tables = readable(there), dump(there.around.database_url)
    async with world(tmp_path / "troubled", with_a_hole(documents)) as there:
        trouble_the_feed(there)
        trouble_discord(there)
        for number in there.documents:
            publish(there, range(number, number + 1))
        async with bot_process(there.around) as bot:
            await finish(there, bot)
        assert [m for m in writes(there) if m.status is None], "nothing was lost on the way"
        assert {503, 429} <= {m.status for m in writes(there)}
        assert readable(there) == messages
        troubled = dump(there.around.database_url)
    assert [row[0] for row in troubled["holes"]] == [str(HOLE)]
    for name in ("killmails", "participants", "battles", "battle_killmails", "item_sums"):
        assert troubled[name] == tables[name], name


async def test_told_to_stop_in_the_midst_of_work_it_stops_within_seconds(tmp_path: Path) -> None:
    """Kills pour in, an answer of Discord does not come: it waits a while, puts its work down, and goes."""
    async with world(tmp_path / "busy", evening(seed=SEED, fight=60)) as there:
        held = there.discord.fail(faults.hold(), path=MESSAGES)
        publish(there, range(FIRST, FIRST + len(there.documents)))
        async with bot_process(there.around) as bot:
            await there.discord.reached(held.id, patience=20)
            began = time.monotonic()
            stopping = asyncio.create_task(bot.stop())
            await asyncio.sleep(0.5)
            there.discord.release(held.id)
            assert await stopping == 0, there.around.log.read_text()[-3000:]
            assert time.monotonic() - began < SOON_SECONDS
        said = there.around.log.read_text()
    assert "Traceback" not in said


async def test_it_lives_on_postgres_as_it_does_on_sqlite(tmp_path: Path, postgres_url: str) -> None:
    documents = small_evening()
    async with world(tmp_path / "postgres", documents, url=postgres_url) as there:
        half = FIRST + len(documents) // 2
        publish(there, range(FIRST, half))
        async with bot_process(there.around) as bot:
            await there.discord.wait_for_messages(there.battles, count=2, patience=20)
            publish(there, range(half, FIRST + len(documents)))
            await finish(there, bot)
        battles = there.discord.messages(there.battles)
        dear = sum(body["zkb"]["totalValue"] >= 1e9 for body in documents.values())
        assert len(battles) == 2
        assert all(message.edits for message in battles)
        assert len(there.discord.messages(there.kills)) == dear
