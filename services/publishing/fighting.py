"""What killmails tell of the neighbourhood of contests that are under way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_

from services.battles import store as battles
from services.domain.battle import Battle, BattleSearch
from services.domain.ids import SystemId
from services.domain.isk import IskSum
from services.domain.news import Fighting, FightLine
from services.domain.sovereignty import Campaign
from services.killmails.store import load_heat
from services.storage.database import Transaction
from services.storage.tables import killmails
from services.universe.universe import Universe

NEAR_JUMPS = 2
"""Fleets of a contest stage and meet next door; what is further away is mostly something else."""
BEFORE = timedelta(minutes=30)
"""Before the start people gather, and fight for the ground."""
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The fighting near one campaign."""

    fighting: Fighting
    latest: datetime | None = None
    """When the latest of its battles had its last kill."""


async def load_fronts(
    tx: Transaction, campaigns: Sequence[Campaign], *, universe: Universe, min_kills: int
) -> dict[int, Front]:
    """By campaign. A battle counts from so many kills on."""
    if not campaigns:
        return {}
    since = min(campaign.start for campaign in campaigns) - BEFORE
    search = BattleSearch(since=since, min_kills=min_kills)
    fought = await battles.load_search(tx, search, universe.space_of)
    found = {}
    for campaign in campaigns:
        near = universe.within_jumps(campaign.system_id, NEAR_JUMPS)
        near.setdefault(campaign.system_id, 0)
        here = [battle for battle in fought if battle.end >= campaign.start - BEFORE]
        found[campaign.id] = await _front(tx, campaign, near, here)
    return found


async def _front(
    tx: Transaction,
    campaign: Campaign,
    near: Mapping[SystemId, int],
    fought: Iterable[Battle],
) -> Front:
    recent = and_(
        killmails.c.system_id.in_(sorted(near)), killmails.c.time >= campaign.start - BEFORE
    )
    heat = (await load_heat(tx, where=recent)).values()
    close = [battle for battle in fought if near.keys() & _places(battle)]
    largest = sorted(close, key=lambda battle: (-battle.kills, battle.key))[:_SHOWN]
    fighting = Fighting(
        kills=sum(one.kills for one in heat),
        isk=sum((one.isk for one in heat), IskSum()),
        battles=tuple(_line(battle, near) for battle in largest),
    )
    return Front(fighting=fighting, latest=max((b.end for b in close), default=None))


def _line(battle: Battle, near: Mapping[SystemId, int]) -> FightLine:
    places = near.keys() & _places(battle)
    nearest = min(places, key=lambda system_id: (near[system_id], system_id))
    return FightLine(
        public_id=battle.public_id,
        system_id=nearest,
        kills=battle.kills,
        isk=battle.isk_destroyed,
        jumps=near[nearest],
    )


def _places(battle: Battle) -> set[SystemId]:
    return {battle.system_id, *(place.system_id for place in battle.places)}
