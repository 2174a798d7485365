"""Summaries: what is not posted one by one stands in one message a channel and cause, brought up to date.

A summary lives in the outbox: it is read from there, added to, and put back, once a batch however much was added. So a
restart in the middle goes on with it. The digest of quiet hours is put with their end as its time, when the first kill
is held; it comes then, though they be gone by then. Are they prolonged, it waits with the next that is held.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from services.domain.alert import Alert
from services.domain.battle import Battle
from services.domain.delivery import Destination, Posting
from services.domain.ids import BattleKey, SystemId
from services.domain.isk import IskSum, Value
from services.domain.message import (
    BattleLine,
    Counted,
    KillSummary,
    Message,
    SummaryCause,
    SummaryMessage,
)
from services.domain.news import HeldBy, NewsMessage
from services.domain.quiet import Quiet
from services.outbox import store as outbox
from services.publishing.spots import Desk, Spot, wish, with_reasons
from services.storage.database import Transaction

D = TypeVar("D", SummaryMessage, NewsMessage)

NEWS_FOR = timedelta(days=1)
TOP = 3
SYSTEMS = 300
"""Systems of which a summary keeps the kills; of more than so many a picture tells nothing anyway."""
COUNTED = 500
"""Kills that a summary knows again. What is revised is so within minutes; of more, the earliest are forgotten."""


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

    part: int = 1
    """Of those that ended before the summary did, the next one."""

    @property
    def first_key(self) -> str:
        """The same for all parts."""
        return self.key.partition("/")[0]

    def next_part(self) -> "Sheet":
        """The one that goes on when this one has come to its end."""
        return replace(self, key=f"{self.first_key}/{self.part + 1}", part=self.part + 1)

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


async def find_part(
    tx: Transaction, place: Destination, sheet: Sheet
) -> tuple[Sheet, Posting | None]:
    """What stands there, or should. What can never be seen (somebody deleted it) goes on in a message of its own."""
    last, posting = None, await outbox.find_message(tx, place, sheet.key)
    while posting is None and (ended := await outbox.find_ended(tx, place, sheet.key)):
        last, sheet = ended, sheet.next_part()
        posting = await outbox.find_message(tx, place, sheet.key)
    return sheet, posting or last


async def take_prolonged(
    tx: Transaction,
    place: Destination,
    sheet: Sheet,
    alerts: Iterable[Alert],
    *,
    now: datetime,
    kind: type[D],
) -> D | None:
    """The digest of quiet hours that were prolonged, taken back, where all whom it names are held now."""
    assert sheet.window is not None
    now_held = {alert.id for alert in alerts}
    for posting in await outbox.load_unsent(tx, place):
        told = posting.message
        if (
            isinstance(told, kind)
            and is_digest(told)
            and told.window is not None
            and now < told.window[1] < sheet.window[1]
            and now_held >= {reason.alert_id for reason in told.reasons}
            and await outbox.withdraw(tx, place, posting.dedupe_key)
        ):
            return told
    return None


def is_digest(message: Message) -> bool:
    """True for what says after quiet hours what was held."""
    if isinstance(message, NewsMessage):
        return message.held_by is HeldBy.QUIET
    return isinstance(message, SummaryMessage) and message.cause is SummaryCause.QUIET


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
        """Count a kill; one that is counted already is in it with its worth of now."""
        alerts = tuple(alerts)
        sheet, before = await self._load_for(tx, spot, sheet, kill.time, alerts=alerts)
        again = next((known for known in before.counted if known.id == kill.id), None)
        others = tuple(known for known in before.counted if known is not again)
        known = Counted(kill.id, kill.value.isk, kill.value.is_estimate)
        message = replace(
            before,
            since=min(before.since, kill.time),
            until=max(before.until, kill.time),
            lag_seconds=max(before.lag_seconds, lag.total_seconds()),
            isk=_exchanged(before.isk, again, kill.value),
            top=_top((*(other for other in before.top if other.id != kill.id), kill)),
            counted=(*others, known)[-COUNTED:],
        )
        if again is None:
            message = replace(message, kills=before.kills + 1)
            if sheet.cause is SummaryCause.QUIET:
                message = replace(message, systems=_counted(before.systems, kill.system_id))
        self._keep(spot, sheet, message, alerts)

    async def holds(self, tx: Transaction, spot: Spot, sheet: Sheet, kill: KillSummary) -> bool:
        """True when the kill is counted in it already."""
        _, message = await self._load(tx, spot, sheet, kill.time)
        return any(known.id == kill.id for known in message.counted)

    async def add_battle(
        self,
        tx: Transaction,
        spot: Spot,
        sheet: Sheet,
        battle: Battle,
        *,
        absorbed: Collection[BattleKey] = (),
        alerts: Iterable[Alert],
        lag: timedelta = timedelta(0),
    ) -> bool:
        """Name a battle that would have been posted; it takes the place of what it was, and of those it took in.

        True when none of that was named.
        """
        alerts = tuple(alerts)
        sheet, before = await self._load_for(tx, spot, sheet, battle.start, alerts=alerts)
        gone = {battle.key, *absorbed}
        others = [known for known in before.battles if known.key not in gone]
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
        for (spot, _), (sheet, message) in self._drafts.items():
            await self._desk.put(
                tx,
                spot,
                sheet.key,
                message,
                now=self._now,
                expires_at=sheet.expires_at,
                due_at=sheet.due_at,
            )

    async def _load(
        self, tx: Transaction, spot: Spot, sheet: Sheet, moment: datetime
    ) -> tuple[Sheet, SummaryMessage]:
        """As it stands. What can never be seen (somebody deleted it) goes on in a message of its own."""
        if (draft := self._drafts.get((spot, sheet.first_key))) is not None:
            return draft
        sheet, posting = await find_part(tx, spot.destination, sheet)
        if posting is None:
            return sheet, SummaryMessage(
                since=moment,
                until=moment,
                cause=sheet.cause,
                window=sheet.window,
                limit=sheet.limit,
            )
        assert isinstance(posting.message, SummaryMessage)
        return sheet, posting.message

    async def _load_for(
        self,
        tx: Transaction,
        spot: Spot,
        sheet: Sheet,
        moment: datetime,
        *,
        alerts: Sequence[Alert],
    ) -> tuple[Sheet, SummaryMessage]:
        """As `_load`; a digest takes in the one of quiet hours that were prolonged, for all whom that one names."""
        sheet, message = await self._load(tx, spot, sheet, moment)
        if sheet.cause is not SummaryCause.QUIET or message.reasons:
            return sheet, message
        told = await take_prolonged(
            tx, spot.destination, sheet, alerts, now=self._now, kind=SummaryMessage
        )
        if told is None:
            return sheet, message
        assert sheet.window is not None
        assert told.window is not None
        return sheet, replace(told, window=(told.window[0], sheet.window[1]))

    def _keep(
        self, spot: Spot, sheet: Sheet, message: SummaryMessage, alerts: Iterable[Alert]
    ) -> None:
        told = {reason.alert_id for reason in message.reasons}
        new = [wish(alert) for alert in alerts if alert.id not in told]
        message = replace(message, reasons=with_reasons(message.reasons, new))
        self._drafts[spot, sheet.first_key] = sheet, message


def _top(kills: Iterable[KillSummary]) -> tuple[KillSummary, ...]:
    """The most valuable; what nobody can value stands behind."""
    return tuple(sorted(kills, key=lambda kill: (-(kill.value.isk or 0.0), kill.id))[:TOP])


def _exchanged(isk: IskSum, before: Counted | None, value: Value) -> IskSum:
    """The sum with this value in it, in the place of what the kill was worth before."""
    isk += IskSum.of([value])
    if before is None:
        return isk
    return IskSum(
        isk=isk.isk - (before.isk or 0.0),
        unpriced=isk.unpriced - (before.isk is None),
        estimated=isk.estimated - (before.isk is not None and before.estimated),
    )


def _counted(
    systems: tuple[tuple[SystemId, int], ...], system_id: SystemId
) -> tuple[tuple[SystemId, int], ...]:
    """Kills by system, with one more."""
    known = dict(systems)
    if system_id in known or len(known) < SYSTEMS:
        known[system_id] = known.get(system_id, 0) + 1
    return tuple(known.items())
