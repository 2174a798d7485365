"""Maps as people ask for them: what is known of each system, gathered from the features and drawn.

A picture that cannot be drawn takes nothing else away: the facts are handed out without it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from services.battles.service import BattleService
from services.domain.battle import Battle, BattleSearch, Fought
from services.domain.clock import Clock
from services.domain.errors import UserError
from services.domain.filter import Filter
from services.domain.freshness import Freshness
from services.domain.heat import Coverage, Heat, HeatBy
from services.domain.ids import FactionId, RegionId, SystemId
from services.domain.killmail import OrganisationKind
from services.domain.maps import FwPicture, Heats, NeighbourhoodPicture, RegionPicture, SovPicture
from services.domain.names import NameBook
from services.domain.occurrence import Occurrence, OccurrenceKind, OccurrenceSearch
from services.domain.sovereignty import Campaign, TimerSearch
from services.domain.space import Space
from services.domain.standing import NO_STANDINGS, Standings
from services.domain.warfare import WarzoneSystem
from services.killmails.service import KillmailService
from services.occurrences.service import OccurrenceService
from services.rendering.drawing import drawn
from services.rendering.map_colours import colours_of
from services.rendering.map_holders import held_of
from services.rendering.map_sheet import shows
from services.rendering.map_subjects import around_map, fw_map, region_map, sov_map
from services.rendering.service import HeatmapService
from services.sovereignty.service import SovereigntyService
from services.universe.universe import Universe
from services.warfare.service import WarfareService

Names = Callable[[Collection[int]], Awaitable[NameBook]]
"""Names of alliances by id (`NameService.book`)."""

FLIP_DAYS = timedelta(days=3)
"""How far back changes of hands are marked."""
SOV_FLIPS = frozenset({OccurrenceKind.HOLDER, OccurrenceKind.HUB_LOST})
FW_FLIPS = frozenset({OccurrenceKind.FLIP})
MOST_SYSTEMS = 100
"""More would not be readable around one system."""
_CURRENT = timedelta(minutes=5)
"""A window that ended longer ago is past: what goes on now does not belong on its map."""


class Maps:
    """Gathers, draws, and hands the facts over with the picture."""

    def __init__(
        self,
        universe: Universe,
        heatmaps: HeatmapService,
        *,
        killmails: KillmailService,
        battles: BattleService,
        sovereignty: SovereigntyService,
        warfare: WarfareService,
        occurrences: OccurrenceService,
        clock: Clock,
    ) -> None:
        self._universe = universe
        self._heatmaps = heatmaps
        self._killmails = killmails
        self._battles = battles
        self._sovereignty = sovereignty
        self._warfare = warfare
        self._occurrences = occurrences
        self._clock = clock

    async def region_heat(
        self,
        region_id: RegionId,
        start: datetime,
        end: datetime,
        *,
        by: HeatBy = HeatBy.KILLS,
        wanted: Filter | None = None,
        standings: Standings = NO_STANDINGS,
    ) -> RegionPicture:
        """Where the kills of [start, end) were in a region, with its battles and sovereignty contests.

        Raises:
            UserError: the region has no map (wormholes and the like), or too many pictures are waiting (RenderBusy).
        """
        now, systems = self._now(), self._region_systems(region_id)
        is_past = now - end > _CURRENT
        here, unknown = await self._heat(systems, start, end, wanted=wanted, standings=standings)
        coverage = await self._killmails.coverage(start, end)
        campaigns, timers = ((), None) if is_past else await self._contests(systems)
        data = region_map(
            self._region_name(region_id),
            systems,
            here,
            by=by,
            window=(start, end),
            filtered=wanted is not None,
            coverage=coverage,
            fought=await self._battles.fought(systems, start, end),
            campaigns=campaigns,
            timers=timers,
            now=now,
        )
        return RegionPicture(
            png=await drawn(self._heatmaps.map, data),
            region_id=region_id,
            by=by,
            start=start,
            end=end,
            systems=_hottest(here, by),
            coverage=coverage,
            is_past=is_past,
            unknown=unknown,
            battles=await self._fights(region_id, start, end),
            campaigns=campaigns,
            timers=timers,
        )

    async def sov(self, region_id: RegionId | None, *, name_of: Names) -> SovPicture:
        """Who holds what in a region, or in all of New Eden (None). Raises as `region_heat` does."""
        now = self._now()
        systems = () if region_id is None else self._region_systems(region_id)
        claims = await self._sovereignty.all_claims()
        held = await asyncio.to_thread(held_of, claims, frozenset(systems) if systems else None)
        wanted = frozenset(systems) if systems else None
        timers = await self._sovereignty.timers(TimerSearch(systems=wanted))
        flips = await self._flips(SOV_FLIPS, now, wanted)
        freshness = await self._sovereignty.freshness()
        watched = await self._sovereignty.watched_since()
        alliances = {
            holder.id for holder, _ in held.holders if holder.kind is OrganisationKind.ALLIANCE
        }
        data = sov_map(
            "New Eden" if region_id is None else self._region_name(region_id),
            systems,
            held,
            book=await name_of(alliances),
            universe=self._universe,
            campaigns=timers.campaigns,
            flips=flips,
            freshness=freshness,
            timers=timers.freshness,
            now=now,
        )
        draw = self._heatmaps.galaxy if region_id is None else self._heatmaps.map
        here = [claim for claim in claims if wanted is None or claim.system_id in wanted]
        return SovPicture(
            png=await drawn(draw, data),
            region_id=region_id,
            holders=held.holders,
            unclaimed=sum(claim.holder is None for claim in here),
            campaigns=timers.campaigns,
            flips=flips,
            flips_since=now - FLIP_DAYS,
            watched_since=watched if watched and watched > now - FLIP_DAYS else None,
            freshness=freshness,
            timers=timers.freshness,
        )

    async def fw(
        self, pair: tuple[FactionId, FactionId] | None = None, *, hours: int = 24
    ) -> FwPicture:
        """The warzone of two factions, or both warzones (None), with the kills of the last hours.

        Raises as `region_heat` does; UserError too where nothing is known of the warzone yet.
        """
        now = self._now()
        warzone = await self._warfare.warzone()
        systems = [one for one in warzone.systems if self._isdrawn(one, pair)]
        if not systems:
            raise UserError("I know nothing of that warzone yet: ESI has not told me who holds it.")
        ids = frozenset(one.system_id for one in systems)
        heat, fought, coverage = await self._lately(ids, hours)
        flips = await self._flips(FW_FLIPS, now, ids)
        order = [one.occupier_id for one in systems]
        data = fw_map(
            warzone,
            systems,
            pair,
            heat=heat,
            hours=hours,
            coverage=coverage,
            flips=flips,
            fought=fought,
            colours=colours_of(sorted({int(key) for key in order})),
            universe=self._universe,
            now=now,
        )
        return FwPicture(
            png=await drawn(self._heatmaps.map, data),
            pair=pair,
            hours=hours,
            systems=tuple(sorted(systems, key=_calmest_last)),
            heat=_hottest(heat, HeatBy.KILLS),
            coverage=coverage,
            flips=flips,
            insurgencies=tuple(
                one for one in warzone.insurgencies if any(s.system_id in ids for s in one.systems)
            ),
            freshness=warzone.freshness,
            insurgency=warzone.insurgency,
        )

    async def around(
        self, system_id: SystemId, jumps: int, *, hours: int = 24
    ) -> NeighbourhoodPicture:
        """Everything within so many jumps of a system, with the kills of the last hours.

        Raises as `region_heat` does; UserError too where no gate leads to the system.
        """
        name, reach, near = self._near(system_id, jumps)
        systems = tuple(sorted(near))
        heat, fought, coverage = await self._lately(systems, hours)
        campaigns, timers = await self._contests(systems)
        data = around_map(
            name,
            systems,
            system_id,
            jumps=reach,
            heat=heat,
            hours=hours,
            coverage=coverage,
            fought=fought,
            campaigns=campaigns,
            timers=timers,
            now=self._now(),
        )
        return NeighbourhoodPicture(
            png=await drawn(self._heatmaps.map, data),
            system_id=system_id,
            jumps=reach,
            hours=hours,
            systems=tuple(near.items()),
            heat=_hottest(heat, HeatBy.KILLS),
            coverage=coverage,
        )

    def _now(self) -> datetime:
        """By the minute: what is asked twice within one is drawn once."""
        return self._clock().replace(second=0, microsecond=0)

    def _region_systems(self, region_id: RegionId) -> tuple[SystemId, ...]:
        """By id. Raises UserError where there is no map."""
        systems = tuple(
            system.id
            for system in self._universe.systems.values()
            if system.region_id == region_id and shows(system)
        )
        if not systems:
            raise UserError(
                f"There is no map of {self._region_name(region_id)}: the game draws known space alone. "
                "Ask for a region of New Eden, such as Delve."
            )
        return systems

    def _region_name(self, region_id: RegionId) -> str:
        region = self._universe.find_region(region_id)
        return region.name if region else f"region {region_id}"

    def _near(self, system_id: SystemId, jumps: int) -> tuple[str, int, dict[SystemId, int]]:
        """The system's name, how far the map reaches, and its systems with their jumps. Raises UserError."""
        system = self._universe.find_system(system_id)
        if system is None or not shows(system) or not self._universe.gates.get(system_id):
            name = system.name if system else f"system {system_id}"
            raise UserError(f"No gate leads to {name}: there is no map of what lies around it.")
        near = {
            key: far
            for key, far in self._universe.within_jumps(system_id, jumps).items()
            if shows(self._universe.get_system(key))
        }
        reach = max(near.values())
        while len(near) > MOST_SYSTEMS and reach > 1:
            reach -= 1
            near = {key: far for key, far in near.items() if far <= reach}
        return system.name, min(reach, jumps) if near else jumps, near

    def _isdrawn(self, one: WarzoneSystem, pair: tuple[FactionId, FactionId] | None) -> bool:
        system = self._universe.find_system(one.system_id)
        mine = pair is None or one.occupier_id in pair or one.owner_id in pair
        return mine and system is not None and shows(system)

    async def _contests(
        self, systems: Collection[SystemId]
    ) -> tuple[tuple[Campaign, ...], Freshness | None]:
        """The contests in these systems, and how old that is; None where nobody can hold any of them."""
        timers = await self._sovereignty.timers(TimerSearch(systems=frozenset(systems)))
        possible = any(self._universe.space_of(key) is Space.NULL for key in systems)
        known = bool(timers.campaigns) or possible
        return timers.campaigns, timers.freshness if known else None

    async def _heat(
        self,
        systems: Sequence[SystemId],
        start: datetime,
        end: datetime,
        *,
        wanted: Filter | None,
        standings: Standings,
    ) -> tuple[dict[SystemId, Heat], int]:
        """In these systems, and how many kills anywhere may or may not meet the filter."""
        if wanted is None:
            return await self._killmails.heat(start, end, systems=systems), 0
        heat, unknown = await self._killmails.heat_of(wanted, start, end, standings=standings)
        return {key: heat[key] for key in systems if key in heat}, unknown

    async def _lately(
        self, systems: Collection[SystemId], hours: int
    ) -> tuple[dict[SystemId, Heat], dict[SystemId, Fought], Coverage]:
        """What died in these systems in the last hours, what of it in battles, and how much of that time is known."""
        now = self._clock()
        start = now - timedelta(hours=hours)
        heat = await self._killmails.heat(start, now, systems=systems)
        fought = await self._battles.fought(systems, start, now)
        return heat, fought, await self._killmails.coverage(start, now)

    async def _fights(
        self, region_id: RegionId, start: datetime, end: datetime
    ) -> tuple[Battle, ...]:
        """Of a window, the largest first; people will read their ids."""
        search = BattleSearch(since=start, until=end, region_id=region_id)
        found = await self._battles.search(search)
        return tuple(sorted(found, key=lambda battle: (-battle.kills, battle.key)))

    async def _flips(
        self,
        kinds: frozenset[OccurrenceKind],
        now: datetime,
        systems: frozenset[SystemId] | None,
    ) -> tuple[Occurrence, ...]:
        search = OccurrenceSearch(kinds=kinds, since=now - FLIP_DAYS, systems=systems)
        return tuple(await self._occurrences.search(search))


def _hottest(heat: Mapping[SystemId, Heat], by: HeatBy) -> Heats:
    def rank(item: tuple[SystemId, Heat]) -> tuple[float, int]:
        found = item[1]
        return -(float(found.kills) if by is HeatBy.KILLS else found.isk.isk), item[0]

    return tuple(sorted(heat.items(), key=rank))


def _calmest_last(one: WarzoneSystem) -> tuple[float, int]:
    return -(one.share if one.share is not None else -1.0), one.system_id
