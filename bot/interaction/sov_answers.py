"""What commands answer about sovereignty: asked of the services, drawn as cards.

Nothing here knows who asked, or Discord: a server's id, for its time zone, is all that a card needs.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.interaction.backdrop import backdrop
from bot.interaction.paging import Page, page_count
from bot.interaction.sov_questions import USUAL_JUMPS, ChangeQuestion, TimerQuestion
from bot.presentation import sov_alliances, sov_changes, sov_systems, sov_timers
from bot.presentation.campaigns import ids_in_campaign
from bot.presentation.card import Card
from bot.presentation.news import ids_in_news
from bot.presentation.sov_alliances import SovAllianceView, ids_in_sov_alliance, render_sov_alliance
from bot.presentation.sov_changes import ChangesView, render_changes
from bot.presentation.sov_systems import SovSystemView, ids_in_sov_system, render_sov_system
from bot.presentation.sov_timers import TimersAsked, TimersView, render_timers
from services.container import Services
from services.domain.ids import RegionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import Occurrence, OccurrenceKind, OccurrenceSearch, Topic
from services.domain.sovereignty import TimerSearch
from services.universe.universe import Universe

_CAMPAIGN_DAYS = 90
"""How far back contests of a system are told."""
_CHANGE_DAYS = 30
"""How far back changes of a system are told."""


async def timers_page(
    services: Services, guild_id: int | None, asked: TimerQuestion, *, number: int
) -> Page:
    """One page of `/sov timers`, counted from 0; the last one when there are fewer."""
    now = services.clock()
    party = _alliance(asked.alliance_id)
    found = await services.sovereignty.timers(
        TimerSearch(
            systems=_places(services.universe, asked),
            party=party,
            until=None if asked.hours is None else now + timedelta(hours=asked.hours),
        )
    )
    pages = page_count(len(found.campaigns), sov_timers.PAGE)
    page = min(number, pages - 1)
    shown = found.campaigns[page * sov_timers.PAGE :][: sov_timers.PAGE]
    named = frozenset({party.id} if party else ()).union(*map(ids_in_campaign, shown))
    scene = await backdrop(services, guild_id, ids=named)
    view = TimersView(
        campaigns=shown,
        freshness=found.freshness,
        page=page,
        pages=pages,
        total=len(found.campaigns),
        asked=TimersAsked(
            region_id=asked.region_id,
            party=party,
            near_id=asked.near_id,
            jumps=_jumps(asked),
            hours=asked.hours,
        ),
        adms={claim.system_id: claim.adm for claim in found.claims if claim.adm is not None},
    )
    card = render_timers(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return Page(card=scene.finished(card), page=page, pages=pages)


async def sov_system_card(services: Services, guild_id: int | None, system_id: SystemId) -> Card:
    """`/sov system`."""
    now, sovereignty = services.clock(), services.sovereignty
    near = services.universe.within_jumps(system_id, sov_systems.NEAR_JUMPS)
    hooks = await sovereignty.skyhooks(frozenset(near))
    lately = _search(services, frozenset({system_id}), days=_CHANGE_DAYS)
    campaigns = await sovereignty.campaigns_of(system_id, now - timedelta(days=_CAMPAIGN_DAYS))
    view = SovSystemView(
        system_id=system_id,
        claim=await sovereignty.find_claim(system_id),
        campaigns=tuple(sorted(campaigns, key=lambda one: one.start, reverse=True)),
        changes=tuple(await services.occurrences.search(lately)),
        adms=tuple(
            await sovereignty.adm_history(system_id, now - timedelta(days=sov_systems.ADM_DAYS))
        ),
        skyhooks=tuple(hook for hook in hooks if hook.window.end > now),
        freshness=await sovereignty.freshness(),
        campaigns_freshness=await sovereignty.campaigns_freshness(),
        skyhooks_freshness=await sovereignty.skyhooks_freshness(),
    )
    scene = await backdrop(services, guild_id, ids=ids_in_sov_system(view))
    card = render_sov_system(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return scene.finished(card)


async def sov_alliance_card(services: Services, guild_id: int | None, alliance_id: int) -> Card:
    """`/sov alliance`."""
    party = Organisation(alliance_id, OrganisationKind.ALLIANCE)
    timers = await services.sovereignty.timers(TimerSearch(party=party))
    changes = await services.occurrences.search(
        _search(services, None, party, days=sov_alliances.DAYS)
    )
    view = SovAllianceView(
        party=party,
        claims=tuple(await services.sovereignty.holdings(party)),
        campaigns=timers.campaigns,
        changes=tuple(changes),
        freshness=await services.sovereignty.freshness(),
        timers_freshness=timers.freshness,
        watched_since=await _watched_since(services, days=sov_alliances.DAYS),
        taken_back=await _taken_back(services, changes[: sov_changes.PAGE]),
    )
    scene = await backdrop(services, guild_id, ids=ids_in_sov_alliance(view))
    card = render_sov_alliance(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return scene.finished(card)


async def changes_page(
    services: Services, guild_id: int | None, asked: ChangeQuestion, *, number: int
) -> Page:
    """One page of `/sov changes`, counted from 0; the last one when there are fewer."""
    party, size = _alliance(asked.alliance_id), sov_changes.PAGE
    systems = None if asked.region_id is None else _region(services.universe, asked.region_id)
    search = _search(services, systems, party, days=asked.days)
    total = await services.occurrences.count(search)
    pages = page_count(total, size)
    page = min(number, pages - 1)
    shown = await services.occurrences.search(replace(search, limit=size, offset=page * size))
    named = ids_in_news(shown) | frozenset({party.id} if party else ())
    scene = await backdrop(services, guild_id, ids=named)
    view = ChangesView(
        changes=tuple(shown),
        freshness=await services.sovereignty.freshness(),
        page=page,
        pages=pages,
        total=total,
        days=asked.days,
        region_id=asked.region_id,
        party=party,
        watched_since=await _watched_since(services, days=asked.days),
        taken_back=await _taken_back(services, shown),
    )
    card = render_changes(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return Page(card=scene.finished(card), page=view.page, pages=view.pages)


async def _watched_since(services: Services, *, days: int) -> datetime | None:
    """When the first answer came, where that was later than so many days ago."""
    watched = await services.sovereignty.watched_since()
    since = services.clock() - timedelta(days=days)
    return watched if watched is not None and watched > since else None


async def _taken_back(services: Services, changes: Sequence[Occurrence]) -> frozenset[str]:
    """The keys of the ends of contests that were told and are not held to be true."""
    ends = [one.subject for one in changes if one.kind is OccurrenceKind.CAMPAIGN_ENDED]
    found = [await services.sovereignty.find_campaign(end) for end in ends if end is not None]
    return sov_changes.taken_back(changes, [campaign for campaign in found if campaign])


def _search(
    services: Services,
    systems: frozenset[SystemId] | None,
    party: Organisation | None = None,
    *,
    days: int,
) -> OccurrenceSearch:
    """Changes of holders, capitals and decided contests."""
    return OccurrenceSearch(
        topic=Topic.SOV,
        kinds=sov_changes.TOLD,
        since=services.clock() - timedelta(days=days),
        systems=systems,
        party=party,
    )


def _places(universe: Universe, asked: TimerQuestion) -> frozenset[SystemId] | None:
    """The systems in which timers are looked for; None: all."""
    wanted = []
    if asked.region_id is not None:
        wanted.append(_region(universe, asked.region_id))
    if asked.near_id is not None:
        wanted.append(frozenset(universe.within_jumps(asked.near_id, _jumps(asked) or 0)))
    return frozenset.intersection(*wanted) if wanted else None


def _region(universe: Universe, region_id: RegionId) -> frozenset[SystemId]:
    return frozenset(
        key for key, system in universe.systems.items() if system.region_id == region_id
    )


def _jumps(asked: TimerQuestion) -> int | None:
    if asked.near_id is None:
        return None
    return USUAL_JUMPS if asked.jumps is None else asked.jumps


def _alliance(alliance_id: int | None) -> Organisation | None:
    return None if alliance_id is None else Organisation(alliance_id, OrganisationKind.ALLIANCE)
