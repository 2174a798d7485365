"""What a timer may be, and which of its reminders is due: pure.

Of several moments that fell in one look (the process was away) the last alone is told, and nothing is told that is
older than some hours.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.domain.errors import UserError
from services.domain.timer import OwnTimer, TimerRequest
from services.timers.settings import TimerSettings

LONGEST_WHAT, LONGEST_NOTE = 100, 300
MOST_REMINDERS = 8
LONGEST_REMINDER = 7 * 24 * 60
"""Minutes before the time. A week: whoever is told earlier has forgotten it again."""
TOLD_LATE = timedelta(hours=6)
"""What fell due while nobody looked is told when it is no older than this."""
STILL_SHOWN = timedelta(hours=1)
"""A timer that is past stands in lists and on boards for so long."""


def completed(request: TimerRequest) -> TimerRequest:
    """A request in its usual form: no needless blanks, each reminder once, the longest first."""
    note = " ".join((request.note or "").split())
    return replace(
        request,
        what=" ".join(request.what.split()),
        note=note or None,
        reminders=tuple(sorted(set(request.reminders), reverse=True)),
    )


def check(request: TimerRequest, settings: TimerSettings, *, now: datetime) -> None:
    """Raises UserError for a timer that cannot be."""
    if not 1 <= len(request.what) <= LONGEST_WHAT:
        raise UserError(f"Say what the timer is for, in at most {LONGEST_WHAT} characters.")
    if len(request.note or "") > LONGEST_NOTE:
        raise UserError(f"The note is too long: it may have {LONGEST_NOTE} characters.")
    if request.at <= now:
        raise UserError("That time is past. EVE time is UTC: a timer needs a time ahead.")
    if request.at - now > timedelta(days=settings.longest_days):
        raise UserError(
            f"That is more than {settings.longest_days:,.0f} days ahead. Is the date right?"
        )
    _check_reminders(request.reminders)


def _check_reminders(minutes: tuple[int, ...]) -> None:
    if len(minutes) > MOST_REMINDERS:
        raise UserError(f"A timer reminds at most {MOST_REMINDERS} times before its time.")
    if any(not 1 <= minute <= LONGEST_REMINDER for minute in minutes):
        raise UserError("A reminder lies between a minute and 7 days before the timer.")


def check_room(ahead: int, own: int, settings: TimerSettings, *, manages: bool) -> None:
    """Refuse more timers than a server, or one person, may have; both figures are without the new one.

    `own`: those of whoever asks. `manages`: they manage the channel, and only the server's limit binds them.
    """
    if ahead >= settings.max_per_guild:
        raise UserError(
            f"This server has {ahead} timers ahead, and may have no more. Remove one with `/timer remove` first."
        )
    if own >= settings.max_per_person and not manages:
        raise UserError(
            f"You have {own} timers ahead, and may have no more without the permission Manage Channels in that "
            "channel. Remove one with `/timer remove` first."
        )


def due(timer: OwnTimer, after: datetime, until: datetime) -> int | None:
    """Which of its moments fell in (after, until], the last of several: minutes before its time, 0 for the time itself.

    None: none did, or it is too long ago. A moment that lay before the timer was made is none of its moments; without
    reminders it tells nothing, not even its time.
    """
    if not timer.reminders or until - timer.at > TOLD_LATE:
        return None
    moments = ((timer.at - timedelta(minutes=minute), minute) for minute in (*timer.reminders, 0))
    fell = [minute for at, minute in moments if max(after, timer.created_at) < at <= until]
    return min(fell, default=None)
