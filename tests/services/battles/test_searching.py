"""What battles can be searched by, and rows of older versions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from services.battles.settings import BattleSettings
from services.battles.store import _matching
from services.domain.battle import BattleKind, BattleSearch, Tempo
from services.domain.errors import NotFound
from services.domain.ids import TypeId
from services.domain.space import HullClass, Space
from services.storage.battle_tables import battle_ids, battle_index, battles
from tests.factories import MIDNIGHT, POD, mail, region_of, who
from tests.services.battles.ground import MAP, follow
from tests.services.battles.test_service import ALL, fight
from tests.services.newsroom import Newsroom

TITAN = TypeId(671)


async def test_searching(newsroom: Newsroom) -> None:
    follow(newsroom, replace(MAP, space_of=space_of, hull_class=hull_class), BattleSettings())
    await newsroom.take(
        *fight(1, "AB", minutes=0),
        mail(3, 1, "A3", "B1", "B2", hull=POD),
        mail(11, 60, "C1", "D1", "D2", system=31_000_005, isk=5e9),
        mail(12, 61, "c", "D1", "D2", system=31_000_005, hull=TITAN),
    )
    early, late = 3, 2

    async def kills(**search) -> list[int]:
        found = await newsroom.battles.search(BattleSearch(**search), shown=False)
        assert await newsroom.battles.count_found(BattleSearch(**search)) == len(found)
        return [battle.kills for battle in found]

    def minute(number: int):
        return MIDNIGHT + timedelta(minutes=number)

    assert await kills() == [late, early], "latest first"
    assert await kills(min_kills=3) == [early]
    assert await kills(system_id=31_000_005) == [late]
    assert await kills(region_id=region_of(30_000_001)) == [early]
    assert await kills(since=minute(1)) == [late, early]
    assert await kills(since=minute(2)) == [late]
    assert await kills(until=minute(60)) == [early]
    assert await kills(until=minute(0)) == []
    assert await kills(space=Space.WORMHOLE) == [late]
    assert await kills(space=Space.HIGH) == []
    assert await kills(kind=BattleKind.SKIRMISH) == [late, early]
    assert await kills(kind=BattleKind.EVICTION) == []
    assert await kills(min_isk=5e9) == [late]
    assert await kills(min_pilots=4) == [early]
    assert await kills(min_capitals=1) == [late]
    assert await kills(min_capitals=2) == []
    for name, found in (("A3", [early]), ("D2", [late]), ("Z1", [])):
        ids = who(name)
        for entity in (ids["character_id"], ids["corporation_id"], ids["alliance_id"]):
            assert await kills(entity_id=entity) == found
    assert await kills(entity_id=who("A3")["character_id"], system_id=31_000_005) == []

    async def page(**search) -> list[int]:
        found = await newsroom.battles.search(BattleSearch(**search), shown=False)
        return [battle.kills for battle in found]

    assert await page(limit=1) == [late]
    assert await page(limit=1, offset=1) == [early]
    assert await page(offset=2) == []
    assert await newsroom.battles.count_found(BattleSearch(limit=1, offset=1)) == 2
    newest = await newsroom.battles.newest()
    assert newest is not None
    assert newest.kills == late
    async with newsroom.database.read() as tx:
        seen = {row.public_id for row in (await tx.execute(battle_ids.select())).all() if row.shown}
    assert seen == {newest.public_id}, "only a battle that somebody was shown"
    for unknown in ("BR-Nowhere-202111300000", "", "x" * 500):
        with pytest.raises(NotFound, match="/battle list"):
            await newsroom.battles.get(unknown)


def space_of(system_id: int) -> Space:
    return Space.WORMHOLE if system_id >= 31_000_000 else Space.LOW


def hull_class(type_id: int | None) -> HullClass:
    return HullClass.SUPERCAPITAL if type_id == TITAN else HullClass.FRIGATE


@pytest.mark.parametrize("few", [0, 10])
async def test_searching_by_who_is_in_many_battles(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Found the same whichever way the index is asked."""
    monkeypatch.setattr("services.battles.index.FEW", few)
    for number, other in enumerate("ACD"):
        start, first = 60 * number, 10 * number
        await newsroom.take(
            mail(first + 1, start, f"{other}1", "B1", "B2"),
            mail(first + 2, start + 1, f"{other}2", "B1", "B2"),
        )
    party, here = who("B1")["alliance_id"], 30_000_001
    for asked, starts in (
        (BattleSearch(entity_id=party), [2, 1, 0]),
        (BattleSearch(entity_id=party, since=MIDNIGHT + timedelta(minutes=62)), [2]),
        (BattleSearch(entity_id=party, system_id=here, limit=1, offset=1), [1]),
        (BattleSearch(entity_id=who("C1")["alliance_id"], region_id=region_of(here)), [1]),
        (BattleSearch(entity_id=who("Z1")["alliance_id"]), []),
    ):
        found = await newsroom.battles.search(asked, shown=False)
        assert [battle.start for battle in found] == [
            MIDNIGHT + timedelta(hours=number) for number in starts
        ]
        everything = replace(asked, limit=None, offset=0)
        wanted = len(await newsroom.battles.search(everything, shown=False))
        assert await newsroom.battles.count_found(asked) == wanted


QUESTIONS = {
    "a kind": BattleSearch(kind=BattleKind.EVICTION, since=MIDNIGHT),
    "capitals": BattleSearch(min_capitals=2, min_isk=1e9, min_pilots=2, until=MIDNIGHT),
    "somebody in many battles": BattleSearch(entity_id=7, space=Space.LOW),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_wide_row_is_read_to_be_passed_over(
    small_newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    """Counting, and finding the page, read nothing but an index."""
    monkeypatch.setattr("services.battles.index.FEW", -1)
    async with small_newsroom.database.write() as tx:
        await tx.execute(battle_index.insert().values(entity_id=7, battle_key=1))
    plans = []
    async with small_newsroom.database.read() as tx:
        for what in (func.count(), battles.c.key):
            asked = await _matching(tx, select(what).select_from(battles), QUESTIONS[question])
            if what is battles.c.key:
                asked = asked.order_by(battles.c.end.desc(), battles.c.key.desc()).limit(10)
            literal = asked.compile(tx.engine, compile_kwargs={"literal_binds": True})
            rows = await tx.execute(text(f"EXPLAIN QUERY PLAN {literal}"))
            plans.append(" ".join(row.detail for row in rows))
    for plan in plans:
        assert "battles USING COVERING INDEX ix_battles_asked" in plan
        assert "TEMP B-TREE" not in plan


async def test_a_row_of_an_older_version_says_what_it_always_said(newsroom: Newsroom) -> None:
    await newsroom.take(*fight(1, "AB", minutes=0))
    [now] = await newsroom.battles.search(ALL)
    older: dict[str, Any] = {"kind": None, "space": None, "details": None}
    async with newsroom.database.write() as tx:
        await tx.execute(battles.update().values(older))
    [then] = await newsroom.battles.search(ALL)
    assert then.places == now.places
    assert then == replace(now, tempo=Tempo(), top_losses=())
    async with newsroom.database.write() as tx:
        await tx.execute(battles.update().values(pilots=20, kills=10))
    [then] = await newsroom.battles.search(ALL)
    assert then.kind is BattleKind.BRAWL, "as large as that, it is no skirmish"
