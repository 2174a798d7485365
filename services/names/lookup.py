"""Asking ESI: names by id (a thousand at most at once), ids by name, and an organisation's ticker.

ESI fails a whole batch when it does not know one of its ids, without saying which. So a failed batch is halved until
the unknown ids stand alone. Every such failure counts against ESI's error limit; therefore, when the left half of a
failed batch turns out clean, the right half is known to be bad and is halved without being asked. An id is only called
unknown when ESI refused it alone.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from services.domain.ids import is_npc_corporation
from services.domain.names import EntityKind, EntityName
from services.esi.errors import EsiRefused
from services.esi.reading import Reader

PATH = "/universe/names"
IDS_PATH = "/universe/ids"
BATCH = 1000
_NOT_FOUND = 404
_NO_SUCH_ID = frozenset({404, 422})
_ORGANISATIONS = {EntityKind.ALLIANCE: "/alliances", EntityKind.CORPORATION: "/corporations"}


class Answer(Protocol):
    """What is needed of an answer."""

    @property
    def body(self) -> bytes:
        """JSON."""
        ...


class NameSource(Protocol):
    """What is needed of ESI."""

    async def post_json(self, path: str, payload: object) -> bytes:
        """Send JSON, return the body. Raises EsiError."""
        ...

    async def get_json(self, path: str) -> Answer:
        """Fetch a route. Raises EsiError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedName:
    """A name as ESI gives it. `category`: character, corporation, alliance, faction, and others."""

    id: int
    category: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One part of the answer: names, and ids that ESI does not know."""

    names: tuple[FetchedName, ...] = ()
    unknown: tuple[int, ...] = ()


Sink = Callable[[Found], Awaitable[None]]
_Ask = Callable[[Sequence[int]], Awaitable[Found | None]]


class _NameRow(msgspec.Struct):
    id: int
    name: str
    category: str


class _Same(msgspec.Struct):
    id: int
    name: str


class _Ids(msgspec.Struct):
    alliances: list[_Same] = []
    corporations: list[_Same] = []
    characters: list[_Same] = []


class _Organisation(msgspec.Struct):
    name: str
    ticker: str


async def fetch_ids(source: NameSource, name: str, reader: Reader) -> tuple[FetchedName, ...]:
    """Everybody of exactly this name: nobody, one, or a pilot and a corporation, say. At most 100 characters.

    Raises EsiUnavailable, EsiRefused.
    """
    answer = reader.read(await source.post_json(IDS_PATH, [name]), _Ids, path=IDS_PATH)
    kinds = (
        (EntityKind.ALLIANCE, answer.alliances),
        (EntityKind.CORPORATION, answer.corporations),
        (EntityKind.CHARACTER, answer.characters),
    )
    return tuple(
        FetchedName(id=row.id, category=kind, name=row.name)
        for kind, rows in kinds
        for row in rows
        if row.id > 0 and row.name
    )


def has_ticker(entity_id: int, category: str) -> bool:
    """True for what ESI knows a ticker of: alliances, and corporations that people play."""
    return category in _ORGANISATIONS and not is_npc_corporation(entity_id)


async def fetch_ticker(
    source: NameSource, entity_id: int, category: str, reader: Reader
) -> EntityName | None:
    """An organisation's name and ticker; None when ESI does not know it. `category`: as `has_ticker` takes it.

    Raises EsiUnavailable, EsiRefused (for another reason than an unknown id).
    """
    path = f"{_ORGANISATIONS[EntityKind(category)]}/{entity_id}"
    try:
        found = reader.read((await source.get_json(path)).body, _Organisation, path=path)
    except EsiRefused as error:
        if error.status in _NO_SUCH_ID:
            return None
        raise
    return EntityName(name=found.name, ticker=found.ticker or None)


async def fetch_names(
    source: NameSource, ids: Sequence[int], sink: Sink, *, reader: Reader
) -> None:
    """Ask for at most 1000 different ids; each part of the answer goes to `sink` when it is there.

    Raises:
        EsiUnavailable: ESI stopped answering; what was found before has been handed over.
        EsiRefused: ESI refuses for another reason than an unknown id.
    """

    async def ask(asked: Sequence[int]) -> Found | None:
        return await _ask(source, asked, reader)

    await _resolve(ask, ids, sink, known_bad=False)


async def _resolve(ask: _Ask, ids: Sequence[int], sink: Sink, *, known_bad: bool) -> bool:
    """True when ESI knew all of them."""
    if not known_bad or len(ids) == 1:
        found = await ask(ids)
        if found is not None:
            await sink(found)
            return not found.unknown
        if len(ids) == 1:
            await sink(Found(unknown=tuple(ids)))
            return False
    middle = len(ids) // 2
    left_clean = await _resolve(ask, ids[:middle], sink, known_bad=False)
    await _resolve(ask, ids[middle:], sink, known_bad=left_clean)
    return False


async def _ask(source: NameSource, ids: Sequence[int], reader: Reader) -> Found | None:
    """None when at least one id is unknown."""
    try:
        body = await source.post_json(PATH, list(ids))
    except EsiRefused as error:
        if error.status == _NOT_FOUND:
            return None
        raise
    answer = reader.read_rows(body, _NameRow, path=PATH)
    asked = set(ids)
    names = tuple(
        FetchedName(id=row.id, category=row.category, name=row.name)
        for row in answer.rows
        if row.id in asked and row.name
    )
    # One that could not be read is not unknown: it is asked for again.
    left_out = asked.difference(name.id for name in names) if not answer.skipped else ()
    return Found(names=names, unknown=tuple(left_out))
