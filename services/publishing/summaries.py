"""Summaries: what is not posted one by one stands in one message a channel and cause, brought up to date.

A summary lives in the outbox: it is read from there, added to, and put back, once a batch however much was added. So a
restart in the middle goes on with it. The digest of quiet hours is put with their end as its time, when the first kill
is held; it comes then, whatever becomes of the quiet hours meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.domain.alert import Alert
from services.domain.battle import Battle
from services.domain.ids import SystemId
from services.domain.isk import IskSum
from services.domain.message import BattleLine, KillSummary, SummaryCause, SummaryMessage
from services.domain.quiet import Quiet
from services.outbox import store as outbox
from services.publishing.spots import Desk, Spot, wish, with_reasons
from services.storage.database import Transaction

NEWS_FOR = timedelta(days=1)
TOP = 3
SYSTEMS = 300
"""Systems of which a summary keeps the kills; of more than so many a picture tells nothing anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Which summary of a channel it is, and when it is news."""

    key: str
    cause: SummaryCause
    expires_at: datetime
    window: tuple[datetime, datetime] | None = None
    limit: int | None = None
    due_at: datetime | None = None
    """Nothing is said before; None: at once."""

    @classmethod
    def of_quiet(cls, quiet: Quiet) -> "Sheet":
        """The digest of quiet hours. Those that end at the same time have one."""
        return cls(
            key=f"quiet:{quiet.until:%Y%m%d%H%M}",
            cause=SummaryCause.QUIET,
            expires_at=quiet.until + NEWS_FOR,
            window=(quiet.since, quiet.until),
            due_at=quiet.until,
        )

    @classmethod
    def of_cap(cls, now: datetime, limit: int) -> "Sheet":
        """The rest of an EVE hour in which a channel has had its posts."""
        begins = now.replace(minute=0, second=0, microsecond=0)
        ends = begins + timedelta(hours=1)
        return cls(
            key=f"cap:{begins:%Y%m%d%H}",
            cause=SummaryCause.CAP,
            expires_at=ends + NEWS_FOR,
            window=(begins, ends),
            limit=limit,
        )

    @classmethod
    def of_catch_up(cls, since: datetime, now: datetime) -> "Sheet":
        """What was missed while the feed was behind."""
        return cls(
            key=f"catch-up:{since:%Y%m%d%H%M%S}",
            cause=SummaryCause.BEHIND,
            expires_at=now + NEWS_FOR,
        )


class Summaries:
    """Those that one batch adds to. `write` puts them into the outbox."""

    def __init__(self, desk: Desk, *, now: datetime) -> None:
        self._desk = desk
        self._now = now
        self._drafts: dict[tuple[Spot, str], tuple[Sheet, SummaryMessage]] = {}

    async def add_kill(
        self,
        tx: Transaction,
        spot: Spot,
        sheet: Sheet,
        kill: KillSummary,
        *,
        alerts: Iterable[Alert],
        lag: timedelta = timedelta(0),
    ) -> None:
        """Count a kill."""
        before = await self._load(tx, spot, sheet, kill.time)
        message = replace(
            before,
            since=min(before.since, kill.time),
            until=max(before.until, kill.time),
            lag_seconds=max(before.lag_seconds, lag.total_seconds()),
            kills=before.kills + 1,
            isk=before.isk + IskSum.of([kill.value]),
            top=_top((*before.top, kill)),
            systems=(
                _counted(before.systems, kill.system_id)
                if sheet.cause is SummaryCause.QUIET
                else ()
            ),
        )
        self._keep(spot, sheet, message, alerts)

    async def add_battle(
        self,
        tx: Transaction,
        spot: Spot,
        sheet: Sheet,
        battle: Battle,
        *,
        alerts: Iterable[Alert],
        lag: timedelta = timedelta(0),
    ) -> bool:
        """Name a battle that would have been posted; a newer state replaces the older. True when it is a new name."""
        before = await self._load(tx, spot, sheet, battle.start)
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
            lag_seconds=max(before.lag_seconds, lag.total_seconds()),
            battles=(*others, line),
        )
        self._keep(spot, sheet, message, alerts)
        return len(others) == len(before.battles)

    async def write(self, tx: Transaction) -> None:
        """Put them into the outbox."""
        for (spot, key), (sheet, message) in self._drafts.items():
            await self._desk.put(
                tx,
                spot,
                key,
                message,
                now=self._now,
                expires_at=sheet.expires_at,
                due_at=sheet.due_at,
            )

    async def _load(
        self, tx: Transaction, spot: Spot, sheet: Sheet, moment: datetime
    ) -> SummaryMessage:
        if (draft := self._drafts.get((spot, sheet.key))) is not None:
            return draft[1]
        posting = await outbox.find_message(tx, spot.destination, sheet.key)
        if posting is None:
            return SummaryMessage(
                since=moment,
                until=moment,
                cause=sheet.cause,
                window=sheet.window,
                limit=sheet.limit,
            )
        assert isinstance(posting.message, SummaryMessage)
        return posting.message

    def _keep(
        self, spot: Spot, sheet: Sheet, message: SummaryMessage, alerts: Iterable[Alert]
    ) -> None:
        told = {reason.alert_id for reason in message.reasons}
        new = [wish(alert) for alert in alerts if alert.id not in told]
        message = replace(message, reasons=with_reasons(message.reasons, new))
        self._drafts[spot, sheet.key] = sheet, message


def _top(kills: Iterable[KillSummary]) -> tuple[KillSummary, ...]:
    """The most valuable; what nobody can value stands behind."""
    return tuple(sorted(kills, key=lambda kill: (-(kill.value.isk or 0.0), kill.id))[:TOP])


def _counted(
    systems: tuple[tuple[SystemId, int], ...], system_id: SystemId
) -> tuple[tuple[SystemId, int], ...]:
    """Kills by system, with one more."""
    known = dict(systems)
    if system_id in known or len(known) < SYSTEMS:
        known[system_id] = known.get(system_id, 0) + 1
    return tuple(known.items())
