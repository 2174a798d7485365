"""A pause after ESI failed, common to all questions about names. The failure itself is told by the ESI client."""

from datetime import datetime, timedelta

import structlog

from services.domain.clock import Clock
from services.esi.errors import EsiError, EsiRefused, EsiUnavailable

log = structlog.get_logger(__name__)


class Quiet:
    """No questions for `seconds` after a failure, or for as long as ESI wishes."""

    def __init__(self, seconds: float, *, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: datetime | None = None

    @property
    def is_on(self) -> bool:
        """True while nobody may ask."""
        return self._until is not None and self._clock() < self._until

    def begin(self, error: EsiError) -> None:
        """ESI gave nothing that can be used."""
        wish = error.retry_after if isinstance(error, EsiUnavailable) else None
        self._until = self._clock() + timedelta(seconds=max(self._seconds, wish or 0.0))
        if isinstance(error, EsiRefused):
            # ESI answers, and not to this: nobody else notices.
            log.warning("names refused", reason=str(error))

    def end(self) -> None:
        """ESI answered."""
        self._until = None
