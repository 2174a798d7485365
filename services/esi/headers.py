"""What ESI says in its headers, read without ever failing: a header that makes no sense counts as absent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"max-age\s*=\s*(\d{1,9})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLimit:
    """The old error limit: errors that may still be made, and seconds until they are counted anew."""

    remain: int
    reset: float


def error_limit(headers: Mapping[str, str]) -> ErrorLimit | None:
    """The state of the error limit; None on routes that have token buckets instead."""
    remain = _seconds(headers.get("X-ESI-Error-Limit-Remain"))
    reset = _seconds(headers.get("X-ESI-Error-Limit-Reset"))
    if remain is None or reset is None:
        return None
    return ErrorLimit(remain=int(remain), reset=reset)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, given as seconds or as a date."""
    text = headers.get("Retry-After")
    seconds = _seconds(text)
    if seconds is not None or text is None:
        return seconds
    moment = _date(text)
    return max(0.0, (moment - now).total_seconds()) if moment else None


def expires_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when the answer may be kept: `max-age` less `Age`, else `Expires`."""
    found = _MAX_AGE.search(headers.get("Cache-Control", ""))
    if found:
        age = _seconds(headers.get("Age")) or 0.0
        return now + timedelta(seconds=max(0.0, int(found[1]) - age))
    text = headers.get("Expires")
    return _date(text) if text else None


def _seconds(text: str | None) -> float | None:
    stripped = (text or "").strip()
    return float(stripped) if stripped.isdecimal() and len(stripped) < 10 else None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
