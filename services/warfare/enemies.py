"""Which factions are at war, from ESI (`/fw/wars`): a polled source whose last good answer is kept whole."""

from collections.abc import Sequence
from datetime import timedelta

from services.domain.ids import FactionId
from services.domain.occurrence import Occurrence
from services.domain.trouble import TroubleWatch
from services.esi.reading import Reader, Rows
from services.polling.asked import AsksEsi, fetch_route
from services.polling.source import Fetched, Moment, SourceFault
from services.storage.database import Transaction
from services.warfare import store
from services.warfare.roles import ZONES, Pair, pair
from services.warfare.settings import WarfareSettings
from services.warfare.wire import WARS, WarRow

NAME = "fw-wars"


class FwWarsSource:
    """`/fw/wars`. It raises nothing: factions have been at war since 2008."""

    name = NAME

    def __init__(
        self, esi: AsksEsi, settings: WarfareSettings, *, watch: TroubleWatch | None = None
    ) -> None:
        self._esi = esi
        self._settings = settings
        self._reader = Reader(watch)

    @property
    def pace(self) -> timedelta:
        """Once a day."""
        return self._settings.daily_pace

    async def fetch(self, etag: str | None) -> Fetched[Rows[WarRow]]:
        """Ask. Raises SourceFault."""

        def read(body: bytes) -> Rows[WarRow]:
            return self._reader.read_rows(body, WarRow, path=WARS)

        return await fetch_route(self._esi, WARS, read, etag=etag)

    async def take(
        self, tx: Transaction, value: Rows[WarRow] | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Keep who is at war. Raises SourceFault where nobody is."""
        if value is None:
            return ()
        pairs = {pair(FactionId(row.faction_id), FactionId(row.against_id)) for row in value.rows}
        if not pairs:
            raise SourceFault("no faction is at war with another")
        await store.save_copy(tx, NAME, sorted(pairs), at=moment.at)
        return ()


async def load(tx: Transaction) -> tuple[Pair, ...]:
    """Factions at war, each pair once; the two old wars where ESI has not said."""
    kept = await store.load_copy(tx, NAME, tuple[tuple[int, int], ...])
    return tuple((FactionId(a), FactionId(b)) for a, b in kept) if kept else ZONES
