"""Use cases of wars: one by its number, and those of somebody.

Nothing that is asked for here is kept: what a war's next answer changes is told by comparing it with what the poller
saw, and with nothing else. ESI's own answers are kept until they expire, so asking often asks nobody.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta

from services.domain.clock import Clock
from services.domain.errors import NotFound, UserError
from services.domain.freshness import Freshness
from services.domain.ids import WarId
from services.domain.killmail import Organisation
from services.domain.trouble import NoWatch, TroubleWatch
from services.domain.war import FoundWars, War
from services.esi.errors import EsiError, EsiRefused
from services.esi.reading import Reader
from services.polling.store import load_freshness
from services.storage.database import Database
from services.wars import rules, store
from services.wars.asking import HOLDS, GetsEsi, fetch_war
from services.wars.settings import WarSettings
from services.wars.source import NAME

MOST = 50
"""Wars that are listed at once."""
_ASKED = 10
"""Of those, so many are asked for anew where they were read long ago; newest first."""


class WarService:
    """Wars, from the table and from ESI."""

    def __init__(
        self,
        database: Database,
        esi: GetsEsi | None,
        settings: WarSettings,
        *,
        clock: Clock,
        watch: TroubleWatch | None = None,
    ) -> None:
        """Make it. `esi`: None where there is no network, and then nobody is asked."""
        self._database = database
        self._esi = esi
        self._settings = settings
        self._clock = clock
        self._reader = Reader(watch or NoWatch())

    async def get(self, war_id: WarId) -> War:
        """A war, asked for where what is known of it is older than an hour; what is known where ESI is silent.

        Raises NotFound where there is none of that number, UserError where nobody can be asked.
        """
        async with self._database.read() as tx:
            known = (await store.load_wars(tx, [war_id])).get(war_id)
        return await self._renewed(war_id, known)

    async def of_party(self, party: Organisation, *, finished: bool = False) -> tuple[War, ...]:
        """Wars in which somebody stands, latest first, at most 50: those that go on, or all that are known."""
        return (await self.of_parties({party.id}, finished=finished)).wars

    async def of_parties(self, ids: Collection[int], *, finished: bool = False) -> FoundWars:
        """The same of several at once, each war once, and how many there are in all."""
        now = self._clock()
        async with self._database.read() as tx:
            found = await store.load_of_parties(tx, ids, now=now, finished=finished, limit=MOST)
        asked, others = found.wars[:_ASKED], found.wars[_ASKED:]
        renewed = await asyncio.gather(*(self._renewed(war.id, war) for war in asked))
        wars = [war for war in (*renewed, *others) if finished or not rules.is_over(war, now)]
        ended = len(found.wars) - len(wars)  # as was learned just now
        return FoundWars(wars=tuple(wars), total=found.total - ended)

    async def known_since(self) -> datetime | None:
        """Wars declared from then on are known, whosever they are; None before anybody was marked."""
        async with self._database.read() as tx:
            bounds = await store.load_bounds(tx)
            return None if bounds is None else await store.load_first(tx, floor=bounds.floor)

    async def freshness(self) -> Freshness:
        """How far it can be trusted that no war is missing."""
        async with self._database.read() as tx:
            return await load_freshness(tx, NAME, pace=self._settings.pace, now=self._clock())

    async def prune(self) -> None:
        """Forget those that nobody has asked for in a long time."""
        before = self._clock() - timedelta(days=self._settings.keep_days)
        async with self._database.write() as tx:
            await store.prune(tx, before=before)

    async def _renewed(self, war_id: WarId, known: War | None) -> War:
        now = self._clock()
        if known is not None and (
            rules.is_over(known, known.fetched) or now - known.fetched < HOLDS
        ):
            return known
        try:
            if self._esi is not None:
                return await fetch_war(self._esi, self._reader, war_id, now=now)
        except EsiRefused as error:
            if known is None:
                raise NotFound(
                    f"The game knows no war number {war_id}. It stands at the end of the war's address on zKillboard."
                ) from error
        except EsiError:
            pass  # the log and `/status` tell why; an older answer is shown with its age
        if known is not None:
            return known
        raise UserError(
            f"I have not seen war {war_id}, and the game cannot be asked at the moment. Try again in a minute."
        )
