"""Whether the second feed is asked: a matter of how R2Z2 stands and what time it is, and of nothing else."""

from datetime import datetime, time, timedelta
from enum import StrEnum

from services.feeds.items import FeedStatus
from services.feeds.settings import FallbackSettings

DOWNTIME = time(11, 0)
"""When the game's servers restart, every day (UTC)."""


class Reason(StrEnum):
    """Why the second feed is asked, in words for a person."""

    BANNED = "the first feed refuses us"
    DOWN = "the first feed does not answer"
    SILENT = "the first feed answers, and has nothing new"
    RETURNING = "the first feed answers again, and has given nothing yet"


def find_reason(
    status: FeedStatus, settings: FallbackSettings, *, now: datetime, asked_since: datetime | None
) -> Reason | None:
    """Why the second feed should be asked now; None when it should not.

    Once asked (`asked_since`), it is asked until R2Z2 gives killmails again.
    """
    reason = _find_trouble(status, settings, now=now)
    if reason is not None or asked_since is None:
        return reason
    returned = status.last_new_at is not None and status.last_new_at > asked_since
    return None if returned else Reason.RETURNING


def _find_trouble(
    status: FeedStatus, settings: FallbackSettings, *, now: datetime
) -> Reason | None:
    long = timedelta(seconds=settings.after_seconds)
    if status.paused_until is not None and status.paused_until > now:
        return Reason.BANNED
    if status.failing_since is not None and now - status.failing_since >= long:
        return Reason.DOWN
    quiet_since = status.last_new_at or status.started_at
    if quiet_since is None or now - quiet_since < long:
        return None
    if _around_downtime(now, settings):
        return None
    return Reason.SILENT if status.failing_since is None else Reason.DOWN


def _around_downtime(now: datetime, settings: FallbackSettings) -> bool:
    began = datetime.combine(now.date(), DOWNTIME, tzinfo=now.tzinfo)
    return timedelta(0) <= now - began < timedelta(seconds=settings.downtime_quiet_seconds)
