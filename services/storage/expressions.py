"""Expressions that both databases know in their own words, said once."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

_HOUR = 3_600_000


class contains(GenericFunction[bool]):  # noqa: N801 - SQLAlchemy's functions are spelt small
    """True where the first text or bytes hold the second, byte by byte; null where the first is null."""

    type = Boolean()
    name = "contains_bytes"
    inherit_cache = True


@compiles(contains, "sqlite")
def _instr(element: contains, compiler: Any, **options: Any) -> str:
    held, sought = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(instr({held}, {sought}) > 0)"


@compiles(contains, "postgresql")
def _position(element: contains, compiler: Any, **options: Any) -> str:
    held, sought = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(position({sought} IN {held}) > 0)"


def milliseconds(column: Column[Any]) -> ColumnElement[int]:
    """A column of moments as the whole number that is stored: milliseconds since 1970."""
    return type_coerce(column, BigInteger)


def hour_of(column: Column[Any]) -> ColumnElement[int]:
    """Full hours since 1970 of a column of moments."""
    return milliseconds(column) // _HOUR
