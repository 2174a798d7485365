"""Battles that were stored before they had kinds and places, and could be found by who was there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update

from services.battles.older import OlderBattles
from services.domain.battle import BattleKind, BattleSearch, BattleState
from services.domain.ids import SystemId
from services.domain.space import HullClass, Space
from services.killmails.store import load_killmails
from services.storage.battle_tables import battle_index, battles
from services.storage.database import Database
from tests.factories import MIDNIGHT, HandClock, mail, party, region_of, who
from tests.services.battles.ground import AFTERWARDS, index_of, indexed
from tests.services.newsroom import ATLAS, Newsroom, dump

ALL = BattleSearch()
SYSTEM = 30_000_001
MAILS = [
    mail(1, 0, "A1", "B1", "B2", "npc", isk=5e6),
    mail(2, 1, "a", "B1", "B2"),
    mail(3, 2, "npc", "B1", "B2"),
    mail(9, 2, "X1", "Y1"),
    mail(11, 200, "C1", "D1", "D2"),
    mail(12, 201, "C2", "D1", "D2"),
]


async def make_older(database: Database, *, least: int = 2) -> None:
    """Rows of so many kills as the version before left them."""
    nothing: dict[str, Any] = {"kind": None, "space": None, "details": None, "capitals": 0}
    async with database.write() as tx:
        keys = (await tx.scalars(select(battles.c.key).where(battles.c.kills >= least))).all()
        await tx.execute(delete(battle_index).where(battle_index.c.battle_key.in_(keys)))
        await tx.execute(update(battles).where(battles.c.key.in_(keys)).values(nothing))


def older(newsroom: Newsroom) -> OlderBattles:
    return OlderBattles(
        newsroom.database, load_killmails, newsroom.atlas, acquaintances=newsroom.acquaintances
    )


async def tables(newsroom: Newsroom) -> dict[str, Any]:
    return await dump(newsroom.database)


async def test_they_are_completed_as_if_they_had_come_today(database: Database) -> None:
    newsroom = Newsroom(database, clock=HandClock(AFTERWARDS))
    namesake = [mail(31, 0, "G1", "H1"), mail(32, 1, "G2", "H1")]
    await newsroom.take(*MAILS, *namesake, live=False)
    wanted, entries = await tables(newsroom), await indexed(newsroom)
    assert len(entries) == 3
    await make_older(database)
    assert await older(newsroom).complete() == 3
    assert await tables(newsroom) == wanted
    assert await indexed(newsroom) == entries
    assert await older(newsroom).complete() == 0


async def test_of_pruned_ones_it_says_what_is_left(newsroom: Newsroom) -> None:
    """Sides as they were told, victims and places from the mails; nobody is found by a pilot's name any more."""
    await newsroom.take(*MAILS[:3])
    [before] = await newsroom.battles.search(ALL, shown=False)
    newsroom.clock.advance(days=91)
    assert await newsroom.retention().prune() == 3
    await make_older(newsroom.database)
    async with newsroom.database.write() as tx:
        await tx.execute(update(battles).values(pilots=120))
    assert await older(newsroom).complete() == 1
    for search in (
        BattleSearch(kind=BattleKind.BATTLE),
        BattleSearch(space=Space.NULL),
        BattleSearch(system_id=SystemId(SYSTEM)),
        BattleSearch(region_id=region_of(SYSTEM)),
        BattleSearch(entity_id=who("A1")["alliance_id"]),
        BattleSearch(entity_id=who("A1")["corporation_id"]),
        BattleSearch(entity_id=who("B1")["alliance_id"]),
    ):
        [found] = await newsroom.battles.search(search, shown=False)
    assert found == replace(before, state=BattleState.FROZEN, pilots=120, kind=BattleKind.BATTLE)
    for pilot in ("A1", "B1"):
        search = BattleSearch(entity_id=who(pilot)["character_id"])
        assert await newsroom.battles.count_found(search) == 0
    history = await newsroom.history.history(who("B1")["alliance_id"], since=MIDNIGHT)
    [fight] = history.fights
    assert fight.side is not None, "an old win counts"
    assert party("B1") in {p.organisation for p in before.sides[fight.side].parties}


async def test_capitals_are_counted_from_the_sides_that_stand(newsroom: Newsroom) -> None:
    newsroom.atlas = replace(ATLAS, hull_class=lambda _: HullClass.CAPITAL)
    newsroom.restart()
    await newsroom.take(*MAILS[:3])
    newsroom.clock.advance(days=91)
    await newsroom.retention().prune()
    await make_older(newsroom.database)
    assert await older(newsroom).complete() == 1
    [found] = await newsroom.battles.search(BattleSearch(min_capitals=3), shown=False)
    assert found.capitals >= 3


class Killed(Exception):
    """The process dies."""


@contextmanager
def dying_at(database: Database, number: int) -> Iterator[None]:
    """The writer fails at its `number`-th battle that is written."""
    seen = 0

    def die(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal seen
        seen += statement.startswith("UPDATE battles")
        if seen == number:
            raise Killed

    engine = database._writer.sync_engine
    event.listen(engine, "before_cursor_execute", die)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", die)


@pytest.mark.parametrize("limit", ["AT_ONCE", "MAILS_AT_ONCE"])
async def test_killed_in_the_midst_it_goes_on(
    small_newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """What was done stays done, the rest is done by the next start. So few at a time that nobody waits long."""
    newsroom = small_newsroom
    monkeypatch.setattr(f"services.battles.older.{limit}", 1)
    fights = [mail(100 * f + n, 120 * f + n, f"A{f}", "B1", "B2") for f in range(4) for n in (1, 2)]
    await newsroom.take(*fights, live=False)
    wanted, entries = await tables(newsroom), await indexed(newsroom)
    await make_older(newsroom.database)
    with dying_at(newsroom.database, 3), pytest.raises(Killed):
        await older(newsroom).complete()
    async with newsroom.database.read() as tx:
        left = (await tx.scalars(select(battles.c.key).where(battles.c.details.is_(None)))).all()
    assert list(left) == [1, 2], "the latest first"
    newsroom.restart()
    assert await older(newsroom).complete() == 2
    assert await tables(newsroom) == wanted
    assert await indexed(newsroom) == entries


@pytest.mark.parametrize("least", [2, 3])
async def test_what_comes_meanwhile_loses_nobody(newsroom: Newsroom, least: int) -> None:
    """A late mail joins a row that is not complete, and a bridge lets another row take one in: all are found."""
    fights = [
        *(mail(1 + n, n, f"A{n}", "B1", "B2") for n in range(3)),
        *(mail(11 + n, 200 + n, f"C{n}", "D1", "D2") for n in range(2)),
        *(mail(21 + n, 214 + n, f"E{n}", "F1", "F2") for n in range(3)),
    ]
    await newsroom.take(*fights, live=False)
    await make_older(newsroom.database, least=least)
    late, bridge = mail(4, 3, "A4", "B1", "B2"), mail(31, 213, "C8", "D1", "D2", "F1", "F2")
    await newsroom.take(late, bridge, live=False)
    assert await older(newsroom).complete() == 2
    found, entries = await newsroom.battles.search(ALL, shown=False), await indexed(newsroom)
    assert [(battle.kills, battle.places[0].kills) for battle in found] == [(6, 6), (4, 4)]
    mails = [*fights, late, bridge]
    assert entries == index_of(found, mails)


async def test_pilots_are_forgotten_when_a_battle_is_frozen(newsroom: Newsroom) -> None:
    """Parties, corporations and places stay; so does a pilot who was a party by himself."""
    loner = mail(4, 3, "A2", "B1", "Z1")
    alone = replace(loner.attackers[1], corporation_id=None, alliance_id=None)
    loner = replace(loner, attackers=(loner.attackers[0], alone))
    await newsroom.take(*MAILS[:3], loner)
    newsroom.clock.advance(hours=1)
    await newsroom.take(*MAILS[4:], live=False)
    first, second = sorted((await indexed(newsroom)).items())
    newsroom.clock.advance(days=90, minutes=-30)
    assert await newsroom.retention().prune() == 4
    pilots = {who(name)["character_id"] for name in ("A1", "A2", "B1", "B2")}
    assert pilots < first[1].keys()
    assert alone.character_id in first[1]
    kept = {number: party for number, party in first[1].items() if number not in pilots}
    assert await indexed(newsroom) == {first[0]: kept, second[0]: second[1]}
    for name, count in (("B1", 0), ("D1", 1)):
        search = BattleSearch(entity_id=who(name)["character_id"])
        assert await newsroom.battles.count_found(search) == count
