"""The services between a feed and Discord, put together as the bot has them, around channels in memory."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from bot.lookups import is_landmark
from services.alert_report import AlertReport
from services.alerts import counts
from services.alerts.service import AlertService
from services.alerts.settings import AlertSettings
from services.battles.acquaintances import Acquaintances
from services.battles.atlas import Atlas
from services.battles.history import HistoryService
from services.battles.reporting import ReportService
from services.battles.service import BattleService
from services.battles.settings import BattleSettings
from services.battles.side_moves import SidesService
from services.domain.alert import Outcome
from services.domain.battle import Battle
from services.domain.delivery import Destination, DestinationKind, Posting
from services.domain.ids import AlertId, GuildId
from services.domain.killmail import Arrival, Killmail
from services.domain.message import Message
from services.domain.space import HullClass, Space
from services.feeds.intake import Intake
from services.feeds.items import FeedStatus
from services.guilds.service import GuildService
from services.killmails.retention import Retention
from services.killmails.settings import KillmailSettings
from services.killmails.store import load_killmails, load_victims
from services.notices import Notices
from services.outbox import store as outbox
from services.outbox.settings import OutboxSettings
from services.outbox.worker import OutboxWorker
from services.pipeline import Pipeline, Taken
from services.publishing.publisher import Publisher
from services.standings.service import StandingService
from services.storage.database import Database, Transaction
from services.storage.schema import metadata
from services.storage.tables import outbox as outbox_table
from tests.factories import CHANNEL, HandClock, arrival, region_of, universe
from tests.fakes.channels import Channels

SPACING = timedelta(seconds=60)


def channel(number: int = CHANNEL) -> Destination:
    return Destination(DestinationKind.CHANNEL, number)


def person(number: int) -> Destination:
    return Destination(DestinationKind.USER, number)


ATLAS = Atlas(
    space_of=lambda _system_id: Space.NULL,
    region_of=region_of,
    system_name=lambda system_id: f"S{system_id}",
    hull_class=lambda type_id: HullClass.POD if type_id == 670 else HullClass.FRIGATE,
)


class Newsroom:
    """One process. `restart` forgets everything that is only in memory."""

    def __init__(
        self, database: Database, *, clock: HandClock | None = None, atlas: Atlas = ATLAS
    ) -> None:
        self.database = database
        self.atlas = atlas
        self.clock = clock or HandClock()
        self.channels = Channels(self.clock)
        self.outbox_settings = OutboxSettings()
        self.alert_settings = AlertSettings()
        self.feed: FeedStatus | None = None
        self.bell = asyncio.Event()
        self.restart()

    def restart(self) -> None:
        """Build every service anew, as a process that starts does."""
        database, clock = self.database, self.clock
        self.standings = StandingService(database, clock=clock, changed=self._on_standings)
        self.alerts = AlertService(
            database,
            self.alert_settings,
            clock=clock,
            region_of=region_of,
            unblock=outbox.unblock,
            universe=universe(),
            standings_of=self.standings.load_standings,
        )
        self.acquaintances = Acquaintances(database, load_killmails, clock=clock)
        self.battles = BattleService(
            database,
            self.atlas,
            load_killmails,
            settings=BattleSettings(),
            clock=clock,
            acquaintances=self.acquaintances,
        )
        self.publisher = Publisher(
            self.alerts,
            self.battles,
            settings=self.alert_settings,
            edit_spacing=SPACING,
            hull_class=self.atlas.hull_class,
            is_landmark=is_landmark(universe()),
            seen=self._seen,
        )
        self.report = AlertReport(
            database,
            self.alerts,
            settings=self.alert_settings,
            clock=clock,
            feed=lambda: self.feed,
            ring=self.bell.set,
        )
        self.notices = Notices(self.alerts, clock=clock)
        self.pipeline = self.make_pipeline()
        self.sides = SidesService(
            database,
            load_killmails,
            self.atlas,
            clock=clock,
            tell=self.pipeline.tell,
            ring=self.bell.set,
            acquaintances=self.acquaintances,
            remembered=self.battles.load_mails,
        )
        self.reports = ReportService(
            database,
            self.battles,
            self.sides,
            load_killmails,
            self.atlas,
            clock=clock,
            load_victims=load_victims,
        )
        self.history = HistoryService(database, self.battles, self.sides)
        self.guilds = GuildService(
            database,
            clock=clock,
            forgetters=(
                outbox.forget_guild,
                counts.forget_guild,
                self.alerts.forget_guild,
                self.standings.forget_guild,
                self.sides.forget_guild,
            ),
            changed=self.alerts.on_guild_changed,
        )
        self.worker = self.make_worker()

    async def _seen(
        self, tx: Transaction, battle: Battle, guild_ids: Collection[GuildId]
    ) -> Mapping[GuildId, Battle]:
        return await self.sides.seen(tx, battle, guild_ids)

    async def _on_standings(self, tx: Transaction) -> None:
        await self.alerts.touch(tx)

    def make_pipeline(self, **changes: Any) -> Pipeline:
        parts: dict[str, Any] = {
            "publisher": self.publisher,
            "consumers": [self.battles],
            "price": unpriced,
            "clock": self.clock,
            "ring": self.bell.set,
        }
        return Pipeline(self.database, **(parts | changes))

    def make_worker(self, **settings: Any) -> OutboxWorker:
        return OutboxWorker(
            self.database,
            self.channels,
            self.notices,
            settings=self.outbox_settings.model_copy(update=settings),
            clock=self.clock,
            bell=self.bell,
        )

    def retention(self, **settings: Any) -> Retention:
        return Retention(
            self.database,
            KillmailSettings(**settings),
            clock=self.clock,
            before=self.battles.before_pruning,
        )

    async def take(
        self, *mails: Killmail | Arrival, live: bool = True, published: bool = True, **intake: Any
    ) -> Taken:
        """Bring killmails in; those without an arrival came in a minute after the kill, and were published then.

        `published=False`: nobody knows when, as with archives.
        """
        arrivals = tuple(m if isinstance(m, Arrival) else arrival(m) for m in mails)
        if not published:
            arrivals = tuple(replace(a, published_at=None) for a in arrivals)
        return await self.pipeline.take(Intake(live=live, arrivals=arrivals, **intake))

    async def put(self, key: str, message: Message, place: Destination, **fields: Any) -> None:
        """Say that this should stand there."""
        fields = {"guild_id": None, **fields}
        posting = Posting(destination=place, dedupe_key=key, message=message, **fields)
        async with self.database.write() as tx:
            await outbox.put(tx, posting, now=self.clock(), edit_spacing=SPACING)

    async def drain(self, **after: float) -> None:
        """Let time pass, then send what is due."""
        self.clock.advance(**after)
        await self.worker.drain()

    async def counted(self, alert_id: int) -> dict[Outcome, int]:
        """The counters of the last seven days."""
        async with self.database.read() as tx:
            since = self.clock() - timedelta(days=7)
            return dict((await counts.load(tx, [AlertId(alert_id)], since=since))[alert_id])

    async def states(self) -> dict[str, str]:
        """The state of every row of the outbox by its key."""
        async with self.database.read() as tx:
            rows = (await tx.execute(select(outbox_table).order_by(outbox_table.c.id))).all()
        return {row.dedupe_key: row.state for row in rows}


def unpriced(killmail: Killmail) -> Killmail:
    return killmail


async def dump(database: Database, *, without: Sequence[str] = ()) -> dict[str, list[Any]]:
    """Every row of every table but those named, without what is random."""
    found: dict[str, list[Any]] = {}
    async with database.read() as tx:
        for table in metadata.sorted_tables:
            if table.name in without:
                continue
            columns = [c for c in table.c if c.name not in {"nonce", "claimed_by"}]
            rows = (await tx.execute(select(*columns))).all()
            found[table.name] = sorted((tuple(row) for row in rows), key=repr)
    return found


def late(killmail: Killmail, **span: float) -> Arrival:
    """A mail that was published only so long after the kill."""
    return arrival(killmail, killmail.time + timedelta(**span))


async def empty(database: Database) -> None:
    """Delete every row."""
    async with database.write() as tx:
        for table in metadata.sorted_tables:
            await tx.execute(delete(table))
