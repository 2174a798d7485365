"""Everything that maps are made of: killmails through the pipeline, ESI's answers through real sources and pollers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from bot.lookups import atlas
from services.domain.names import EntityName, NameBook
from services.domain.occurrence import Occurrence
from services.killmails.service import KillmailService
from services.maps import Maps
from services.occurrences.service import OccurrenceService
from services.occurrences.settings import OccurrenceSettings
from services.occurrences.store import save_new
from services.polling.poller import Poller
from services.polling.source import Moment
from services.rendering.service import HeatmapService
from services.rendering.worker import RenderWorker
from services.sovereignty.campaign_source import CampaignSource
from services.sovereignty.service import SovereigntyService
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.system_source import SystemSource
from services.sovereignty.wire import CAMPAIGNS
from services.sovereignty.wire import SYSTEMS as SOV_SYSTEMS
from services.storage.database import Database, Transaction
from services.warfare.service import WarfareService
from services.warfare.settings import WarfareSettings
from services.warfare.systems import FwSystemSource
from services.warfare.wire import SYSTEMS as FW_SYSTEMS
from tests.factories import HandClock, universe
from tests.services.newsroom import Newsroom
from tests.services.warfare.recorded import GivenEsi

NAMES: Mapping[int, EntityName] = {
    1_354_830_081: EntityName(name="Goonswarm Federation", ticker="CONDI"),
    99_005_338: EntityName(name="Pandemic Horde", ticker="REKTD"),
}


class MapRoom(Newsroom):
    """One process; `maps` is what is tried."""

    def __init__(self, database: Database, worker: RenderWorker, *, clock: HandClock) -> None:
        self.esi = GivenEsi()
        self.names = dict(NAMES)
        super().__init__(database, clock=clock, atlas=atlas(universe()))
        sov, warfare = SovereigntySettings(), WarfareSettings()
        self.sovereignty = SovereigntyService(database, sov, clock=clock)
        self.campaigns = self._poller(CampaignSource(self.esi, sov))
        self.systems = self._poller(SystemSource(self.esi, sov))
        self.warzone = self._poller(FwSystemSource(self.esi, universe(), warfare))
        self.maps = Maps(
            universe(),
            HeatmapService(universe(), worker),
            killmails=KillmailService(database, universe()),
            battles=self.battles,
            sovereignty=self.sovereignty,
            warfare=WarfareService(database, universe(), warfare, clock=clock),
            occurrences=OccurrenceService(database, OccurrenceSettings(), clock=clock),
            clock=clock,
        )

    def _poller(self, source: Any) -> Poller[Any]:
        return Poller(self.database, source, tell=self._keep, clock=self.clock, ring=lambda: None)

    async def _keep(self, tx: Transaction, found: Sequence[Occurrence], moment: Moment) -> None:
        await save_new(tx, found)

    async def hear(
        self,
        *,
        systems: object = None,
        campaigns: object = None,
        warzone: object = None,
        **later: float,
    ) -> None:
        """What ESI says when that has passed."""
        self.clock.now += timedelta(**later)
        for path, said, poller in (
            (SOV_SYSTEMS, systems, self.systems),
            (CAMPAIGNS, campaigns, self.campaigns),
            (FW_SYSTEMS, warzone, self.warzone),
        ):
            if said is not None:
                self.esi.answers[path] = said
                assert await poller.step()

    async def name_of(self, ids: Collection[int]) -> NameBook:
        """As `NameService.book`."""
        known = {key: self.names[key] for key in ids if key in self.names}
        return NameBook(names=known, missing=frozenset(ids) - known.keys())

    def know_names(self, folder: Path) -> None:
        """The recorded names of alliances."""
        rows = msgspec.json.decode((folder / "names" / "alliances.json").read_bytes())
        self.names |= {
            row["id"]: EntityName(name=row["name"], ticker=row["ticker"]) for row in rows
        }
