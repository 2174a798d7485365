"""The publisher: sorts events by what they are and how late they come."""

from collections.abc import Sequence
from datetime import timedelta

from services.alerts.service import AlertService
from services.alerts.settings import AlertSettings
from services.battles.service import BattleService
from services.domain.event import Batch, BattleChanged, Event, KillRevised, KillStored
from services.publishing.battles import BattlePublisher
from services.publishing.catch_up import CatchUp, lag_of
from services.publishing.kills import KillPublisher
from services.publishing.spots import Ages, Desk, Matches
from services.storage.database import Transaction

__all__ = ["Matches", "Publisher"]


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
        self._ages = Ages.of(settings)
        desk = Desk(edit_spacing=edit_spacing)
        self._catch_up = CatchUp(desk)
        self._kills = KillPublisher(alerts, desk, self._catch_up, ages=self._ages)
        self._battles = BattlePublisher(alerts, battles, desk, self._catch_up, ages=self._ages)
        self.matches: Matches = Matches()
        """Alerts met since the process started, by their kind: each once a kill or battle. What came to nothing with
        its transaction does not count: whoever commits adds what `publish` returned."""

    async def publish(self, tx: Transaction, events: Sequence[Event], batch: Batch) -> Matches:
        """Say what there is to say; returns the alerts that were met.

        A backfill posts nothing new; it only brings posted messages up to date.
        """
        found = Matches()
        stored = [event.arrival for event in events if isinstance(event, KillStored)]
        revised = [event.revision for event in events if isinstance(event, KillRevised)]
        behind = None
        if batch.live and (stored or revised):
            late = [arrival for arrival in stored if lag_of(arrival) > self._ages.behind]
            behind = await self._catch_up.behind(tx, late, backlog=batch.behind, now=batch.now)
        for arrival in stored:
            found += await self._kills.publish(tx, arrival, behind=behind, now=batch.now)
        for revision in revised:
            found += await self._kills.publish_revised(
                tx, revision, live=batch.live, behind=behind, now=batch.now
            )
        changed = [event for event in events if isinstance(event, BattleChanged)]
        if changed:
            found += await self._battles.publish(tx, changed, batch, behind=behind)
        return found
