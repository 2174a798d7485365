"""What `/fw` answers: asked of the services, drawn as cards.

Nothing here knows who asked, or Discord: a server's id for its time zone is all that a card needs.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.interaction.backdrop import backdrop
from bot.interaction.paging import Page, page_count
from bot.presentation.card import Card
from bot.presentation.fw_flips import PAGE, FlipListView, render_flips
from bot.presentation.fw_stats import MILITIAS, FwStatsView, render_fw_stats
from bot.presentation.fw_status import FLIP_DAYS, FwStatusView, render_fw_status
from bot.presentation.fw_system import FwSystemView, render_fw_system
from bot.presentation.fw_systems import Fights, HotspotsView, render_hotspots
from bot.presentation.fw_words import short_faction
from bot.presentation.lexicon import Lexicon
from bot.presentation.phrases import counted
from bot.presentation.text import escape
from services.container import Services
from services.domain.errors import UserError
from services.domain.ids import FactionId, SystemId
from services.domain.names import NameBook
from services.domain.occurrence import Occurrence, OccurrenceKind, OccurrenceSearch
from services.domain.warfare import Warzone, WarzoneStats, WarzoneSystem
from services.rendering.drawing import drawn

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FLIPS = frozenset({OccurrenceKind.FLIP})
_OF_A_SYSTEM = 5
"""Flips named of one system."""
_NEAR = 3
"""Systems named to somebody who asked for one outside of the warzone."""
_FARTHEST = 40
"""Jumps within which those are looked for."""
_SLACK = timedelta(hours=2)
"""History that begins so much later than asked counts as all of it: snapshots come every half hour."""


async def status_card(
    services: Services, guild_id: int | None, faction_id: FactionId | None
) -> Card:
    """`/fw status`."""
    now = services.clock()
    warzone = await services.warfare.warzone()
    stats = await services.warfare.stats(now - FLIP_DAYS * _DAY)
    view = FwStatusView(
        warzone=warzone,
        faction_id=faction_id,
        flips=await _flips(services, since=now - FLIP_DAYS * _DAY),
        flips_known_since=_known_since(stats, now - FLIP_DAYS * _DAY),
        fights=await _fights(services, warzone.systems),
        figures=next((d for d in reversed(stats.days) if d.faction_id == faction_id), None),
    )
    scene = await backdrop(services, guild_id)
    return render_fw_status(view, scene.lexicon, now=scene.now, zone=scene.zone)


async def hotspots_card(services: Services, guild_id: int | None) -> Card:
    """`/fw hotspots`. Raises UserError while nothing is known."""
    warzone = await _known_warzone(services)
    view = HotspotsView(warzone=warzone, fights=await _fights(services, warzone.systems))
    scene = await backdrop(services, guild_id)
    return render_hotspots(view, scene.lexicon, now=scene.now, zone=scene.zone)


async def system_card(services: Services, guild_id: int | None, system_id: SystemId) -> Card:
    """`/fw system`. Raises UserError for a system outside of the warzone, and while nothing is known."""
    warzone = await _known_warzone(services)
    by_id = {system.system_id: system for system in warzone.systems}
    system = by_id.get(system_id)
    if system is None:
        raise UserError(_not_in_it(services, system_id, by_id.keys()))
    gates = services.universe.gates.get(system_id, ())
    near = [by_id[there] for there in gates if there in by_id]
    view = FwSystemView(
        system=system,
        insurgency=next(
            (
                one
                for one in warzone.insurgencies
                if any(s.system_id == system_id for s in one.systems)
            ),
            None,
        ),
        fights=await _fights(services, [system, *near]),
        flips=(await _flips(services, systems=frozenset({system_id})))[:_OF_A_SYSTEM],
        occupancy=warzone.freshness,
        advantage=warzone.advantage,
        pirates=warzone.insurgency,
        near=tuple(near),
    )
    scene = await backdrop(services, guild_id)
    return render_fw_system(view, scene.lexicon, now=scene.now, zone=scene.zone)


async def flips_page(services: Services, guild_id: int | None, days: int, *, number: int) -> Page:
    """One page of `/fw flips`, counted from 0; the last one when there are fewer."""
    since = services.clock() - days * _DAY
    flips = await _flips(services, since=since)
    stats = await services.warfare.stats(since)
    warzone = await services.warfare.warzone()
    pages = page_count(len(flips), PAGE)
    page = min(number, pages - 1)
    view = FlipListView(
        flips=flips,
        page=page,
        pages=pages,
        days=days,
        known_since=_known_since(stats, since),
        freshness=warzone.freshness,
    )
    scene = await backdrop(services, guild_id)
    card = render_flips(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return Page(card=card, page=page, pages=pages)


async def stats_card(services: Services, guild_id: int | None, days: int) -> Card:
    """`/fw stats`, with its picture; without one where drawing fails. Raises RenderBusy, a reply."""
    end = services.clock()
    start = end - days * _DAY
    stats = await services.warfare.stats(start)
    # Figures of a day tell of the one before, which is to lie within the window.
    days_known = tuple(day for day in stats.days if day.day > start.date())
    stats = replace(stats, days=days_known)
    occupancy = (await services.warfare.warzone()).freshness
    picture, failed = None, False
    if stats.days or stats.holdings:
        picture = await _drawn(services, stats, start, end=end, held_until=occupancy.as_of)
        failed = picture is None
    view = FwStatsView(
        picture=picture,
        failed=failed,
        stats=stats,
        known_since=_known_since(stats, start),
        days=days,
        start=start,
        end=end,
        occupancy=occupancy,
    )
    scene = await backdrop(services, guild_id)
    return render_fw_stats(view, scene.lexicon, now=scene.now, zone=scene.zone)


async def _drawn(
    services: Services,
    stats: WarzoneStats,
    start: datetime,
    *,
    end: datetime,
    held_until: datetime | None,
) -> bytes | None:
    lexicon = Lexicon(universe=services.universe, names=NameBook())
    names = {faction_id: short_faction(lexicon, faction_id) for faction_id in MILITIAS}
    draw = partial(
        services.pictures.warzone, names=names, start=start, end=end, held_until=held_until
    )
    return await drawn(draw, stats)


async def _known_warzone(services: Services) -> Warzone:
    warzone = await services.warfare.warzone()
    if not warzone.systems:
        raise UserError(
            "Nothing is known of the warzone yet: ESI has not answered. Ask again in some minutes."
        )
    return warzone


async def _fights(services: Services, systems: Collection[WarzoneSystem]) -> Fights:
    """What killmails tell of these systems."""
    ids, now, killmails = [one.system_id for one in systems], services.clock(), services.killmails
    return Fights(
        hour=await killmails.activity(ids, now - _HOUR, now),
        day=await killmails.activity(ids, now - _DAY, now),
        hour_stored=await killmails.coverage(now - _HOUR, now),
        day_stored=await killmails.coverage(now - _DAY, now),
    )


async def _flips(
    services: Services,
    *,
    since: datetime | None = None,
    systems: frozenset[SystemId] | None = None,
) -> tuple[Occurrence, ...]:
    search = OccurrenceSearch(kinds=_FLIPS, since=since, systems=systems)
    return tuple(await services.occurrences.search(search))


def _known_since(stats: WarzoneStats, since: datetime) -> datetime | None:
    """When the first snapshot of the window was taken, where that is well after its beginning."""
    first = stats.holdings[0][0] if stats.holdings else None
    return first if first is not None and first - since > _SLACK else None


def _not_in_it(services: Services, system_id: SystemId, zone: Collection[SystemId]) -> str:
    """That a system is not in the warzone, and which of it are near."""
    universe = services.universe
    asked = universe.find_system(system_id)
    name = escape(asked.name) if asked else "That system"
    jumps = universe.within_jumps(system_id, _FARTHEST)
    near = sorted((jumps[one], one) for one in zone if one in jumps)[:_NEAR]
    told = ", ".join(
        f"{escape(system.name)} ({counted(far, 'jump')})"
        for far, one in near
        if (system := universe.find_system(one)) is not None
    )
    nearest = f" Nearest of it: {told}." if told else ""
    return f"{name} is not in the warzone of faction warfare.{nearest}"
