"""The queries of prices. Every function works inside the caller's transaction and never commits.

The mark `prices-etag` holds the ETag of the stored list; its time is when ESI last said that the list is the present
one, which a 304 renews without touching a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from services.domain.ids import TypeId
from services.prices.wire import MarketPrice
from services.storage.database import Transaction
from services.storage.statements import chunks, insert, save
from services.storage.tables import marks, prices, quotes

ETAG_MARK = "prices-etag"
_CHUNK = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a market service said of one type: ISK a piece, None where nobody trades it."""

    source: str
    type_id: TypeId
    isk: float | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPrices:
    """The price list as it was last fetched, and when ESI last confirmed it."""

    prices: tuple[MarketPrice, ...]
    etag: str | None
    confirmed_at: datetime


async def load_prices(tx: Transaction) -> StoredPrices | None:
    """The stored list; None before the first."""
    rows = (await tx.execute(select(prices))).all()
    if not rows:
        return None
    mark = (await tx.execute(select(marks).where(marks.c.name == ETAG_MARK))).first()
    return StoredPrices(
        prices=tuple(
            MarketPrice(type_id=TypeId(row.type_id), adjusted=row.adjusted, average=row.average)
            for row in rows
        ),
        etag=(mark.text or None) if mark else None,
        confirmed_at=mark.updated_at if mark else max(row.fetched_at for row in rows),
    )


async def save_prices(
    tx: Transaction, fetched: Iterable[MarketPrice], *, etag: str | None, now: datetime
) -> None:
    """Put a new list in the place of the old one. Two processes may do this at once: in one order, row over row."""
    statement = insert(tx, prices)
    upsert = statement.on_conflict_do_update(
        index_elements=["type_id"],
        set_={name: statement.excluded[name] for name in ("adjusted", "average", "fetched_at")},
    )
    ordered = sorted(fetched, key=lambda item: item.type_id)
    for chunk in chunks(ordered, _CHUNK):
        rows = [
            {
                "type_id": item.type_id,
                "adjusted": item.adjusted,
                "average": item.average,
                "fetched_at": now,
            }
            for item in chunk
        ]
        await tx.execute(upsert, rows)
    await tx.execute(delete(prices).where(prices.c.fetched_at < now))
    await save_confirmed(tx, etag=etag, now=now)


async def save_confirmed(tx: Transaction, *, etag: str | None, now: datetime) -> None:
    """ESI says that the stored list is the present one."""
    await save(tx, marks, {"name": ETAG_MARK, "text": etag or "", "updated_at": now})


async def load_quotes(tx: Transaction) -> list[Quote]:
    """Every stored quote."""
    return [
        Quote(
            source=row.source,
            type_id=TypeId(row.type_id),
            isk=row.isk,
            fetched_at=row.fetched_at,
        )
        for row in (await tx.execute(select(quotes))).all()
    ]


async def save_quotes(tx: Transaction, found: Iterable[Quote]) -> None:
    """Put new quotes in the place of older ones; in one order, since two processes may do this at once."""
    statement = insert(tx, quotes)
    upsert = statement.on_conflict_do_update(
        index_elements=["type_id", "source"],
        set_={name: statement.excluded[name] for name in ("isk", "fetched_at")},
    )
    for chunk in chunks(sorted(found, key=lambda quote: (quote.type_id, quote.source)), _CHUNK):
        rows = [
            {"type_id": q.type_id, "source": q.source, "isk": q.isk, "fetched_at": q.fetched_at}
            for q in chunk
        ]
        await tx.execute(upsert, rows)
