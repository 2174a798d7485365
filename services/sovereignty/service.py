"""Use cases of sovereignty: timers, who holds what, and how that was."""

from collections.abc import Collection
from datetime import datetime, timedelta

from services.domain.clock import Clock
from services.domain.freshness import Freshness
from services.domain.ids import SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.sovereignty import Campaign, Claim, Skyhook, Timers, TimerSearch
from services.polling.store import load_freshness
from services.sovereignty import campaign_source, history, skyhook_source, store, system_source
from services.sovereignty.following import defender
from services.sovereignty.memory import ClaimMemory
from services.sovereignty.settings import SovereigntySettings
from services.storage.database import Database, Transaction


class SovereigntyService:
    """What is known of sovereignty, with its age. Nothing here asks ESI."""

    def __init__(self, database: Database, settings: SovereigntySettings, *, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._memory = ClaimMemory()

    async def timers(self, search: TimerSearch) -> Timers:
        """The contests that are running or ahead: running first, then by start."""
        async with self._database.read() as tx:
            alive = await store.load_alive(tx, until=search.until)
            claims = await self._memory.load(tx)
            freshness = await self._campaigns_freshness(tx)
        now = self._clock()
        found = [campaign for campaign in alive if _is_wanted(campaign, search)]
        found.sort(key=lambda campaign: (campaign.start > now, campaign.start, campaign.id))
        systems = dict.fromkeys(campaign.system_id for campaign in found)
        return Timers(
            campaigns=tuple(found),
            claims=tuple(claims[system_id] for system_id in systems if system_id in claims),
            freshness=freshness,
        )

    async def find_campaign(self, campaign_id: int) -> Campaign | None:
        """One by its number, alive or past."""
        async with self._database.read() as tx:
            found = await store.load_campaigns(tx, (campaign_id,))
        return found[0] if found else None

    async def campaigns_of(self, system_id: SystemId, since: datetime) -> tuple[Campaign, ...]:
        """A system's contests that are alive or ended since, by start."""
        async with self._database.read() as tx:
            return tuple(await store.load_of_system(tx, system_id, since))

    async def find_claim(self, system_id: SystemId) -> Claim | None:
        """Who holds a system; None where no answer told of it."""
        async with self._database.read() as tx:
            return (await self._memory.load(tx)).get(system_id)

    async def claims(self, systems: Collection[SystemId]) -> tuple[Claim, ...]:
        """Who holds these, in their order; those that no answer told of are missing."""
        async with self._database.read() as tx:
            known = await self._memory.load(tx)
        return tuple(known[system_id] for system_id in systems if system_id in known)

    async def all_claims(self) -> tuple[Claim, ...]:
        """Every system that is known."""
        async with self._database.read() as tx:
            return tuple((await self._memory.load(tx)).values())

    async def holdings(self, party: Organisation) -> tuple[Claim, ...]:
        """What an alliance or faction holds, or the systems that a corporation claimed, by system."""
        everything = await self.all_claims()
        held = (claim for claim in everything if _is_held(claim, party))
        return tuple(sorted(held, key=lambda claim: claim.system_id))

    async def adm_history(
        self, system_id: SystemId, since: datetime
    ) -> tuple[tuple[datetime, float], ...]:
        """A system's defence multiplier from `since` on: each value from when it held, oldest first.

        The first moment is later than `since` where nothing was watched then; empty where there is no multiplier.
        """
        async with self._database.read() as tx:
            watched = await history.load_watched_since(tx)
            changes = await history.load_multipliers(tx, system_id, since)
            claim = (await self._memory.load(tx)).get(system_id)
        if watched is None:
            return ()
        first = max(since, watched)
        later = [change for change in changes if change[0] > first]
        start = later[0][1] if later else (claim.adm if claim else None)
        values = [(first, start), *((at, after) for at, _, after in later)]
        return tuple((at, adm) for at, adm in values if adm is not None)

    async def watched_since(self) -> datetime | None:
        """When the first answer that is still known of was true: of what was before nothing is known. None: never."""
        async with self._database.read() as tx:
            return await history.load_watched_since(tx)

    async def skyhooks(self, systems: Collection[SystemId] | None = None) -> tuple[Skyhook, ...]:
        """Those that can be raided now or soon, in these systems or anywhere, by the start of their window."""
        now = self._clock()
        async with self._database.read() as tx:
            listed = await store.load_skyhooks(tx)
        return tuple(
            skyhook
            for skyhook in listed
            if skyhook.window.end > now and (systems is None or skyhook.system_id in systems)
        )

    async def freshness(self) -> Freshness:
        """How far what is told of the systems can be trusted."""
        return await self._freshness(system_source.NAME, self._settings.systems_pace)

    async def campaigns_freshness(self) -> Freshness:
        """The same of the campaigns."""
        async with self._database.read() as tx:
            return await self._campaigns_freshness(tx)

    async def skyhooks_freshness(self) -> Freshness:
        """The same of the skyhooks."""
        return await self._freshness(skyhook_source.NAME, self._settings.skyhooks_pace)

    async def prune(self) -> None:
        """Forget what is beyond the retention. Run it once a day."""
        before = self._clock() - timedelta(days=self._settings.keep_days)
        async with self._database.write() as tx:
            await store.prune_campaigns(tx, before=before)
            await history.prune(tx, before=before)

    async def _campaigns_freshness(self, tx: Transaction) -> Freshness:
        pace = self._settings.campaigns_pace
        return await load_freshness(tx, campaign_source.NAME, pace=pace, now=self._clock())

    async def _freshness(self, name: str, pace: timedelta) -> Freshness:
        async with self._database.read() as tx:
            return await load_freshness(tx, name, pace=pace, now=self._clock())


def _is_wanted(campaign: Campaign, search: TimerSearch) -> bool:
    if search.systems is not None and campaign.system_id not in search.systems:
        return False
    return search.party is None or defender(campaign) == search.party


def _is_held(claim: Claim, party: Organisation) -> bool:
    if party.kind is OrganisationKind.CORPORATION:
        return claim.corporation_id == party.id
    return claim.holder == party
