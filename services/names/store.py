"""The queries of names. Every function works inside the caller's transaction and never commits."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, select

from services.domain.names import EntityName
from services.names.rules import search_key
from services.storage.database import Transaction
from services.storage.statements import chunks, insert
from services.storage.tables import names, unknown_names

_CATEGORY_LENGTH = 16
_NAME_LENGTH = 255
_TICKER_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownName:
    """A name and when it was true. `ticker_at`: when the ticker was asked for, whatever the answer."""

    id: int
    category: str
    name: EntityName
    fetched_at: datetime
    ticker_at: datetime | None = None


async def save_names(tx: Transaction, known: Iterable[KnownName]) -> None:
    """Store names. A newer one replaces an older; a ticker is never lost, for most sources do not tell it."""
    statement = insert(tx, names)
    new, old = statement.excluded, names.c
    newer = new.fetched_at >= old.fetched_at

    def newest(column: str) -> Any:
        return case((newer, new[column]), else_=old[column])

    def kept(column: str) -> Any:
        one, other = new[column], old[column]
        return case((newer, func.coalesce(one, other)), else_=func.coalesce(other, one))

    changes = {c: newest(c) for c in ("category", "name", "name_key", "fetched_at")}
    changes |= {c: kept(c) for c in ("ticker", "ticker_key", "ticker_at")}
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=changes)
    for chunk in chunks(known):
        await tx.execute(upsert, [_row(item) for item in chunk])


async def load_names(tx: Transaction, ids: Collection[int]) -> dict[int, KnownName]:
    """The stored names among these ids."""
    found: dict[int, KnownName] = {}
    for chunk in chunks(ids):
        for row in (await tx.execute(select(names).where(names.c.id.in_(chunk)))).all():
            found[row.id] = KnownName(
                id=row.id,
                category=row.category,
                name=EntityName(name=row.name, ticker=row.ticker),
                fetched_at=row.fetched_at,
                ticker_at=row.ticker_at,
            )
    return found


async def save_unknown(tx: Transaction, unknown: Mapping[int, datetime], *, now: datetime) -> None:
    """Remember that the game does not know these, and until when that is believed; forget what no longer is."""
    statement = insert(tx, unknown_names)
    upsert = statement.on_conflict_do_update(
        index_elements=["id"], set_={"until": statement.excluded.until}
    )
    for chunk in chunks(unknown.items()):
        await tx.execute(upsert, [{"id": key, "until": until} for key, until in chunk])
    await tx.execute(delete(unknown_names).where(unknown_names.c.until <= now))


async def load_unknown(
    tx: Transaction, ids: Collection[int], *, now: datetime
) -> dict[int, datetime]:
    """Those of the ids that the game did not know lately, and until when that is believed."""
    found: dict[int, datetime] = {}
    for chunk in chunks(ids):
        query = select(unknown_names).where(
            unknown_names.c.id.in_(chunk), unknown_names.c.until > now
        )
        found.update({row.id: row.until for row in (await tx.execute(query)).all()})
    return found


def _row(known: KnownName) -> dict[str, object]:
    # PostgreSQL takes no zero bytes in a text.
    name = known.name.name.replace("\0", "")[:_NAME_LENGTH]
    ticker = (known.name.ticker or "").replace("\0", "")[:_TICKER_LENGTH]
    return {
        "id": known.id,
        "category": known.category[:_CATEGORY_LENGTH],
        "name": name,
        "name_key": search_key(name),
        "ticker": ticker or None,
        "ticker_key": search_key(ticker) or None,
        "fetched_at": known.fetched_at,
        "ticker_at": known.ticker_at,
    }
