"""Who holds every system, asked for every five minutes; it also tells how campaigns that are gone ended."""

from collections.abc import Sequence
from datetime import timedelta

from services.domain.occurrence import Occurrence
from services.domain.trouble import TroubleWatch
from services.esi.reading import Reader
from services.polling.asked import AsksEsi, fetch_route
from services.polling.source import Fetched, Moment
from services.sovereignty import comparing, history, store
from services.sovereignty.answers import SystemAnswer
from services.sovereignty.changes import pack
from services.sovereignty.doubts import doubt_systems
from services.sovereignty.memory import ClaimMemory
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.verdicts import settle
from services.sovereignty.wire import SYSTEMS, SystemsReader
from services.storage.database import Transaction

NAME = "sov-systems"


class SystemSource:
    """Raises HOLDER, HUB_LOST, ADM, CAPITAL, WINDOW, and CAMPAIGN_ENDED for those that are gone."""

    name = NAME

    def __init__(
        self, esi: AsksEsi, settings: SovereigntySettings, *, watch: TroubleWatch | None = None
    ) -> None:
        self._esi = esi
        self._settings = settings
        self._reader = SystemsReader(Reader(watch))
        self._memory = ClaimMemory()

    @property
    def pace(self) -> timedelta:
        """As the settings say."""
        return self._settings.systems_pace

    async def fetch(self, etag: str | None) -> Fetched[SystemAnswer]:
        """Ask. Raises SourceFault."""
        return await fetch_route(self._esi, SYSTEMS, self._reader.read, etag=etag)

    async def take(
        self, tx: Transaction, value: SystemAnswer | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Raises Doubted for an answer in which systems or claims are missing by the hundred."""
        found = [] if value is None else await self._compare(tx, value, moment)
        claims = await self._memory.load(tx)
        found += comparing.opened(claims.values(), moment)
        # The first answer tells nobody anything: what is settled then would never be told.
        return found if moment.is_first else found + await self._settle(tx, moment)

    async def _compare(
        self, tx: Transaction, value: SystemAnswer, moment: Moment
    ) -> list[Occurrence]:
        """Keep what is new, and say what happened."""
        known = await self._memory.load(tx)
        changes = comparing.changed(known, value.claims)
        doubt = doubt_systems(known, value.claims, changes, moment=moment, settings=self._settings)
        if doubt is not None:
            raise doubt
        found = comparing.occurrences(changes, known, moment=moment, settings=self._settings)
        packed = pack(changes, moment.at)
        if packed or moment.is_first:
            await history.save_changes(tx, packed, moment.at)
        new = {change.new.system_id: change.new for change in changes}
        await self._memory.save(tx, new, moment.now)
        return found

    async def _settle(self, tx: Transaction, moment: Moment) -> list[Occurrence]:
        """The verdicts that this answer allows."""
        claims = await self._memory.load(tx)
        gone = await store.load_gone(tx)
        steps = [
            step
            for one in gone
            if (claim := claims.get(one.system_id)) is not None
            and (step := settle(one, claim, moment=moment, settings=self._settings)) is not None
        ]
        await store.save_campaigns(tx, [step.campaign for step in steps])
        return [occurrence for step in steps for occurrence in step.occurrences]
