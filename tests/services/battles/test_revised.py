"""Revised killmails give the battles that the final records would have given, whatever came when."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.battles.settings import BattleSettings
from services.domain.battle import Battle, BattleKind, BattleSearch, BattleState
from services.domain.errors import NotFound
from services.domain.event import BattleChanged
from services.domain.ids import KillmailId, LocationId, WarId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Killmail
from services.domain.space import Space
from services.killmails.store import load_killmails, load_known
from services.storage.database import Database
from tests.factories import MIDNIGHT, HandClock, arrival, mail
from tests.services.battles.ground import (
    AFTERWARDS,
    FEW,
    MAP,
    expected,
    feed,
    follow,
    index_of,
    indexed,
    stored,
)
from tests.services.battles.test_any_order import made_up
from tests.services.battles.test_service import told
from tests.services.newsroom import Newsroom, dump, empty

ALL = BattleSearch()


def revised(killmail: Killmail, minute: float = 30) -> Arrival:
    """A record published so long after midnight, by zKillboard's own word."""
    if killmail.value.isk is None:
        killmail = replace(killmail, value=Value(isk=1.0, source=ValueSource.ZKB))
    moment = MIDNIGHT + timedelta(minutes=minute)
    return Arrival(killmail=killmail, received_at=moment, published_at=moment, revised=True)


def worth(killmail: Killmail, isk: float) -> Killmail:
    return replace(killmail, value=Value(isk=isk, source=ValueSource.ZKB))


def fight(who: str = "AB", first: int = 1, kills: int = 3) -> list[Killmail]:
    a, b = who
    return [
        mail(first + n, n, f"{a}{n + 1}", f"{b}1", f"{b}2", isk=1e6, items=[(34, 1, 0)])
        for n in range(kills)
    ]


async def only(newsroom: Newsroom) -> Battle:
    [battle] = await newsroom.battles.search(ALL, shown=False)
    return battle


async def test_a_value_changes_the_sums_and_nothing_else(newsroom: Newsroom) -> None:
    mails = fight()
    await newsroom.take(*mails)
    before = await only(newsroom)
    [event] = await told(newsroom, revised(worth(mails[1], 5e6)))
    after = await only(newsroom)
    assert event == BattleChanged(battle=after, before=before)
    assert (before.isk_destroyed.isk, after.isk_destroyed.isk) == (3e6, 7e6)
    assert sum(side.isk_lost.isk for side in after.sides) == 7e6
    assert (after.key, after.public_id) == (before.key, before.public_id)
    labelled = replace(worth(mails[1], 5e6), labels=("pvp",))
    assert await told(newsroom, revised(labelled, 40)) == [], "labels make no battle"
    weapon = replace(mails[2].attackers[0], weapon_type_id=5)
    armed = replace(mails[2], attackers=(weapon, *mails[2].attackers[1:]))
    [same] = await told(newsroom, revised(armed))
    assert same.battle == same.before == after


async def test_a_war_and_a_place_change_the_picture(small_newsroom: Newsroom) -> None:
    """What makes a gank and a camp is read from every mail as it is known now; a copy in memory is no more."""
    newsroom = small_newsroom
    follow(newsroom, replace(MAP, space_of=lambda _: Space.HIGH), BattleSettings())
    ganked = [mail(n, n / 5, f"A{n}", "B1", "B2", isk=1e6) for n in range(1, 4)]
    camped = [
        mail(10 + n, 60 + 3 * n, f"{who}1", "F1", "F2", isk=1e6) for n, who in enumerate("CDE")
    ]
    await newsroom.take(*ganked, *camped)

    async def kinds() -> list[BattleKind]:
        return [battle.kind for battle in await newsroom.battles.search(ALL, shown=False)]

    assert await kinds() == [BattleKind.ROAMING, BattleKind.GANK]
    for killmail in ganked[:2]:
        await newsroom.take(revised(replace(killmail, war_id=WarId(5)), 90))
    assert await kinds() == [BattleKind.ROAMING, BattleKind.SKIRMISH]
    gate = LocationId(50_000_001)
    for killmail in camped[:2]:
        [event] = await told(newsroom, revised(replace(killmail, location_id=gate), 90))
    assert await kinds() == [BattleKind.GATE_CAMP, BattleKind.SKIRMISH]
    assert event.before is not None
    assert event.before.kind is BattleKind.ROAMING


async def test_new_estimates_change_the_sums(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    mails = [replace(m, value=Value(isk=1e6, source=ValueSource.ESTIMATE)) for m in fight()]
    await newsroom.take(*mails, live=False)
    values = {m.id: Value(isk=m.id * 1e6, source=ValueSource.ESTIMATE) for m in mails}
    assert await newsroom.pipeline.revalue(values) == 2
    battle = await only(newsroom)
    assert (battle.isk_destroyed.isk, battle.isk_destroyed.estimated) == (6e6, 3)


async def test_other_people_join_and_part_battles(newsroom: Newsroom) -> None:
    """A mail that linked two fights turns out to be of somebody else, and then of both again."""
    bridge = mail(30, 2, "A9", "B1", "B2", "D1", "D2", isk=1e6)
    await newsroom.take(*fight(), *fight("CD", 11, kills=4), bridge)
    [one] = await newsroom.battles.search(ALL)
    assert one.kills == 8
    apart = mail(30, 2, "X1", "Y1", "Y2", isk=1e6)
    await newsroom.take(revised(apart, 30))
    found = await newsroom.battles.search(ALL)
    assert sorted(b.killmail_ids for b in found) == [(1, 2, 3), (11, 12, 13, 14)]
    larger = await newsroom.battles.get(one.public_id)
    assert (larger.key, larger.kills) == (one.key, 4), "what was seen leads on"
    newsroom.restart()
    await newsroom.take(revised(bridge, 40))
    assert (await only(newsroom)).killmail_ids == one.killmail_ids
    for battle in found:
        assert (await newsroom.battles.get(battle.public_id)).kills == 8


async def test_a_battle_of_which_none_is_left(newsroom: Newsroom) -> None:
    unseen = fight("CD", 11, kills=2)
    await newsroom.take(*unseen)
    await newsroom.take(revised(mail(12, 1, "X1", "npc")))
    assert (await dump(newsroom.database))["battle_ids"] == []
    await newsroom.take(*fight(kills=2))
    [seen] = await newsroom.battles.search(ALL)
    assert await told(newsroom, revised(mail(2, 1, "X1", "npc"))) == []
    assert await newsroom.battles.count_found(BattleSearch()) == 0
    with pytest.raises(NotFound):
        await newsroom.battles.get(seen.public_id)
    await newsroom.take(mail(3, 0.5, "A7", "B1", "B2"))
    assert (await only(newsroom)).public_id == f"{seen.public_id}-2", "and is not given to another"


async def test_frozen_battles_keep_their_picture(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    mails = fight()
    await newsroom.take(*mails)
    newsroom.clock.advance(days=10)
    await newsroom.take(arrival(mail(4, 3, "A9", "B1", "B2", isk=1e6), newsroom.clock()))
    newsroom.clock.advance(days=81)
    assert await newsroom.retention().prune() == 3
    newsroom.restart()
    before = await only(newsroom)
    assert before.state is BattleState.FROZEN
    for days, changed in enumerate(
        (worth(mails[0], 9e9), mail(4, 3, "A9", "B1", "B2", isk=9e9), mail(4, 3, "X9", "Y1"))
    ):
        assert await told(newsroom, revised(changed, (20 + days) * 1440)) == []
    assert await only(newsroom) == before
    async with newsroom.database.read() as tx:
        [stored] = await load_killmails(tx, [KillmailId(4)])
    assert stored.victim.character_id == mail(4, 3, "X9", "Y1").victim.character_id


async def test_a_copy_in_another_process_is_not_trusted(newsroom: Newsroom) -> None:
    """Two processes on one database: what one revises the other has in its memory as it was."""
    other = Newsroom(newsroom.database, clock=newsroom.clock)
    mails = fight()
    await newsroom.take(*mails)
    for value, late in ((5e6, 21), (9e6, 22), (2e6, 23)):
        await other.take(revised(worth(mails[0], value), minute=late))
        await newsroom.take(mail(late, 3, f"A{late}", "B1", "B2"))
        assert (await only(newsroom)).isk_destroyed.isk == 2e6 + value


async def test_a_revision_that_comes_to_nothing_is_not_remembered(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    mails = fight()
    await newsroom.take(*mails)

    class Broken:
        async def consume(self, tx: Any, batch: Any) -> list[Any]:
            raise ZeroDivisionError

    sound, newsroom.pipeline = (
        newsroom.pipeline,
        newsroom.make_pipeline(consumers=[newsroom.battles, Broken()]),
    )
    with pytest.raises(ZeroDivisionError):
        await newsroom.take(revised(worth(mails[0], 9e9)))
    newsroom.pipeline = sound
    assert (await only(newsroom)).isk_destroyed.isk == 3e6
    await newsroom.take(mail(9, 3, "A9", "B1", "B2", isk=1e6))
    assert (await only(newsroom)).isk_destroyed.isk == 4e6


Shape = tuple[int, int, list[str]]


def records(
    shape: Shape, others: Sequence[list[str]], number: int, dice: random.Random
) -> list[Arrival]:
    """The first record of a kill (from an archive, or from a feed), and later ones that name other people."""
    minutes, system, people = shape
    first = mail(number, minutes, *people, system=system)
    if dice.random() < 0.5:
        first = worth(first, 1e6)
    start = replace(revised(first, 0), killmail=first, revised=False)
    if first.value.isk is None:
        start = replace(start, published_at=None)
    later = [
        revised(worth(mail(number, minutes, *people, system=system), 1e6 * minute), minute)
        for minute, people in enumerate(others, 1)
    ]
    return [start, *later]


people_of = st.lists(
    st.sampled_from(["A1", "A2", "B1", "B2", "C1", "C2", "a", "npc"]),
    min_size=2,
    max_size=4,
    unique=True,
)


@given(
    shapes=made_up,
    others=st.lists(people_of, min_size=4, max_size=8),
    seed=st.integers(0, 2**32),
    size=st.sampled_from([1, 3, 100]),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_made_up_fights_revised(
    database: Database, shapes: list[Shape], others: list[list[str]], seed: int, size: int
) -> None:
    dice = random.Random(seed)
    await empty(database)
    newsroom = Newsroom(database, clock=HandClock(AFTERWARDS), atlas=MAP)
    follow(newsroom, MAP, FEW)
    every = [
        records(shape, dice.sample(others, dice.choice([0, 0, 1, 2])), number, dice)
        for number, shape in zip(dice.sample(range(1, 100), len(shapes)), shapes, strict=True)
    ]
    arriving = [arrival for arrivals in every for arrival in arrivals]
    arriving += dice.sample(arriving, len(arriving) // 3)
    dice.shuffle(arriving)
    for at in range(0, len(arriving), size):
        await newsroom.take(*arriving[at : at + size], live=False)
    final = [arrivals[-1].killmail for arrivals in every]
    wanted = expected(final, MAP, FEW.reach())
    assert await stored(newsroom) == wanted
    assert await indexed(newsroom) == index_of(wanted, final)
    assert {m.id for m in final} == await ids_in(newsroom)


async def ids_in(newsroom: Newsroom) -> set[KillmailId]:
    async with newsroom.database.read() as tx:
        return await load_known(tx, range(1, 100))


async def test_a_recorded_evening_revised(
    small_newsroom: Newsroom, recorded_killmails: list[Killmail]
) -> None:
    """A third of the evening's mails come first without their attackers' names, in any order."""
    newsroom, dice = small_newsroom, random.Random(5)
    newsroom.clock.now = AFTERWARDS
    start, end = MIDNIGHT, MIDNIGHT + timedelta(hours=1)
    mails = [m for m in recorded_killmails if start <= m.time < end][:500]
    blank = dice.sample(mails, len(mails) // 3)
    await feed(newsroom, [replace(m, attackers=m.attackers[:1]) for m in blank], size=40)
    dice.shuffle(mails)
    final = [worth(m, 1e6) for m in mails]
    for at in range(0, len(final), 40):
        await newsroom.take(*(revised(m) for m in final[at : at + 40]), live=False)
    wanted = expected(final)
    assert len(wanted) > 20
    assert await stored(newsroom) == wanted
