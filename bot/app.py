"""The composition root: the only place that knows how everything fits together.

`open_house` opens what has to be closed and builds the services, without Discord; the command line, the demo and the
bot all live in such a house. `bot.live` adds the loops.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from bot.settings import Settings
from bot.version import running_version
from services.alerts.service import AlertService
from services.battles.service import Atlas, BattleService
from services.container import Services
from services.domain.clock import Clock, system_clock
from services.domain.ids import GroupId, RegionId, SystemId, TypeId
from services.esi.client import EsiAnswer, EsiClient
from services.esi.errors import EsiUnavailable
from services.feeds.http import create_session, user_agent
from services.feeds.items import FeedStatus
from services.guilds.service import GuildService
from services.killmails.retention import Retention
from services.killmails.service import KillmailService
from services.killmails.store import load_killmails
from services.names.service import NameService
from services.notices import Notices
from services.outbox import store as outbox
from services.outbox.sender import Sender
from services.outbox.service import OutboxService
from services.outbox.worker import OutboxWorker
from services.pictures import Pictures
from services.pipeline import Pipeline
from services.posting import Posts
from services.prices.service import PriceService
from services.prices.typical import TypicalValues
from services.publishing.publisher import Publisher
from services.rendering.service import HeatmapService
from services.rendering.worker import RenderWorker
from services.status import StatusService
from services.storage.database import Database
from services.universe.universe import Universe


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
    prices: PriceService
    retention: Retention
    heatmaps: HeatmapService
    feed_watch: FeedWatch
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
        ground = _Ground(
            settings=settings,
            clock=clock,
            database=database,
            universe=universe or Universe.load(),
            bell=asyncio.Event(),
            feed_watch=FeedWatch(),
        )
        house = _build(ground, session, worker)
        stack.push_async_callback(house.services.names.aclose)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Features:
    """The features, which know nothing of each other."""

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
    return House(
        settings=settings,
        clock=clock,
        database=database,
        session=session,
        services=_services(ground, features),
        pipeline=Pipeline(
            database,
            publisher,
            [features.battles],
            price=features.prices.value_of,
            clock=clock,
            ring=ground.bell.set,
        ),
        notices=Notices(features.alerts, clock=clock),
        prices=features.prices,
        retention=Retention(
            database, settings.killmails, clock=clock, before=features.battles.before_pruning
        ),
        heatmaps=features.heatmaps,
        feed_watch=ground.feed_watch,
        bell=ground.bell,
    )


def _features(
    ground: _Ground, session: aiohttp.ClientSession | None, render_worker: RenderWorker
) -> _Features:
    settings, clock, database = ground.settings, ground.clock, ground.database
    universe = ground.universe
    esi = EsiClient(session, settings.esi, clock=clock) if session else None
    return _Features(
        alerts=AlertService(
            database,
            settings.alerts,
            clock=clock,
            region_of=_region_of(universe),
            unblock=outbox.unblock,
        ),
        battles=BattleService(
            database, _atlas(universe), load_killmails, settings=settings.battles, clock=clock
        ),
        killmails=KillmailService(database),
        names=NameService(
            database,
            esi,
            settings=settings.names,
            clock=clock,
            static=_static_names(universe),
        ),
        prices=PriceService(
            database,
            esi or _NoEsi(),
            typical=TypicalValues.load(),
            group_of=_group_of(universe),
            settings=settings.prices,
            clock=clock,
        ),
        heatmaps=HeatmapService(universe, render_worker),
    )


def _services(ground: _Ground, features: _Features) -> Services:
    clock, database, ring = ground.clock, ground.database, ground.bell.set
    alerts, battles, killmails = features.alerts, features.battles, features.killmails
    return Services(
        alerts=alerts,
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
            battles,
            clock=clock,
            version=running_version(),
            feed=ground.feed_watch,
            prices_at=_prices_at(features.prices, clock),
        ),
        universe=ground.universe,
    )


class _NoEsi:
    """Stands where ESI would, in a house without a network: nobody may ask it."""

    async def get_json(self, path: str, *, etag: str | None = None) -> EsiAnswer:
        """Always refuses."""
        raise EsiUnavailable(f"{path} (ETag {etag}) was asked for without a network")


def _region_of(universe: Universe) -> Callable[[SystemId], RegionId | None]:
    def region_of(system_id: SystemId) -> RegionId | None:
        system = universe.find_system(system_id)
        return system.region_id if system else None

    return region_of


def _group_of(universe: Universe) -> Callable[[TypeId], GroupId | None]:
    def group_of(type_id: TypeId) -> GroupId | None:
        kind = universe.find_type(type_id)
        return kind.group_id if kind else None

    return group_of


def _atlas(universe: Universe) -> Atlas:
    def system_name(system_id: SystemId) -> str:
        system = universe.find_system(system_id)
        return system.name if system else str(system_id)

    return Atlas(
        space_of=universe.space_of,
        region_of=_region_of(universe),
        system_name=system_name,
        hull_class=universe.hull_class,
    )


def _static_names(universe: Universe) -> Mapping[int, str]:
    corporations = {int(key): found.name for key, found in universe.npc_corporations.items()}
    return corporations | {int(key): found.name for key, found in universe.factions.items()}


def _prices_at(prices: PriceService, clock: Clock) -> Callable[[], datetime | None]:
    def prices_at() -> datetime | None:
        age = prices.age()
        return None if age is None else clock() - age

    return prices_at
