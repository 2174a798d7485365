"""Asking ESI for one killmail, and what its answer means for whoever waits for it.

A killmail never changes, so its answer is stored and nothing else of it is kept. What ESI refuses it will refuse again;
everything else may work later.
"""

from dataclasses import dataclass
from typing import Protocol

from services.domain.ids import KillmailId
from services.domain.killmail import Item
from services.domain.trouble import Trouble, TroubleWatch
from services.esi.errors import EsiRefused, EsiUnavailable
from services.esi.routes import template
from services.feeds.errors import WireError
from services.feeds.wire import decode_esi

_REASONS = {
    404: "ESI does not know this kill.",
    422: "ESI says that the hash stored for this kill is wrong.",
}
UNREADABLE = "ESI's answer could not be read."


class Answer(Protocol):
    """What is needed of an answer."""

    @property
    def body(self) -> bytes:
        """JSON."""
        ...


class FitSource(Protocol):
    """What is needed of ESI."""

    async def get_json(self, path: str) -> Answer:
        """Fetch a route. Raises EsiError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """ESI said what was aboard."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """ESI will never say."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """ESI may say later. `wait`: seconds for which it wants to be left alone, if it said so."""

    reason: str
    wait: float | None = None


Outcome = Known | Refused | Later


async def fetch_fit(
    source: FitSource, killmail_id: KillmailId, killmail_hash: str, *, watch: TroubleWatch
) -> Outcome:
    """Ask once."""
    path = f"/killmails/{killmail_id}/{killmail_hash}"
    try:
        answer = await source.get_json(path)
    except EsiRefused as error:
        return Refused(reason=_REASONS.get(error.status, f"ESI refused ({error.status})."))
    except EsiUnavailable as error:
        return Later(reason=f"{error.reason}.", wait=error.retry_after)
    return _read(answer.body, killmail_id, path=path, watch=watch)


def _read(body: bytes, killmail_id: KillmailId, *, path: str, watch: TroubleWatch) -> Outcome:
    try:
        items = _items(body, killmail_id)
    except WireError as error:
        watch.begins(Trouble.ESI_SCHEMA, str(error), subject=template(path))
        return Later(reason=UNREADABLE)
    watch.ends(Trouble.ESI_SCHEMA, subject=template(path))
    return Known(items=items)


def _items(body: bytes, killmail_id: KillmailId) -> tuple[Item, ...]:
    killmail = decode_esi(body, killmail_hash="")
    if killmail.id != killmail_id:
        raise WireError(f"kill {killmail.id} came instead of {killmail_id}")
    return killmail.victim.items
