"""Use cases of faction warfare: the warzone as it is, where it goes, and how it went."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.domain.clock import Clock
from services.domain.freshness import Freshness
from services.domain.ids import SystemId
from services.domain.warfare import (
    Corruption,
    Insurgency,
    Role,
    Warzone,
    WarzoneStats,
    WarzoneSystem,
)
from services.polling.store import load_freshness
from services.storage.database import Database, Transaction
from services.universe.universe import Universe
from services.warfare import advantages, enemies, insurgencies, statistics, store, systems
from services.warfare.changes import Held, held
from services.warfare.forecasts import forecast
from services.warfare.history import History, holdings
from services.warfare.roles import Pair, roles
from services.warfare.rules import occupiers
from services.warfare.settings import WarfareSettings
from services.warfare.trends import LONGEST, trends
from services.warfare.website_wire import Advantages


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the tables hold, of one moment."""

    systems: Mapping[SystemId, WarzoneSystem]
    roles: Mapping[SystemId, Role]
    """By the map and the wars of now; those that are stored are of the last answer."""
    history: History
    advantages: Advantages
    insurgencies: tuple[Insurgency, ...]
    enemies: Sequence[Pair]
    freshness: Freshness
    advantage: Freshness
    insurgency: Freshness


class WarfareService:
    """Reads; what comes in is taken by the sources."""

    def __init__(
        self,
        database: Database,
        universe: Universe,
        settings: WarfareSettings,
        *,
        clock: Clock,
    ) -> None:
        self._database = database
        self._universe = universe
        self._settings = settings
        self._clock = clock

    async def warzone(self) -> Warzone:
        """All of it: occupancy and shares, trends, forecasts, advantages, insurgencies, and how old each is."""
        known = await self._load()
        corruption = {place.system_id: place for one in known.insurgencies for place in one.systems}
        return Warzone(
            systems=tuple(_joined(one, known, corruption) for one in known.systems.values()),
            insurgencies=known.insurgencies,
            freshness=known.freshness,
            advantage=known.advantage,
            insurgency=known.insurgency,
            enemies=tuple(known.enemies),
        )

    async def find_system(self, system_id: SystemId) -> WarzoneSystem | None:
        """One system of the warzone, with all that is known of it; None for any other."""
        known = await self._load()
        system = known.systems.get(system_id)
        if system is None:
            return None
        places = (place for one in known.insurgencies for place in one.systems)
        return _joined(system, known, {place.system_id: place for place in places})

    async def stats(self, since: datetime) -> WarzoneStats:
        """Daily figures and systems held from `since` on."""
        async with self._database.read() as tx:
            now = _held(await store.load_systems(tx))
            rows = await store.load_history(tx, since=since)
            days = await store.load_days(tx, since=since.date())
            pace = self._settings.daily_pace
            fresh = await load_freshness(tx, statistics.NAME, pace=pace, now=self._clock())
        over_time = await asyncio.to_thread(holdings, now, rows)
        return WarzoneStats(days=tuple(days), holdings=tuple(over_time), freshness=fresh)

    async def shares(
        self, system_id: SystemId, since: datetime
    ) -> tuple[tuple[datetime, float], ...]:
        """How contested a system was at each snapshot since then, 0 to 1, oldest first.

        Under whoever occupied it at that time: a flip lets it fall to where the new occupier began. Where nobody
        looked, there is no entry.
        """
        async with self._database.read() as tx:
            now = _held(await store.load_systems(tx))
            rows = await store.load_history(tx, since=since)
        series = await asyncio.to_thread(lambda: History(now, rows).series(system_id))
        return tuple(
            (moment, then.share)
            for moment, then in series
            if then is not None and then.share is not None
        )

    async def prune(self) -> None:
        """Forget what is beyond the retention."""
        before = self._clock() - timedelta(days=self._settings.keep_days)
        async with self._database.write() as tx:
            await store.prune(tx, before=before)

    async def _load(self) -> _Known:
        async with self._database.read() as tx:
            found = await store.load_systems(tx)
            fresh = await self._freshness(tx, systems.NAME, self._settings.systems_pace)
            # From the last snapshot back, not from now: an old warzone has trends of its own time.
            last = await store.load_last(tx, before=self._clock() + timedelta(days=1))
            rows = await store.load_history(tx, since=last - LONGEST) if last else []
            at_war, website = await enemies.load(tx), self._settings.website_pace
            return _Known(
                systems=found,
                roles=roles(occupiers(found), self._universe.gates, at_war),
                history=History(_held(found), rows),
                advantages=await advantages.load(tx),
                insurgencies=await insurgencies.load(tx),
                enemies=at_war,
                freshness=fresh,
                advantage=await self._freshness(tx, advantages.NAME, website),
                insurgency=await self._freshness(tx, insurgencies.NAME, website),
            )

    async def _freshness(self, tx: Transaction, name: str, pace: timedelta) -> Freshness:
        return await load_freshness(tx, name, pace=pace, now=self._clock())


def _held(found: Mapping[SystemId, WarzoneSystem]) -> dict[SystemId, Held]:
    return {key: held(system) for key, system in found.items()}


def _joined(
    system: WarzoneSystem, known: _Known, corruption: Mapping[SystemId, Corruption]
) -> WarzoneSystem:
    """A system with all that is known of it; nothing is foretold from what is stale."""
    shares = known.history.shares(system.system_id)
    found = trends(shares)
    soon = None
    if shares and not known.freshness.is_stale:
        soon = forecast(system.share, found, at=shares[-1][0])
    return replace(
        system,
        role=known.roles[system.system_id],
        trends=found,
        forecast=soon,
        advantages=known.advantages.get(system.system_id, ()),
        corruption=corruption.get(system.system_id),
    )
