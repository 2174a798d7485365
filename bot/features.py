"""The features of the house, each built on the ground; they know nothing of each other, and meet here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from bot.ground import Ground
from bot.lookups import atlas, group_of, is_mutated, region_of, static_names
from bot.price_hubs import build_hubs
from services.alerts.service import AlertService
from services.battles.acquaintances import Acquaintances
from services.battles.atlas import Atlas
from services.battles.service import BattleService
from services.domain.ids import GuildId
from services.domain.names import EntityKind, NameBook, NamedEntity
from services.domain.standing import Standings
from services.esi.client import EsiAnswer, EsiClient
from services.esi.errors import EsiUnavailable
from services.esi_memory.store import EsiMemoryStore
from services.filters.service import FilterService
from services.fits.service import FitService
from services.killmails import items as packing
from services.killmails import kept
from services.killmails.service import KillmailService
from services.killmails.store import load_killmails
from services.names.service import NameService
from services.outbox import store as outbox
from services.prices.service import PriceService
from services.prices.typical import TypicalValues
from services.rendering.service import HeatmapService
from services.rendering.worker import RenderWorker
from services.standings.service import StandingService
from services.storage.database import Transaction

_FILTER_NAMES_SECONDS = 1.0
"""How long the words of a filter wait for names: a form has to be shown within three seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The features, which know nothing of each other."""

    esi: EsiClient | None
    alerts: AlertService
    acquaintances: Acquaintances
    atlas: Atlas
    battles: BattleService
    fits: FitService
    killmails: KillmailService
    names: NameService
    prices: PriceService
    heatmaps: HeatmapService
    standings: StandingService
    filters: FilterService


def build_features(
    ground: Ground, session: aiohttp.ClientSession | None, render_worker: RenderWorker
) -> Features:
    """All of them. Without a session nobody asks the game's API."""
    settings, clock, database = ground.settings, ground.clock, ground.database
    universe = ground.universe
    esi = _esi(ground, session)
    alerts, standings = _alerts_and_standings(ground)
    known, the_map = Acquaintances(database, load_killmails, clock=clock), atlas(universe)
    names = NameService(
        database,
        esi,
        settings=settings.names,
        clock=clock,
        static=static_names(universe),
        watch=ground.troubles,
    )
    return Features(
        esi=esi,
        alerts=alerts,
        standings=standings,
        filters=_filters(ground, names),
        acquaintances=known,
        atlas=the_map,
        battles=BattleService(
            database,
            the_map,
            load_killmails,
            settings=settings.battles,
            clock=clock,
            acquaintances=known,
        ),
        fits=FitService(
            database,
            esi,
            mails=kept,
            packing=packing,
            settings=settings.fits,
            clock=clock,
            watch=ground.troubles,
        ),
        killmails=KillmailService(database, universe),
        names=names,
        prices=_prices(ground, session, esi),
        heatmaps=HeatmapService(universe, render_worker),
    )


def _prices(
    ground: Ground, session: aiohttp.ClientSession | None, esi: EsiClient | None
) -> PriceService:
    settings, universe = ground.settings.prices, ground.universe
    return PriceService(
        ground.database,
        esi or _NoEsi(),
        typical=TypicalValues.load(),
        group_of=group_of(universe),
        is_mutated=is_mutated(universe),
        settings=settings,
        clock=ground.clock,
        hubs=build_hubs(settings, session, universe, clock=ground.clock),
        watch=ground.troubles,
    )


def _alerts_and_standings(ground: Ground) -> tuple[AlertService, StandingService]:
    """Alerts ask who is friend or foe, and are told when that changes."""

    async def standings_of(tx: Transaction) -> Mapping[GuildId, Standings]:
        return await standings.load_standings(tx)

    alerts = AlertService(
        ground.database,
        ground.settings.alerts,
        clock=ground.clock,
        region_of=region_of(ground.universe),
        unblock=outbox.unblock,
        universe=ground.universe,
        standings_of=standings_of,
    )
    standings = StandingService(ground.database, clock=ground.clock, changed=alerts.touch)
    return alerts, standings


def _filters(ground: Ground, names: NameService) -> FilterService:
    async def book(ids: Collection[int]) -> NameBook:
        return await names.book(ids, wait_seconds=_FILTER_NAMES_SECONDS)

    async def search(text: str, kinds: Collection[EntityKind], limit: int) -> Sequence[NamedEntity]:
        return await names.search(text, kinds=kinds, limit=limit)

    return FilterService(ground.universe, resolve=names.resolve, book=book, search=search)


def _esi(ground: Ground, session: aiohttp.ClientSession | None) -> EsiClient | None:
    if session is None:
        return None
    settings, clock = ground.settings.esi, ground.clock
    memory = EsiMemoryStore(ground.database, settings, clock=clock)
    return EsiClient(session, settings, clock=clock, memory=memory, watch=ground.troubles)


class _NoEsi:
    """Stands where ESI would, in a house without a network: nobody may ask it."""

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        """Always refuses."""
        raise EsiUnavailable(f"{path} (ETag {etag}) was asked for without a network")
