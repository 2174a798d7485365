"""The composition root: the only place that knows how everything fits together.

`open_house` opens what has to be closed and builds the services, without Discord; the command line, the demo and the
bot all live in such a house. `bot.live` adds the loops.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from bot.day_sources import build_day_sources
from bot.features import Features, build_features
from bot.game import Game, build_game, build_pollers
from bot.ground import FeedWatch, Ground
from bot.lookups import is_landmark, region_of
from bot.services import build_services
from bot.settings import Settings
from bot.version import running_version
from services.backfill.service import BackfillService
from services.battles.acquaintances import Acquaintances
from services.battles.side_moves import SidesService
from services.container import Services
from services.domain.battle import Battle
from services.domain.clock import Clock, system_clock
from services.domain.ids import GuildId
from services.domain.trouble import TroubleWatch
from services.esi.client import EsiClient
from services.feeds.http import create_session, user_agent
from services.killmails.retention import Retention
from services.killmails.store import load_killmails
from services.notices import Notices, OperatorNotices
from services.outbox.sender import Sender
from services.outbox.unnamed import Unnamed
from services.outbox.worker import OutboxWorker
from services.pipeline import Pipeline
from services.polling.poller import Poller
from services.prices.service import PriceService
from services.publishing.boards import BoardKeeper
from services.publishing.news import NewsPublisher
from services.publishing.publisher import Publisher
from services.publishing.reminders import Reminders
from services.rendering.service import HeatmapService
from services.rendering.worker import RenderWorker
from services.revaluing import Revaluing
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
    game: Game
    pollers: tuple[Poller[Any], ...]
    """What is asked again and again; none without a network."""
    reminders: Reminders
    board_keeper: BoardKeeper
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
    game = build_game(ground, features.esi)
    publisher, pipeline, sides = _way_in(ground, features)
    pollers, reminders = _watched(ground, features, session)
    return House(
        settings=settings,
        clock=clock,
        database=database,
        session=session,
        services=build_services(
            ground,
            features,
            game,
            sides,
            backfill=_backfill(ground, session, pipeline),
            paces={poller.name: poller.pace for poller in pollers},
        ),
        game=game,
        pollers=pollers,
        reminders=reminders,
        board_keeper=_board_keeper(ground, game),
        pipeline=pipeline,
        notices=Notices(features.alerts, clock=clock),
        esi=features.esi,
        acquaintances=features.acquaintances,
        prices=features.prices,
        unnamed=_unnamed(ground, features),
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


def _watched(
    ground: Ground, features: Features, session: aiohttp.ClientSession | None
) -> tuple[tuple[Poller[Any], ...], Reminders]:
    """What is asked again and again, and what is said when its time has come: both tell by one publisher."""
    settings = ground.settings
    news = NewsPublisher(
        features.alerts,
        features.battles,
        settings=settings.alerts,
        edit_spacing=timedelta(seconds=settings.outbox.edit_spacing_seconds),
    )
    reminders = Reminders(
        ground.database,
        news,
        features.alerts,
        ground.universe,
        clock=ground.clock,
        ring=ground.bell.set,
        pace=settings.sovereignty.campaigns_pace,
    )
    pollers = build_pollers(
        ground, features.esi, session, standings=features.standings, tell=news.tell
    )
    return pollers, reminders


def _board_keeper(ground: Ground, game: Game) -> BoardKeeper:
    return BoardKeeper(
        ground.database,
        game.sovereignty,
        ground.settings.boards,
        region_of=region_of(ground.universe),
        clock=ground.clock,
        ring=ground.bell.set,
    )


def _unnamed(ground: Ground, features: Features) -> Unnamed:
    return Unnamed(
        ground.database,
        features.names.news,
        clock=ground.clock,
        edit_spacing=timedelta(seconds=ground.settings.outbox.edit_spacing_seconds),
        ring=ground.bell.set,
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
