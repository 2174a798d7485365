"""The queries of incursions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select

from services.domain.ids import ConstellationId, FactionId, SystemId
from services.domain.incursion import Incursion
from services.incursions.rules import Followed
from services.storage.database import Transaction
from services.storage.statements import save
from services.storage.world_tables import incursions


async def load_followed(tx: Transaction) -> list[Followed]:
    """Those that are there, or were in the answer before the last."""
    query = select(incursions).where(incursions.c.gone.is_(None)).order_by(incursions.c.key)
    return [_followed(row) for row in await tx.execute(query)]


async def save_followed(tx: Transaction, followed: Sequence[Followed]) -> None:
    """Keep them as they are now."""
    for one in followed:
        await save(tx, incursions, _row(one))


async def prune(tx: Transaction, *, before: datetime) -> None:
    """Forget those that have been gone since then."""
    await tx.execute(delete(incursions).where(incursions.c.gone < before))


def _followed(row: Row[Any]) -> Followed:
    incursion = Incursion(
        key=row.key,
        constellation_id=ConstellationId(row.constellation_id),
        faction_id=FactionId(row.faction_id),
        staging_id=SystemId(row.staging_id),
        systems=tuple(SystemId(int(system)) for system in row.systems.split(",")),
        state=row.state,
        influence=row.influence,
        has_boss=row.has_boss,
        first_seen=row.first_seen,
        seen=row.seen,
        state_since=row.state_since,
        gone=row.gone,
    )
    return Followed(incursion=incursion, missed=row.missed)


def _row(one: Followed) -> dict[str, Any]:
    incursion = one.incursion
    return {
        "key": incursion.key,
        "constellation_id": incursion.constellation_id,
        "faction_id": incursion.faction_id,
        "staging_id": incursion.staging_id,
        "systems": ",".join(map(str, incursion.systems)),
        "state": incursion.state,
        "influence": incursion.influence,
        "has_boss": incursion.has_boss,
        "first_seen": incursion.first_seen,
        "seen": incursion.seen,
        "state_since": incursion.state_since,
        "missed": one.missed,
        "gone": incursion.gone,
    }
