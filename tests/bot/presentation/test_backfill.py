"""The card of days: what is done, what is missing and why, what comes next."""

from datetime import date, timedelta
from typing import Any

from bot.presentation.backfill import PER_PAGE, render_days
from bot.presentation.colours import NEUTRAL, WARNING
from services.domain.days import Day, DayState, Overview, Source, Work
from tests.bot.presentation.test_limits import assert_sendable
from tests.factories import EVENING as NOW

FIRST = date(2026, 11, 1)


def day(number: int = 0, state: DayState = DayState.COMPLETE, **more: Any) -> Day:
    fields: dict[str, Any] = {"published": 15_002, "stored": 15_002, "imported_at": NOW}
    return Day(
        source=more.pop("source", Source.EVEREF),
        day=FIRST + timedelta(days=number),
        state=state,
        wanted_at=NOW,
        **(fields | more),
    )


def overview(*days: Day, **more: Any) -> Overview:
    fields: dict[str, Any] = {"first": FIRST, "last": FIRST + timedelta(days=6), "days": days}
    return Overview(**(fields | more))


def text(found: Overview, *, page: int = 0, pages: int = 1) -> str:
    card = render_days(found, page=page, pages=pages, now=NOW)
    assert_sendable(card)
    return f"{card.embed.title}\n{card.embed.description}\n{card.embed.footer.text}"


def test_a_day_says_what_is_published_and_stored() -> None:
    told = text(
        overview(day(), day(1, DayState.WANTED, published=None, stored=0, imported_at=None))
    )
    assert "Killmails of 2026-11-01 to 2026-11-07" in told
    assert "\n`2026-11-01` · 15,002 of 15,002 stored\n" in told
    assert "\n`2026-11-02` · waiting\n" in told
    assert "1 of 2 days complete · 15,002 killmails stored" in told


def test_what_is_missing_says_why_and_when_it_is_looked_at_again() -> None:
    later = NOW + timedelta(hours=2)
    short = day(
        0,
        DayState.INCOMPLETE,
        stored=15_000,
        rejected=2,
        error="2 of 15,002 *killmails* are missing",
        next_check_at=later,
    )
    absent = day(
        1,
        DayState.ABSENT,
        stored=0,
        imported_at=None,
        error="not published yet",
        next_check_at=later,
    )
    unknown = day(2, DayState.INCOMPLETE, published=None, stored=7, error="nobody counts")
    told = text(overview(short, absent, unknown))
    assert "⚠ `2026-11-01` · 15,000 of 15,002 stored · 2 in quarantine\n" in told
    assert r"-# 2 of 15,002 \*killmails\* are missing" in told
    assert f"next look <t:{int(later.timestamp())}:R>" in told
    assert f"\n`2026-11-02` · not published yet, next look <t:{int(later.timestamp())}:R>\n" in told
    assert "7 of an unknown number stored" in told
    assert render_days(overview(short), page=0, pages=1, now=NOW).embed.colour.value == WARNING  # type: ignore[union-attr]
    assert render_days(overview(day()), page=0, pages=1, now=NOW).embed.colour.value == NEUTRAL  # type: ignore[union-attr]


def test_work_says_how_far_how_fast_and_what_is_left() -> None:
    work = Work(
        since=NOW - timedelta(minutes=10),
        days=30,
        done=10,
        current=day(10),
        killmails=150_020,
        fetched_bytes=31_400_000,
        rate=2512.4,
    )
    told = text(overview(day(), work=work))
    assert "**At work** for 10 min: 10 of 30 days done, 31.4 MB fetched" in told
    assert "150,020 killmails · 2,512 a second" in told
    assert "**Now** 2026-11-11" in told
    assert "**Left** about 20 min" in told
    begun = Work(since=NOW, days=1)
    assert "Left" not in text(overview(work=begun))


def test_days_of_gaps_are_named_and_nothing_says_what_to_do() -> None:
    told = text(overview(day(source=Source.ZKILLBOARD), first=None, last=None, gaps=2))
    assert "Days of killmails" in told
    assert "**2 gaps in the live feed:**" in told
    assert "`2026-11-01` zKillboard · " in told
    assert "Nothing was ordered yet: `/admin backfill start:" in text(
        Overview(first=None, last=None)
    )
    assert "Killmails of 2026-11-01\n" in text(overview(day(), last=FIRST))


def test_pages_hold_their_share_and_longest_reasons_fit() -> None:
    many = [
        day(number, DayState.INCOMPLETE, error="x" * 900, next_check_at=NOW + timedelta(days=1))
        for number in range(PER_PAGE + 3)
    ]
    second = text(overview(*many), page=1, pages=2)
    assert "2026-11-16" in second
    assert "2026-11-15" not in second
    assert "Page 2 of 2" in second
    assert "more that do not fit" in text(overview(*many))
