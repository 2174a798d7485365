"""While the feed is behind, each channel gets one summary instead of a flood, edited until the feed is current again.

That the feed is behind is read off the kills themselves, from their publication to their arrival; a feed that reads its
backlog beside what happens now also says so (`Batch.behind`). The catching up begins with a kill that comes late, and
ends with the first batch that is neither late nor taken while a backlog remains: kills of now come in between, and are
told as always, but call nobody. When it began stands in the database, so that a restart in the middle goes on with the
same summary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.killmail import Arrival
from services.publishing.summaries import Sheet
from services.storage.database import Transaction
from services.storage.marks import drop_mark, load_mark_time, save_mark

_MARK = "catch-up since"


def lag_of(arrival: Arrival) -> timedelta:
    """From publication to arrival; nothing where the publication is not known."""
    if arrival.published_at is None:
        return timedelta(0)
    return arrival.received_at - arrival.published_at


async def load_catching_up(tx: Transaction) -> datetime | None:
    """Since when the feed is catching up; None while it is current."""
    return await load_mark_time(tx, _MARK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The feed is catching up: since when, and the late kills of this batch."""

    since: datetime
    late: Sequence[Arrival]

    def sheet(self, now: datetime) -> Sheet:
        """The summary that the channels get."""
        return Sheet.of_catch_up(self.since, now)

    @property
    def lag(self) -> timedelta:
        """The longest of this batch."""
        return max((lag_of(arrival) for arrival in self.late), default=timedelta(0))


class CatchUp:
    """Knows whether the feed is catching up."""

    def __init__(self) -> None:
        self._calm = False

    async def behind(
        self, tx: Transaction, late: Sequence[Arrival], *, backlog: bool, now: datetime
    ) -> Behind | None:
        """How the catching up stands with this batch; None when there is none, or when it has just ended.

        `backlog`: the feed says that there is more to read.
        """
        began = await self._load(tx)
        if late and began is None:
            await save_mark(tx, _MARK, now=now)
            self._calm = False
            began = now
        elif began is not None and not late and not backlog:
            await drop_mark(tx, _MARK)
            began = None
        return None if began is None else Behind(since=began, late=late)

    async def _load(self, tx: Transaction) -> datetime | None:
        """Only a look at the table makes calm: what this transaction changes may yet come to nothing."""
        if self._calm:
            return None
        began = await load_catching_up(tx)
        self._calm = began is None
        return began
