"""Conditions in SQL between two bounds: what surely holds, and what possibly does.

Not everything that a filter asks can be said in SQL, and not everything can be known of a mail whose details are
gone. So each condition is a pair: `sure` holds for nothing that the filter refuses, `possible` for everything that it
takes. Where both are the same, SQL alone decides. An exclusion turns the pair around. A null fits nothing, also under
a `not`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true

Clause = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Bounds:
    """One condition, or several put together."""

    possible: Clause
    sure: Clause

    @classmethod
    def exactly(cls, clause: Clause) -> Self:
        """SQL says it all."""
        return cls(clause, clause)

    @property
    def exact(self) -> bool:
        """True when nothing is left to be looked at."""
        return self.possible is self.sure

    @property
    def doubtful(self) -> Clause:
        """What SQL leaves open."""
        return and_(self.possible, denied(self.sure))


def undecided() -> Bounds:
    """SQL can say nothing at all."""
    return Bounds(true(), false())


def every(bounds: Sequence[Bounds]) -> Bounds:
    """All of them hold; so does all of nothing."""
    return _joined(and_, true(), bounds)


def some(bounds: Sequence[Bounds]) -> Bounds:
    """One of them holds; one of nothing never does."""
    return _joined(or_, false(), bounds)


def neither(bounds: Sequence[Bounds]) -> Bounds:
    """Not one of them holds."""
    held = some(bounds)
    if held.exact:
        return Bounds.exactly(denied(held.sure))
    return Bounds(denied(held.sure), denied(held.possible))


def denied(clause: Clause) -> Clause:
    """True where the clause does not hold, also where that is for want of something."""
    return not_(func.coalesce(clause, false()))


def _joined(join: Any, empty: Clause, bounds: Sequence[Bounds]) -> Bounds:
    if len(bounds) == 1:
        return bounds[0]
    possible: Clause = join(empty, *(each.possible for each in bounds))
    if all(each.exact for each in bounds):
        return Bounds.exactly(possible)
    return Bounds(possible, join(empty, *(each.sure for each in bounds)))
