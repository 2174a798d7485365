"""The whole way: from the feed's document to the card at Discord, in a living bot between stand-ins on this computer.

What is measured, for every card posted: from the moment when the bot could read the document to the arrival of the
request that posts it. "Could read" is when the stand-in has the file and the reader is not asleep: the pause that the
service asks for after a number that was not there (`feed.idle_seconds`) is left out, what it reads and stores before is
not. The evening is told faster than it was, and so is the feed's own pace: its pause after a missing number is shorter
and its questions a second are more by as much, so that as many kills come at once as would have, and wait as long for
each other in proportion. All else works as it does in earnest, on so many times the load.

Once the stand-ins answer at once, the bot knows nobody's name, and a quarter of an hour goes by ten times faster; once
Discord takes 250 ms for a message and ESI 200 ms for names, as they do, the bot knows the organisations, as it does
after some days, and the first two minutes last two minutes. Who is not known is asked for on the way.
"""

import asyncio
import json
import os
import re
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from aiohttp import ClientSession, web

from bot.feeding import FEED
from services.alerts import store as alerts
from services.alerts.settings import AlertSettings
from services.domain.clock import system_clock
from services.domain.ids import GuildId, UserId
from services.domain.killmail import OrganisationKind
from services.domain.names import EntityKind, EntityName
from services.domain.standing import Mark, Standing
from services.feeds.settings import FeedSettings
from services.killmails.feed_memory import move_cursor
from services.names.store import KnownName, save_names
from services.outbox.settings import OutboxSettings
from services.standings import store as standings
from services.universe.universe import Universe
from tests.benchmarks.bench_feeds import recorded_archives
from tests.benchmarks.busy_evening import (
    ALERTS,
    CHANNELS,
    GUILDS,
    Kill,
    busy_alerts,
    busy_kills,
    channels_of,
    names_of,
    us_of,
)
from tests.benchmarks.figure import Figure
from tests.fakes.discord import FakeDiscord
from tests.fakes.esi import FakeEsi
from tests.fakes.r2z2 import FakeR2Z2
from tests.integration.whole_bot import Surroundings, bot_process, prepare_database

FIRST = 5_000_000
_KILL = re.compile(r"zkillboard\.com/kill/(\d+)")


def bench() -> Iterable[Figure]:
    """Both runs."""
    if not recorded_archives():
        return
    universe = Universe.load()
    kills = busy_kills(universe)
    for plan in PLANS:
        yield from _figures(asyncio.run(_run(kills, universe, plan)), plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a run goes. `minutes` of the recorded time; the stand-ins' answers in seconds."""

    name: str
    faster: int
    minutes: float
    discord: float = 0.0
    esi: float = 0.0
    knows_organisations: bool = False


PLANS = (
    Plan(name="stand-ins answer at once", faster=10, minutes=15),
    Plan(
        name="Discord takes 250 ms, ESI 200 ms",
        faster=1,
        minutes=2,
        discord=0.25,
        esi=0.2,
        knows_organisations=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was seen. `cards`: seconds from readable to arrival, of each; `legs`: the same cut into its parts."""

    kills: int
    cards: list[float]
    last: list[float]
    """Of each kill that was posted, when its last card arrived."""
    legs: dict[str, list[float]]
    rate: float
    """Kills a second."""
    busy: float
    """Seconds of processor time that the bot took, its start included."""
    alone: float
    """Seconds for reading one document and posting one message, nothing between them: the yardstick."""


def _figures(run: Run, plan: Plan) -> Iterable[Figure]:
    cut = quantiles(run.cards, n=100)
    what = f"document to card, {plan.name}"
    yard = {"yardstick": run.alone, "yardstick_name": "a bare GET and POST to the stand-ins"}
    yield Figure(name=f"{what}: p50", value=cut[49], unit="s", **yard)  # type: ignore[arg-type]
    yield Figure(name=f"{what}: p95", value=cut[94], unit="s", bar="under 1.5 s", **yard)  # type: ignore[arg-type]
    yield Figure(name=f"{what}: worst", value=max(run.cards), unit="s", **yard)  # type: ignore[arg-type]
    yield Figure(name="last card of a kill: p95", value=quantiles(run.last, n=100)[94], unit="s")
    for leg, times in run.legs.items():
        yield Figure(name=f"of which {leg}: p95", value=quantiles(times, n=100)[94], unit="s")
    shape = f"{ALERTS} alerts, {CHANNELS} channels, {GUILDS} servers, {plan.faster}x faster than recorded"
    yield Figure(name=f"kills a second ({shape})", value=run.rate, unit="1/s")
    yield Figure(name="the bot's processor time", value=run.busy, unit="s")
    yield Figure(name=f"cards posted, of {run.kills} kills", value=len(run.cards), unit="cards")


# One run


class _SlowDiscord(FakeDiscord):
    """Answers a post only after a while; it arrives at once."""

    delay = 0.0

    def add_more_routes(self, app: web.Application) -> None:
        @web.middleware
        async def late(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            answer = await handler(request)
            if self.delay and request.method == "POST" and request.path.endswith("/messages"):
                await asyncio.sleep(self.delay)
            return answer

        app.middlewares.append(late)


class _SlowEsi(FakeEsi):
    """Answers every question after a while."""

    delay = 0.0

    def _answering(self, truth: Any) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        answer = super()._answering(truth)

        async def late(request: web.Request) -> web.StreamResponse:
            await asyncio.sleep(self.delay)
            return await answer(request)

        return late


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    discord: _SlowDiscord
    r2z2: FakeR2Z2
    around: Surroundings
    database: Path


@asynccontextmanager
async def _stage(
    folder: Path, kills: list[Kill], universe: Universe, plan: Plan
) -> AsyncIterator[_Stage]:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(_SlowDiscord())
        r2z2 = await stack.enter_async_context(FakeR2Z2(strict=False))
        names = _SlowEsi()
        await stack.enter_async_context(names.serve())
        names.names = names_of(kills)
        there.delay, names.delay = plan.discord, plan.esi
        for guild in range(1, GUILDS + 1):
            await there.add_guild(f"Server {guild}", snowflake=guild)
            for channel in channels_of(guild):
                await there.add_channel(guild, f"kills-{channel}", snowflake=channel)
        file = folder / "bench.db"
        url = f"sqlite+aiosqlite:///{file}"
        await _furnish(url, kills, universe)
        if plan.knows_organisations:
            await _teach(url, kills)
        r2z2.pointer = FIRST
        feed, outbox = FeedSettings(), OutboxSettings()
        posts = AlertSettings().posts_per_channel_hour
        around = Surroundings(
            r2z2=r2z2.base_url,
            esi=names.url,
            api_base=there.api_base,
            gateway_url=there.gateway_url,
            database_url=url,
            log=folder / "bot.log",
            more={
                "WARROOM_FEED__REQUESTS_PER_SECOND": str(feed.requests_per_second * plan.faster),
                "WARROOM_FEED__IDLE_SECONDS": str(feed.idle_seconds / plan.faster),
                "WARROOM_OUTBOX__IDLE_SECONDS": str(outbox.idle_seconds),
                "WARROOM_OUTBOX__EDIT_SPACING_SECONDS": str(outbox.edit_spacing_seconds),
                "WARROOM_ALERTS__POSTS_PER_CHANNEL_HOUR": str(posts * plan.faster),
            },
        )
        yield _Stage(discord=there, r2z2=r2z2, around=around, database=file)


async def _furnish(url: str, kills: list[Kill], universe: Universe) -> None:
    database = await prepare_database(url)
    now = system_clock()
    async with database.write() as tx:
        await move_cursor(tx, FEED, FIRST - 1, now=now)
        for request in busy_alerts(kills, universe):
            await alerts.add(tx, request, now=now)
        for guild, alliance in us_of(kills).items():
            mark = Mark(
                entity_id=alliance,
                kind=OrganisationKind.ALLIANCE,
                standing=Standing.US,
                added_by=UserId(1),
                added_at=now,
            )
            await standings.save_marks(tx, GuildId(guild), [mark])
    await database.close()


async def _teach(url: str, kills: list[Kill]) -> None:
    now = system_clock()
    known = [
        KnownName(
            id=entity,
            category=kind,
            name=EntityName(name=name, ticker="TICK"),
            fetched_at=now,
            ticker_at=now,
        )
        for entity, (kind, name) in names_of(kills).items()
        if kind != EntityKind.CHARACTER
    ]
    database = await prepare_database(url)
    async with database.write() as tx:
        await save_names(tx, known)
    await database.close()


async def _run(every: list[Kill], universe: Universe, plan: Plan) -> Run:
    kills = [kill for kill in every if kill.after < plan.minutes * 60]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        async with (
            _stage(place, every, universe, plan) as stage,
            bot_process(stage.around) as bot,
        ):
            alone = await _alone(stage, kills[0])
            await stage.discord.connected(patience=60)
            await _until(lambda: stage.r2z2.count(FIRST) > 0)
            began = asyncio.get_running_loop().time()
            published = await _publish(stage, kills, plan.faster)
            rate = len(kills) / (asyncio.get_running_loop().time() - began)
            last = FIRST + len(kills)
            await _until(lambda: stage.r2z2.count(last) > 0 or bot.process.returncode is not None)
            await _quiet(stage)
            busy = _busy(bot.process.pid)
            if await bot.stop():
                raise RuntimeError(stage.around.log.read_text()[-3000:])
        return _measured(stage, kills, published, rate=rate, busy=busy, alone=alone)


async def _publish(stage: _Stage, kills: list[Kill], faster: int) -> dict[int, datetime]:
    """Each at its time; when that was, by number."""
    loop = asyncio.get_running_loop()
    began, published = loop.time(), {}
    for number, kill in enumerate(kills, FIRST):
        await asyncio.sleep(max(0.0, began + kill.after / faster - loop.time()))
        published[number] = system_clock()
        stage.r2z2.publish(number, kill.published(number, published[number]))
    return published


async def _alone(stage: _Stage, kill: Kill) -> float:
    """The same two questions without a bot between them, the middle one of twenty."""
    times = []
    url = f"{stage.discord.api_base}/channels/{channels_of(1)[0]}/messages"
    body = json.dumps(kill.published(1, system_clock())).encode()
    stage.r2z2.files[1] = body
    async with ClientSession() as session:
        for _ in range(20):
            began = asyncio.get_running_loop().time()
            async with session.get(f"{stage.r2z2.base_url}/ephemeral/1.json") as answer:
                await answer.read()
            headers = {"Authorization": "Bot a-token"}
            async with session.post(url, json={"content": "x"}, headers=headers) as answer:
                await answer.read()
            times.append(asyncio.get_running_loop().time() - began)
    return median(times)


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while not done():
            await asyncio.sleep(0.05)


async def _quiet(stage: _Stage, seconds: float = 5.0) -> None:
    heard, still = -1, 0.0
    while still < seconds:
        now = len(stage.discord.requests)
        still = still + 0.1 if now == heard else 0.0
        heard = now
        await asyncio.sleep(0.1)


# What was seen


def _measured(
    stage: _Stage, kills: list[Kill], published: dict[int, datetime], **more: float
) -> Run:
    readable = _readable(stage.r2z2, published)
    by_kill = {
        kill.mail["killmail_id"]: readable[number] for number, kill in enumerate(kills, FIRST)
    }
    posts = [
        (int(found[1]), request.at)
        for request in stage.discord.request_log(method="POST")
        if request.path.endswith("/messages")
        and request.status == 200
        and (found := _KILL.search(json.dumps(request.body)))
    ]
    read = _read(stage.database)
    last: dict[int, float] = {}
    for kill, at in posts:
        last[kill] = max(last.get(kill, 0.0), _seconds(at - by_kill[kill]))
    return Run(
        kills=len(kills),
        cards=[_seconds(at - by_kill[kill]) for kill, at in posts],
        last=list(last.values()),
        legs={
            "until it is read": [_seconds(read[kill] - by_kill[kill]) for kill in last],
            "from there to the card": [_seconds(at - read[kill]) for kill, at in posts],
        },
        **more,
    )


def _readable(r2z2: FakeR2Z2, published: dict[int, datetime]) -> dict[int, datetime]:
    """By number: when it was published, or when the reader last woke after a number that was not there."""
    woke, slept = min(published.values()), False
    found: dict[int, datetime] = {}
    for request in r2z2.requests:
        stem = Path(request.path).stem
        woke = request.at if slept else woke
        slept = request.status == 404
        if stem.isdigit() and (number := int(stem)) in published and not slept:
            found.setdefault(number, max(published[number], woke))
    return found


def _busy(process: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _read(file: Path) -> dict[int, datetime]:
    """By kill: when its document was in the bot's hands."""
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT id, received_at FROM killmails").fetchall()
    return {kill: datetime.fromtimestamp(at / 1000, tz=UTC) for kill, at in rows}


def _seconds(span: timedelta) -> float:
    return span.total_seconds()
