"""News that are not told one by one: one message a channel and cause, brought up to date.

As with summaries of kills (`services.publishing.summaries`) it lives in the outbox: read from there, added to, put
back. A contest has one line for its beginning and one for its scores, however often those moved; what is told twice is
one line, also where it is one of those that found no room.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.domain.alert import Alert, Reason
from services.domain.message import SummaryCause
from services.domain.news import HeldBy, NewsMessage
from services.domain.occurrence import CAMPAIGN_KINDS, Occurrence, OccurrenceKind
from services.domain.quiet import Quiet
from services.publishing.spots import Desk, Spot, with_reasons
from services.publishing.summaries import NEWS_FOR, Sheet, find_part, take_prolonged
from services.storage.database import Transaction

LINES = 40
"""Occurrences that one message names, the heaviest of them; of the others it says how many."""

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
        occurrences: Iterable[Occurrence],
        *,
        alerts: Sequence[Alert],
    ) -> bool:
        """Name them. False where all of it stands there already; scores are then those of now."""
        sheet, before = await self._load(tx, spot, sheet, alerts)
        told = {reason.alert_id for reason in before.reasons}
        reasons = [Reason.of(alert) for alert in alerts if alert.id not in told]
        message = replace(before, reasons=with_reasons(before.reasons, reasons))
        message, new = _with_lines(message, occurrences)
        self._drafts[spot, sheet.first_key] = sheet, message
        return new

    async def names_contest(
        self, tx: Transaction, spot: Spot, sheet: Sheet, subject: int, *, alerts: Sequence[Alert]
    ) -> bool:
        """True where any line tells of this campaign."""
        _, message = await self._load(tx, spot, sheet, alerts)
        if any(known.subject == subject for known in message.occurrences):
            return True
        return any(line in message.beyond for line in _lines_of(subject))

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


def _with_lines(
    message: NewsMessage, occurrences: Iterable[Occurrence]
) -> tuple[NewsMessage, bool]:
    """The message with these, and whether it says anything that it did not say."""
    lines = {_line(known): known for known in message.occurrences}
    more, beyond, new = message.more, dict.fromkeys(message.beyond), False
    for one in occurrences:
        line = _line(one)
        if (known := lines.get(line)) is not None:
            lines[line] = _brought_up(known, one)
            new = new or lines[line].kind is not known.kind
        elif line in beyond:
            continue
        else:
            new = True
            lines[line] = one
            if len(lines) <= LINES:
                continue
            more += 1
            left = min(reversed(lines), key=lambda key: lines[key].kind.weight)
            if lines.pop(left).kind in CAMPAIGN_KINDS:
                beyond[left] = None
    shown = tuple(sorted(lines.values(), key=by_time))
    return replace(message, occurrences=shown, more=more, beyond=tuple(beyond)), new


_AHEAD = (OccurrenceKind.CAMPAIGN_NEW, OccurrenceKind.CAMPAIGN_STARTED)
"""A contest that was announced and has begun meanwhile has begun."""


def _line(occurrence: Occurrence) -> str:
    """What is one line, however often it is told: a contest's scores, and that it lies ahead or has begun."""
    if occurrence.kind in _AHEAD:
        return f"contest:{occurrence.subject}"
    if occurrence.kind is OccurrenceKind.CAMPAIGN_SCORE:
        return f"score:{occurrence.subject}"
    return occurrence.key


def _lines_of(subject: int) -> tuple[str, str]:
    return f"contest:{subject}", f"score:{subject}"


def _brought_up(known: Occurrence, new: Occurrence) -> Occurrence:
    """From the score that it began with to that of now, from announced to begun."""
    if known.kind is OccurrenceKind.CAMPAIGN_SCORE:
        return replace(known, after=new.after)
    return new if new.kind is OccurrenceKind.CAMPAIGN_STARTED else known
