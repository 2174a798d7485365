"""The questions that commands ask of battles, for `bench_year`."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import func, select

from bot.app import House
from services.domain.battle import BattleKind, BattleSearch
from services.domain.ids import RegionId
from services.domain.space import Space
from services.storage.battle_tables import battle_index

Read = Callable[[House], Awaitable[object]]


async def over_a_year(house: House) -> dict[str, Read]:
    """What goes through all battles, and those of one party: of the busiest one, and of one that is seldom seen."""
    year = house.clock() - timedelta(days=366)
    found: dict[str, Read] = {}
    for name, search in (
        ("kind", BattleSearch(since=year, kind=BattleKind.EVICTION)),
        ("space", BattleSearch(since=year, space=Space.WORMHOLE)),
        ("min_isk", BattleSearch(since=year, min_isk=1e11)),
        ("min_capitals", BattleSearch(since=year, min_capitals=10)),
        ("region", BattleSearch(since=year, region_id=RegionId(10000002))),
    ):
        found |= recent(f"/battle list {name}, a year", search)
    for who, party in (await _parties(house)).items():
        day = BattleSearch(since=house.clock() - timedelta(days=1), entity_id=party)
        found |= recent(f"/battle list who:{who}, a day", day)
        found |= recent(f"/battle list who:{who}, a year", replace(day, since=year))
        found[f"/battle history who:{who}, a year"] = partial(_history, party=party, since=year)
    return found


async def _parties(house: House) -> dict[str, int]:
    """The party that is in most battles, and one that is in three."""
    battles_of = func.count()
    ranked = (
        select(battle_index.c.entity_id)
        .where(battle_index.c.entity_id == battle_index.c.party_id)
        .group_by(battle_index.c.entity_id)
        .order_by(battles_of.desc())
        .limit(1)
    )
    async with house.database.read() as tx:
        busiest = await tx.scalar(ranked)
        seldom = await tx.scalar(ranked.having(battles_of <= 3))
    return {who: int(party) for who, party in (("busy", busiest), ("seldom", seldom)) if party}


async def _history(house: House, *, party: int, since: datetime) -> None:
    await house.services.battle_history.history(party, since=since)


def recent(name: str, search: BattleSearch) -> dict[str, Read]:
    """The first page and the last one."""

    async def page(house: House, *, last: bool) -> None:
        count = await house.services.battles.count_found(search)
        offset = max(count - 10, 0) if last else 0
        await house.services.battles.search(replace(search, limit=10, offset=offset))

    return {
        f"{name}, first page": lambda h: page(h, last=False),
        f"{name}, last page": lambda h: page(h, last=True),
    }


async def autocomplete(house: House) -> None:
    await house.services.battles.search(BattleSearch(limit=40))
    await house.services.battles.search(BattleSearch(min_kills=10, limit=120))
