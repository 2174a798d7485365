"""For which kills alerts called somebody: not too often, and once a fight.

A call is remembered by its kill and not by its battle: battles begin with their second kill, grow together and fall
apart, and the kill is in whatever they are now. A call for what is no kill stands under a number of its own below 0.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from services.domain.ids import AlertId, KillmailId
from services.storage.columns import to_milliseconds
from services.storage.database import Transaction
from services.storage.guild_tables import alert_calls
from services.storage.statements import chunks, insert_new

FIGHT_AT_MOST = timedelta(days=1)
"""No fight goes on for longer: calls before that say nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An alert called its role or person for a kill."""

    alert_id: AlertId
    killmail_id: KillmailId
    at: datetime


def no_kill(moment: datetime) -> KillmailId:
    """What a call of this moment stands under that was for something else."""
    return KillmailId(-to_milliseconds(moment))


async def load(tx: Transaction, alert_ids: Collection[AlertId], *, since: datetime) -> list[Call]:
    """The calls of these alerts since then, oldest first."""
    found: list[Call] = []
    for chunk in chunks(alert_ids):
        query = select(alert_calls).where(
            alert_calls.c.alert_id.in_(chunk), alert_calls.c.called_at >= since
        )
        found += [
            Call(alert_id=row.alert_id, killmail_id=row.killmail_id, at=row.called_at)
            for row in (await tx.execute(query)).all()
        ]
    return sorted(found, key=lambda call: (call.at, call.killmail_id))


async def save(tx: Transaction, calls: Sequence[Call]) -> None:
    """Remember them."""
    rows = [
        {"alert_id": call.alert_id, "killmail_id": call.killmail_id, "called_at": call.at}
        for call in calls
    ]
    if rows:
        await tx.execute(insert_new(tx.dialect.name, alert_calls), rows)


async def take_back(
    tx: Transaction, alert_ids: Collection[AlertId], killmail_ids: Collection[KillmailId]
) -> None:
    """What these alerts called for these kills was never sent."""
    for chunk in chunks(killmail_ids):
        await tx.execute(
            delete(alert_calls).where(
                alert_calls.c.alert_id.in_(list(alert_ids)), alert_calls.c.killmail_id.in_(chunk)
            )
        )
