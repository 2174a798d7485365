"""Time as people in the game read it: EVE time (UTC) beside Discord's own relative stamp and the server's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.presentation.text import DASH, NO_BREAK

EVE_TIME = ZoneInfo("UTC")
"""For whoever has no zone to tell beside it."""
_DAY = timedelta(days=1)


def relative(moment: datetime) -> str:
    """Discord's stamp: `3 minutes ago`, kept true by the reader's client."""
    return f"<t:{int(moment.timestamp())}:R>"


def eve(moment: datetime, *, now: datetime, zone: ZoneInfo, dated: bool = False) -> str:
    """`19:14 EVE`, with the date when it is not today (or `dated`), and the server's own time in another zone.

    The server's own date stands beside its time where it is another day there.
    """
    date = "" if _same_day(moment, now) and not dated else f"{moment.astimezone(UTC):%Y-%m-%d} "
    return f"{date}{moment.astimezone(UTC):%H:%M} EVE{_local(moment, zone)}"


def span(start: datetime, end: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """`00:26-02:08 EVE`; one moment when both are in the same minute.

    Of more than a day the server's own hours are left out: without dates they say nothing.
    """
    if f"{start:%Y%m%d%H%M}" == f"{end:%Y%m%d%H%M}":
        return eve(start, now=now, zone=zone)
    first = (
        ""
        if _same_day(start, now) and _same_day(end, now)
        else f"{start.astimezone(UTC):%Y-%m-%d} "
    )
    last = "" if _same_day(start, end) else f"{end.astimezone(UTC):%Y-%m-%d} "
    local = "" if end - start > _DAY else _local(start, zone, until=end)
    return f"{first}{start.astimezone(UTC):%H:%M}{DASH}{last}{end.astimezone(UTC):%H:%M} EVE{local}"


def clock(minute: int) -> str:
    """`23:30` for a minute after midnight."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def duration(length: timedelta) -> str:
    """The two largest units: `48 s`, `12 min`, `1 h 42 min`, `3 d 4 h`."""
    seconds = max(int(length.total_seconds()), 0)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if not minutes:
        return f"{seconds} s"
    if not hours:
        return f"{minutes} min"
    if not days:
        return f"{hours} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{days} d" + (f" {hours % 24} h" if hours % 24 else "")


def _same_day(a: datetime, b: datetime) -> bool:
    return a.astimezone(UTC).date() == b.astimezone(UTC).date()


def _day(moment: datetime) -> str:
    """`Nov 29 `: short, for the full date stands beside it."""
    return f"{moment:%b}{NO_BREAK}{moment.day}{NO_BREAK}"


def _local(moment: datetime, zone: ZoneInfo, *, until: datetime | None = None) -> str:
    """` (19:26-20:08 EST)`: dates stand where they are not those of EVE time."""
    local = moment.astimezone(zone)
    if zone.key in ("UTC", "Etc/UTC"):
        return ""
    eve = moment.astimezone(UTC)
    date = "" if local.date() == eve.date() else _day(local)
    last = ""
    if until is not None:
        end = until.astimezone(zone)
        follows = _same_day(moment, until) and _same_day(until, end.replace(tzinfo=UTC))
        plain = end.date() == local.date() or follows
        last = f"{DASH}{'' if plain else _day(end)}{end:%H:%M}"
    return f" ({date}{local:%H:%M}{last} {local:%Z})"
