"""What `/system show` answers: one system, asked of every feature that knows something of it."""

from datetime import datetime, timedelta

from bot.interaction.backdrop import backdrop, ids_in_kill
from bot.presentation.card import Card
from bot.presentation.systems import (
    BATTLE_DAYS,
    BATTLES,
    HOURS,
    SystemView,
    ids_in_system,
    render_system,
)
from services.container import Services
from services.domain.battle import BattleSearch
from services.domain.errors import UserError
from services.domain.filter import Condition, Filter, FilterField, FilterGroup, GroupKind, Op
from services.domain.ids import SystemId
from services.domain.maps import NeighbourhoodPicture
from services.domain.message import KillSummary
from services.domain.sovereignty import TimerSearch
from services.domain.warfare import Activity

JUMPS = 4
"""How far the map reaches: more systems are no longer told apart on a phone."""
_BUDGET_SECONDS = 1.0


async def system_card(services: Services, guild_id: int | None, system_id: SystemId) -> Card:
    """One system with the map of what lies around it; where that cannot be drawn now, without, and saying so."""
    view = await _view(services, system_id, now=services.clock())
    named = ids_in_system(view).union(*map(ids_in_kill, view.latest))
    scene = await backdrop(services, guild_id, ids=named)
    return scene.finished(render_system(view, scene.lexicon, now=scene.now, zone=scene.zone))


async def _view(services: Services, system_id: SystemId, *, now: datetime) -> SystemView:
    since = now - timedelta(hours=HOURS)  # as on the map: its figures and these are the same
    trial = await services.killmails.try_filter(
        _there(system_id), since=since, until=now, budget=_BUDGET_SECONDS
    )
    search = BattleSearch(
        system_id=system_id, since=now - timedelta(days=BATTLE_DAYS), limit=BATTLES
    )
    heat = await services.killmails.heat(since, now, systems={system_id})
    fought = await services.battles.fought({system_id}, since, now)
    activity = await services.killmails.activity({system_id}, since, now)
    timers = await services.sovereignty.timers(TimerSearch(systems=frozenset({system_id})))
    warzone = await services.warfare.warzone()
    incursions = await services.incursions.current()
    picture, fault = await _picture(services, system_id)
    return SystemView(
        system_id=system_id,
        hours=trial.bars,
        heat=heat.get(system_id),
        activity=activity.get(system_id, Activity(kills=0, pilots=0)),
        fought=fought.get(system_id),
        latest=tuple(KillSummary.of(mail) for mail in trial.latest),
        battles=tuple(await services.battles.search(search)),
        battle_count=await services.battles.count_found(search),
        claim=await services.sovereignty.find_claim(system_id),
        campaigns=timers.campaigns,
        timers=timers.freshness,
        sovereignty=await services.sovereignty.freshness(),
        warzone=next((one for one in warzone.systems if one.system_id == system_id), None),
        warfare=warzone.freshness,
        insurgency=warzone.insurgency,
        incursion=next((one for one in incursions.incursions if system_id in one.systems), None),
        incursions=incursions.freshness,
        picture=picture,
        no_picture=fault,
    )


async def _picture(
    services: Services, system_id: SystemId
) -> tuple[NeighbourhoodPicture | None, str | None]:
    """The map, or why there is none: no gate leads there, or too many are asked for."""
    try:
        return await services.maps.around(system_id, JUMPS, hours=HOURS), None
    except UserError as error:
        return None, str(error)


def _there(system_id: SystemId) -> Filter:
    condition = Condition(FilterField.SYSTEM, (system_id,), Op.IS, None)
    return Filter(FilterGroup(GroupKind.ALL, (condition,)))
