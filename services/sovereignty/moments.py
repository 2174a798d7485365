"""How times stand in keys, and for how long two answers say what happened in between."""

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
