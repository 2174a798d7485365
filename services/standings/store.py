"""The queries of standings."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from services.domain.ids import GuildId
from services.domain.killmail import OrganisationKind
from services.domain.standing import Mark, Standing
from services.storage.database import Transaction
from services.storage.guild_tables import standings
from services.storage.marks import load_mark_time, touch_mark
from services.storage.statements import chunks

_VERSION = "standings"
_STORED = (Standing.US, Standing.FRIEND, Standing.FOE)
_KINDS = tuple(OrganisationKind)


async def load_guild(tx: Transaction, guild_id: GuildId) -> list[Mark]:
    """A server's marks: us, friends, foes; each by kind and id. What only a newer version knows is passed over."""
    query = select(standings).where(
        standings.c.guild_id == guild_id,
        standings.c.standing.in_(_STORED),
        standings.c.kind.in_(_KINDS),
    )
    marks = [
        Mark(
            entity_id=row.entity_id,
            kind=OrganisationKind(row.kind),
            standing=Standing(row.standing),
            added_by=row.added_by,
            added_at=row.added_at,
        )
        for row in (await tx.execute(query)).all()
    ]
    return sorted(
        marks,
        key=lambda mark: (
            _STORED.index(mark.standing),
            _KINDS.index(mark.kind),
            mark.entity_id,
        ),
    )


async def load_all(tx: Transaction) -> dict[GuildId, dict[int, Standing]]:
    """The marks of all servers."""
    columns = (standings.c.guild_id, standings.c.entity_id, standings.c.standing)
    query = select(*columns).where(standings.c.standing.in_(_STORED))
    found: dict[GuildId, dict[int, Standing]] = {}
    for guild_id, entity_id, standing in (await tx.execute(query)).all():
        found.setdefault(guild_id, {})[entity_id] = Standing(standing)
    return found


async def count(tx: Transaction, guild_id: GuildId) -> int:
    """How many marks a server has."""
    query = select(func.count()).select_from(standings).where(standings.c.guild_id == guild_id)
    return int(await tx.scalar(query) or 0)


async def save_marks(tx: Transaction, guild_id: GuildId, marks: Sequence[Mark]) -> None:
    """Store marks; a newer one of the same entity takes the place of the older."""
    await remove(tx, guild_id, [mark.entity_id for mark in marks])
    rows = [
        {
            "guild_id": guild_id,
            "entity_id": mark.entity_id,
            "kind": mark.kind,
            "standing": mark.standing,
            "added_by": mark.added_by,
            "added_at": mark.added_at,
        }
        for mark in marks
    ]
    if rows:
        await tx.execute(standings.insert(), rows)


async def remove(tx: Transaction, guild_id: GuildId, ids: Collection[int]) -> None:
    """Take marks away."""
    for chunk in chunks(ids):
        statement = delete(standings).where(
            standings.c.guild_id == guild_id, standings.c.entity_id.in_(chunk)
        )
        await tx.execute(statement)


async def forget_guild(tx: Transaction, guild_id: GuildId) -> None:
    """Take all of a server's marks away."""
    await tx.execute(delete(standings).where(standings.c.guild_id == guild_id))


async def load_version(tx: Transaction) -> datetime | None:
    """When a mark of any server last changed."""
    return await load_mark_time(tx, _VERSION)


async def touch_version(tx: Transaction, *, now: datetime) -> None:
    """Say that they changed."""
    await touch_mark(tx, _VERSION, now=now)
