"""The campaigns over sovereignty hubs, asked for every minute (`following` says what becomes of each)."""

from collections.abc import Sequence
from datetime import timedelta

from services.domain.occurrence import Occurrence
from services.domain.trouble import TroubleWatch
from services.esi.reading import Reader
from services.polling.asked import AsksEsi, fetch_route
from services.polling.source import Fetched, Moment
from services.sovereignty import store
from services.sovereignty.answers import CampaignAnswer
from services.sovereignty.doubts import doubt_campaigns
from services.sovereignty.following import LISTED, follow
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.wire import CAMPAIGNS, read_campaigns
from services.storage.database import Transaction

NAME = "sov-campaigns"


class CampaignSource:
    """Raises CAMPAIGN_NEW, _STARTED, _SCORE and _ENDED (where no state of the systems is needed for it)."""

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
        return self._settings.campaigns_pace

    async def fetch(self, etag: str | None) -> Fetched[CampaignAnswer]:
        """Ask. Raises SourceFault."""
        return await fetch_route(
            self._esi, CAMPAIGNS, lambda body: read_campaigns(self._reader, body), etag=etag
        )

    async def take(
        self, tx: Transaction, value: CampaignAnswer | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Raises Doubted for a list that is empty, or shrunken where campaigns were known."""
        known = await store.load_followed(tx, value.sightings.keys() if value else ())
        if value is not None:
            listed = [one.number for one in known if one.state in LISTED]
            doubt = doubt_campaigns(listed, value, moment=moment, settings=self._settings)
            if doubt is not None:
                raise doubt
        steps = follow(known, value, moment=moment, settings=self._settings)
        await store.save_campaigns(tx, [step.campaign for step in steps])
        return [occurrence for step in steps for occurrence in step.occurrences]
