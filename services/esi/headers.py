"""What ESI says in its headers, read without ever failing: a header that makes no sense counts as absent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from services.esi.routes import Limit

_MAX_AGE = re.compile(r"max-age\s*=\s*(\d{1,9})\b", re.IGNORECASE)
_LIMIT = re.compile(r"\s*(\d{1,9})\s*/\s*(\d{1,6})\s*([smhd])\s*")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_KEPT = timedelta(days=30)
"""No answer is believed to hold longer, as no route of ESI says that it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLimit:
    """The old error limit: errors that may still be made, and seconds until they are counted anew."""

    remain: int
    reset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketReading:
    """A bucket as ESI sees it: its limit, and the tokens that are left. None: not said."""

    limit: Limit
    remaining: int | None


def error_limit(headers: Mapping[str, str]) -> ErrorLimit | None:
    """The state of the error limit; None on routes that have token buckets instead."""
    remain = _seconds(headers.get("X-ESI-Error-Limit-Remain"))
    reset = _seconds(headers.get("X-ESI-Error-Limit-Reset"))
    if remain is None or reset is None:
        return None
    return ErrorLimit(remain=int(remain), reset=reset)


def bucket_reading(headers: Mapping[str, str]) -> BucketReading | None:
    """The state of the route's bucket; None on routes without one."""
    group = headers.get("X-Ratelimit-Group", "").strip()
    found = _LIMIT.fullmatch(headers.get("X-Ratelimit-Limit", ""))
    if not group or len(group) > 64 or not group.isprintable() or found is None:
        return None
    tokens, window = int(found[1]), int(found[2]) * _UNITS[found[3]]
    if tokens == 0 or window == 0:
        return None
    left = _seconds(headers.get("X-Ratelimit-Remaining"))
    return BucketReading(
        limit=Limit(group=group, tokens=tokens, window=window),
        remaining=None if left is None else min(int(left), tokens),
    )


def pages(headers: Mapping[str, str]) -> int | None:
    """How many pages the route has; None where it has none."""
    count = _seconds(headers.get("X-Pages"))
    return int(count) if count else None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, given as seconds or as a date."""
    text = headers.get("Retry-After")
    seconds = _seconds(text)
    if seconds is not None or text is None:
        return seconds
    moment = _date(text)
    return max(0.0, (moment - now).total_seconds()) if moment else None


def expires_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when the answer may be kept: `max-age` less `Age`, else `Expires`; 30 days at the most."""
    found = _MAX_AGE.search(headers.get("Cache-Control", ""))
    if found:
        age = _seconds(headers.get("Age")) or 0.0
        return now + min(_LONGEST_KEPT, timedelta(seconds=max(0.0, int(found[1]) - age)))
    text = headers.get("Expires")
    moment = _date(text) if text else None
    return min(moment, now + _LONGEST_KEPT) if moment else None


def modified_at(headers: Mapping[str, str]) -> datetime | None:
    """When what the answer tells was made."""
    text = headers.get("Last-Modified")
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
