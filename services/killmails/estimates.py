"""Stored killmails whose value is ours and not zKillboard's: what better prices may change."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import and_, false, or_, select

from services.domain.isk import ValueSource
from services.domain.killmail import Killmail
from services.killmails.items import unpack_items
from services.killmails.rows import SOURCE_NUMBERS, killmail_of
from services.storage.database import Database
from services.storage.tables import killmails

_OURS = [SOURCE_NUMBERS[s] for s in ValueSource if s is not ValueSource.ZKB]


async def stream_estimated(
    database: Database, *, since: datetime, page: int = 500
) -> AsyncIterator[list[Killmail]]:
    """Killmails from `since` on without a value of zKillboard's, oldest first, in pages; with items, without attackers.

    Each page is read in a transaction of its own, so that nobody waits for somebody who thinks about them. Those whose
    details were pruned are left out: nothing more can be learnt about them.
    """
    time, killmail_id = since, 0
    while True:
        behind = or_(
            killmails.c.time > time, and_(killmails.c.time == time, killmails.c.id > killmail_id)
        )
        ours = and_(killmails.c.value_source.in_(_OURS), killmails.c.pruned == false())
        query = select(killmails).where(killmails.c.time >= time, behind, ours)
        async with database.read() as tx:
            ordered = query.order_by(killmails.c.time, killmails.c.id).limit(page)
            rows = (await tx.execute(ordered)).all()
        if not rows:
            return
        mails = [(killmail_of(row, ()), row.items) for row in rows]
        yield [
            replace(mail, victim=replace(mail.victim, items=unpack_items(blob) or ()))
            for mail, blob in mails
        ]
        time, killmail_id = rows[-1].time, rows[-1].id
