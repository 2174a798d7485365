"""Details of killmails that are fetched because somebody asks for them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.ids import KillmailId
from services.domain.killmail import Item


class FetchState(StrEnum):
    """Where a fetch stands. The values are stored."""

    PENDING = "pending"
    """Wanted; nobody has asked yet, or it is tried again later."""
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Given up: `FetchedFit.error` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFit:
    """What a victim had aboard, or why that is not known. `items` is None until it is."""

    killmail_id: KillmailId
    state: FetchState
    items: tuple[Item, ...] | None = None
    tries: int = 0
    next_try_at: datetime | None = None
    error: str | None = None
    """One sentence in plain words."""
