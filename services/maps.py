"""Maps as people ask for them: what is known of each system, gathered from the features and drawn."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from services.battles.service import BattleService
from services.domain.battle import Battle, BattleSearch
from services.domain.clock import Clock
from services.domain.errors import UserError
from services.domain.filter import Filter
from services.domain.heat import Heat, HeatBy
from services.domain.ids import BattleKey, FactionId, RegionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.maps import FwPicture, Heats, NeighbourhoodPicture, RegionPicture, SovPicture
from services.domain.names import NameBook
from services.domain.occurrence import Occurrence, OccurrenceKind, OccurrenceSearch
from services.domain.sovereignty import Claim, TimerSearch
from services.domain.standing import NO_STANDINGS, Standings
from services.domain.warfare import WarzoneSystem
from services.killmails.service import KillmailService
from services.occurrences.service import OccurrenceService
from services.rendering.map_colours import colours_of
from services.rendering.map_sheet import shows
from services.rendering.map_subjects import Held, around_map, fw_map, region_map, sov_map
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
BATTLE_KILLS = 5
"""Fights with fewer kills are no marks on a map of the last hours."""


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
        systems = self._region_systems(region_id)
        heat, unknown = await self._heat(start, end, wanted=wanted, standings=standings)
        here = {key: heat[key] for key in systems if key in heat}
        battles = await self._battles.search(
            BattleSearch(since=start, until=end, region_id=region_id)
        )
        battles.sort(key=lambda battle: (-battle.kills, battle.key))
        timers = await self._sovereignty.timers(TimerSearch(systems=frozenset(systems)))
        data = region_map(
            self._region_name(region_id),
            systems,
            here,
            by=by,
            window=(start, end),
            filtered=wanted is not None,
            battles=battles,
            campaigns=timers.campaigns,
            now=self._now(),
        )
        return RegionPicture(
            png=await self._heatmaps.map(data),
            region_id=region_id,
            by=by,
            start=start,
            end=end,
            systems=_hottest(here, by),
            unknown=unknown,
            battles=tuple(battles),
            campaigns=timers.campaigns,
        )

    async def sov(self, region_id: RegionId | None, *, name_of: Names) -> SovPicture:
        """Who holds what in a region, or in all of New Eden (None). Raises as `region_heat` does."""
        now = self._now()
        systems = () if region_id is None else self._region_systems(region_id)
        claims = await self._sovereignty.all_claims()
        held = await asyncio.to_thread(_held, claims, frozenset(systems) if systems else None)
        wanted = frozenset(systems) if systems else None
        timers = await self._sovereignty.timers(TimerSearch(systems=wanted))
        flips = await self._flips(SOV_FLIPS, now, wanted)
        freshness = await self._sovereignty.freshness()
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
            now=now,
        )
        draw = self._heatmaps.galaxy if region_id is None else self._heatmaps.map
        here = [claim for claim in claims if wanted is None or claim.system_id in wanted]
        return SovPicture(
            png=await draw(data),
            region_id=region_id,
            holders=held.holders,
            unclaimed=sum(claim.holder is None for claim in here),
            campaigns=timers.campaigns,
            flips=flips,
            flips_since=now - FLIP_DAYS,
            freshness=freshness,
        )

    async def fw(
        self, pair: tuple[FactionId, FactionId] | None = None, *, hours: int = 24
    ) -> FwPicture:
        """The warzone of two factions, or both warzones (None), with the kills of the last hours.

        Raises as `region_heat` does; UserError too where nothing is known of the warzone yet.
        """
        now = self._now()
        warzone = await self._warfare.warzone()
        systems = [one for one in warzone.systems if self._is_drawn(one, pair)]
        if not systems:
            raise UserError("I know nothing of that warzone yet: ESI has not told me who holds it.")
        ids = frozenset(one.system_id for one in systems)
        heat = {key: found for key, found in (await self._lately(hours)).items() if key in ids}
        flips = await self._flips(FW_FLIPS, now, ids)
        order = [one.occupier_id for one in systems]
        data = fw_map(
            warzone,
            systems,
            pair,
            heat=heat,
            hours=hours,
            flips=flips,
            battles=await self._battles_in(ids, hours),
            colours=colours_of(sorted({int(key) for key in order})),
            universe=self._universe,
            now=now,
        )
        return FwPicture(
            png=await self._heatmaps.map(data),
            pair=pair,
            hours=hours,
            systems=tuple(sorted(systems, key=_calmest_last)),
            heat=_hottest(heat, HeatBy.KILLS),
            flips=flips,
            insurgencies=tuple(
                one for one in warzone.insurgencies if any(s.system_id in ids for s in one.systems)
            ),
            freshness=warzone.freshness,
        )

    async def around(
        self, system_id: SystemId, jumps: int, *, hours: int = 24
    ) -> NeighbourhoodPicture:
        """Everything within so many jumps of a system, with the kills of the last hours.

        Raises as `region_heat` does; UserError too where no gate leads to the system.
        """
        name, reach, near = self._near(system_id, jumps)
        systems = tuple(sorted(near))
        heat = {key: found for key, found in (await self._lately(hours)).items() if key in near}
        timers = await self._sovereignty.timers(TimerSearch(systems=frozenset(systems)))
        data = around_map(
            name,
            systems,
            system_id,
            jumps=reach,
            heat=heat,
            hours=hours,
            battles=await self._battles_in(frozenset(systems), hours),
            campaigns=timers.campaigns,
            now=self._now(),
        )
        return NeighbourhoodPicture(
            png=await self._heatmaps.map(data),
            system_id=system_id,
            jumps=reach,
            hours=hours,
            systems=tuple(near.items()),
            heat=_hottest(heat, HeatBy.KILLS),
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

    def _is_drawn(self, one: WarzoneSystem, pair: tuple[FactionId, FactionId] | None) -> bool:
        system = self._universe.find_system(one.system_id)
        mine = pair is None or one.occupier_id in pair or one.owner_id in pair
        return mine and system is not None and shows(system)

    async def _heat(
        self,
        start: datetime,
        end: datetime,
        *,
        wanted: Filter | None,
        standings: Standings,
    ) -> tuple[dict[SystemId, Heat], int]:
        if wanted is None:
            return await self._killmails.heat(start, end), 0
        return await self._killmails.heat_of(wanted, start, end, standings=standings)

    async def _lately(self, hours: int) -> dict[SystemId, Heat]:
        now = self._clock()
        return await self._killmails.heat(now - timedelta(hours=hours), now)

    async def _battles_in(self, systems: frozenset[SystemId], hours: int) -> list[Battle]:
        """Of the last hours; only drawn, so that nobody reads their ids."""
        since = self._clock() - timedelta(hours=hours)
        regions = {self._universe.get_system(key).region_id for key in systems}
        found: dict[BattleKey, Battle] = {}
        for region_id in sorted(regions):
            search = BattleSearch(since=since, region_id=region_id, min_kills=BATTLE_KILLS)
            for battle in await self._battles.search(search, shown=False):
                if any(place.system_id in systems for place in battle.places):
                    found[battle.key] = battle
        return list(found.values())

    async def _flips(
        self,
        kinds: frozenset[OccurrenceKind],
        now: datetime,
        systems: frozenset[SystemId] | None,
    ) -> tuple[Occurrence, ...]:
        search = OccurrenceSearch(kinds=kinds, since=now - FLIP_DAYS, systems=systems)
        return tuple(await self._occurrences.search(search))


def _held(claims: Sequence[Claim], systems: frozenset[SystemId] | None) -> Held:
    """Holders of these systems; of all of New Eden the alliances. Colours are those of the galaxy where they can be."""
    everywhere = _counted(claims, alliances=True)
    liked = colours_of([holder.id for holder, _ in everywhere])
    if systems is None:
        return Held(
            holders=everywhere,
            claims=tuple(claim for claim in claims if _is_alliances(claim)),
            colours=liked,
        )
    here = tuple(claim for claim in claims if claim.system_id in systems)
    holders = _counted(here, alliances=False)
    colours = colours_of([holder.id for holder, _ in holders], liked=liked)
    return Held(holders=holders, claims=here, colours=colours)


def _counted(claims: Sequence[Claim], *, alliances: bool) -> tuple[tuple[Organisation, int], ...]:
    """Holders with their systems, most first; `alliances`: only those."""
    counts = Counter(
        claim.holder
        for claim in claims
        if claim.holder is not None and (_is_alliances(claim) or not alliances)
    )
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0].id)))


def _is_alliances(claim: Claim) -> bool:
    return claim.holder is not None and claim.holder.kind is OrganisationKind.ALLIANCE


def _hottest(heat: Mapping[SystemId, Heat], by: HeatBy) -> Heats:
    def rank(item: tuple[SystemId, Heat]) -> tuple[float, int]:
        found = item[1]
        return -(float(found.kills) if by is HeatBy.KILLS else found.isk.isk), item[0]

    return tuple(sorted(heat.items(), key=rank))


def _calmest_last(one: WarzoneSystem) -> tuple[float, int]:
    return -(one.share if one.share is not None else -1.0), one.system_id
