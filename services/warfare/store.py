"""The queries of faction warfare."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import delete, func, select

from services.domain.ids import FactionId, SystemId
from services.domain.warfare import FactionDay, Role, WarzoneSystem
from services.storage.columns import to_milliseconds
from services.storage.database import Transaction
from services.storage.statements import execute_many, insert_or_add, save
from services.storage.world_tables import copies, fw_days, fw_history, fw_systems
from services.warfare.history import Row

T = TypeVar("T")

_SYSTEM = tuple(column.name for column in fw_systems.c)
_DAY = tuple(column.name for column in fw_days.c)


async def load_systems(tx: Transaction) -> dict[SystemId, WarzoneSystem]:
    """The warzone as it is, by id."""
    rows = await tx.execute(select(fw_systems).order_by(fw_systems.c.system_id))
    return {row.system_id: _system_of(row) for row in rows}


async def save_systems(tx: Transaction, systems: Iterable[WarzoneSystem]) -> None:
    """Keep them as they are now."""
    statement = insert_or_add(tx.dialect.name, fw_systems, (), _SYSTEM[1:])
    await execute_many(tx, statement, _SYSTEM, [_system_row(system) for system in systems])


async def delete_systems(tx: Transaction, systems: Collection[SystemId]) -> None:
    """Forget those that are no longer in the warzone."""
    await tx.execute(delete(fw_systems).where(fw_systems.c.system_id.in_(sorted(systems))))


async def load_history(
    tx: Transaction, *, since: datetime, until: datetime | None = None
) -> list[Row]:
    """Snapshots from `since` on, before `until`, oldest first."""
    query = select(fw_history.c.at, fw_history.c.changes).where(fw_history.c.at >= since)
    if until is not None:
        query = query.where(fw_history.c.at < until)
    return [(row.at, row.changes) for row in await tx.execute(query.order_by(fw_history.c.at))]


async def load_last(tx: Transaction, *, before: datetime) -> datetime | None:
    """The last snapshot before a moment."""
    latest = func.max(fw_history.c.at, type_=fw_history.c.at.type)
    found: datetime | None = await tx.scalar(select(latest).where(fw_history.c.at < before))
    return found


async def add_changes(tx: Transaction, at: datetime, changes: bytes) -> None:
    """Note a snapshot and what it replaced; behind what stands there where one of the same moment was taken before."""
    query = select(fw_history.c.changes).where(fw_history.c.at == at)
    kept: bytes | None = await tx.scalar(query)
    if kept is None or changes:
        # What was replaced first is what was true before: it must be read last, so it stays behind.
        await save(tx, fw_history, {"at": at, "changes": changes + (kept or b"")})


async def load_copy(tx: Transaction, name: str, kind: type[T]) -> T | None:
    """The last good copy of something that is kept whole; None where there is none, or another version wrote it."""
    payload = await tx.scalar(select(copies.c.payload).where(copies.c.name == name))
    if payload is None:
        return None
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.DecodeError:
        return None


async def save_copy(tx: Transaction, name: str, value: Any, *, at: datetime) -> None:
    """Keep it in the place of the one before."""
    await save(tx, copies, {"name": name, "at": at, "payload": msgspec.json.encode(value)})


async def load_days(tx: Transaction, *, since: date) -> list[FactionDay]:
    """Daily figures from this day on, oldest first, by faction within a day."""
    query = select(fw_days).where(fw_days.c.day >= since)
    rows = await tx.execute(query.order_by(fw_days.c.day, fw_days.c.faction_id))
    return [FactionDay(**row) for row in rows.mappings()]


async def save_days(tx: Transaction, days: Sequence[FactionDay]) -> None:
    """Keep daily figures; those of a later answer of the same day count."""
    for day in days:
        await save(tx, fw_days, {name: getattr(day, name) for name in _DAY})


async def prune(tx: Transaction, *, before: datetime) -> None:
    """Forget snapshots and figures that are older."""
    await tx.execute(delete(fw_history).where(fw_history.c.at < before))
    await tx.execute(delete(fw_days).where(fw_days.c.day < before.date()))


def _system_of(row: Any) -> WarzoneSystem:
    return WarzoneSystem(
        system_id=SystemId(row.system_id),
        owner_id=FactionId(row.owner_id),
        occupier_id=FactionId(row.occupier_id),
        contested=row.contested,
        victory_points=row.victory_points,
        threshold=row.threshold,
        role=_ROLES.get(row.role),
        occupied_since=row.occupied_since,
        reset_at=row.reset_at,
    )


_ROLES = {role.value: role for role in Role}


def _system_row(system: WarzoneSystem) -> tuple[Any, ...]:
    since, reset = system.occupied_since, system.reset_at
    return (
        system.system_id,
        system.owner_id,
        system.occupier_id,
        system.contested,
        system.victory_points,
        system.threshold,
        None if system.role is None else system.role.value,
        None if since is None else to_milliseconds(since),
        None if reset is None else to_milliseconds(reset),
    )
