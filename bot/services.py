"""What cogs may use, put together from the features and what crosses them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.features import Features
from bot.game import Game
from bot.ground import Ground
from bot.version import running_version
from services.alert_report import AlertReport
from services.backfill.service import BackfillService
from services.battles.history import HistoryService
from services.battles.reporting import ReportService
from services.battles.side_moves import SidesService
from services.container import Services
from services.domain.clock import Clock
from services.domain.guild import GuildSettings
from services.guilds.service import GuildService
from services.killmails.store import load_killmails, load_victims
from services.maps import Maps
from services.news_samples import NewsSamples
from services.news_trials import NewsTrials
from services.outbox import store as outbox
from services.outbox.service import OutboxService
from services.pictures import Pictures
from services.posting import Posts
from services.prices.service import PriceService
from services.status import StatusService
from services.storage.database import Transaction


def build_services(
    ground: Ground,
    features: Features,
    game: Game,
    sides: SidesService,
    *,
    backfill: BackfillService,
    paces: Mapping[str, timedelta],
) -> Services:
    """All of them, by name. `paces`: how often each polled source is asked."""
    clock, database, ring = ground.clock, ground.database, ground.bell.set
    alerts, battles, killmails = features.alerts, features.battles, features.killmails
    trials = NewsTrials(database, alerts, clock=clock)
    return Services(
        alerts=alerts,
        alert_report=_alert_report(ground, features, paces),
        backfill=backfill,
        battles=battles,
        battle_history=HistoryService(database, battles, sides),
        battle_reports=_battle_reports(ground, features, sides),
        battle_sides=sides,
        boards=game.boards,
        clock=clock,
        filters=features.filters,
        fits=features.fits,
        guilds=_guilds(ground, features, game, sides),
        incursions=game.incursions,
        killmails=killmails,
        maps=_maps(ground, features, game),
        names=features.names,
        news_trials=trials,
        occurrences=game.occurrences,
        outbox=OutboxService(database, clock=clock, ring=ring),
        pictures=Pictures(killmails, features.heatmaps, clock=clock),
        posts=_posts(ground, features, game, trials),
        sovereignty=game.sovereignty,
        standings=features.standings,
        status=_status(ground, features),
        timers=game.timers,
        universe=ground.universe,
        warfare=game.warfare,
        wars=game.wars,
    )


def _alert_report(
    ground: Ground, features: Features, paces: Mapping[str, timedelta]
) -> AlertReport:
    return AlertReport(
        ground.database,
        features.alerts,
        settings=ground.settings.alerts,
        clock=ground.clock,
        feed=ground.feed_watch,
        ring=ground.bell.set,
        paces=paces,
    )


def _battle_reports(ground: Ground, features: Features, sides: SidesService) -> ReportService:
    return ReportService(
        ground.database,
        features.battles,
        sides,
        load_killmails,
        features.atlas,
        clock=ground.clock,
        load_victims=load_victims,
    )


def _maps(ground: Ground, features: Features, game: Game) -> Maps:
    return Maps(
        ground.universe,
        features.heatmaps,
        killmails=features.killmails,
        battles=features.battles,
        sovereignty=game.sovereignty,
        warfare=game.warfare,
        occurrences=game.occurrences,
        clock=ground.clock,
    )


def _posts(ground: Ground, features: Features, game: Game, trials: NewsTrials) -> Posts:
    universe, clock = ground.universe, ground.clock
    return Posts(
        ground.database,
        features.battles,
        features.killmails,
        clock=clock,
        ring=ground.bell.set,
        news=NewsSamples(
            trials, game.occurrences, game.sovereignty, universe=universe, clock=clock
        ),
        home_of=features.alerts.home_of,
        hull_class=universe.hull_class,
    )


def _guilds(ground: Ground, features: Features, game: Game, sides: SidesService) -> GuildService:
    alerts = features.alerts

    async def changed(tx: Transaction, settings: GuildSettings) -> None:
        await alerts.on_guild_changed(tx, settings)
        await game.boards.on_guild_changed(tx, settings)

    return GuildService(
        ground.database,
        clock=ground.clock,
        forgetters=(
            outbox.forget_guild,
            alerts.forget_guild,
            features.standings.forget_guild,
            sides.forget_guild,
            game.timers.forget_guild,
            game.boards.forget_guild,
        ),
        changed=changed,
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
