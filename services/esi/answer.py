"""What ESI said, as it is handed out."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EsiAnswer:
    """What ESI said. `status` is 200, or 304 with an empty body when the given ETag still holds."""

    status: int
    body: bytes
    etag: str | None
    expires_at: datetime | None
    """Until when the answer may be kept without asking again; None where ESI does not say."""
    modified_at: datetime | None = None
    """When what it tells was made, where ESI says so."""
    pages: int | None = None
    """How many pages the route has; None where it has none."""
    unchanged: bool = False
    """True when this is the answer given before: it holds still, or ESI confirmed it."""
