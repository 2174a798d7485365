"""Skyhooks that can be raided now or soon, asked for every five minutes.

Each is kept until its window is over, listed or not, so that one that comes back is not told again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Claim, Skyhook
from services.domain.trouble import TroubleWatch
from services.esi.reading import Reader
from services.polling.asked import AsksEsi, fetch_route
from services.polling.source import Fetched, Moment
from services.sovereignty import store
from services.sovereignty.answers import SkyhookAnswer
from services.sovereignty.doubts import doubt_skyhooks
from services.sovereignty.moments import minute
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.wire import SKYHOOKS, read_skyhooks
from services.storage.database import Transaction

NAME = "skyhooks"


class SkyhookSource:
    """Raises SKYHOOK once for each window that is listed."""

    name = NAME

    def __init__(
        self, esi: AsksEsi, settings: SovereigntySettings, *, watch: TroubleWatch | None = None
    ) -> None:
        self._esi = esi
        self._settings = settings
        self._reader = Reader(watch)

    @property
    def pace(self) -> timedelta:
        """As the settings say."""
        return self._settings.skyhooks_pace

    async def fetch(self, etag: str | None) -> Fetched[SkyhookAnswer]:
        """Ask. Raises SourceFault."""
        return await fetch_route(
            self._esi, SKYHOOKS, lambda body: read_skyhooks(self._reader, body), etag=etag
        )

    async def take(
        self, tx: Transaction, value: SkyhookAnswer | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Raises Doubted for a list in which most of those that should still be there are not."""
        kept = await store.load_kept_skyhooks(tx)
        listed = {one.key: one for one, missed in kept.items() if not missed}
        if value is not None:
            doubt = doubt_skyhooks(listed.values(), value, moment=moment, settings=self._settings)
            if doubt is not None:
                raise doubt
            listed = {one.key: one for one in value.skyhooks}
        absent = {one: missed for one, missed in kept.items() if one.key not in listed}
        over = [one for one in absent if one.window.end <= moment.now]
        await store.drop_skyhooks(tx, over)
        now = dict.fromkeys(listed.values(), 0)
        if value is None or value.is_complete:
            now |= {one: missed + 1 for one, missed in absent.items() if one not in over}
        await store.save_skyhooks(
            tx, {one: missed for one, missed in now.items() if kept.get(one) != missed}
        )
        known = {one.key for one in kept}
        new = [one for key, one in listed.items() if key not in known]
        new = [one for one in new if one.window.end > moment.now]
        claims = await store.load_claims(tx, {one.system_id for one in new})
        since = moment.since(self.pace)
        return [
            _listed(one, claims.get(one.system_id), at=moment.at, since=since)
            for one in sorted(new, key=lambda one: (one.window.start, one.planet_id))
        ]


def _listed(
    skyhook: Skyhook, claim: Claim | None, *, at: datetime, since: datetime | None
) -> Occurrence:
    kind, window = OccurrenceKind.SKYHOOK, skyhook.window
    return Occurrence(
        key=f"{kind}:{skyhook.planet_id}:{minute(window.start)}",
        kind=kind,
        at=at,
        since=since,
        systems=(skyhook.system_id,),
        others=(claim.holder,) if claim and claim.holder else (),
        starts=window.start,
        ends=window.end,
        subject=skyhook.planet_id,
    )
