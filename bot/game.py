"""The game beside kills: the features that know it, and the polled sources that they learn it from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.ground import Ground
from services.boards.service import BoardService
from services.domain.standing import Standing
from services.esi.client import EsiClient
from services.incursions.service import IncursionService
from services.incursions.source import IncursionSource
from services.occurrences.service import OccurrenceService
from services.outbox import store as outbox
from services.outbox.overview import load_blocked
from services.polling.poller import Poller, Tell
from services.polling.source import Source
from services.publishing.boards import close_board
from services.sovereignty.campaign_source import CampaignSource
from services.sovereignty.service import SovereigntyService
from services.sovereignty.skyhook_source import SkyhookSource
from services.sovereignty.system_source import SystemSource
from services.standings.service import StandingService
from services.storage.database import Transaction
from services.timers.service import TimerService
from services.warfare.advantages import AdvantageSource
from services.warfare.enemies import FwWarsSource
from services.warfare.insurgencies import InsurgencySource
from services.warfare.service import WarfareService
from services.warfare.statistics import FwStatsSource
from services.warfare.systems import FwSystemSource
from services.warfare.website import Website
from services.wars.service import WarService
from services.wars.source import WarSource

_OURS = frozenset({Standing.US, Standing.FRIEND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """What is known of the game beside kills."""

    sovereignty: SovereigntyService
    warfare: WarfareService
    incursions: IncursionService
    wars: WarService
    occurrences: OccurrenceService
    timers: TimerService
    boards: BoardService

    async def prune(self) -> None:
        """Forget what is beyond its retention."""
        await self.sovereignty.prune()
        await self.warfare.prune()
        await self.incursions.prune()
        await self.wars.prune()
        await self.occurrences.prune()
        await self.timers.prune()


def build_game(ground: Ground, esi: EsiClient | None) -> Game:
    """All of it. Without ESI it knows what is kept."""
    settings, clock, database = ground.settings, ground.clock, ground.database
    return Game(
        sovereignty=SovereigntyService(database, settings.sovereignty, clock=clock),
        warfare=WarfareService(database, ground.universe, settings.warfare, clock=clock),
        incursions=IncursionService(database, settings.incursions, clock=clock),
        wars=WarService(database, esi, settings.wars, clock=clock, watch=ground.troubles),
        occurrences=OccurrenceService(database, settings.occurrences, clock=clock),
        timers=TimerService(database, settings.timers, clock=clock, unblock=outbox.unblock),
        boards=BoardService(
            database,
            settings.boards,
            clock=clock,
            unblock=outbox.unblock,
            load_blocked=load_blocked,
            close=close_board,
        ),
    )


def build_pollers(
    ground: Ground,
    esi: EsiClient | None,
    session: aiohttp.ClientSession | None,
    *,
    standings: StandingService,
    tell: Tell,
) -> tuple[Poller[Any], ...]:
    """One a source; none without a network."""
    if esi is None or session is None:
        return ()
    return tuple(
        Poller(
            ground.database,
            source,
            tell=tell,
            clock=ground.clock,
            ring=ground.bell.set,
            watch=ground.troubles,
        )
        for source in _sources(ground, esi, session, marked=_marked(standings))
    )


def _sources(
    ground: Ground,
    esi: EsiClient,
    session: aiohttp.ClientSession,
    *,
    marked: Callable[[Transaction], Awaitable[frozenset[int]]],
) -> tuple[Source[Any], ...]:
    settings, clock, watch = ground.settings, ground.clock, ground.troubles
    website = Website(session, settings.warfare, clock=clock)
    return (
        CampaignSource(esi, settings.sovereignty, watch=watch),
        SystemSource(esi, settings.sovereignty, watch=watch),
        SkyhookSource(esi, settings.sovereignty, watch=watch),
        FwSystemSource(esi, ground.universe, settings.warfare, watch=watch),
        FwStatsSource(esi, settings.warfare, watch=watch),
        FwWarsSource(esi, settings.warfare, watch=watch),
        AdvantageSource(website, settings.warfare),
        InsurgencySource(website, settings.warfare),
        IncursionSource(esi, settings.incursions, watch=watch),
        WarSource(esi, ground.database, settings.wars, marked=marked, clock=clock, watch=watch),
    )


def _marked(standings: StandingService) -> Callable[[Transaction], Awaitable[frozenset[int]]]:
    """Everybody whom any server marked as us or friend."""

    async def marked(tx: Transaction) -> frozenset[int]:
        servers = (await standings.load_standings(tx)).values()
        return frozenset(
            entity_id
            for server in servers
            for entity_id, standing in server.marks.items()
            if standing in _OURS
        )

    return marked
