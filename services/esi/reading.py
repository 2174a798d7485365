"""Reading ESI's answers leniently, and saying so once when one has a shape that we do not know.

New keys and new words for old things come at any date: they are passed over. A row that cannot be read costs that row
alone; an answer most of which cannot be read is no answer. Either is told as a trouble of its route, which ends with
the next answer that can be read whole.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec

from services.domain.trouble import NoWatch, Trouble, TroubleWatch
from services.esi.errors import EsiUnreadable
from services.esi.routes import template

T = TypeVar("T")

_READABLE_SHARE = 0.5
"""Of the rows, at least so many must be readable for the others to be passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Generic[T]):
    """The rows that could be read, in ESI's order."""

    rows: list[T]
    skipped: int = 0
    """How many could not."""


class Reader:
    """Decodes bodies. One for the whole house, or one a feature: troubles are told by route, not by reader."""

    def __init__(self, watch: TroubleWatch | None = None) -> None:
        self._watch = watch or NoWatch()

    def read_rows(self, body: bytes, kind: type[T], *, path: str) -> Rows[T]:
        """A list of `kind` (a msgspec Struct). `path`: what was asked; ids in it are taken out for the trouble.

        Raises:
            EsiUnreadable: no list, or most of its rows have another shape.
        """
        try:
            found: Rows[T] = Rows(rows=_lists(kind).decode(body))
        except msgspec.DecodeError as error:
            found = self._row_by_row(body, kind, path=path, first=error)
        if found.skipped == 0:
            self._watch.ends(Trouble.ESI_SCHEMA, subject=template(path))
        return found

    def read(self, body: bytes, kind: type[T], *, path: str) -> T:
        """One `kind`. `path` as above.

        Raises:
            EsiUnreadable: it has another shape.
        """
        try:
            found: T = _single(kind).decode(body)
        except msgspec.DecodeError as error:
            raise self._unreadable(path, str(error)) from error
        self._watch.ends(Trouble.ESI_SCHEMA, subject=template(path))
        return found

    def _row_by_row(
        self, body: bytes, kind: type[T], *, path: str, first: msgspec.DecodeError
    ) -> Rows[T]:
        try:
            raw = _raw.decode(body)
        except msgspec.DecodeError as error:
            raise self._unreadable(path, str(error)) from error
        single, rows = _single(kind), []
        for row in raw:
            try:
                rows.append(single.decode(row))
            except msgspec.DecodeError:
                continue
        skipped = len(raw) - len(rows)
        reason = f"{skipped} of {len(raw)} rows cannot be read (the first: {first})"
        if len(rows) < _READABLE_SHARE * len(raw):
            raise self._unreadable(path, reason)
        self._tell(path, reason)
        return Rows(rows=rows, skipped=skipped)

    def _unreadable(self, path: str, reason: str) -> EsiUnreadable:
        self._tell(path, reason)
        return EsiUnreadable(f"ESI's answer to {template(path)} cannot be read ({reason})")

    def _tell(self, path: str, reason: str) -> None:
        self._watch.begins(Trouble.ESI_SCHEMA, reason, subject=template(path))


_raw = msgspec.json.Decoder(list[msgspec.Raw])


def _single(kind: type[T]) -> msgspec.json.Decoder[T]:
    return cast("msgspec.json.Decoder[T]", _decoder(cast("Any", kind)))


def _lists(kind: type[T]) -> msgspec.json.Decoder[list[T]]:
    return cast("msgspec.json.Decoder[list[T]]", _decoder(list[kind]))  # type: ignore[valid-type]


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Made once a type: building a decoder costs more than a small answer."""
    return msgspec.json.Decoder(kind, strict=False)
