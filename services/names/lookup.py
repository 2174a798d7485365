"""Asking ESI for names by id, a thousand at most at once.

ESI fails a whole batch when it does not know one of its ids, without saying which. So a failed batch is halved until
the unknown ids stand alone. Every such failure counts against ESI's error limit; therefore, when the left half of a
failed batch turns out clean, the right half is known to be bad and is halved without being asked. An id is only called
unknown when ESI refused it alone.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from services.esi.errors import EsiRefused, EsiUnavailable

PATH = "/universe/names"
BATCH = 1000
_NOT_FOUND = 404


class NameSource(Protocol):
    """What is needed of ESI."""

    async def post_json(self, path: str, payload: object) -> bytes:
        """Send JSON, return the body. Raises EsiError."""
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


class _NameRow(msgspec.Struct):
    id: int
    name: str
    category: str


_decoder = msgspec.json.Decoder(list[_NameRow], strict=False)


async def fetch_names(source: NameSource, ids: Sequence[int], sink: Sink) -> None:
    """Ask for at most 1000 different ids; each part of the answer goes to `sink` when it is there.

    Raises:
        EsiUnavailable: ESI stopped answering; what was found before has been handed over.
        EsiRefused: ESI refuses for another reason than an unknown id.
    """
    await _resolve(source, ids, sink, known_bad=False)


async def _resolve(source: NameSource, ids: Sequence[int], sink: Sink, *, known_bad: bool) -> bool:
    """True when ESI knew all of them."""
    if not known_bad or len(ids) == 1:
        found = await _ask(source, ids)
        if found is not None:
            await sink(found)
            return not found.unknown
        if len(ids) == 1:
            await sink(Found(unknown=tuple(ids)))
            return False
    middle = len(ids) // 2
    left_clean = await _resolve(source, ids[:middle], sink, known_bad=False)
    await _resolve(source, ids[middle:], sink, known_bad=left_clean)
    return False


async def _ask(source: NameSource, ids: Sequence[int]) -> Found | None:
    """None when at least one id is unknown."""
    try:
        body = await source.post_json(PATH, list(ids))
    except EsiRefused as error:
        if error.status == _NOT_FOUND:
            return None
        raise
    try:
        rows = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise EsiUnavailable(f"ESI's names cannot be read ({error})") from error
    asked = set(ids)
    names = tuple(
        FetchedName(id=row.id, category=row.category, name=row.name)
        for row in rows
        if row.id in asked and row.name
    )
    return Found(names=names, unknown=tuple(asked.difference(name.id for name in names)))
