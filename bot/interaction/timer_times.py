"""When a timer is, as people type it: `2d 4h`, `18:30`, `tomorrow 18:30`, `2026-11-22 18:30`, ISO with a zone.

A time of day is EVE time (UTC) and the next one that comes, unless the text says otherwise: an offset, `Z`, or `local`
for the server's own zone. What could be read in two ways is refused, and what is past is too: a timer that is silently
wrong by a day is worse than a question.
"""

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from bot.presentation.text import escape
from bot.presentation.times import duration
from services.domain.errors import UserError

HOW = "Write it like `2d 4h`, `18:30` (EVE time), `2026-11-22 18:30` or `2026-11-22T18:30+01:00`."
_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_SPAN = re.compile(
    r"(?:in\s+)?(?=\d)(?:(?P<w>\d{1,2})\s*w(?:eeks?)?[\s,]*)?(?:(?P<d>\d{1,4})\s*d(?:ays?)?[\s,]*)?"
    r"(?:(?P<h>\d{1,4})\s*h(?:ours?|rs?)?[\s,]*)?(?:(?P<m>\d{1,5})\s*m(?:in(?:ute)?s?)?[\s,]*)?"
    r"(?:(?P<s>\d{1,6})\s*s(?:ec(?:ond)?s?)?)?",
    re.IGNORECASE | re.ASCII,
)
_DAYS_AND_CLOCK = re.compile(
    r"(?:in\s+)?(?P<d>\d{1,4})\s*d(?:ays?)?[\s,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?",
    re.IGNORECASE | re.ASCII,
)
"""`1d 02:30:00`, as the game counts some of its timers down."""
_STAMP = re.compile(r"<t:(?P<stamp>\d{1,12})(?::[tTdDfFRsS])?>")
_ZONE = r"(?:\s*(?P<zone>z|utc|gmt|eve(?:\s*time)?|local|[+-]\d{2}:?\d{2}))?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,6})?)?"
_TIME = re.compile(
    rf"(?:(?P<day>today|tomorrow)[\s,]+)?(?:at\s+)?{_CLOCK}{_ZONE}", re.IGNORECASE | re.ASCII
)
_DATED = re.compile(
    rf"(?P<year>\d{{4}})([-./])(?P<month>\d{{1,2}})\2(?P<date>\d{{1,2}})(?:[\s,]+|t|\s+at\s+){_CLOCK}{_ZONE}",
    re.IGNORECASE | re.ASCII,
)
_SHOWN = 60
_IN_EVE_TIME = "Write the time that you mean as EVE time."


def parse_when(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment that is meant, UTC. `zone`: the server's, for what is said to be `local`.

    Raises UserError for what cannot be read and for what is past.
    """
    typed = text.strip().strip("`").strip()
    moment = (
        _counted(typed, now)
        or _stamped(typed)
        or _dated(typed, zone)
        or _next_clock(typed, now, zone)
    )
    if moment is None:
        raise UserError(f"I cannot read “{escape(typed[:_SHOWN])}” as a time. {HOW}")
    if moment <= now:
        raise UserError(
            f"{moment:%Y-%m-%d %H:%M} EVE is past ({duration(now - moment)} ago). It is {now:%Y-%m-%d %H:%M} EVE now; "
            "a timer needs a time ahead."
        )
    return moment


def _counted(typed: str, now: datetime) -> datetime | None:
    """From now on, so long."""
    if (matched := _DAYS_AND_CLOCK.fullmatch(typed)) is not None:
        at = _clock_of(matched)
        if at is None:
            return None
        span = timedelta(
            days=int(matched["d"]), hours=at.hour, minutes=at.minute, seconds=at.second
        )
        return now + span
    matched = _SPAN.fullmatch(typed)
    if matched is None or not any(matched[unit] for unit in _UNITS):
        return None
    span = timedelta(seconds=sum(int(matched[u] or 0) * size for u, size in _UNITS.items()))
    if not span:
        raise UserError("That is now. A timer needs a time ahead.")
    return now + span


def _stamped(typed: str) -> datetime | None:
    """A time that Discord shows, copied."""
    matched = _STAMP.fullmatch(typed)
    if matched is None:
        return None
    try:
        return datetime.fromtimestamp(int(matched["stamp"]), tz=UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _dated(typed: str, zone: ZoneInfo) -> datetime | None:
    matched = _DATED.fullmatch(typed)
    at = None if matched is None else _clock_of(matched)
    if matched is None or at is None:
        return None
    try:
        local = datetime(
            int(matched["year"]), int(matched["month"]), int(matched["date"]), tzinfo=UTC
        )
        return _moment(local, at, _zone_of(matched["zone"], zone))
    except (ValueError, OverflowError):
        raise UserError(
            f"There is no day “{escape(typed[:_SHOWN])}” in the calendar. {HOW}"
        ) from None


def _next_clock(typed: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    matched = _TIME.fullmatch(typed)
    at = None if matched is None else _clock_of(matched)
    if matched is None or at is None:
        return None
    named, meant = (matched["day"] or "").lower(), _zone_of(matched["zone"], zone)
    today = now.astimezone(meant)
    if named:
        return _moment(today + timedelta(days=named == "tomorrow"), at, meant)
    is_past = max(_readings(today, at, meant)) <= now
    return _moment(today + timedelta(days=is_past), at, meant)


def _moment(day: datetime, at: time, meant: tzinfo) -> datetime:
    """That time of that day. Raises UserError where the clocks change just then: it comes twice, or never."""
    first, second = _readings(day, at, meant)
    if first == second:
        return first
    told = f"{at:%H:%M} on {day:%Y-%m-%d}"
    if first > second:
        raise UserError(
            f"There is no {told} in {meant}: the clocks are set forward over it. {_IN_EVE_TIME}"
        )
    raise UserError(
        f"{told} comes twice in {meant}, because the clocks are set back: it is {first:%Y-%m-%d %H:%M} EVE or "
        f"{second:%Y-%m-%d %H:%M} EVE. {_IN_EVE_TIME}"
    )


def _readings(day: datetime, at: time, meant: tzinfo) -> tuple[datetime, datetime]:
    """The moment by the clock of before a change of the clocks and by that of after it; mostly the same."""
    local = datetime.combine(day.date(), at, tzinfo=meant)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def _clock_of(matched: re.Match[str]) -> time | None:
    try:
        return time(int(matched["hour"]), int(matched["minute"]), int(matched["second"] or 0))
    except ValueError:
        return None


def _zone_of(word: str | None, zone: ZoneInfo) -> tzinfo:
    if word is None or word[0] not in "+-":
        return zone if (word or "").lower() == "local" else UTC
    hours, minutes = int(word[1:3]), int(word[-2:])
    if hours > 14 or minutes > 59:
        raise UserError(f"“{word}” is no offset from UTC. {HOW}")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if word[0] == "-" else offset)
