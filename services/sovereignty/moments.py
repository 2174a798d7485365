"""How times stand in keys and in sentences, and for how long two answers say what happened in between."""

from datetime import datetime, timedelta

from services.polling.source import Moment

GAP = timedelta(hours=1)
"""After so long without an answer nobody can tell when something happened."""


def minute(moment: datetime) -> int:
    """Whole minutes since 1970: a time as it stands in keys."""
    return int(moment.timestamp()) // 60


def follows(moment: Moment) -> bool:
    """The answer before is near enough to say what happened in between."""
    return moment.before is not None and moment.at - moment.before <= GAP


def between(first: datetime, last: datetime, *, pace: timedelta) -> str:
    """When something happened that was seen not to be at `first` and to be at `last`: "at 18:05 EVE", or between."""
    if last - first <= 2 * pace:
        return f"at {last:%H:%M} EVE"
    dated = first.date() != last.date()
    begin, end = (f"{at:%Y-%m-%d %H:%M}" if dated else f"{at:%H:%M}" for at in (first, last))
    return f"some time between {begin} and {end} EVE"
