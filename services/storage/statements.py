"""Statements that both databases know in their own dialect, said once."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Row = dict[str, Any]
T = TypeVar("T")


def insert(tx: AsyncConnection, table: Table) -> Any:
    """An INSERT with the connection's own ON CONFLICT clauses (`sqlite.Insert` or `postgresql.Insert`)."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


async def save(tx: AsyncConnection, table: Table, row: Row, *, keep: Sequence[str] = ()) -> None:
    """Insert a row, or replace its columns (except those named in `keep`) where its primary key is already there."""
    statement = insert(tx, table).values(**row)
    keys = [column.name for column in table.primary_key]
    changes = {
        name: statement.excluded[name] for name in row if name not in keys and name not in keep
    }
    await tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))


def chunks(items: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Lists of at most `size`: SQL takes only so many bound values at once."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
