"""The stand-in as a process of its own, serving a recording to a feed with a real clock."""

import asyncio
import bz2
import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from services.domain.clock import system_clock
from services.domain.killmail import Killmail
from services.feeds.http import create_session
from services.feeds.r2z2 import R2Z2Feed
from services.feeds.settings import FeedSettings
from tests.services.feeds.conftest import Memory, esi
from tests.services.feeds.test_archive import killmail_body, tar_bytes


@asynccontextmanager
async def stand_in(*arguments: str) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.r2z2",
        "--port",
        "0",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        yield line.removeprefix("listening on ").strip()
    finally:
        process.terminate()
        await process.wait()


async def read(base_url: str, count: int, memory: Memory) -> list[Killmail]:
    settings = FeedSettings(base_url=base_url, requests_per_second=500, idle_seconds=0.02)
    async with create_session("tester") as session:
        feed = R2Z2Feed(session, settings, memory=memory, clock=system_clock)
        async with aclosing(feed.batches()) as batches:
            async for batch in batches:
                memory.store(batch, system_clock())
                if len(memory.items) >= count:
                    break
    return [item.arrival.killmail for item in memory.items if item.arrival is not None]


async def test_an_archive_is_served_number_by_number(tmp_path: Path) -> None:
    recording = tmp_path / "day.tar.bz2"
    recording.write_bytes(
        bz2.compress(tar_bytes({f"{n}.json": killmail_body(n) for n in range(1, 31)}))
    )
    memory = Memory()

    options = (
        "--start",
        "700",
        "--skip",
        "5",
        "--limit",
        "20",
        "--holes",
        "703",
        "--now",
        "--lenient",
    )
    async with stand_in("--killmails", str(recording), *options) as base_url:
        mails = await read(base_url, 20, memory)

    assert [mail.id for mail in mails] == [6, 7, 8, *range(10, 26)]
    assert (memory.cursor, list(memory.holes)) == (719, [703])
    assert abs(system_clock() - mails[-1].time) < timedelta(minutes=1), (
        "--now moved the last kill to the present"
    )
    assert mails[0].hash == "ab"


async def test_documents_of_any_shape_are_served_too(tmp_path: Path) -> None:
    recording = tmp_path / "some.json"
    shapes = [
        esi(1) | {"killmail_hash": "aa"},
        {"package": {"killID": 2, "killmail": esi(2), "zkb": {"hash": "bb", "totalValue": 5.0}}},
        {"killmail_id": 3, "hash": "cc", "esi": esi(3), "zkb": {"totalValue": 7.0}},
        [esi(4), esi(5)],
    ]
    recording.write_text("\n".join(json.dumps(shape, indent=1) for shape in shapes))

    async with stand_in("--killmails", str(recording), "--lenient") as base_url:
        mails = await read(base_url, 5, Memory())

    assert [(mail.id, mail.value.isk) for mail in mails] == [
        (1, None),
        (2, 5.0),
        (3, 7.0),
        (4, None),
        (5, None),
    ]
    assert [mail.hash for mail in mails[:3]] == ["aa", "bb", "cc"]
