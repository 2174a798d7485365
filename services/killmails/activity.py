"""How busy systems were, as killmails tell it: kills, and the pilots on either side of them, each counted once.

Pilots of whom only the kill is left (their names are forgotten in time) are not counted any more.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, union_all

from services.domain.ids import SystemId
from services.domain.warfare import Activity
from services.storage.database import Transaction
from services.storage.tables import killmails, participants


async def load_activity(
    tx: Transaction, systems: Collection[SystemId], start: datetime, end: datetime
) -> dict[SystemId, Activity]:
    """By system, of the window [start, end); systems without a kill are absent."""
    where = (
        killmails.c.system_id.in_(sorted(systems)),
        killmails.c.time >= start,
        killmails.c.time < end,
    )
    mail = (killmails.c.system_id, killmails.c.id)
    victims = select(*mail, killmails.c.character_id).where(*where)
    attackers = (
        select(*mail, participants.c.character_id)
        .join(participants, participants.c.killmail_id == killmails.c.id)
        .where(*where)
    )
    there = union_all(victims, attackers).subquery()
    query = select(
        there.c.system_id,
        func.count(there.c.id.distinct()).label("kills"),
        func.count(there.c.character_id.distinct()).label("pilots"),
    ).group_by(there.c.system_id)
    return {
        SystemId(row.system_id): Activity(kills=row.kills, pilots=row.pilots)
        for row in await tx.execute(query)
    }
