"""Time beside EVE time, in a server's own zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.presentation.text import NO_BREAK
from bot.presentation.times import eve, span

NOW = datetime(2021, 11, 30, 12, tzinfo=UTC)
NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2021, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "zone", "local"),
    [
        (at(30, 0, 26), at(30, 1, 8), NEW_YORK, "Nov 29 19:26-20:08 EST"),
        (at(30, 4, 30), at(30, 5, 30), NEW_YORK, "Nov 29 23:30-00:30 EST"),
        (at(30, 14, 30), at(30, 15, 30), TOKYO, "23:30-Dec 1 00:30 JST"),
        (at(29, 15), at(30, 10), NEW_YORK, "10:00-Nov 30 05:00 EST"),
        (at(29, 23, 30), at(30, 0, 30), NEW_YORK, "18:30-19:30 EST"),
        (at(30, 3), at(30, 4), TOKYO, "12:00-13:00 JST"),
    ],
)
def test_a_date_stands_where_it_is_another_day_there(
    start: datetime, end: datetime, zone: ZoneInfo, local: str
) -> None:
    told = span(start, end, now=NOW, zone=zone).replace("\N{EN DASH}", "-").replace(NO_BREAK, " ")
    assert told.endswith(f" EVE ({local})")


def test_one_moment_has_its_own_date_too() -> None:
    def told(moment: datetime) -> str:
        return eve(moment, now=NOW, zone=NEW_YORK).replace(NO_BREAK, " ")

    assert told(at(30, 0, 26)) == "00:26 EVE (Nov 29 19:26 EST)"
    assert told(at(30, 12)) == "12:00 EVE (07:00 EST)"
    assert told(at(29, 1)) == "2021-11-29 01:00 EVE (Nov 28 20:00 EST)"
