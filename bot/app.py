"""The composition root: the only place that knows how everything fits together.

`open_house` opens what has to be closed and builds the services, without Discord; the command line, the demo and the
bot all live in such a house. `bot.live` adds the loops.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from bot.day_sources import build_day_sources
from bot.lookups import atlas, group_of, is_mutated, region_of, static_names
from bot.price_hubs import build_hubs
from bot.settings import Settings
from bot.version import running_version
from services.alerts.service import AlertService
from services.backfill.service import BackfillService
from services.battles.service import BattleService
from services.container import Services
from services.domain.clock import Clock, system_clock
from services.domain.ids import GuildId
from services.domain.trouble import TroubleWatch
from services.esi.client import EsiAnswer, EsiClient
from services.esi.errors import EsiUnavailable
from services.esi_memory.store import EsiMemoryStore
from services.feeds.http import create_session, user_agent
from services.feeds.items import FeedStatus
from services.guilds.service import GuildService
from services.killmails.retention import Retention
from services.killmails.service import KillmailService
from services.killmails.store import load_killmails
from services.names.service import NameService
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
from services.prices.typical import TypicalValues
from services.publishing.publisher import Publisher
from services.rendering.service import HeatmapService
from services.rendering.worker import RenderWorker
from services.revaluing import Revaluing
from services.status import StatusService
from services.storage.database import Database
from services.troubles.board import TroubleBoard
from services.universe.universe import Universe
from services.universe.update import UniverseUpdater


@dataclass(slots=True)
class FeedWatch:
    """Lets `/status` ask a feed that is built later than it."""

    ask: Callable[[], FeedStatus | None] = lambda: None

    def __call__(self) -> FeedStatus | None:
        """How the feed stands; None where none runs."""
        return self.ask()


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
        ground = _Ground(
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What everything else is built on."""

    settings: Settings
    clock: Clock
    database: Database
    universe: Universe
    bell: asyncio.Event
    feed_watch: FeedWatch
    operators: OperatorNotices
    troubles: TroubleBoard


@dataclass(frozen=True, slots=True, kw_only=True)
class _Features:
    """The features, which know nothing of each other."""

    esi: EsiClient | None
    alerts: AlertService
    battles: BattleService
    killmails: KillmailService
    names: NameService
    prices: PriceService
    heatmaps: HeatmapService


def _build(
    ground: _Ground, session: aiohttp.ClientSession | None, render_worker: RenderWorker
) -> House:
    settings, clock, database = ground.settings, ground.clock, ground.database
    features = _features(ground, session, render_worker)
    publisher = Publisher(
        features.alerts,
        features.battles,
        settings=settings.alerts,
        edit_spacing=timedelta(seconds=settings.outbox.edit_spacing_seconds),
    )
    pipeline = Pipeline(
        database,
        publisher,
        [features.battles],
        price=features.prices.value_of,
        clock=clock,
        ring=ground.bell.set,
        watch=ground.troubles,
    )
    return House(
        settings=settings,
        clock=clock,
        database=database,
        session=session,
        services=_services(ground, features, _backfill(ground, session, pipeline)),
        pipeline=pipeline,
        notices=Notices(features.alerts, clock=clock),
        esi=features.esi,
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


def _features(
    ground: _Ground, session: aiohttp.ClientSession | None, render_worker: RenderWorker
) -> _Features:
    settings, clock, database = ground.settings, ground.clock, ground.database
    universe = ground.universe
    esi = _esi(ground, session)
    return _Features(
        esi=esi,
        alerts=AlertService(
            database,
            settings.alerts,
            clock=clock,
            region_of=region_of(universe),
            unblock=outbox.unblock,
        ),
        battles=BattleService(
            database, atlas(universe), load_killmails, settings=settings.battles, clock=clock
        ),
        killmails=KillmailService(database),
        names=NameService(
            database,
            esi,
            settings=settings.names,
            clock=clock,
            static=static_names(universe),
            watch=ground.troubles,
        ),
        prices=PriceService(
            database,
            esi or _NoEsi(),
            typical=TypicalValues.load(),
            group_of=group_of(universe),
            is_mutated=is_mutated(universe),
            settings=settings.prices,
            clock=clock,
            hubs=build_hubs(settings.prices, session, universe, clock=clock),
            watch=ground.troubles,
        ),
        heatmaps=HeatmapService(universe, render_worker),
    )


def _esi(ground: _Ground, session: aiohttp.ClientSession | None) -> EsiClient | None:
    if session is None:
        return None
    settings, clock = ground.settings.esi, ground.clock
    memory = EsiMemoryStore(ground.database, settings, clock=clock)
    return EsiClient(session, settings, clock=clock, memory=memory, watch=ground.troubles)


def _backfill(
    ground: _Ground, session: aiohttp.ClientSession | None, pipeline: Pipeline
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


def _updater(ground: _Ground, session: aiohttp.ClientSession | None) -> UniverseUpdater | None:
    if session is None:
        return None
    settings, clock, watch = ground.settings.universe, ground.clock, ground.troubles
    return UniverseUpdater(ground.universe, session, settings, clock=clock, watch=watch)


def _services(ground: _Ground, features: _Features, backfill: BackfillService) -> Services:
    clock, database, ring = ground.clock, ground.database, ground.bell.set
    alerts, battles, killmails = features.alerts, features.battles, features.killmails
    return Services(
        alerts=alerts,
        backfill=backfill,
        battles=battles,
        clock=clock,
        guilds=GuildService(
            database,
            clock=clock,
            forgetters=(outbox.forget_guild, alerts.forget_guild),
            changed=alerts.on_guild_changed,
        ),
        killmails=killmails,
        names=features.names,
        outbox=OutboxService(database, clock=clock, ring=ring),
        pictures=Pictures(killmails, features.heatmaps, clock=clock),
        posts=Posts(database, battles, killmails, clock=clock, ring=ring),
        status=StatusService(
            database,
            killmails,
            clock=clock,
            version=running_version(),
            feed=ground.feed_watch,
            prices_at=_prices_at(features.prices, clock),
            troubles=lambda: ground.troubles.open,
        ),
        universe=ground.universe,
    )


class _NoEsi:
    """Stands where ESI would, in a house without a network: nobody may ask it."""

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        """Always refuses."""
        raise EsiUnavailable(f"{path} (ETag {etag}) was asked for without a network")


def _prices_at(prices: PriceService, clock: Clock) -> Callable[[], datetime | None]:
    def prices_at() -> datetime | None:
        age = prices.age()
        return None if age is None else clock() - age

    return prices_at
