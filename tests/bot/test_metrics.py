"""What Prometheus reads: true figures under lasting names, cheap, and there when the database is not."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from bot.client import GatewayState
from bot.metrics import Meters, Metrics, serve
from bot.metrics_settings import MetricsSettings
from services.domain.alert import AlertKind
from services.domain.errors import ConfigurationError
from services.domain.message import NoticeMessage
from services.domain.tally import Tally
from services.domain.trouble import Trouble, TroubleState
from services.esi.status import BucketStatus, EsiStatus
from services.feeds.items import FeedStatus, HoleCounts
from services.outbox.states import DEAD
from services.stock import COUNTED_EVERY, Stocktaker
from services.storage import tables
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.factories import MIDNIGHT, HandClock
from tests.services.newsroom import Newsroom, channel, person

FEED = FeedStatus(
    sequence=4711,
    caught_up=True,
    lag_seconds=4.5,
    paused_until=None,
    last_error=None,
    last_success_at=MIDNIGHT,
    requests=12,
    gap=None,
    backlog=300,
    holes=HoleCounts(open=2, given_up=1),
)
GATEWAY = GatewayState(connected=True, ready=True, latency_seconds=0.05, seen_at=MIDNIGHT)

ESI = EsiStatus(
    buckets=(BucketStatus(group="market", tokens=100, left=99, read_at=MIDNIGHT),),
    pauses=(),
    requests={"2xx": 8, "304": 1},
    from_store=3,
    last_success_at=MIDNIGHT,
    failing_since=None,
    quiet_seconds=0,
)


@pytest.fixture
def newsroom(database: Database) -> Newsroom:
    """Once on SQLite, once on PostgreSQL."""
    return Newsroom(database)


@pytest.fixture
async def small_newsroom(migrated_sqlite_url: str) -> AsyncIterator[Newsroom]:
    """On SQLite only: for rules in which the database has no say."""
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield Newsroom(opened)
    await opened.close()


def meters(**changes: Any) -> Meters:
    tally = Tally(stored=5, known=4, revised=3, rejected=2)
    for seconds in (0.5, 7.0, 5000.0):
        tally.lag.add(seconds)
    troubles = [
        TroubleState(trouble=Trouble.ESI_SCHEMA, subject=s, detail="x", began_at=MIDNIGHT)
        for s in "ab"
    ]
    parts: dict[str, Any] = {
        "version": "0.1.0",
        "universe_build": lambda: 42,
        "tally": tally,
        "matches": Counter({AlertKind.KILLS: 6}),
        "outcomes": Counter({"sent": 9}),
        "feed": lambda: FEED,
        "gateway": lambda: GATEWAY,
        "esi": lambda: ESI,
        "troubles": lambda: troubles,
    }
    return Meters(**(parts | changes))


def samples(text: bytes) -> dict[str, float]:
    """Every figure under its name and labels."""
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        assert family.documentation, family.name
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def test_every_figure_is_told(newsroom: Newsroom) -> None:
    clock = newsroom.clock
    for number, place in ((1, channel(1)), (2, channel(2)), (3, person(3))):
        await newsroom.put(f"k{number}", NoticeMessage(title="t", text="x"), place)
    async with newsroom.database.write() as tx:
        await tx.execute(tables.outbox.update().where(tables.outbox.c.id == 3).values(state=DEAD))
        for first, filled in ((1, None), (5, clock())):
            gap = {"first": first, "last": first + 1, "until": clock(), "found_at": clock()}
            await tx.execute(insert(tables.gaps).values(**gap, filled_at=filled))
    clock.advance(minutes=3)
    told = samples(await Metrics(meters(), Stocktaker(newsroom.database, clock=clock)).scrape())
    expected = {
        "warroom_build_info{universe=42,version=0.1.0}": 1,
        "warroom_killmails_total{outcome=stored}": 5,
        "warroom_killmails_total{outcome=known}": 4,
        "warroom_killmails_total{outcome=revised}": 3,
        "warroom_killmails_total{outcome=quarantined}": 2,
        "warroom_killmail_delay_seconds_bucket{le=1.0}": 1,
        "warroom_killmail_delay_seconds_bucket{le=10.0}": 2,
        "warroom_killmail_delay_seconds_bucket{le=3600.0}": 2,
        "warroom_killmail_delay_seconds_bucket{le=+Inf}": 3,
        "warroom_killmail_delay_seconds_count": 3,
        "warroom_killmail_delay_seconds_sum": 5007.5,
        "warroom_feed_up": 1,
        "warroom_feed_lag_seconds": 4.5,
        "warroom_feed_sequence": 4711,
        "warroom_feed_backlog": 300,
        "warroom_feed_fallback": 0,
        "warroom_feed_paused": 0,
        "warroom_feed_last_answer_timestamp_seconds": MIDNIGHT.timestamp(),
        "warroom_feed_requests_total": 12,
        "warroom_feed_holes{state=open}": 2,
        "warroom_feed_holes{state=given-up}": 1,
        "warroom_feed_gaps": 1,
        "warroom_discord_connected": 1,
        "warroom_discord_latency_seconds": 0.05,
        "warroom_alert_matches_total{kind=kills}": 6,
        "warroom_outbox_sends_total{outcome=sent}": 9,
        "warroom_outbox_messages{state=pending}": 2,
        "warroom_outbox_messages{state=dead}": 1,
        "warroom_outbox_late_seconds": 180,
        "warroom_esi_up": 1,
        "warroom_esi_tokens_left{bucket=market}": 99,
        "warroom_esi_requests_total{outcome=304}": 1,
        "warroom_troubles_open{trouble=esi-schema}": 2,
        "warroom_troubles_open{trouble=feed-down}": 0,
        "warroom_database_up": 1,
        "warroom_battles": 0,
        "warroom_names": 0,
        "warroom_quarantine": 0,
    }
    assert {key: told.get(key) for key in expected} == expected
    assert told["warroom_database_bytes"] > 10_000
    assert told["process_resident_memory_bytes"] > 1_000_000
    assert told["process_cpu_seconds_total"] > 0


async def test_what_is_not_known_is_left_out(small_newsroom: Newsroom) -> None:
    stock = Stocktaker(small_newsroom.database, clock=small_newsroom.clock)
    blank = replace(FEED, lag_seconds=None, last_success_at=None, sequence=None)
    early = replace(GATEWAY, connected=False, latency_seconds=None)
    metrics = Metrics(meters(feed=lambda: blank, gateway=lambda: early), stock)
    told = samples(await metrics.scrape())
    for name in ("feed_lag_seconds", "feed_last_answer_timestamp_seconds", "feed_sequence"):
        assert f"warroom_{name}" not in told
    assert told["warroom_discord_connected"] == 0
    assert "warroom_discord_latency_seconds" not in told
    none = samples(await Metrics(meters(feed=lambda: None, gateway=lambda: None), stock).scrape())
    assert not [name for name in none if name.startswith(("warroom_feed_up", "warroom_discord"))]


async def test_a_database_that_hangs_costs_only_its_own_figures(small_newsroom: Newsroom) -> None:
    class Hanging(Stocktaker):
        async def look(self) -> Any:
            await asyncio.Event().wait()

    stock = Hanging(small_newsroom.database, clock=HandClock())
    told = samples(await Metrics(meters(), stock, database_seconds=0.01).scrape())
    assert told["warroom_database_up"] == 0
    assert told["warroom_feed_lag_seconds"] == 4.5
    assert "warroom_outbox_late_seconds" not in told


async def test_what_is_counted_row_by_row_is_counted_now_and_then(database: Database) -> None:
    clock = HandClock()
    stock = Stocktaker(database, clock=clock)
    await stock.look()
    async with database.write() as tx:
        await tx.execute(
            insert(tables.names).values(id=1, category="character", name="A", fetched_at=clock())
        )
    clock.now += COUNTED_EVERY - timedelta(seconds=1)
    assert (await stock.look()).counts.names == 0
    clock.advance(seconds=1)
    assert (await stock.look()).counts.names == 1


@asynccontextmanager
async def served(newsroom: Newsroom, **settings: Any) -> AsyncIterator[int | None]:
    metrics = Metrics(meters(), Stocktaker(newsroom.database, clock=newsroom.clock))
    async with serve(MetricsSettings(**settings), metrics) as port:
        yield port


async def test_a_local_port_answers(small_newsroom: Newsroom) -> None:
    async with served(small_newsroom, port=0) as port, aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{port}"
        async with session.get(f"{address}/metrics") as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert samples(await answer.read())["warroom_feed_backlog"] == 300
        async with session.get(f"{address}/") as answer:
            assert answer.status == 404
        with pytest.raises(ConfigurationError, match=rf"metrics.port: .*127.0.0.1:{port}"):
            async with served(small_newsroom, port=port):
                pass
    async with served(small_newsroom) as port:
        assert port is None


BOARD = json.loads((files("assets") / "grafana" / "warroom.json").read_text(encoding="utf-8"))


def panels() -> list[dict[str, Any]]:
    return [panel for panel in BOARD["panels"] if panel["type"] != "row"]


async def test_the_board_asks_for_metrics_that_exist_and_for_every_one_of_ours(
    small_newsroom: Newsroom,
) -> None:
    stock = Stocktaker(small_newsroom.database, clock=small_newsroom.clock)
    text = await Metrics(meters(), stock).scrape()
    known = {name.split("{")[0] for name in samples(text)}
    asked: set[str] = set()
    for panel in panels():
        for target in panel["targets"]:
            names = set(re.findall(r"\b(?:warroom|process)_\w+", target["expr"]))
            assert names, target["expr"]
            assert names <= known, target["expr"]
            asked |= names
    ours = {name for name in known if name.startswith("warroom")}
    unseen = {"warroom_killmail_delay_seconds_count", "warroom_killmail_delay_seconds_sum"}
    assert ours - asked - unseen == set()


def test_the_board_can_be_imported_anywhere() -> None:
    assert BOARD["id"] is None
    assert BOARD["schemaVersion"] >= 39
    (source,) = [v for v in BOARD["templating"]["list"] if v["type"] == "datasource"]
    assert source["query"] == "prometheus"
    rows = [panel["title"] for panel in BOARD["panels"] if panel["type"] == "row"]
    assert rows == ["Feed", "Killmails", "Discord", "Upstreams and troubles", "Process"]
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    for panel in panels():
        assert panel["datasource"]["uid"] == "${" + source["name"] + "}"
        assert panel["description"] or panel["type"] == "stat"
