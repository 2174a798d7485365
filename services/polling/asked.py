"""Polled routes of the game's API: fetched by their ETag, faults in the words of a polled source."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from services.esi.answer import EsiAnswer
from services.esi.errors import EsiError
from services.polling.source import Fetched, SourceFault

T = TypeVar("T")


class AsksEsi(Protocol):
    """What is needed of ESI (`EsiClient`)."""

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        """Fetch a route; 304, asked or not, where the answer with this ETag still holds. Raises EsiError."""
        ...


async def fetch_route(
    esi: AsksEsi, path: str, read: Callable[[bytes], T], *, etag: str | None
) -> Fetched[T]:
    """A route's answer; `read` decodes the body and raises EsiError where it cannot. Raises SourceFault."""
    try:
        answer = await esi.get_changed(path, etag=etag)
        value = None if answer.status == 304 else read(answer.body)
    except EsiError as error:
        raise SourceFault(str(error)) from error
    return Fetched(
        value=value,
        etag=answer.etag,
        expires_at=answer.expires_at,
        # What ESI confirms is true now, whenever it was made.
        modified_at=None if value is None else answer.modified_at,
    )
