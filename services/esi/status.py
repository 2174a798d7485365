"""How ESI and its client are doing, for `/status` and the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.esi.memory import Pause

ERROR_LIMIT = "error-limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketStatus:
    """One bucket, or the old error limit (`ERROR_LIMIT`). `left` is of the moment; `read_at`: when ESI last said."""

    group: str
    tokens: int
    left: int
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EsiStatus:
    """A look at the client. Costs nothing."""

    buckets: tuple[BucketStatus, ...]
    """Those of which ESI has told something."""
    pauses: tuple[Pause, ...]
    """What is left alone at the moment, and until when."""
    requests: Mapping[str, int]
    """Since the start, by outcome: `2xx`, `304`, `4xx`, `403`, `420`, `429`, `5xx`, `failed` (no answer)."""
    from_store: int
    """Answers since the start that still held, so that ESI was not asked."""
    last_success_at: datetime | None
    failing_since: datetime | None
    """When the first of the faults came since the last proper answer; None while ESI answers."""
    quiet_seconds: float
    """Seconds for which nobody asks because ESI is out of order."""

    @property
    def tokens(self) -> dict[str, float]:
        """What is left, by bucket."""
        return {bucket.group: float(max(0, bucket.left)) for bucket in self.buckets}
