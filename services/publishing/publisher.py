"""The publisher: sorts events by what they are and how late they come."""

from collections.abc import Sequence
from datetime import timedelta

from services.alerts.service import AlertService
from services.alerts.settings import AlertSettings
from services.battles.service import BattleService
from services.domain.event import Batch, BattleChanged, Event, KillRevised, KillStored
from services.domain.ids import TypeId
from services.domain.space import HullClass
from services.publishing.battles import BattlePublisher, SeenBy, as_counted
from services.publishing.catch_up import CatchUp, lag_of
from services.publishing.kills import KillPublisher
from services.publishing.ledger import Ledger, Servers
from services.publishing.spots import Desk, HullClassOf, IsLandmark, Matches, ages_of
from services.publishing.summaries import Summaries
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
        hull_class: HullClassOf | None = None,
        is_landmark: IsLandmark,
        seen: SeenBy = as_counted,
    ) -> None:
        """Make it.

        Args:
            alerts: who wants what.
            battles: what belongs to which fight.
            settings: what is still news, and how much of it a channel gets.
            edit_spacing: the least time between two edits of a message.
            hull_class: what a hull counts as; without it cards do not say what attackers flew, nor that capitals came.
            is_landmark: a structure whose fall is told whatever it is worth.
            seen: a battle as servers see it that put parties on other sides.
        """
        self._ages = ages_of(settings)
        self._limit = settings.posts_per_channel_hour
        self._desk = Desk(edit_spacing=edit_spacing)
        self._servers = Servers()
        self._catch_up = CatchUp()
        self._fights = battles
        self._kills = KillPublisher(
            alerts, self._desk, ages=self._ages, limit=self._limit, hull_class=hull_class
        )
        self._battles = BattlePublisher(
            alerts,
            battles,
            self._desk,
            ages=self._ages,
            hull_class=hull_class or _nothing_known,
            is_landmark=is_landmark,
            seen=seen,
        )
        self.matches: Matches = Matches()
        """Alerts met since the process started, by their kind: each once a kill or battle. What came to nothing with
        its transaction does not count: whoever commits adds what `publish` returned."""

    async def publish(self, tx: Transaction, events: Sequence[Event], batch: Batch) -> Matches:
        """Say what there is to say; returns the alerts that were met.

        A backfill posts nothing new; it only brings posted messages up to date.
        """
        ledger = Ledger(
            self._servers,
            self._fights,
            Summaries(self._desk, now=batch.now),
            now=batch.now,
            ages=self._ages,
            limit=self._limit,
        )
        found = await self._publish(tx, events, batch, ledger)
        await ledger.write(tx)
        return found

    async def _publish(
        self, tx: Transaction, events: Sequence[Event], batch: Batch, ledger: Ledger
    ) -> Matches:
        found = Matches()
        stored = [event.arrival for event in events if isinstance(event, KillStored)]
        revised = [event.revision for event in events if isinstance(event, KillRevised)]
        behind = None
        if batch.live and (stored or revised):
            late = [arrival for arrival in stored if lag_of(arrival) > self._ages.behind]
            behind = await self._catch_up.behind(tx, late, backlog=batch.behind, now=batch.now)
        if stored:
            ledger.saw(len(stored))
        for arrival in stored:
            found += await self._kills.publish(tx, arrival, ledger, behind=behind)
        for revision in revised:
            found += await self._kills.publish_revised(
                tx, revision, ledger, live=batch.live, behind=behind
            )
        changed = [event for event in events if isinstance(event, BattleChanged)]
        if changed:
            found += await self._battles.publish(tx, changed, batch, ledger, behind=behind)
        return found


def _nothing_known(_type_id: TypeId | None) -> HullClass:
    return HullClass.OTHER
