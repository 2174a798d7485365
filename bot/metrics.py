"""Figures for Prometheus, read off the running services at the moment somebody asks.

Nobody keeps a metric for this: services count in plain attributes, and here they are given names. What is not known is
left out, because 0 would be a lie. A database that does not answer costs the figures that only it knows, and the answer
says so (`warroom_database_up 0`); all others are told.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from bot.client import GatewayState
from bot.metrics_settings import MetricsSettings
from services.domain.alert import AlertKind
from services.domain.errors import ConfigurationError
from services.domain.tally import LAG_BOUNDS, Lag, Tally
from services.domain.trouble import Trouble, TroubleState
from services.esi.status import EsiStatus
from services.feeds.items import FeedStatus
from services.stock import Stock, Stocktaker
from services.troubles.overlooking import Overlooking

log = structlog.get_logger(__name__)

DATABASE_SECONDS = 2.0
"""How long a scrape waits for the database. Prometheus gives up after ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """Where the figures stand. Asking costs nothing and waits for nobody."""

    version: str
    universe_build: Callable[[], int]
    tally: Tally
    matches: Mapping[AlertKind, int]
    outcomes: Mapping[str, int]
    """Requests to Discord by what became of them."""
    feed: Callable[[], FeedStatus | None]
    gateway: Callable[[], GatewayState | None]
    esi: Callable[[], EsiStatus | None]
    troubles: Callable[[], Iterable[TroubleState]]


class Metrics:
    """Answers scrapes."""

    def __init__(
        self,
        meters: Meters,
        stock: Stocktaker,
        *,
        database_seconds: float = DATABASE_SECONDS,
    ) -> None:
        self._meters = meters
        self._stock = stock
        self._patience = database_seconds

    async def scrape(self) -> bytes:
        """Everything there is to tell, as Prometheus reads it."""
        stock = await self._look()
        registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        registry.register(_Shot(self._meters, stock))
        return generate_latest(registry)

    async def _look(self) -> Stock | None:
        with suppress(TimeoutError), Overlooking(self._stock.database):
            async with asyncio.timeout(self._patience):
                return await self._stock.look()
        log.info("scrape without the database")
        return None


@asynccontextmanager
async def serve(settings: MetricsSettings, metrics: Metrics) -> AsyncIterator[int | None]:
    """Answer at `/metrics`; yields the port, None where none is asked for. Raises ConfigurationError for one taken."""
    if settings.port is None:
        yield None
        return

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(
            body=await metrics.scrape(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )

    app = web.Application()
    app.router.add_get("/metrics", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            raise ConfigurationError(
                f"metrics.port: nothing can listen at {where} ({error.strerror})."
            ) from error
        port: int = runner.addresses[0][1]
        log.info("metrics are served", host=settings.host, port=port)
        yield port
    finally:
        await runner.cleanup()


@dataclass(frozen=True, eq=False)  # a registry keeps its collectors by identity
class _Shot(Collector):
    """One answer."""

    meters: Meters
    stock: Stock | None

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        meters = self.meters
        build = {"version": meters.version, "universe": str(meters.universe_build())}
        yield InfoMetricFamily("warroom_build", "The running War Room and its static data.", build)
        yield from _killmails(meters.tally)
        yield from _feed(meters.feed())
        yield from _gateway(meters.gateway())
        yield from _esi(meters.esi())
        yield from _labelled(meters)
        yield from _stock(self.stock)


def _killmails(tally: Tally) -> Iterator[Metric]:
    came = CounterMetricFamily(
        "warroom_killmails",
        "Killmails since the start, by what became of them.",
        labels=["outcome"],
    )
    for outcome, count in (
        ("stored", tally.stored),
        ("known", tally.known),
        ("revised", tally.revised),
        ("quarantined", tally.rejected),
    ):
        came.add_metric([outcome], count)
    yield came
    yield _delay(tally.lag)


def _delay(lag: Lag) -> Metric:
    words = "From a killmail's publication by the feed to the database, for those that came live."
    bounds = [*map(str, LAG_BOUNDS), "+Inf"]
    buckets = list(zip(bounds, [*lag.buckets, lag.count], strict=True))
    return HistogramMetricFamily(
        "warroom_killmail_delay_seconds", words, buckets=buckets, sum_value=lag.sum
    )


def _feed(feed: FeedStatus | None) -> Iterator[Metric]:
    if feed is None:
        return
    yield from _gauges(
        (
            "warroom_feed_up",
            "1 while the kill feed answers as it should.",
            feed.failing_since is None,
        ),
        ("warroom_feed_lag_seconds", "How far the feed is behind the present.", feed.lag_seconds),
        ("warroom_feed_sequence", "The last number that was read.", feed.sequence),
        ("warroom_feed_backlog", "Earlier numbers that are still to be read.", feed.backlog),
        ("warroom_feed_fallback", "1 while killmails come from the second feed.", feed.fallback),
        (
            "warroom_feed_paused",
            "1 while the feed has asked us to stay away.",
            feed.paused_until is not None,
        ),
        (
            "warroom_feed_last_answer_timestamp_seconds",
            "When the feed last answered as it should.",
            None if feed.last_success_at is None else feed.last_success_at.timestamp(),
        ),
    )
    yield CounterMetricFamily(
        "warroom_feed_requests", "Questions to the feed since the start.", value=feed.requests
    )
    holes = GaugeMetricFamily(
        "warroom_feed_holes", "Numbers that were not there in their turn.", labels=["state"]
    )
    holes.add_metric(["open"], feed.holes.open)
    holes.add_metric(["given-up"], feed.holes.given_up)
    yield holes


def _gateway(gateway: GatewayState | None) -> Iterator[Metric]:
    if gateway is not None:
        yield from _gauges(
            ("warroom_discord_connected", "1 while every shard is connected.", gateway.connected),
            (
                "warroom_discord_latency_seconds",
                "The slowest shard's answer to a heartbeat.",
                gateway.latency_seconds,
            ),
        )


def _esi(esi: EsiStatus | None) -> Iterator[Metric]:
    if esi is None:
        return
    answers = esi.failing_since is None
    yield from _gauges(("warroom_esi_up", "1 while the game's API answers.", answers))
    tokens = GaugeMetricFamily(
        "warroom_esi_tokens_left", "What is left in each of ESI's buckets.", labels=["bucket"]
    )
    for bucket, left in sorted(esi.tokens.items()):
        tokens.add_metric([bucket], left)
    requests = CounterMetricFamily(
        "warroom_esi_requests", "Questions to ESI, by what became of them.", labels=["outcome"]
    )
    for outcome, count in sorted(esi.requests.items()):
        requests.add_metric([outcome], count)
    yield from (tokens, requests)


def _labelled(meters: Meters) -> Iterator[Metric]:
    matches = CounterMetricFamily(
        "warroom_alert_matches",
        "Alerts met by a kill or a battle since the start.",
        labels=["kind"],
    )
    for kind, count in sorted(meters.matches.items()):
        matches.add_metric([str(kind)], count)
    sends = CounterMetricFamily(
        "warroom_outbox_sends", "Requests to Discord, by what became of them.", labels=["outcome"]
    )
    for outcome, count in sorted(meters.outcomes.items()):
        sends.add_metric([str(outcome)], count)
    troubles = GaugeMetricFamily(
        "warroom_troubles_open", "What is wrong at the moment, by kind.", labels=["trouble"]
    )
    found = [state.trouble for state in meters.troubles()]
    for trouble in Trouble:
        troubles.add_metric([str(trouble)], found.count(trouble))
    yield from (matches, sends, troubles)


def _stock(stock: Stock | None) -> Iterator[Metric]:
    up = ("warroom_database_up", "1 while the database answers.", stock is not None)
    yield from _gauges(up)
    if stock is None:
        return
    waiting = GaugeMetricFamily(
        "warroom_outbox_messages", "Messages on their way, and those lost.", labels=["state"]
    )
    for state, count in stock.outbox.items():
        waiting.add_metric([state], count)
    yield waiting
    counts = stock.counts
    yield from _gauges(
        (
            "warroom_outbox_late_seconds",
            "How long the oldest message that is due has been waiting.",
            stock.late.total_seconds(),
        ),
        ("warroom_feed_gaps", "Expired stretches that the history has not filled yet.", stock.gaps),
        ("warroom_battles", "Battles stored.", counts.battles),
        ("warroom_names", "Names of pilots and organisations stored.", counts.names),
        ("warroom_quarantine", "Killmails kept that could not be read.", counts.quarantined),
        ("warroom_database_bytes", "The database on disk.", counts.database_bytes),
    )


def _gauges(*figures: tuple[str, str, float | None]) -> Iterator[Metric]:
    """One metric a figure; one that is not known is left out."""
    for name, words, value in figures:
        if value is not None:
            yield GaugeMetricFamily(name, words, value=float(value))
