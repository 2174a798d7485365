"""The composition root: the only place that knows how everything fits together.

`open_house` opens what has to be closed and builds the services, without Discord; the command line, the demo and the
bot all live in such a house. `bot.live` adds the loops.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from bot.day_sources import build_day_sources
from bot.features import Features, FeedWatch, Ground, build_features
from bot.lookups import is_landmark
from bot.settings import Settings
from bot.version import running_version
from services.alert_report import AlertReport
from services.backfill.service import BackfillService
from services.battles.acquaintances import Acquaintances
from services.battles.history import HistoryService
from services.battles.reporting import ReportService
from services.battles.side_moves import SidesService
from services.container import Services
from services.domain.battle import Battle
from services.domain.clock import Clock, system_clock
from services.domain.ids import GuildId
from services.domain.trouble import TroubleWatch
from services.esi.client import EsiClient
from services.feeds.http import create_session, user_agent
from services.guilds.service import GuildService
from services.killmails.retention import Retention
from services.killmails.store import load_killmails, load_victims
from services.notices import Notices, OperatorNotices
from services.outbox import store as outbox
from services.outbox.sender import Sender
from services.outbox.service import OutboxService
from services.outbox.unnamed import Unnamed
from services.outbox.worker import OutboxWorker
from services.pictures import Pictures
from services.pipeline import Pipeline
from services.posting import Posts
from services.prices.service import PriceService
from services.publishing.publisher import Publisher
from services.rendering.service import HeatmapService
from services.rendering.worker import RenderWorker
from services.revaluing import Revaluing
from services.status import StatusService
from services.storage.database import Database, Transaction
from services.troubles.board import TroubleBoard
from services.universe.universe import Universe
from services.universe.update import UniverseUpdater


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything but the loops and Discord."""

    settings: Settings
    clock: Clock
    database: Database
    session: aiohttp.ClientSession | None
    services: Services
    pipeline: Pipeline
    notices: Notices
    operators: OperatorNotices
    troubles: TroubleBoard
    publisher: Publisher
    esi: EsiClient | None
    """None without a network."""
    acquaintances: Acquaintances
    prices: PriceService
    unnamed: Unnamed
    revaluing: Revaluing
    updater: UniverseUpdater | None
    """None without a network."""
    retention: Retention
    heatmaps: HeatmapService
    feed_watch: FeedWatch
    watch: TroubleWatch
    """Where troubles are told: the board, as everybody else sees it."""
    bell: asyncio.Event

    def worker(self, sender: Sender, *, beat: Callable[[], None] = lambda: None) -> OutboxWorker:
        """The outbox's worker, sending through `sender`."""
        return OutboxWorker(
            self.database,
            sender,
            self.notices,
            settings=self.settings.outbox,
            clock=self.clock,
            bell=self.bell,
            beat=beat,
            watch=self.troubles,
        )


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    online: bool,
    clock: Clock = system_clock,
    universe: Universe | None = None,
) -> AsyncIterator[House]:
    """Open and build; closes in reverse. `online`: ESI may be asked (then `contact` must be set).

    Raises ConfigurationError, StorageError, DamagedUniverse: each says what to do.
    """
    async with AsyncExitStack() as stack:
        session = None
        if online:
            header = user_agent(settings.contact or "", running_version())
            session = await stack.enter_async_context(create_session(header))
        database = await Database.open(settings.database)
        stack.push_async_callback(database.close)
        worker = await stack.enter_async_context(RenderWorker(settings.rendering))
        bell = asyncio.Event()
        home = settings.discord.home_guild
        operators = OperatorNotices(
            database, home_guild=None if home is None else GuildId(home), clock=clock
        )
        troubles = TroubleBoard(
            database, operators, settings=settings.troubles, clock=clock, ring=bell.set
        )
        await troubles.load()
        database.watch = troubles
        ground = Ground(
            settings=settings,
            clock=clock,
            database=database,
            universe=universe or Universe.load_newest(settings.universe.file),
            bell=bell,
            feed_watch=FeedWatch(),
            operators=operators,
            troubles=troubles,
        )
        house = _build(ground, session, worker)
        stack.push_async_callback(house.services.names.aclose)
        stack.push_async_callback(house.services.backfill.aclose)
        await house.prices.load()
        yield house


def _build(
    ground: Ground, session: aiohttp.ClientSession | None, render_worker: RenderWorker
) -> House:
    settings, clock, database = ground.settings, ground.clock, ground.database
    features = build_features(ground, session, render_worker)
    publisher, pipeline, sides = _way_in(ground, features)
    return House(
        settings=settings,
        clock=clock,
        database=database,
        session=session,
        services=_services(ground, features, sides, backfill=_backfill(ground, session, pipeline)),
        pipeline=pipeline,
        notices=Notices(features.alerts, clock=clock),
        esi=features.esi,
        acquaintances=features.acquaintances,
        prices=features.prices,
        unnamed=Unnamed(
            database,
            features.names.news,
            clock=clock,
            edit_spacing=timedelta(seconds=settings.outbox.edit_spacing_seconds),
            ring=ground.bell.set,
        ),
        revaluing=Revaluing(
            database, features.prices, pipeline, settings=settings.prices, clock=clock
        ),
        updater=_updater(ground, session),
        retention=Retention(
            database, settings.killmails, clock=clock, before=features.battles.before_pruning
        ),
        heatmaps=features.heatmaps,
        feed_watch=ground.feed_watch,
        operators=ground.operators,
        troubles=ground.troubles,
        watch=ground.troubles,
        publisher=publisher,
        bell=ground.bell,
    )


def _way_in(ground: Ground, features: Features) -> tuple[Publisher, Pipeline, SidesService]:
    """What comes in is published as each server sees it, and what a server sees anew is published."""
    settings = ground.settings

    async def seen(
        tx: Transaction, battle: Battle, guild_ids: Collection[GuildId]
    ) -> Mapping[GuildId, Battle]:
        return await sides.seen(tx, battle, guild_ids)

    publisher = Publisher(
        features.alerts,
        features.battles,
        settings=settings.alerts,
        edit_spacing=timedelta(seconds=settings.outbox.edit_spacing_seconds),
        hull_class=ground.universe.hull_class,
        is_landmark=is_landmark(ground.universe),
        seen=seen,
    )
    pipeline = Pipeline(
        ground.database,
        publisher,
        [features.battles],
        price=features.prices.value_of,
        clock=ground.clock,
        ring=ground.bell.set,
        watch=ground.troubles,
    )
    sides = SidesService(
        ground.database,
        load_killmails,
        features.atlas,
        clock=ground.clock,
        tell=pipeline.tell,
        ring=ground.bell.set,
        acquaintances=features.acquaintances,
        remembered=features.battles.load_mails,
    )
    return publisher, pipeline, sides


def _backfill(
    ground: Ground, session: aiohttp.ClientSession | None, pipeline: Pipeline
) -> BackfillService:
    clock, database, watch = ground.clock, ground.database, ground.troubles
    return BackfillService(
        database,
        pipeline.take,
        build_day_sources(ground.settings, session, database=database, clock=clock, watch=watch),
        settings=ground.settings.backfill,
        clock=clock,
        watch=watch,
    )


def _updater(ground: Ground, session: aiohttp.ClientSession | None) -> UniverseUpdater | None:
    if session is None:
        return None
    settings, clock, watch = ground.settings.universe, ground.clock, ground.troubles
    return UniverseUpdater(ground.universe, session, settings, clock=clock, watch=watch)


def _services(
    ground: Ground, features: Features, sides: SidesService, *, backfill: BackfillService
) -> Services:
    clock, database, ring = ground.clock, ground.database, ground.bell.set
    alerts, battles, killmails = features.alerts, features.battles, features.killmails
    limits = ground.settings.alerts
    return Services(
        alerts=alerts,
        alert_report=AlertReport(
            database, alerts, settings=limits, clock=clock, feed=ground.feed_watch, ring=ring
        ),
        backfill=backfill,
        battles=battles,
        battle_history=HistoryService(database, battles, sides),
        battle_reports=ReportService(
            database,
            battles,
            sides,
            load_killmails,
            features.atlas,
            clock=clock,
            load_victims=load_victims,
        ),
        battle_sides=sides,
        clock=clock,
        filters=features.filters,
        fits=features.fits,
        guilds=_guilds(ground, features, sides),
        killmails=killmails,
        names=features.names,
        outbox=OutboxService(database, clock=clock, ring=ring),
        pictures=Pictures(killmails, features.heatmaps, clock=clock),
        posts=Posts(
            database,
            battles,
            killmails,
            clock=clock,
            ring=ring,
            home_of=alerts.home_of,
            hull_class=ground.universe.hull_class,
        ),
        standings=features.standings,
        status=_status(ground, features),
        universe=ground.universe,
    )


def _guilds(ground: Ground, features: Features, sides: SidesService) -> GuildService:
    alerts = features.alerts
    return GuildService(
        ground.database,
        clock=ground.clock,
        forgetters=(
            outbox.forget_guild,
            alerts.forget_guild,
            features.standings.forget_guild,
            sides.forget_guild,
        ),
        changed=alerts.on_guild_changed,
    )


def _status(ground: Ground, features: Features) -> StatusService:
    return StatusService(
        ground.database,
        features.killmails,
        clock=ground.clock,
        version=running_version(),
        feed=ground.feed_watch,
        prices_at=_prices_at(features.prices, ground.clock),
        troubles=lambda: ground.troubles.open,
        limits=ground.settings.alerts,
    )


def _prices_at(prices: PriceService, clock: Clock) -> Callable[[], datetime | None]:
    def prices_at() -> datetime | None:
        age = prices.age()
        return None if age is None else clock() - age

    return prices_at
