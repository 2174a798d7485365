"""What cogs may use: every service by name, made once in `bot.app`."""

from dataclasses import dataclass

from services.alert_report import AlertReport
from services.alerts.service import AlertService
from services.backfill.service import BackfillService
from services.battles.history import HistoryService
from services.battles.reporting import ReportService
from services.battles.service import BattleService
from services.battles.side_moves import SidesService
from services.boards.service import BoardService
from services.domain.clock import Clock
from services.filters.service import FilterService
from services.fits.service import FitService
from services.guilds.service import GuildService
from services.incursions.service import IncursionService
from services.killmails.service import KillmailService
from services.maps import Maps
from services.names.service import NameService
from services.news_trials import NewsTrials
from services.occurrences.service import OccurrenceService
from services.outbox.service import OutboxService
from services.pictures import Pictures
from services.posting import Posts
from services.sovereignty.service import SovereigntyService
from services.standings.service import StandingService
from services.status import StatusService
from services.timers.service import TimerService
from services.universe.universe import Universe
from services.warfare.service import WarfareService
from services.wars.service import WarService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Read-only; nothing here knows Discord."""

    alerts: AlertService
    alert_report: AlertReport
    backfill: BackfillService
    battles: BattleService
    battle_history: HistoryService
    battle_reports: ReportService
    battle_sides: SidesService
    boards: BoardService
    clock: Clock
    filters: FilterService
    fits: FitService
    guilds: GuildService
    incursions: IncursionService
    killmails: KillmailService
    maps: Maps
    names: NameService
    news_trials: NewsTrials
    occurrences: OccurrenceService
    outbox: OutboxService
    pictures: Pictures
    posts: Posts
    sovereignty: SovereigntyService
    standings: StandingService
    status: StatusService
    timers: TimerService
    universe: Universe
    warfare: WarfareService
    wars: WarService
