"""What the militias did, from ESI (`/fw/stats`): a polled source, new once a day. Every day is kept."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.domain.ids import FactionId
from services.domain.occurrence import Occurrence
from services.domain.trouble import TroubleWatch
from services.domain.warfare import FactionDay
from services.esi.reading import Reader, Rows
from services.polling.asked import AsksEsi, fetch_route
from services.polling.source import Fetched, Moment, SourceFault
from services.storage.database import Transaction
from services.warfare import store
from services.warfare.settings import WarfareSettings
from services.warfare.wire import STATS, StatsRow

NAME = "fw-stats"


class FwStatsSource:
    """`/fw/stats`."""

    name = NAME

    def __init__(
        self, esi: AsksEsi, settings: WarfareSettings, *, watch: TroubleWatch | None = None
    ) -> None:
        self._esi = esi
        self._settings = settings
        self._reader = Reader(watch)

    @property
    def pace(self) -> timedelta:
        """Once a day."""
        return self._settings.daily_pace

    async def fetch(self, etag: str | None) -> Fetched[Rows[StatsRow]]:
        """Ask. Raises SourceFault."""

        def read(body: bytes) -> Rows[StatsRow]:
            return self._reader.read_rows(body, StatsRow, path=STATS)

        return await fetch_route(self._esi, STATS, read, etag=etag)

    async def take(
        self, tx: Transaction, value: Rows[StatsRow] | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Keep the day's figures. Raises SourceFault where there are none."""
        if value is None:
            return ()
        if not value.rows:
            raise SourceFault("the answer is empty")
        await store.save_days(tx, [_day(row, moment.at.date()) for row in value.rows])
        return ()


def _day(row: StatsRow, day: date) -> FactionDay:
    return FactionDay(
        day=day,
        faction_id=FactionId(row.faction_id),
        pilots=row.pilots,
        systems=row.systems_controlled,
        kills_yesterday=row.kills.yesterday,
        kills_week=row.kills.last_week,
        kills_total=row.kills.total,
        points_yesterday=row.victory_points.yesterday,
        points_week=row.victory_points.last_week,
        points_total=row.victory_points.total,
    )
