"""When a day is looked at, what makes it complete, and what a gap of the feed needs. Pure.

A day is complete when at least as many of its killmails are stored as its publisher counts: more is no fault, late ones
are on their way into the count. Killmails may be published up to 72 hours after the kill, so a gap asks for the days
before it, too, and a day serves it only once it was checked after the history had taken up what the gap hid.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from services.domain.days import FIRST_DAY, Day, DayState, Source, days_between
from services.domain.errors import UserError

PUBLISHED_LATE = timedelta(hours=72)
HISTORY_TIME = time(6, 10, tzinfo=UTC)
"""When zKillboard's history of the day before is there, on most days."""
_FIRST_RETRY = timedelta(hours=1)
_LONGEST_RETRY = timedelta(hours=24)
_MOST_TRIES = 20
"""Then a day is left as it is: some never become complete, for what is counted of them cannot be read."""
_FILES_LIVE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Numbers that the feed never read: what was published from `since` to `until`."""

    first: int
    last: int
    since: datetime | None
    until: datetime

    @property
    def days(self) -> list[date]:
        """The days whose killmails may have been published meanwhile."""
        since = self.since or self.until - _FILES_LIVE
        return days_between(max((since - PUBLISHED_LATE).date(), FIRST_DAY), self.until.date())

    @property
    def told_at(self) -> datetime:
        """When the history holds all that was published up to the gap's end."""
        return available_at(self.until.date())


def available_at(day: date) -> datetime:
    """When the history of a day should be there."""
    return datetime.combine(day + timedelta(days=1), HISTORY_TIME)


# What a look at a day says


def judged(day: Day, *, now: datetime, recheck: timedelta) -> Day:
    """The day after it was held against what is published, without a fault."""
    if day.published is not None and day.stored >= day.published and day.error is None:
        young = now < available_at(day.day) + recheck
        return replace(
            day,
            state=DayState.COMPLETE,
            checked_at=now,
            tries=0,
            next_check_at=now + _LONGEST_RETRY if young else None,
        )
    return replace(
        _again(day, now=now),
        state=DayState.INCOMPLETE,
        checked_at=now,
        error=day.error or _shortfall(day),
    )


def _shortfall(day: Day) -> str:
    if day.published is None:
        return "its publisher does not count it yet"
    missing = day.published - day.stored
    unread = f", {day.rejected:,} of them unreadable" if day.rejected else ""
    return f"{missing:,} of {day.published:,} killmails are missing{unread}"


def absent(day: Day, *, now: datetime) -> Day:
    """The day after its publisher said that it is not there."""
    return replace(
        _again(day, now=now), state=DayState.ABSENT, checked_at=now, error="not published yet"
    )


def failed(day: Day, reason: str, *, now: datetime, until: datetime | None = None) -> Day:
    """The day after it could not be fetched; `until`: its publisher refuses us that long."""
    again = _again(day, now=now)
    # Who could not be asked is asked again, however often: only an answer may end the looking.
    again = replace(again, next_check_at=again.next_check_at or now + _LONGEST_RETRY)
    if until is not None:
        again = replace(day, next_check_at=until)
    return replace(again, error=reason)


def _again(day: Day, *, now: datetime) -> Day:
    """Later, and later each time; in the end not any more."""
    wait = min(_FIRST_RETRY * 2.0 ** min(day.tries, 10), _LONGEST_RETRY)
    over = day.tries + 1 >= _MOST_TRIES
    return replace(day, tries=day.tries + 1, next_check_at=None if over else now + wait)


# What gaps ask for


def is_filled(gap: Gap, days: Mapping[tuple[Source, date], Day]) -> bool:
    """Whether every day of the gap is complete with one source, as of after the gap."""
    return all(any(_serves(gap, days.get((source, day))) for source in Source) for day in gap.days)


def _serves(gap: Gap, day: Day | None) -> bool:
    if day is None or day.checked_at is None or day.checked_at < gap.told_at:
        return False
    return day.is_complete or is_given_up(day)


def is_given_up(day: Day) -> bool:
    """All that its file holds was taken in, again and again; what its publisher counts beyond that will not come."""
    read = day.state is DayState.INCOMPLETE and day.version is not None
    return read and day.next_check_at is None


def wanted_for(
    gap: Gap,
    days: Mapping[tuple[Source, date], Day],
    *,
    now: datetime,
    patience: timedelta,
) -> Iterable[Day]:
    """Days to be looked at for a gap, new or with an earlier time for their next look."""
    for day in gap.days:
        if any(_serves(gap, days.get((source, day))) for source in Source):
            continue
        first = days.get((Source.ZKILLBOARD, day))
        if first is None:
            yield _new(Source.ZKILLBOARD, day, now, at=max(available_at(day), now))
        elif first.is_complete:
            yield _sooner(first, max(gap.told_at, now))
        elif _is_hopeless(first, now, patience):
            second = days.get((Source.EVEREF, day))
            if second is None:
                yield _new(Source.EVEREF, day, now, at=now)
            elif second.is_complete:
                yield _sooner(second, max(gap.told_at, now))


def _is_hopeless(day: Day, now: datetime, patience: timedelta) -> bool:
    """The history should have it by now, and does not give it."""
    due = available_at(day.day)
    too_old = day.state is DayState.ABSENT and now - due >= timedelta(days=1)
    return too_old or now - max(due, day.wanted_at) >= patience


def _new(source: Source, day: date, now: datetime, *, at: datetime) -> Day:
    return Day(source=source, day=day, state=DayState.WANTED, wanted_at=now, next_check_at=at)


def _sooner(day: Day, at: datetime) -> Day:
    if day.error is not None:
        return day  # a look that failed has set the time of the next one itself
    if day.next_check_at is not None and day.next_check_at <= at:
        return day
    return replace(day, next_check_at=at)


def laid_down(gap: Gap, days: Mapping[tuple[Source, date], Day]) -> Iterable[Day]:
    """Days of a filled gap for which the other source stands in: nobody has to ask for them any more."""
    for day in gap.days:
        first = days.get((Source.ZKILLBOARD, day))
        if first is not None and not first.is_complete:
            yield replace(first, next_check_at=None, error="EVE Ref's archive stands in for it")


# What somebody orders


def check_range(first: date, last: date, *, today: date) -> None:
    """Raises UserError for days that nobody can have."""
    if last < first:
        raise UserError(f"The end, {last}, is before the start, {first}.")
    if first < FIRST_DAY:
        raise UserError(f"There are no killmails before {FIRST_DAY}: start there or later.")
    if last >= today:
        latest = today - timedelta(days=1)
        raise UserError(f"{last} has not ended yet. The latest day there can be is {latest}.")


def ordered(source: Source, day: date, known: Day | None, *, now: datetime) -> Day:
    """A day that somebody asks for: looked at now, whatever is known of it."""
    if known is None:
        return _new(source, day, now, at=now)
    return replace(known, next_check_at=now, tries=0)
