"""The queries of names. Every function works inside the caller's transaction and never commits."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from services.domain.names import EntityName
from services.storage.database import Transaction
from services.storage.statements import chunks, insert
from services.storage.tables import names

_CATEGORY_LENGTH = 16
_NAME_LENGTH = 255
_TICKER_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownName:
    """A name and when it was true."""

    id: int
    category: str
    name: EntityName
    fetched_at: datetime


async def save_names(tx: Transaction, known: Iterable[KnownName]) -> None:
    """Store names. A newer one replaces an older; a ticker is never lost, for most sources do not tell it."""
    statement = insert(tx, names)
    new, old = statement.excluded, names.c
    newer = new.fetched_at >= old.fetched_at
    tickers = func.coalesce(new.ticker, old.ticker), func.coalesce(old.ticker, new.ticker)
    upsert = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "category": case((newer, new.category), else_=old.category),
            "name": case((newer, new.name), else_=old.name),
            "ticker": case((newer, tickers[0]), else_=tickers[1]),
            "fetched_at": case((newer, new.fetched_at), else_=old.fetched_at),
        },
    )
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
            )
    return found


def _row(known: KnownName) -> dict[str, object]:
    ticker = known.name.ticker
    return {
        "id": known.id,
        "category": known.category[:_CATEGORY_LENGTH],
        "name": known.name.name[:_NAME_LENGTH],
        "ticker": ticker[:_TICKER_LENGTH] if ticker else None,
        "fetched_at": known.fetched_at,
    }
