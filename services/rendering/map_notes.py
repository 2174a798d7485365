"""Sums of a map, and how old and how certain they are: what is not known is told as unknown and never as none."""

from datetime import datetime, timedelta

from services.domain.freshness import Freshness
from services.domain.heat import Coverage, HeatBy
from services.domain.isk import IskSum, format_isk
from services.rendering.furniture import length_text

_MINUTE = timedelta(minutes=1)


def age_line(what: str, freshness: Freshness, now: datetime) -> str:
    """`Sovereignty as of 18:02 EVE (3 min ago)`, and since when it is stale."""
    if freshness.as_of is None:
        return f"{what}: nothing known yet"
    age = now - freshness.as_of
    words = f"{what} as of {_moment(freshness.as_of, now)}"
    words += f" ({ago(age)} ago)" if age >= _MINUTE else ""
    if freshness.stale_since is not None:
        words += f", stale since {_moment(freshness.stale_since, now)}"
    return words + (", from EVE Ref's mirror" if freshness.mirror else "")


def ago(length: timedelta) -> str:
    """`3 min`, `2 h 5 min`, `1 d 4 h`: two units at most, none of them 0."""
    minutes = max(int(length.total_seconds() // 60), 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "d"), (hours, "h"), (0 if days else rest, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def _moment(moment: datetime, now: datetime) -> str:
    return f"{moment:%H:%M} EVE" if moment.date() == now.date() else f"{moment:%Y-%m-%d %H:%M} EVE"


def sum_text(total: IskSum, kills: int, by: HeatBy, *, coverage: Coverage) -> str:
    """`12 kills`, `at least 3.00B ISK`; without any, what is known of that."""
    if not kills and coverage.is_nothing:
        return "unknown"
    if not kills:
        return "no kills" if coverage.is_whole else "no kills known"
    if by is HeatBy.KILLS:
        return f"{kills:,} kill{'s' if kills != 1 else ''}"
    least = "at least " if total.unpriced else ""
    return f"{least}{'~' if total.estimated else ''}{format_isk(total.isk)} ISK"


def coverage_line(coverage: Coverage, *, kills: int) -> str:
    """How much of the window is known; nothing where all of it is."""
    if coverage.is_whole:
        return ""
    if coverage.is_nothing and not kills:
        return "No kills of this time are stored: what died is not known"
    stored = "less than 1 min" if coverage.stored < _MINUTE else ago(coverage.stored)
    return f"Kills are stored for {stored} of {length_text(coverage.window)}"


def unpriced_line(total: IskSum, by: HeatBy) -> str:
    """How much the sum of ISK leaves out; nothing where it leaves out nothing."""
    if by is HeatBy.KILLS or not total.unpriced:
        return ""
    return f"{total.unpriced:,} loss{'es' if total.unpriced != 1 else ''} of unknown value"
