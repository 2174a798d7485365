"""While the feed is behind, each channel gets one summary instead of a flood, edited until the feed is current again.

That the feed is behind is read off the kills themselves, from their publication to their arrival; a feed that reads its
backlog beside what happens now also says so (`Batch.behind`). The catching up begins with a kill that comes late, and
ends with the first batch that is neither late nor taken while a backlog remains: kills of now come in between, and are
told as always. When it began stands in the database, so that a restart in the middle goes on with the same summary.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.domain.alert import Alert
from services.domain.battle import Battle
from services.domain.isk import IskSum
from services.domain.killmail import Arrival
from services.domain.message import BattleLine, CatchUpMessage, KillSummary
from services.outbox import store as outbox
from services.publishing.spots import Desk, Spot, Wanted, reasons_of
from services.storage.database import Transaction
from services.storage.marks import drop_mark, load_mark_time, save_mark

_MARK = "catch-up since"
_NEWS_FOR = timedelta(days=1)


def lag_of(arrival: Arrival) -> timedelta:
    """From publication to arrival; nothing where the publication is not known."""
    if arrival.published_at is None:
        return timedelta(0)
    return arrival.received_at - arrival.published_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The feed is catching up: since when, and the late kills of this batch."""

    since: datetime
    late: Sequence[Arrival]


class CatchUp:
    """Knows whether the feed is catching up, and keeps the summaries."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._calm = False

    async def behind(
        self, tx: Transaction, late: Sequence[Arrival], *, backlog: bool, now: datetime
    ) -> Behind | None:
        """How the catching up stands with this batch; None when there is none, or when it has just ended.

        `backlog`: the feed says that there is more to read.
        """
        began = await self._load(tx)
        if late and began is None:
            await save_mark(tx, _MARK, now=now)
            self._calm = False
            began = now
        elif began is not None and not late and not backlog:
            await drop_mark(tx, _MARK)
            began = None
        return None if began is None else Behind(since=began, late=late)

    async def _load(self, tx: Transaction) -> datetime | None:
        """Only a look at the table makes calm: what this transaction changes may yet come to nothing."""
        if self._calm:
            return None
        began = await load_mark_time(tx, _MARK)
        self._calm = began is None
        return began

    async def add_kill(
        self, tx: Transaction, arrival: Arrival, wanted: Wanted, *, since: datetime, now: datetime
    ) -> None:
        """Count a late kill where it is wanted."""
        kill = KillSummary.of(arrival.killmail)
        for spot, alerts in wanted.items():
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
        behind: Behind,
        now: datetime,
    ) -> bool:
        """Name a battle that would have been posted; a newer state replaces the older. True when it is a new name."""
        since = behind.since
        before = await self._before(tx, spot, since, battle.start)
        others = [known for known in before.battles if known.key != battle.key]
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
            lag_seconds=max(
                [before.lag_seconds, *(lag_of(a).total_seconds() for a in behind.late)]
            ),
            battles=(*others, line),
        )
        await self._put(tx, spot, message, alerts, since=since, now=now)
        return len(others) == len(before.battles)

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
