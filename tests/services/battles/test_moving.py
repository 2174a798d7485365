"""Battles of several systems: their names, what they are found by, mergers, and what servers moved in them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.battles.settings import BattleSettings
from services.domain.battle import BattleSearch
from services.domain.ids import BattleKey, CharacterId, CorporationId, FactionId
from services.domain.killmail import Killmail, Victim
from services.storage.guild_tables import battle_moves
from tests.factories import MIDNIGHT, arrival, mail, who
from tests.services.battles.ground import (
    FEW,
    HERE,
    LATER,
    MAP,
    NEAR,
    NEXT,
    follow,
    index_of,
    indexed,
)
from tests.services.battles.test_service import ALL, fight, told
from tests.services.newsroom import Newsroom, dump

ROOKIE = {"character_id": CharacterId(91_000_001), "corporation_id": CorporationId(1_000_125)}


def moved(number: int, minutes: float, system: int, **fields) -> Killmail:
    """A loss of A to the same three of B."""
    return mail(number, minutes, f"A{number}", "B1", "B2", "B3", system=system, **fields)


async def test_a_fight_that_moves_is_named_and_found_by_where_it_began(newsroom: Newsroom) -> None:
    follow(newsroom, MAP, BattleSettings())
    await newsroom.take(moved(4, 20, NEXT), moved(5, 21, NEXT))
    [there] = await newsroom.battles.search(ALL)
    await newsroom.take(moved(6, 30, LATER))
    [grown] = await told(newsroom, moved(1, 6, HERE))
    battle = grown.battle
    assert (battle.system_id, battle.public_id) == (HERE, "BR-S30000001-202111300006")
    assert [(p.system_id, p.kills) for p in battle.places] == [(HERE, 1), (NEXT, 2), (LATER, 1)]
    assert battle == await newsroom.battles.get(there.public_id)
    assert battle.key == there.key
    assert "S30000002" in there.public_id
    for place in (HERE, NEXT, LATER):
        assert await newsroom.battles.search(BattleSearch(system_id=place)) == [battle]
    assert await newsroom.battles.search(BattleSearch(system_id=NEAR)) == []
    async with newsroom.database.read() as tx:
        assert await newsroom.battles.load(tx, battle.key) == battle
        assert await newsroom.battles.load(tx, BattleKey(battle.key + 99)) is None


@pytest.mark.parametrize(
    "enemy",
    [
        pytest.param(who("A1"), id="an alliance"),
        pytest.param(who("a"), id="a corporation"),
        pytest.param({**ROOKIE, "faction_id": FactionId(500_001)}, id="a militia"),
        pytest.param(ROOKIE, id="a pilot alone"),
    ],
)
async def test_a_fleet_is_found_again_where_it_jumped_to(newsroom: Newsroom, enemy: Any) -> None:
    """A quarter of an hour before, in a mail that comes later."""
    follow(newsroom, MAP, FEW)
    here, there = (
        replace(mail(n, 15 * n, "A1", "B1", "B2", "B3", system=at), victim=Victim(**enemy))
        for n, at in enumerate((HERE, NEAR))
    )
    await newsroom.take(there)
    [begun] = await told(newsroom, here)
    assert [place.system_id for place in begun.battle.places] == [HERE, NEAR]


async def test_of_two_mails_of_one_second_the_lower_number_is_the_first(
    small_newsroom: Newsroom,
) -> None:
    newsroom = small_newsroom
    follow(newsroom, MAP, BattleSettings())
    [begun] = await told(newsroom, moved(8, 0, NEXT), moved(1, 0, HERE))
    assert (begun.battle.system_id, begun.battle.public_id) == (HERE, "BR-S30000001-202111300000")


async def moves_in(newsroom: Newsroom) -> list[tuple[int, int, int | None, datetime]]:
    async with newsroom.database.read() as tx:
        rows = (await tx.execute(battle_moves.select())).all()
    return sorted((row.battle_key, row.party_id, row.beside_id, row.moved_at) for row in rows)


async def move(newsroom: Newsroom, key: int, party_id: int, beside: int, minute: int) -> None:
    async with newsroom.database.write() as tx:
        row = {"guild_id": 7, "battle_key": key, "party_id": party_id, "party_kind": "alliance"}
        row |= {"beside_id": beside, "beside_kind": "alliance", "moved_by": 1}
        moment = MIDNIGHT + timedelta(minutes=minute)
        await tx.execute(battle_moves.insert().values({**row, "moved_at": moment}))


async def test_battles_of_two_systems_merge(newsroom: Newsroom) -> None:
    """With what they are found by, and what servers moved in them: of the same party, what was moved first."""
    follow(newsroom, MAP, BattleSettings())
    await newsroom.take(
        moved(1, 0, HERE), moved(2, 1, HERE), moved(11, 18, NEXT), moved(12, 19, NEXT)
    )
    first, second = sorted(await newsroom.battles.search(ALL), key=lambda b: b.start)
    await move(newsroom, first.key, 1, 2, minute=30)
    await move(newsroom, second.key, 1, 3, minute=20)
    await move(newsroom, second.key, 5, 3, minute=40)
    [merged] = await told(newsroom, moved(3, 9, NEXT))
    assert (merged.battle.key, merged.absorbed) == (first.key, (second.key,))
    assert merged.battle.killmail_ids == (1, 2, 3, 11, 12)
    assert (await newsroom.battles.get(second.public_id)).key == first.key
    mails = [moved(n, 0, HERE) for n in (1, 2)] + [moved(n, 0, NEXT) for n in (3, 11, 12)]
    assert await indexed(newsroom) == index_of([merged.battle], mails)
    at = [MIDNIGHT + timedelta(minutes=minute) for minute in (20, 40)]
    assert await moves_in(newsroom) == [(first.key, 1, 3, at[0]), (first.key, 5, 3, at[1])]


async def test_of_a_battle_that_is_none_nothing_is_left(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    await newsroom.take(*fight(1, "AB", minutes=0))
    [battle] = await newsroom.battles.search(ALL)
    await move(newsroom, battle.key, 1, 2, minute=1)
    revised = arrival(mail(2, 1, "X1", "npc"), MIDNIGHT + timedelta(minutes=30))
    await newsroom.take(replace(revised, revised=True))
    assert await newsroom.battles.search(ALL) == []
    assert (await dump(newsroom.database))["battle_index"] == []
    assert await moves_in(newsroom) == []


async def test_who_is_seen_under_two_parties_is_found_under_the_same_one_in_any_order(
    newsroom: Newsroom,
) -> None:
    """A corporation's empty hull counts for itself, its pilot for the alliance; rookie corporations nobody asks for."""
    mails = [mail(n, n, name, "B1", "B2") for n, name in enumerate(("A1", "A2", "a"))]
    mails += [mail(9 - n, 60 + n, name, "D1", "D2") for n, name in enumerate(("c", "C1", "C2"))]
    rookie = replace(mails[1].victim, corporation_id=CorporationId(1_000_125), alliance_id=None)
    mails[1] = replace(mails[1], victim=rookie)
    for one in mails:
        await newsroom.take(one)
    found = await newsroom.battles.search(ALL, shown=False)
    assert await indexed(newsroom) == index_of(found, mails)
