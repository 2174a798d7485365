"""The publisher: sorts events by what they are and how late they come."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.alerts.service import AlertService
from services.alerts.settings import AlertSettings
from services.battles.service import BattleService
from services.domain.alert import Reason
from services.domain.event import Batch, BattleChanged, Event, KillStored
from services.domain.killmail import Arrival
from services.domain.message import KillMessage, KillSummary
from services.publishing.battles import BattlePublisher, Behind
from services.publishing.catch_up import CatchUp, lag_of
from services.publishing.spots import Ages, Desk, by_channel, roles_of
from services.storage.database import Transaction


class Publisher:
    """Turns events into what channels are told."""

    def __init__(
        self,
        alerts: AlertService,
        battles: BattleService,
        *,
        settings: AlertSettings,
        edit_spacing: timedelta,
    ) -> None:
        self._alerts = alerts
        self._ages = Ages.of(settings)
        self._desk = Desk(edit_spacing=edit_spacing)
        self._catch_up = CatchUp(alerts, self._desk)
        self._battles = BattlePublisher(
            alerts, battles, self._desk, self._catch_up, ages=self._ages
        )

    async def publish(self, tx: Transaction, events: Sequence[Event], batch: Batch) -> None:
        """Say what there is to say. A backfill posts nothing new; it only brings posted messages up to date."""
        arrivals = [event.arrival for event in events if isinstance(event, KillStored)]
        behind = await self._publish_kills(tx, arrivals, batch.now) if arrivals else None
        changed = [event for event in events if isinstance(event, BattleChanged)]
        if changed:
            await self._battles.publish(tx, changed, batch, behind=behind)

    async def _publish_kills(
        self, tx: Transaction, arrivals: Sequence[Arrival], now: datetime
    ) -> Behind | None:
        late = [arrival for arrival in arrivals if lag_of(arrival) > self._ages.behind]
        since = await self._catch_up.since(tx, late, now=now)
        for arrival in arrivals:
            if lag_of(arrival) > self._ages.behind:
                assert since is not None
                await self._catch_up.add_kill(tx, arrival, since=since, now=now)
            elif now - arrival.killmail.time <= self._ages.post:
                await self._publish_kill(tx, arrival, now=now)
        return None if since is None else Behind(since=since, late=late)

    async def _publish_kill(self, tx: Transaction, arrival: Arrival, *, now: datetime) -> None:
        mail = arrival.killmail
        for spot, alerts in by_channel(await self._alerts.matching_kill(tx, mail)).items():
            until = mail.time + self._ages.ping
            message = KillMessage(
                kill=KillSummary.of(mail),
                reasons=tuple(Reason.of(alert) for alert in alerts),
                ping=roles_of(alerts) if now <= until else (),
                ping_until=until,
            )
            expires = mail.time + self._ages.post
            await self._desk.put(tx, spot, f"kill:{mail.id}", message, now=now, expires_at=expires)
