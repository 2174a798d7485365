"""What became of kills and occurrences, counted by alert, EVE hour and outcome.

Written in the transaction that decides, so that the counters and what was done never differ. Kept for eight days: seven
are shown.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select, update

from services.domain.alert import Outcome
from services.domain.ids import AlertId, GuildId
from services.domain.occurrence import Topic
from services.storage.database import Transaction
from services.storage.guild_tables import alert_calls, alert_hours, alerts, channel_hours
from services.storage.statements import chunks, insert_or_add

EVERYBODY = AlertId(0)
"""Stands for all alerts: under it `SEEN` is counted, of kills."""
_TOPICS = {topic: AlertId(-number) for number, topic in enumerate(Topic, start=1)}
KEPT = timedelta(days=8)
_KNOWN = frozenset(Outcome)


def everybody(topic: Topic | None) -> AlertId:
    """Stands for all alerts on a topic; None: for those on kills and battles."""
    return EVERYBODY if topic is None else _TOPICS[topic]


def hour_of(moment: datetime) -> int:
    """The EVE hour, counted since 1970."""
    return int(moment.timestamp()) // 3600


async def add(
    tx: Transaction, counted: Mapping[tuple[AlertId, Outcome], int], *, now: datetime
) -> None:
    """Add to the counters of this hour."""
    rows = [
        {
            "alert_id": alert_id,
            "hour": hour_of(now),
            "outcome": outcome,
            "count": count,
            "last_at": now,
        }
        # In one order, so that two writers never wait for each other.
        for (alert_id, outcome), count in sorted(counted.items())
    ]
    if rows:
        adding = insert_or_add(tx.dialect.name, alert_hours, ("count",), ("last_at",))
        await tx.execute(adding, rows)


async def move(
    tx: Transaction, alert_ids: Collection[AlertId], counted: Outcome, *, to: Outcome, at: datetime
) -> None:
    """What was counted once for each of these at this moment was something else in the end."""
    found: dict[tuple[AlertId, Outcome], int] = {}
    for alert_id in sorted(alert_ids):
        row = and_(
            alert_hours.c.alert_id == alert_id,
            alert_hours.c.hour == hour_of(at),
            alert_hours.c.outcome == counted,
        )
        less = update(alert_hours).where(row).values(count=alert_hours.c.count - 1)
        # An alert that is gone is counted no more.
        if (await tx.execute(less)).rowcount:
            await tx.execute(delete(alert_hours).where(row, alert_hours.c.count <= 0))
            found[alert_id, to] = 1
    await add(tx, found, now=at)


async def load(
    tx: Transaction, alert_ids: Collection[AlertId], *, since: datetime
) -> dict[AlertId, Counter[Outcome]]:
    """Counters of the EVE hours that began after `since`, by alert; every alert that is asked for is there."""
    found: dict[AlertId, Counter[Outcome]] = {alert_id: Counter() for alert_id in alert_ids}
    for chunk in chunks(alert_ids):
        query = (
            select(alert_hours.c.alert_id, alert_hours.c.outcome, func.sum(alert_hours.c.count))
            .where(alert_hours.c.alert_id.in_(chunk), alert_hours.c.hour > hour_of(since))
            .group_by(alert_hours.c.alert_id, alert_hours.c.outcome)
        )
        for alert_id, outcome, count in (await tx.execute(query)).all():
            if outcome in _KNOWN:
                found[alert_id][Outcome(outcome)] = int(count)
    return found


async def load_last(tx: Transaction, alert_id: AlertId) -> dict[Outcome, datetime]:
    """When each outcome last happened, as far as it is kept."""
    query = (
        select(alert_hours.c.outcome, func.max(alert_hours.c.last_at))
        .where(alert_hours.c.alert_id == alert_id)
        .group_by(alert_hours.c.outcome)
    )
    rows = (await tx.execute(query)).all()
    return {Outcome(outcome): moment for outcome, moment in rows if outcome in _KNOWN}


async def forget(tx: Transaction, alert_ids: Collection[AlertId]) -> None:
    """Delete the counters and calls of these alerts."""
    for chunk in chunks(alert_ids):
        await tx.execute(delete(alert_hours).where(alert_hours.c.alert_id.in_(chunk)))
        await tx.execute(delete(alert_calls).where(alert_calls.c.alert_id.in_(chunk)))


async def forget_guild(tx: Transaction, guild_id: GuildId) -> None:
    """Delete what is counted for a server's alerts and channels; to be called while those alerts are still there."""
    query = select(alerts.c.id, alerts.c.channel_id).where(alerts.c.guild_id == guild_id)
    rows = (await tx.execute(query)).all()
    await forget(tx, [row.id for row in rows])
    for chunk in chunks({row.channel_id for row in rows}):
        await tx.execute(delete(channel_hours).where(channel_hours.c.channel_id.in_(chunk)))


async def prune(tx: Transaction, *, now: datetime) -> None:
    """Delete counters, posts of channels and calls that are older than eight days."""
    before = now - KEPT
    await tx.execute(delete(alert_hours).where(alert_hours.c.hour < hour_of(before)))
    await tx.execute(delete(channel_hours).where(channel_hours.c.hour < hour_of(before)))
    await tx.execute(delete(alert_calls).where(alert_calls.c.called_at < before))
