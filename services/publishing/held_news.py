"""News that are not told one by one: one message a channel and cause, brought up to date.

As with summaries of kills (`services.publishing.summaries`) it lives in the outbox: read from there, added to, put
back. A contest has one line, however often its scores moved; what is told twice is one line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.domain.alert import Alert, Reason
from services.domain.message import SummaryCause
from services.domain.news import HeldBy, NewsMessage
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.quiet import Quiet
from services.publishing.spots import Desk, Spot, with_reasons
from services.publishing.summaries import NEWS_FOR, Sheet, find_part, take_prolonged
from services.storage.database import Transaction

LINES = 40
"""Occurrences that one message names; of the others it says how many."""

_HELD_BY = {
    SummaryCause.QUIET: HeldBy.QUIET,
    SummaryCause.CAP: HeldBy.CAP,
    SummaryCause.BEHIND: HeldBy.GAP,
}


def quiet_sheet(quiet: Quiet) -> Sheet:
    """The digest of quiet hours."""
    sheet = Sheet.of_quiet(quiet)
    return replace(sheet, key=f"news-{sheet.key}")


def cap_sheet(now: datetime, limit: int) -> Sheet:
    """The rest of an EVE hour in which a channel has had its posts."""
    sheet = Sheet.of_cap(now, limit)
    return replace(sheet, key=f"news-{sheet.key}")


def gap_sheet(key: str, window: tuple[datetime, datetime]) -> Sheet:
    """What changed while a source gave nothing. `key`: that of the message, unique for this answer."""
    return Sheet(key=key, cause=SummaryCause.BEHIND, expires_at=window[1] + NEWS_FOR, window=window)


class HeldNews:
    """Those that one telling adds to. `write` puts them into the outbox."""

    def __init__(self, desk: Desk, *, now: datetime) -> None:
        self._desk = desk
        self._now = now
        self._drafts: dict[tuple[Spot, str], tuple[Sheet, NewsMessage]] = {}

    async def add(
        self,
        tx: Transaction,
        spot: Spot,
        sheet: Sheet,
        occurrence: Occurrence,
        *,
        alerts: Sequence[Alert],
    ) -> bool:
        """Name it. False where the line is there already; scores are then those of now."""
        sheet, before = await self._load(tx, spot, sheet, alerts)
        told = {reason.alert_id for reason in before.reasons}
        reasons = [Reason.of(alert) for alert in alerts if alert.id not in told]
        message = replace(before, reasons=with_reasons(before.reasons, reasons))
        new = all(not _same_line(known, occurrence) for known in message.occurrences)
        if not new:
            lines = tuple(_brought_up(known, occurrence) for known in message.occurrences)
            message = replace(message, occurrences=lines)
        elif len(message.occurrences) < LINES:
            lines = (*message.occurrences, occurrence)
            message = replace(message, occurrences=tuple(sorted(lines, key=by_time)))
        else:
            message = replace(message, more=message.more + 1)
        self._drafts[spot, sheet.first_key] = sheet, message
        return new

    async def names_contest(
        self, tx: Transaction, spot: Spot, sheet: Sheet, subject: int, *, alerts: Sequence[Alert]
    ) -> bool:
        """True where any line tells of this campaign."""
        _, message = await self._load(tx, spot, sheet, alerts)
        return any(known.subject == subject for known in message.occurrences)

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
        self, tx: Transaction, spot: Spot, sheet: Sheet, alerts: Iterable[Alert]
    ) -> tuple[Sheet, NewsMessage]:
        """As it stands; a digest takes in the one of quiet hours that were prolonged."""
        if (draft := self._drafts.get((spot, sheet.first_key))) is not None:
            return draft
        sheet, posting = await find_part(tx, spot.destination, sheet)
        if posting is not None:
            assert isinstance(posting.message, NewsMessage)
            return sheet, posting.message
        message = NewsMessage(
            occurrences=(), reasons=(), held_by=_HELD_BY[sheet.cause], window=sheet.window
        )
        if sheet.cause is not SummaryCause.QUIET or sheet.window is None:
            return sheet, message
        told = await take_prolonged(
            tx, spot.destination, sheet, alerts, now=self._now, kind=NewsMessage
        )
        if told is None or told.window is None:
            return sheet, message
        return sheet, replace(told, window=(told.window[0], sheet.window[1]))


def by_time(occurrence: Occurrence) -> tuple[datetime, str]:
    """Oldest first."""
    return occurrence.at, occurrence.key


def _same_line(known: Occurrence, new: Occurrence) -> bool:
    if known.key == new.key:
        return True
    score = OccurrenceKind.CAMPAIGN_SCORE
    return known.kind is score is new.kind and known.subject == new.subject


def _brought_up(known: Occurrence, new: Occurrence) -> Occurrence:
    """From the score that it began with to that of now."""
    if known.kind is OccurrenceKind.CAMPAIGN_SCORE and _same_line(known, new):
        return replace(known, after=new.after)
    return known
