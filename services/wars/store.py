"""The queries of wars."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Row, and_, delete, or_, select

from services.domain.ids import WarId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.war import Belligerent, FoundWars, War
from services.storage.database import Transaction
from services.storage.marks import load_mark, save_mark
from services.storage.statements import chunks, save
from services.storage.world_tables import war_parties, wars
from services.wars.rules import Bounds

_BOUNDS = "wars"
_AGGRESSOR, _DEFENDER, _ALLY = "aggressor", "defender", "ally"


async def load_bounds(tx: Transaction) -> Bounds | None:
    """Which wars are looked at; None before anybody looked."""
    text = await load_mark(tx, _BOUNDS)
    return Bounds.parse(text) if text else None


async def save_bounds(tx: Transaction, bounds: Bounds, *, now: datetime) -> None:
    """Keep them."""
    await save_mark(tx, _BOUNDS, str(bounds), now=now)


async def load_known_ids(tx: Transaction, *, floor: WarId) -> set[WarId]:
    """The wars from a number on that were read."""
    return set(await tx.scalars(select(wars.c.war_id).where(wars.c.war_id >= floor)))


async def load_due_ids(
    tx: Transaction, marked: Collection[int], *, now: datetime, limit: int
) -> list[WarId]:
    """Wars of those who bear a mark that went on when last read, and that are to be asked for; the oldest first.

    A war of somebody who was marked since it was read is due at once.
    """
    found: list[tuple[datetime, WarId]] = []
    for some in chunks(sorted(marked)):
        mine = select(war_parties.c.war_id).where(war_parties.c.party_id.in_(some))
        query = (
            select(wars.c.fetched, wars.c.war_id)
            .where(wars.c.war_id.in_(mine))
            .where(or_(wars.c.finished.is_(None), wars.c.finished > wars.c.fetched))
            .where(or_(wars.c.due_at.is_(None), wars.c.due_at <= now))
            .order_by(wars.c.fetched, wars.c.war_id)
            .limit(limit)
        )
        found += [(row.fetched, WarId(row.war_id)) for row in await tx.execute(query)]
    return list(dict.fromkeys(war_id for _, war_id in sorted(found)))[:limit]


async def load_wars(tx: Transaction, ids: Iterable[int]) -> dict[WarId, War]:
    """Those that are known."""
    found: dict[WarId, War] = {}
    for some in chunks(sorted(set(ids))):
        rows = (await tx.execute(select(wars).where(wars.c.war_id.in_(some)))).all()
        allies = await _load_allies(tx, some)
        found |= {WarId(row.war_id): _war(row, allies[row.war_id]) for row in rows}
    return found


async def load_started(
    tx: Transaction, marked: Collection[int], *, after: datetime, until: datetime
) -> list[War]:
    """Wars of those who bear a mark in which fighting could begin then."""
    return await _load_between(tx, wars.c.started, marked, after=after, until=until)


async def load_ended(
    tx: Transaction, marked: Collection[int], *, after: datetime, until: datetime
) -> list[War]:
    """Wars of those who bear a mark that came to their end then."""
    return await _load_between(tx, wars.c.finished, marked, after=after, until=until)


async def load_of_parties(
    tx: Transaction, ids: Collection[int], *, now: datetime, finished: bool, limit: int
) -> FoundWars:
    """Wars in which one of them stands, the latest `limit`; those that are over only where they are asked for."""
    numbers: set[WarId] = set()
    for some in chunks(sorted(ids)):
        mine = select(war_parties.c.war_id).where(war_parties.c.party_id.in_(some))
        query = select(wars.c.war_id).where(wars.c.war_id.in_(mine))
        if not finished:
            query = query.where(or_(wars.c.finished.is_(None), wars.c.finished > now))
        numbers.update(await tx.scalars(query))
    found = await load_wars(tx, sorted(numbers, reverse=True)[:limit])
    latest = tuple(found[key] for key in sorted(found, reverse=True))
    return FoundWars(wars=latest, total=len(numbers))


async def load_first(tx: Transaction, *, floor: WarId) -> datetime | None:
    """When the earliest war from a number on was declared."""
    query = select(wars.c.declared).where(wars.c.war_id >= floor).order_by(wars.c.war_id).limit(1)
    found: datetime | None = await tx.scalar(query)
    return found


async def save_war(tx: Transaction, war: War, *, due_at: datetime | None) -> None:
    """Keep it as it is now, with everybody in it."""
    await save(tx, wars, _row(war) | {"due_at": due_at})
    await tx.execute(delete(war_parties).where(war_parties.c.war_id == war.id))
    roles = {party.id: (party.kind, _ALLY) for party in war.allies}
    for side, role in ((war.aggressor, _AGGRESSOR), (war.defender, _DEFENDER)):
        roles[side.party.id] = (side.party.kind, role)
    rows = [
        {"war_id": war.id, "party_id": party_id, "party_kind": kind, "role": role}
        for party_id, (kind, role) in roles.items()
    ]
    await tx.execute(war_parties.insert(), rows)


async def prune(tx: Transaction, *, before: datetime) -> None:
    """Forget those that nobody has asked for since then."""
    old = select(wars.c.war_id).where(wars.c.fetched < before)
    await tx.execute(delete(war_parties).where(war_parties.c.war_id.in_(old)))
    await tx.execute(delete(wars).where(wars.c.fetched < before))


async def _load_between(
    tx: Transaction,
    column: Column[datetime],
    marked: Collection[int],
    *,
    after: datetime,
    until: datetime,
) -> list[War]:
    query = select(wars.c.war_id).where(column > after, column <= until)
    found = await load_wars(tx, list(await tx.scalars(query)))
    marks = frozenset(marked)
    return [war for war in found.values() if any(party.id in marks for party in war.parties)]


async def _load_allies(tx: Transaction, ids: Sequence[int]) -> dict[int, list[Organisation]]:
    query = (
        select(war_parties)
        .where(and_(war_parties.c.war_id.in_(ids), war_parties.c.role == _ALLY))
        .order_by(war_parties.c.party_id)
    )
    found: defaultdict[int, list[Organisation]] = defaultdict(list)
    for row in await tx.execute(query):
        found[row.war_id].append(Organisation(row.party_id, OrganisationKind(row.party_kind)))
    return found


def _war(row: Row[Any], allies: Sequence[Organisation]) -> War:
    return War(
        id=WarId(row.war_id),
        declared=row.declared,
        started=row.started,
        finished=row.finished,
        retracted=row.retracted,
        mutual=row.mutual,
        open_for_allies=row.open_for_allies,
        aggressor=Belligerent(
            party=Organisation(row.aggressor_id, OrganisationKind(row.aggressor_kind)),
            ships_killed=row.aggressor_ships,
            isk_destroyed=row.aggressor_isk,
        ),
        defender=Belligerent(
            party=Organisation(row.defender_id, OrganisationKind(row.defender_kind)),
            ships_killed=row.defender_ships,
            isk_destroyed=row.defender_isk,
        ),
        allies=tuple(allies),
        fetched=row.fetched,
    )


def _row(war: War) -> dict[str, Any]:
    aggressor, defender = war.aggressor, war.defender
    return {
        "war_id": war.id,
        "declared": war.declared,
        "started": war.started,
        "finished": war.finished,
        "retracted": war.retracted,
        "mutual": war.mutual,
        "open_for_allies": war.open_for_allies,
        "aggressor_id": aggressor.party.id,
        "aggressor_kind": aggressor.party.kind,
        "aggressor_ships": aggressor.ships_killed,
        "aggressor_isk": aggressor.isk_destroyed,
        "defender_id": defender.party.id,
        "defender_kind": defender.party.kind,
        "defender_ships": defender.ships_killed,
        "defender_isk": defender.isk_destroyed,
        "fetched": war.fetched,
    }
