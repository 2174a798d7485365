"""Estimates made anew when better prices came, so that what people look at is not worth last week's guess.

Only what is worth the writing: a figure where there was none, a sum of prices where there was a typical loss, fewer
stacks without a price, or a figure that moved by more than the market's daily noise. A value never gets less certain.
"""

from datetime import timedelta
from itertools import islice

import structlog

from services.domain.clock import Clock
from services.domain.ids import KillmailId
from services.domain.isk import Value, ValueSource
from services.killmails.estimates import stream_estimated
from services.pipeline import Pipeline
from services.prices.service import PriceService
from services.prices.settings import PriceSettings
from services.storage.database import Database

log = structlog.get_logger(__name__)

_AT_ONCE = 200
_RANK = {ValueSource.UNKNOWN: 0, ValueSource.TYPICAL: 1, ValueSource.ESTIMATE: 2}


def is_better(new: Value, old: Value, *, share: float) -> bool:
    """True when `new` should take the place of the estimate `old`. `share`: what counts as noise."""
    if new.isk is None or new.source not in _RANK or old.source not in _RANK:
        return False
    if old.isk is None or _RANK[new.source] > _RANK[old.source]:
        return True
    if _RANK[new.source] < _RANK[old.source] or new.unpriced > old.unpriced:
        return False
    return new.unpriced < old.unpriced or abs(new.isk - old.isk) > share * old.isk


class Revaluing:
    """Run it when prices have changed."""

    def __init__(
        self,
        database: Database,
        prices: PriceService,
        pipeline: Pipeline,
        *,
        settings: PriceSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._prices = prices
        self._pipeline = pipeline
        self._settings = settings
        self._clock = clock

    async def run(self) -> int:
        """Look over the estimates of the last days; returns how many were replaced."""
        since = self._clock() - timedelta(days=self._settings.revalue_days)
        changed = 0
        async for mails in stream_estimated(self._database, since=since):
            values: dict[KillmailId, Value] = {}
            for mail in mails:
                new = self._prices.value_of(mail).value
                if is_better(new, mail.value, share=self._settings.revalue_share):
                    values[mail.id] = new
            better = iter(values.items())
            while some := dict(islice(better, _AT_ONCE)):
                changed += await self._pipeline.revalue(some)
        if changed:
            log.info("estimates made anew", killmails=changed)
        return changed
