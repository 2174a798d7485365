"""Maps as cards: who holds what, the warzone, and where things die in the galaxy and in a region.

Nothing here knows who asked: a server's id for its time zone and standings is all that a card needs. Under a heatmap
stand lists that lead deeper (`map_flow`): the hottest regions, then the hottest systems of one. Whoever reads the
channel may choose from them, and the answer is for them alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.interaction.actions import ANYBODY, custom_id
from bot.interaction.backdrop import backdrop
from bot.interaction.map_questions import HeatQuestion
from bot.interaction.menus import Menu, MenuOption
from bot.interaction.trials import standings_of
from bot.presentation.card import Card
from bot.presentation.heatmap import TOP, HeatmapView, HotSystem, render_heatmap_card
from bot.presentation.lexicon import Lexicon
from bot.presentation.maps import (
    ids_in_region_map,
    ids_in_sov_map,
    render_fw_map,
    render_region_map,
    render_sov_map,
)
from bot.presentation.phrases import counted, isk
from services.container import Services
from services.domain.filter import Filter
from services.domain.heat import Coverage, Heat, HeatBy, HeatPicture
from services.domain.ids import FactionId, RegionId, SystemId
from services.domain.isk import IskSum
from services.domain.sovereignty import Campaign
from services.domain.space import Space
from services.filters.service import entity_ids
from services.universe.universe import Universe

TO_REGION, TO_SYSTEM = "heat-region", "heat-system"
"""The lists' actions; `map_flow` does what they ask for."""
_OFF_THE_MAP = frozenset({Space.WORMHOLE, Space.ABYSSAL, Space.UNKNOWN})
_OFFERED = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class MapAnswer:
    """A map, and the lists that lead deeper."""

    card: Card
    menus: tuple[Menu, ...] = ()


async def galaxy_answer(
    services: Services, guild_id: int | None, asked: HeatQuestion, *, wanted: Filter | None = None
) -> MapAnswer:
    """`/heatmap galaxy`: of all kills or of those that a filter takes. Raises RenderBusy, a reply."""
    drawn = await services.pictures.heatmap(
        asked.start,
        asked.end,
        by=asked.by,
        wanted=wanted,
        standings=await standings_of(services, guild_id),
        on_map=partial(_is_on_map, services.universe),
    )
    scene = await backdrop(services, guild_id, ids=entity_ids(wanted) if wanted else ())
    coverage = await services.killmails.coverage(asked.start, asked.end)
    view = _heatmap_view(drawn, services.universe, coverage=coverage, wanted=wanted)
    card = render_heatmap_card(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return MapAnswer(
        card=scene.finished(card), menus=_region_menu(asked, drawn.systems, scene.lexicon)
    )


async def region_answer(
    services: Services,
    guild_id: int | None,
    region_id: RegionId,
    asked: HeatQuestion,
    *,
    wanted: Filter | None = None,
) -> MapAnswer:
    """`/heatmap region`. Raises RenderBusy, and UserError for a region that has no flat map; both are replies."""
    picture = await services.maps.region_heat(
        region_id,
        asked.start,
        asked.end,
        by=asked.by,
        wanted=wanted,
        standings=await standings_of(services, guild_id),
    )
    ids = ids_in_region_map(picture) | (entity_ids(wanted) if wanted else frozenset())
    scene = await backdrop(services, guild_id, ids=ids)
    card = render_region_map(
        picture,
        scene.lexicon,
        now=scene.now,
        zone=scene.zone,
        adms=await _adms(services, picture.campaigns),
        wanted=wanted,
    )
    return MapAnswer(
        card=scene.finished(card), menus=_system_menu(picture.systems, asked.by, scene.lexicon)
    )


async def sov_map_card(
    services: Services, guild_id: int | None, region_id: RegionId | None
) -> Card:
    """`/sov map`: the holders of a region, or of all of New Eden. Raises RenderBusy and UserError, both replies."""
    picture = await services.maps.sov(region_id, name_of=services.names.book)
    scene = await backdrop(services, guild_id, ids=ids_in_sov_map(picture))
    adms = await _adms(services, picture.campaigns)
    card = render_sov_map(picture, scene.lexicon, now=scene.now, zone=scene.zone, adms=adms)
    return scene.finished(card)


async def fw_map_card(
    services: Services, guild_id: int | None, pair: tuple[FactionId, FactionId] | None
) -> Card:
    """`/fw map`: the warzone between two factions; None: both warzones. Raises RenderBusy and UserError, replies."""
    picture = await services.maps.fw(pair)
    scene = await backdrop(services, guild_id)
    return render_fw_map(picture, scene.lexicon, now=scene.now, zone=scene.zone)


async def _adms(services: Services, campaigns: Sequence[Campaign]) -> dict[SystemId, float]:
    if not campaigns:
        return {}
    claims = await services.sovereignty.claims({campaign.system_id for campaign in campaigns})
    return {claim.system_id: claim.adm for claim in claims if claim.adm is not None}


def _heatmap_view(
    drawn: HeatPicture, universe: Universe, *, coverage: Coverage, wanted: Filter | None = None
) -> HeatmapView:
    return HeatmapView(
        picture=drawn.png,
        by_isk=drawn.by is HeatBy.ISK,
        start=drawn.start,
        end=drawn.end,
        kills=drawn.kills,
        off_map=sum(heat.kills for key, heat in drawn.systems if not _is_on_map(universe, key)),
        isk=drawn.isk,
        coverage=coverage,
        filter=wanted,
        unknown=drawn.unknown,
        hottest=tuple(
            HotSystem(system_id=system_id, kills=heat.kills, isk=heat.isk)
            for system_id, heat in drawn.systems[:TOP]
        ),
    )


def _is_on_map(universe: Universe, system_id: SystemId) -> bool:
    system = universe.find_system(system_id)
    return system is not None and system.space not in _OFF_THE_MAP


def _region_menu(
    asked: HeatQuestion, systems: Iterable[tuple[SystemId, Heat]], lexicon: Lexicon
) -> tuple[Menu, ...]:
    """The hottest regions that have a map."""
    found: dict[RegionId, Heat] = {}
    for system_id, heat in systems:
        system = lexicon.universe.find_system(system_id)
        if system is not None and system.map_position is not None:
            known = found.get(system.region_id, Heat(kills=0, isk=IskSum()))
            sums = Heat(kills=known.kills + heat.kills, isk=known.isk + heat.isk)
            found[system.region_id] = sums
    ranked = sorted(found.items(), key=lambda one: (-_measure(one[1], asked.by), one[0]))
    options = [(lexicon.region_name(key), str(key), heat) for key, heat in ranked[:_OFFERED]]
    return _menu(TO_REGION, "Map of a region", options, state=str(asked))


def _system_menu(
    systems: Sequence[tuple[SystemId, Heat]], by: HeatBy, lexicon: Lexicon
) -> tuple[Menu, ...]:
    ranked = sorted(systems, key=lambda one: (-_measure(one[1], by), one[0]))
    options = [(lexicon.system_name(key), str(key), heat) for key, heat in ranked[:_OFFERED]]
    return _menu(TO_SYSTEM, "All about a system", options)


def _menu(
    action: str, placeholder: str, options: Sequence[tuple[str, str, Heat]], *, state: str = ""
) -> tuple[Menu, ...]:
    """Nothing where there is nothing to choose: Discord takes no empty list."""
    if not options:
        return ()
    lines = tuple(
        MenuOption(
            label=name, value=value, description=f"{counted(heat.kills, 'kill')}, {isk(heat.isk)}"
        )
        for name, value, heat in options
    )
    made = custom_id(action, owner=ANYBODY, state=state)
    return (Menu(custom_id=made, placeholder=placeholder, options=lines),)


def _measure(heat: Heat, by: HeatBy) -> float:
    return float(heat.kills) if by is HeatBy.KILLS else heat.isk.isk
