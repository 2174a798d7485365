"""Statements that both databases know in their own dialect, said once."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Row = dict[str, Any]
T = TypeVar("T")


def insert(tx: AsyncConnection, table: Table) -> Any:
    """An INSERT with the connection's own ON CONFLICT clauses (`sqlite.Insert` or `postgresql.Insert`)."""
    return _insert(tx.dialect.name, table)


def _insert(dialect: str, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


async def save(tx: AsyncConnection, table: Table, row: Row, *, keep: Sequence[str] = ()) -> None:
    """Insert a row, or replace its columns (except those named in `keep`) where its primary key is already there."""
    await tx.execute(_save(tx.dialect.name, table, tuple(row), tuple(keep)), row)


@cache
def _save(dialect: str, table: Table, names: tuple[str, ...], keep: tuple[str, ...]) -> Any:
    """Made once: building a statement costs more than running a small one."""
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    changes = {
        name: statement.excluded[name] for name in names if name not in keys and name not in keep
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


@cache
def insert_new(dialect: str, table: Table, returning: str | None = None) -> Any:
    """An INSERT that passes over rows already there, and can return a column of those that were not."""
    statement = _insert(dialect, table).on_conflict_do_nothing()
    return statement.returning(table.c[returning]) if returning else statement


@cache
def insert_or_add(
    dialect: str, table: Table, sums: tuple[str, ...], latest: tuple[str, ...] = ()
) -> Any:
    """An INSERT that adds the columns `sums` to those of a row already there, and gives it the columns `latest`."""
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    added = {name: table.c[name] + statement.excluded[name] for name in sums}
    taken = {name: statement.excluded[name] for name in latest}
    return statement.on_conflict_do_update(index_elements=keys, set_=added | taken)


async def execute_many(
    tx: AsyncConnection, statement: Any, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Run an INSERT for many rows of plain values, given as tuples in the order of `names`.

    SQLAlchemy's own way takes a dictionary a row and looks every value over, which for hundreds of thousands of rows is
    most of the time. So columns with a Python-side type (times, hashes) must not be among them.
    """
    if rows:
        sql, order = _compiled(statement, tx.dialect, names)
        if order != names:
            places = [names.index(name) for name in order]
            rows = [tuple(row[place] for place in places) for row in rows]
        await tx.exec_driver_sql(sql, list(rows))


@cache
def _compiled(statement: Any, dialect: Any, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    return str(compiled), tuple(compiled.positiontup)


def chunks(items: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Lists of at most `size`: SQL takes only so many bound values at once."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
