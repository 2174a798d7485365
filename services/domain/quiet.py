"""Quiet hours: a part of the day, in a server's own time zone, in which pings or posts are held."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class QuietMode(StrEnum):
    """What is held. The values are stored."""

    PINGS = "pings"
    """Posts come, and call nobody."""
    POSTS = "posts"
    """Nothing comes; when they end, one digest says what was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `start` to before `end`, in minutes after local midnight; may cross it. The same twice: never quiet."""

    start: int
    end: int
    mode: QuietMode

    def window(self, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """The quiet hours that `now` lies in, as two aware UTC moments; None outside them.

        Wall-clock times of the zone on each day, so that they stay where they are when the clocks change; a time that
        a change skips comes as much later, one that comes twice counts the first time.
        """
        if self.start == self.end:
            return None
        today = now.astimezone(zone).date()
        for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
            begins = _moment(day, self.start, zone)
            ends = _moment(day + timedelta(days=self.end < self.start), self.end, zone)
            if begins <= now < ends:
                return begins, ends
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Quiet hours that last at this moment."""

    mode: QuietMode
    since: datetime
    until: datetime
    """The first moment after them."""


def quiet_at(
    now: datetime, *, own: QuietHours | None, server: QuietHours | None, time_zone: str
) -> Quiet | None:
    """The quiet hours that hold for an alert: its own where it has any, else the server's; None outside them.

    A zone that the zone data does not hold (any more) counts as EVE time: nothing is held up for its name.
    """
    hours = server if own is None else own
    if hours is None:
        return None
    window = hours.window(now, _zone(time_zone))
    return None if window is None else Quiet(mode=hours.mode, since=window[0], until=window[1])


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone).astimezone(UTC)
