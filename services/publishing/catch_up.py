"""While the feed is behind, each channel gets one summary instead of a flood, edited until the feed is current again.

That the feed is behind is read off the kills themselves: from their publication to their arrival. When the catching up
began stands in the database, so that a restart in the middle goes on with the same summary.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerts.service import AlertService
from services.domain.alert import Alert
from services.domain.battle import Battle
from services.domain.isk import IskSum
from services.domain.killmail import Arrival
from services.domain.message import BattleLine, CatchUpMessage, KillSummary
from services.outbox import store as outbox
from services.publishing.spots import Desk, Spot, by_channel, reasons_of
from services.storage.database import Transaction
from services.storage.marks import drop_mark, load_mark_time, save_mark

_MARK = "catch-up since"
_NEWS_FOR = timedelta(days=1)


def lag_of(arrival: Arrival) -> timedelta:
    """From publication to arrival; nothing where the publication is not known."""
    if arrival.published_at is None:
        return timedelta(0)
    return arrival.received_at - arrival.published_at


class CatchUp:
    """Knows whether the feed is catching up, and keeps the summaries."""

    def __init__(self, alerts: AlertService, desk: Desk) -> None:
        self._alerts = alerts
        self._desk = desk
        self._calm = False

    async def since(
        self, tx: Transaction, late: Sequence[Arrival], *, now: datetime
    ) -> datetime | None:
        """When the catching up began, if it goes on: it begins with a late kill and ends with a batch without."""
        began = await self._load(tx)
        if late:
            if began is None:
                await save_mark(tx, _MARK, now=now)
                self._calm = False
            return began or now
        if began is not None:
            await drop_mark(tx, _MARK)
        return None

    async def _load(self, tx: Transaction) -> datetime | None:
        """Only a look at the table makes calm: what this transaction changes may yet come to nothing."""
        if self._calm:
            return None
        began = await load_mark_time(tx, _MARK)
        self._calm = began is None
        return began

    async def add_kill(
        self, tx: Transaction, arrival: Arrival, *, since: datetime, now: datetime
    ) -> None:
        """Count a late kill where it matches."""
        kill = KillSummary.of(arrival.killmail)
        matching = by_channel(await self._alerts.matching_kill(tx, arrival.killmail))
        for spot, alerts in matching.items():
            before = await self._before(tx, spot, since, kill.time)
            largest = before.largest
            if largest is None or (kill.value.isk or 0) > (largest.value.isk or 0):
                largest = kill
            message = replace(
                before,
                since=min(before.since, kill.time),
                until=max(before.until, kill.time),
                lag_seconds=max(before.lag_seconds, lag_of(arrival).total_seconds()),
                kills=before.kills + 1,
                isk=before.isk + IskSum.of([kill.value]),
                largest=largest,
            )
            await self._put(tx, spot, message, alerts, since=since, now=now)

    async def add_battle(
        self,
        tx: Transaction,
        spot: Spot,
        battle: Battle,
        alerts: Sequence[Alert],
        *,
        late: Sequence[Arrival],
        since: datetime,
        now: datetime,
    ) -> None:
        """Name a battle that would have been posted; a newer state replaces the older."""
        before = await self._before(tx, spot, since, battle.start)
        line = BattleLine(
            key=battle.key,
            public_id=battle.public_id,
            system_id=battle.system_id,
            kills=battle.kills,
            isk=battle.isk_destroyed,
        )
        message = replace(
            before,
            since=min(before.since, battle.start),
            until=max(before.until, battle.end),
            lag_seconds=max(before.lag_seconds, *(lag_of(a).total_seconds() for a in late)),
            battles=(*(b for b in before.battles if b.key != battle.key), line),
        )
        await self._put(tx, spot, message, alerts, since=since, now=now)

    async def _before(
        self, tx: Transaction, spot: Spot, since: datetime, moment: datetime
    ) -> CatchUpMessage:
        for posting in await outbox.load_messages(tx, [_key(since)]):
            if posting.destination == spot.destination:
                assert isinstance(posting.message, CatchUpMessage)
                return posting.message
        return CatchUpMessage(
            since=moment, until=moment, lag_seconds=0.0, kills=0, isk=IskSum(), largest=None
        )

    async def _put(
        self,
        tx: Transaction,
        spot: Spot,
        message: CatchUpMessage,
        alerts: Sequence[Alert],
        *,
        since: datetime,
        now: datetime,
    ) -> None:
        message = replace(message, reasons=reasons_of(message.reasons, alerts))
        await self._desk.put(tx, spot, _key(since), message, now=now, expires_at=now + _NEWS_FOR)


def _key(since: datetime) -> str:
    return f"catch-up:{since:%Y%m%d%H%M%S}"
