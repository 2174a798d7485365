"""What cogs may use: every service by name, made once in `bot.app`."""

from dataclasses import dataclass

from services.alert_report import AlertReport
from services.alerts.service import AlertService
from services.backfill.service import BackfillService
from services.battles.history import HistoryService
from services.battles.reporting import ReportService
from services.battles.service import BattleService
from services.battles.side_moves import SidesService
from services.domain.clock import Clock
from services.filters.service import FilterService
from services.fits.service import FitService
from services.guilds.service import GuildService
from services.killmails.service import KillmailService
from services.names.service import NameService
from services.outbox.service import OutboxService
from services.pictures import Pictures
from services.posting import Posts
from services.standings.service import StandingService
from services.status import StatusService
from services.universe.universe import Universe


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
    clock: Clock
    filters: FilterService
    fits: FitService
    guilds: GuildService
    killmails: KillmailService
    names: NameService
    outbox: OutboxService
    pictures: Pictures
    posts: Posts
    standings: StandingService
    status: StatusService
    universe: Universe
