"""Queries of days and of the feed's gaps. Every function works inside the caller's transaction and never commits."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select, update

from services.backfill.rules import Gap
from services.domain.days import Day, DayState, Source
from services.storage.database import Transaction
from services.storage.statements import chunks, insert_new, save
from services.storage.tables import days, gaps


async def save_day(tx: Transaction, day: Day) -> None:
    """Write how a day stands."""
    await save(tx, days, {**asdict(day), **_named(day)})


async def want(tx: Transaction, day: Day) -> None:
    """Have a day looked at when it says; what is known of it already, others may be writing at this moment."""
    row = {**asdict(day), **_named(day)}
    await tx.execute(insert_new(tx.dialect.name, days), [row])
    this = (days.c.source == day.source.value, days.c.day == row["day"])
    changes = {"next_check_at": day.next_check_at, "error": day.error}
    await tx.execute(update(days).where(*this).values(changes))


async def load_days(
    tx: Transaction, wanted: Iterable[date], *, source: Source | None = None
) -> list[Day]:
    """Those among these days that are known, of one source or of all; by source and day."""
    found: list[Day] = []
    for some in chunks(wanted):
        query = select(days).where(days.c.day.in_([_number(day) for day in some]))
        if source is not None:
            query = query.where(days.c.source == source.value)
        found += await _load(tx, query)
    return sorted(found, key=lambda day: (day.source, day.day))


async def load_waiting(tx: Transaction) -> set[Source]:
    """Sources that some day will be looked for at, now or later."""
    query = select(days.c.source).where(days.c.next_check_at.is_not(None)).distinct()
    return {Source(found) for found in await tx.scalars(query)}


async def load_due(tx: Transaction, now: datetime, *, source: Source | None = None) -> list[Day]:
    """Days that should be looked at now, newest first: what happened lately is missed most."""
    query = select(days).where(days.c.next_check_at <= now)
    if source is not None:
        query = query.where(days.c.source == source.value)
    return await _load(tx, query.order_by(days.c.source, days.c.day.desc()))


async def load_open_gaps(tx: Transaction) -> list[Gap]:
    """Gaps that are not filled, oldest first."""
    query = select(gaps).where(gaps.c.filled_at.is_(None)).order_by(gaps.c.first)
    return [
        Gap(first=row.first, last=row.last, since=row.since, until=row.until)
        for row in (await tx.execute(query)).all()
    ]


async def close_gaps(tx: Transaction, filled: Collection[Gap], *, now: datetime) -> None:
    """These gaps hide nothing any more."""
    for some in chunks([gap.first for gap in filled]):
        await tx.execute(update(gaps).where(gaps.c.first.in_(some)).values(filled_at=now))


async def _load(tx: Transaction, query: Select[Any]) -> list[Day]:
    return [_day_of(row) for row in (await tx.execute(query)).mappings()]


def _day_of(row: RowMapping) -> Day:
    named = {
        "source": Source(row["source"]),
        "day": _date(row["day"]),
        "state": DayState(row["state"]),
    }
    return Day(**{**row, **named})


def _named(day: Day) -> dict[str, Any]:
    return {"source": day.source.value, "day": _number(day.day), "state": day.state.value}


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
