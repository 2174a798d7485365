"""Looking for names in the table: by how they begin, exactly, and by likeness.

Each kind is looked through by itself along an index, and no more of it is read than can be shown: so a single letter
costs no more than a whole name. Inside the caller's transaction.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, Select, and_, func, select, union_all

from services.domain.names import EntityKind, EntityName, NamedEntity
from services.names.rules import Asked, search_key
from services.storage.database import Transaction
from services.storage.tables import names
from services.universe.search import fold

ALL_KINDS = frozenset(EntityKind)
_AFTER_ALL = "\U0010ffff"
_ORDER = {kind: order for order, kind in enumerate(EntityKind)}
_WITH_TICKER = frozenset({EntityKind.ALLIANCE, EntityKind.CORPORATION})
_LIKE = 70.0
"""Likeness in percent below which a name is no help as a suggestion."""
_LOOKED_AT = 1500
"""Names of one kind and one beginning that are compared."""
_SAME = 200
"""Names that differ in punctuation alone and are compared; there are never so many."""
_SLACK = 3
"""Signs by which a name that is meant may be longer or shorter."""


@dataclass(frozen=True, slots=True)
class _Hit:
    entity: NamedEntity
    name_key: str
    ticker_key: str | None


async def find_by_prefix(
    tx: Transaction, asked: Asked, *, kinds: Collection[EntityKind], limit: int
) -> tuple[NamedEntity, ...]:
    """Names and tickers that begin so: the name itself first, then alliances, corporations, characters."""
    key = search_key(asked.name if asked.name is not None else asked.ticker or "")
    if not key or limit < 1:
        return ()
    by_name = asked.name is not None
    hits = await _begins(tx, key, kinds=kinds, by_name=by_name, limit=limit)

    def rank(hit: _Hit) -> tuple[bool, int, bool, str, int]:
        exact = (by_name and hit.name_key == key) or hit.ticker_key == key
        by_ticker = by_name and not hit.name_key.startswith(key)
        words = hit.name_key if by_name else hit.ticker_key or ""
        return not exact, _ORDER[hit.entity.kind], by_ticker, words, hit.entity.id

    return tuple(hit.entity for hit in sorted(hits, key=rank)[:limit])


async def find_exact(tx: Transaction, asked: Asked) -> tuple[NamedEntity, ...]:
    """Everybody of this name; where nobody is, of this name but for its punctuation; else of this ticker."""
    text = asked.name if asked.name is not None else asked.ticker or ""
    key, kinds = search_key(text), ALL_KINDS if asked.kind is None else {asked.kind}
    if not key:
        return ()
    same_name, same_ticker = names.c.name_key == key, names.c.ticker_key == key
    if asked.name is not None:
        hits = await _load(tx, _of(kinds, same_name).limit(_SAME))
        same = [hit for hit in hits if fold(hit.entity.name.name) == fold(text)]
        if same or hits:
            return _ordered(same or hits)
    if not (with_ticker := _WITH_TICKER.intersection(kinds)):
        return ()
    return _ordered(await _load(tx, _of(with_ticker, same_ticker).limit(_SAME)))


async def find_near(
    tx: Transaction, text: str, *, kinds: Collection[EntityKind] = ALL_KINDS, limit: int = 3
) -> tuple[str, ...]:
    """Names that look most like it, for an error message. Compares those that begin nearly so and are about as long."""
    key = search_key(text)
    if len(key) < 3:
        return ()
    # As typed; with a sign too many in front; its first two swapped; its second one too many.
    starts = {key[:2], key[1:3], key[1] + key[0], key[0] + key[2]}
    found: dict[str, str] = {}
    for kind in sorted(kinds, key=_ORDER.__getitem__):
        for start in sorted(starts):
            size = func.length(names.c.name_key).between(len(key) - _SLACK, len(key) + _SLACK)
            query = _of({kind}, and_(_starts(names.c.name_key, start), size)).limit(_LOOKED_AT)
            rows = await tx.execute(query.with_only_columns(names.c.name, names.c.name_key))
            found.update((row.name, row.name_key) for row in rows)
    best = process.extract(key, found, scorer=fuzz.ratio, limit=limit, score_cutoff=_LIKE)
    return tuple(name for _, _, name in best)


async def _begins(
    tx: Transaction, key: str, *, kinds: Collection[EntityKind], by_name: bool, limit: int
) -> set[_Hit]:
    columns = [(names.c.name_key, kind) for kind in kinds if by_name]
    columns += [(names.c.ticker_key, kind) for kind in _WITH_TICKER.intersection(kinds)]
    parts = [
        _of({kind}, _starts(column, key)).order_by(column).limit(limit).subquery()
        for column, kind in columns
    ]
    if not parts:
        return set()
    return set(await _load(tx, union_all(*(select(part) for part in parts))))


def _of(kinds: Collection[EntityKind], condition: ColumnElement[bool]) -> Select[Any]:
    first, *others = sorted(kinds)
    # Of one kind alone the index gives rows in order: none is read that is not shown.
    among = names.c.category.in_(sorted(kinds)) if others else names.c.category == first
    return select(names).where(among, condition)


def _starts(column: Any, start: str) -> ColumnElement[bool]:
    return and_(column >= start, column < start + _AFTER_ALL)


async def _load(tx: Transaction, query: Any) -> list[_Hit]:
    return [
        _Hit(
            NamedEntity(
                id=row.id,
                kind=EntityKind(row.category),
                name=EntityName(name=row.name, ticker=row.ticker),
            ),
            row.name_key or "",
            row.ticker_key,
        )
        for row in (await tx.execute(query)).all()
    ]


def _ordered(hits: Iterable[_Hit]) -> tuple[NamedEntity, ...]:
    entities = (hit.entity for hit in hits)
    return tuple(sorted(entities, key=lambda entity: (_ORDER[entity.kind], entity.id)))
