"""The polled source of incursions."""

from collections.abc import Sequence
from datetime import timedelta

from services.domain.occurrence import Occurrence
from services.domain.trouble import NoWatch, TroubleWatch
from services.esi.reading import Reader
from services.incursions import rules, store
from services.incursions.rules import Sightings
from services.incursions.settings import IncursionSettings
from services.incursions.wire import PATH, read_sightings
from services.polling.asked import AsksEsi, fetch_route
from services.polling.source import EMPTY, FEW, Doubted, Fetched, Moment
from services.storage.database import Transaction

NAME = "incursions"


class IncursionSource:
    """`/incursions`."""

    def __init__(
        self, esi: AsksEsi, settings: IncursionSettings, *, watch: TroubleWatch | None = None
    ) -> None:
        self._esi = esi
        self._settings = settings
        self._reader = Reader(watch or NoWatch())

    @property
    def name(self) -> str:
        """In the log and the troubles."""
        return NAME

    @property
    def pace(self) -> timedelta:
        """The least time between two questions."""
        return self._settings.pace

    async def fetch(self, etag: str | None) -> Fetched[Sightings]:
        """Ask. Raises SourceFault."""
        return await fetch_route(self._esi, PATH, self._read, etag=etag)

    async def take(
        self, tx: Transaction, value: Sightings | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Compare with those that are followed. Raises Doubted where most of them are suddenly not there, or none is.

        A first answer without any is doubted too: what the second one held would all count as new.
        """
        followed = await store.load_followed(tx)
        if value is not None:
            doubtful = rules.is_doubtful(followed, value) or (moment.is_first and not value.rows)
            about = FEW if value.rows else EMPTY
            if doubtful and not moment.has_doubted_for(self._settings.doubt, about):
                few = f"only {len(value.rows)} incursions where there were {len(followed)}"
                raise Doubted(few if value.rows else "no incursion is named", about)
        step = rules.advance(followed, value, moment, pace=self.pace)
        await store.save_followed(tx, step.followed)
        return step.found

    def _read(self, body: bytes) -> Sightings:
        return read_sightings(self._reader, body)
