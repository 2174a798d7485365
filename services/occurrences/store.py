"""The queries of occurrences. What a newer version wrote is passed over."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, and_, delete, func, select

from services.domain.occurrence import Occurrence, OccurrenceKind, OccurrenceSearch, Topic
from services.storage.database import Transaction
from services.storage.statements import chunks, insert_new
from services.storage.world_tables import occurrence_parties, occurrences

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Occurrence)


async def save_new(tx: Transaction, found: Sequence[Occurrence]) -> list[Occurrence]:
    """Keep those that are not known; returns them, in the order given. The same key twice counts once.

    What is not kept (`OccurrenceKind.is_kept`) is always new.
    """
    once = {occurrence.key: occurrence for occurrence in reversed(found)}
    kept = [occurrence for occurrence in once.values() if occurrence.kind.is_kept]
    statement = insert_new(tx.dialect.name, occurrences, returning="key")
    new: set[str] = {key for key, one in once.items() if not one.kind.is_kept}
    for some in chunks(kept, 200):
        rows = [_row(occurrence) for occurrence in some]
        added = set((await tx.scalars(statement.values(rows))).all())
        if concerned := [row for one in some if one.key in added for row in _party_rows(one)]:
            await tx.execute(occurrence_parties.insert(), concerned)
        new |= added
    return [one for one in dict.fromkeys(found) if one.key in new and once[one.key] is one]


async def load(tx: Transaction, search: OccurrenceSearch) -> list[Occurrence]:
    """Latest first."""
    query = _where(select(occurrences.c.payload), search)
    query = query.order_by(occurrences.c.at.desc(), occurrences.c.key.desc())
    if search.limit is not None:
        query = query.limit(search.limit).offset(search.offset)
    return [_decoder.decode(payload) for payload in await tx.scalars(query)]


async def count(tx: Transaction, search: OccurrenceSearch) -> int:
    """How many there are, whatever `limit` says."""
    query = _where(select(func.count()).select_from(occurrences), search)
    return int(await tx.scalar(query) or 0)


async def load_since(tx: Transaction, topic: Topic) -> datetime | None:
    """When the earliest kept one of a topic was."""
    found: datetime | None = await tx.scalar(
        select(func.min(occurrences.c.at, type_=occurrences.c.at.type)).where(
            occurrences.c.topic == topic
        )
    )
    return found


async def prune(
    tx: Transaction, *, before: datetime, kinds: Collection[OccurrenceKind] | None = None
) -> None:
    """Forget what is older; with `kinds` only of these."""
    if kinds is None:
        for table in (occurrences, occurrence_parties):
            await tx.execute(delete(table).where(table.c.at < before))
        return
    old = and_(occurrences.c.at < before, occurrences.c.kind.in_(sorted(kinds)))
    keys = select(occurrences.c.key).where(old)
    await tx.execute(delete(occurrence_parties).where(occurrence_parties.c.key.in_(keys)))
    await tx.execute(delete(occurrences).where(old))


def _where(query: Select[*tuple[Any, ...]], search: OccurrenceSearch) -> Select[*tuple[Any, ...]]:
    kinds = frozenset(OccurrenceKind) if search.kinds is None else search.kinds
    query = query.where(occurrences.c.kind.in_(sorted(kinds)))
    if search.topic is not None:
        query = query.where(occurrences.c.topic == search.topic)
    if search.since is not None:
        query = query.where(occurrences.c.at >= search.since)
    if search.until is not None:
        query = query.where(occurrences.c.at < search.until)
    if search.systems is not None:
        query = query.where(occurrences.c.system_id.in_(sorted(search.systems)))
    if search.party is not None:
        concerned = select(occurrence_parties.c.key)
        concerned = concerned.where(occurrence_parties.c.party_id == search.party.id)
        query = query.where(occurrences.c.key.in_(concerned))
    return query


def _row(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "key": occurrence.key,
        "topic": occurrence.kind.topic,
        "kind": occurrence.kind,
        "at": occurrence.at,
        "system_id": occurrence.system_id,
        "payload": _encoder.encode(_told(occurrence)),
    }


def _party_rows(occurrence: Occurrence) -> list[dict[str, Any]]:
    ids = {party.id for party in occurrence.parties}
    return [{"party_id": key, "key": occurrence.key, "at": occurrence.at} for key in ids]


def _told(occurrence: Occurrence) -> dict[str, Any]:
    """What it says; most kinds leave most fields empty."""
    fields: dict[str, Any] = msgspec.to_builtins(occurrence)
    return {name: value for name, value in fields.items() if value not in (None, [])}
