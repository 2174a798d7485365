"""How the bot is: one look at every part, honest about what is not known."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.alerts.settings import AlertSettings
from services.domain.clock import Clock
from services.domain.trouble import TroubleState
from services.feeds.items import FeedStatus
from services.killmails.service import KillmailService
from services.killmails.store import Totals
from services.outbox import overview
from services.outbox.overview import Queue
from services.stock import Stock, Stocktaker
from services.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A snapshot taken at `now`. `feed` is None where no feed runs (a demo, a command line)."""

    now: datetime
    version: str
    started_at: datetime
    feed: FeedStatus | None
    totals: Totals
    queue: Queue
    blocked: int
    """Destinations that Discord refuses."""
    database_bytes: int
    prices_at: datetime | None
    """When market prices were last fetched; None: never, values are typical losses."""
    stock: Stock
    """What is counted now and then, and what waits."""
    troubles: tuple[TroubleState, ...]
    """What is wrong at this moment: first what the operator is told of, the oldest first."""
    limits: AlertSettings
    """What is still news, and how much of it a server and a channel get."""


class StatusService:
    """Asks everybody."""

    def __init__(
        self,
        database: Database,
        killmails: KillmailService,
        *,
        clock: Clock,
        version: str,
        feed: Callable[[], FeedStatus | None],
        prices_at: Callable[[], datetime | None],
        troubles: Callable[[], Iterable[TroubleState]] = tuple,
        limits: AlertSettings | None = None,
    ) -> None:
        self._database = database
        self._killmails = killmails
        self._clock = clock
        self._version = version
        self._feed = feed
        self._prices_at = prices_at
        self._troubles = troubles
        self._limits = limits or AlertSettings()
        self.stock = Stocktaker(database, clock=clock)
        self._started_at = clock()

    async def look(self) -> Status:
        """A snapshot, now."""
        totals = await self._killmails.totals()
        async with self._database.read() as tx:
            queue = await overview.load_queue(tx)
            blocked = await overview.load_blocked(tx)
        return Status(
            now=self._clock(),
            version=self._version,
            started_at=self._started_at,
            feed=self._feed(),
            totals=totals,
            queue=queue,
            blocked=len(blocked),
            database_bytes=await self._database.size(),
            prices_at=self._prices_at(),
            stock=await self.stock.look(),
            troubles=tuple(self._troubles()),
            limits=self._limits,
        )
