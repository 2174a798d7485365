"""Battles over time: late mails, merges, names that people have seen, ends, and what retention leaves."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from services.battles.service import BattleService
from services.battles.settings import BattleSettings
from services.domain.battle import Battle, BattleSearch, BattleState, Side
from services.domain.event import BattleChanged
from services.domain.killmail import Organisation
from services.killmails.store import load_killmails
from services.storage.database import Database
from services.storage.schema import metadata
from tests.factories import MIDNIGHT, HandClock, arrival, mail, party
from tests.services.newsroom import ATLAS, Newsroom, dump

ALL = BattleSearch()


async def told(newsroom: Newsroom, *mails) -> list[BattleChanged]:
    """What the service says when these mails come in."""
    events: list[BattleChanged] = []

    class Listening:
        async def consume(self, tx, batch):
            events.extend(await newsroom.battles.consume(tx, batch))
            return []

    newsroom.pipeline = newsroom.make_pipeline(consumers=[Listening()])
    await newsroom.take(*mails)
    newsroom.pipeline = newsroom.make_pipeline()
    return events


async def members(newsroom: Newsroom) -> list[tuple[int, ...]]:
    return sorted(b.killmail_ids for b in await newsroom.battles.search(ALL, shown=False))


async def test_a_battle_begins_with_its_second_kill_and_grows(newsroom: Newsroom) -> None:
    assert await told(newsroom, mail(1, 0, "A1", "B1", "B2")) == []
    [begun] = await told(newsroom, mail(2, 1, "A2", "B1", "B2", isk=5.0))
    battle = begun.battle
    assert battle.killmail_ids == (1, 2)
    assert battle.state is BattleState.OPEN
    assert battle.public_id == "BR-S30000001-202111300000"
    assert (battle.isk_destroyed.isk, battle.isk_destroyed.unpriced) == (5.0, 1)
    [grown] = await told(newsroom, mail(3, 2, "A3", "B1", "B2", "B3"), mail(9, 2, "X1", "npc"))
    assert grown.battle.killmail_ids == (1, 2, 3)
    assert (grown.battle.key, grown.absorbed) == (battle.key, ())
    assert await told(newsroom, mail(3, 2, "A3", "B1", "B2", "B3")) == [], "known already"
    assert await newsroom.battles.get("br-s30000001-202111300000") == grown.battle
    assert await newsroom.battles.count_found(BattleSearch()) == 1


async def test_mails_of_one_party_wait_until_another_takes_part(newsroom: Newsroom) -> None:
    """Far back as well: none of them is in a battle that could bring the others along."""
    infighting = [mail(n, 14 * n, f"A{n}", "A7", "A8") for n in (1, 2, 3)]
    assert await told(newsroom, *infighting) == []
    [begun] = await told(newsroom, mail(4, 56, "A4", "A7", "A8", "B1"))
    assert begun.battle.killmail_ids == (1, 2, 3, 4)
    assert begun.battle.pilots == 7


async def test_a_late_mail_joins_extends_and_merges_ended_battles(newsroom: Newsroom) -> None:
    await newsroom.take(
        mail(1, 0, "A1", "B1", "B2"),
        mail(2, 1, "A2", "B1", "B2"),
        mail(11, 25, "A3", "B1", "B2"),
        mail(12, 26, "A4", "B1", "B2"),
    )
    newsroom.clock.now = MIDNIGHT + timedelta(days=2)
    await newsroom.battles.end_quiet(newsroom.pipeline.tell)
    first, second = sorted(await newsroom.battles.search(ALL), key=lambda b: b.start)
    assert (first.kills, second.kills) == (2, 2)
    newsroom.restart()
    [joined] = await told(newsroom, mail(3, 0.5, "A5", "B1", "B2"))
    assert joined.battle.killmail_ids == (1, 2, 3)
    assert joined.battle.state is BattleState.ENDED
    [extended] = await told(newsroom, mail(13, 38, "A6", "B1", "B2"))
    assert extended.battle.end == MIDNIGHT + timedelta(minutes=38)
    [merged] = await told(newsroom, mail(20, 13, "A7", "B1", "B2"))
    assert merged.battle.killmail_ids == (1, 2, 3, 11, 12, 13, 20)
    assert (merged.battle.key, merged.absorbed) == (first.key, (second.key,))
    for public_id in (first.public_id, second.public_id):
        assert (await newsroom.battles.get(public_id)).key == first.key
    assert await newsroom.battles.count_found(BattleSearch()) == 1


async def test_late_mails_at_both_ends_of_a_battle_come_together(newsroom: Newsroom) -> None:
    """They share nothing but the battle between them."""
    await newsroom.take(*(mail(n, 10 * n, f"A{n}", "B1", "B2") for n in (1, 2, 3)))
    ends = [mail(10, 0, "A8", "B1", "B2"), mail(11, 40, "A9", "B1", "B2")]
    [grown] = await told(newsroom, *ends)
    assert grown.battle.killmail_ids == (1, 2, 3, 10, 11)


async def test_what_began_in_one_minute_is_numbered_by_the_lowest_killmail(
    newsroom: Newsroom,
) -> None:
    """As long as nobody has seen them, whatever came first; ids that were seen stay where they lead."""
    await newsroom.take(*fight(30, "EF", minutes=0.1))
    await newsroom.take(*fight(20, "CD", minutes=0.2))
    await newsroom.take(*fight(10, "AB", minutes=0.3))
    base = "BR-S30000001-202111300000"

    async def names() -> dict[int, str]:
        found = await newsroom.battles.search(ALL, shown=False)
        return {b.killmail_ids[0]: b.public_id for b in found}

    assert await names() == {10: base, 20: f"{base}-2", 30: f"{base}-3"}
    await newsroom.battles.search(ALL)
    await newsroom.take(*fight(5, "GH", minutes=0.4))
    assert await names() == {10: base, 20: f"{base}-2", 30: f"{base}-3", 5: f"{base}-4"}
    bridge = mail(40, 1, "A9", "A8", "B1", "B2", "C8", "D1", "D2")
    [merged] = await told(newsroom, bridge)
    assert merged.battle.killmail_ids == (10, 11, 20, 21, 40)
    for number, seen in {10: base, 20: f"{base}-2", 30: f"{base}-3"}.items():
        assert number in (await newsroom.battles.get(seen)).killmail_ids
    assert len(set((await names()).values())) == 3


async def test_an_earlier_mail_renames_and_the_old_name_leads_on(newsroom: Newsroom) -> None:
    await newsroom.take(*fight(10, "AB", minutes=5))
    [seen] = await newsroom.battles.search(ALL)
    for minute in (4, 2):
        await newsroom.take(mail(minute, minute, f"A{minute}", "B1", "B2"))
        [now] = await newsroom.battles.search(ALL)
        assert now.public_id == f"BR-S30000001-20211130000{minute}"
        assert (await newsroom.battles.get(seen.public_id)).kills == now.kills
    await newsroom.take(*fight(50, "CD", minutes=5))
    names = {b.public_id for b in await newsroom.battles.search(ALL)}
    assert names == {now.public_id, f"{seen.public_id}-2"}, (
        "a name that was seen is never given again"
    )


def fight(first: int, who: str, *, minutes: float) -> list:
    a, b = who
    return [mail(first + n, minutes + n, f"{a}{n + 1}", f"{b}1", f"{b}2") for n in range(2)]


@given(st.data())
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_every_name_once_shown_keeps_leading_to_its_battle(
    database: Database, data: st.DataObject
) -> None:
    """Shown at any time, through any merges and renamings."""
    async with database.write() as tx:
        for table in metadata.sorted_tables:
            await tx.execute(delete(table))
    newsroom = Newsroom(database, clock=HandClock(MIDNIGHT + timedelta(hours=3)))
    people = st.lists(
        st.sampled_from([f"{p}{n}" for p in "ABCD" for n in (1, 2)]),
        min_size=2,
        max_size=5,
        unique=True,
    )
    shown: dict[str, set[int]] = {}
    for number in data.draw(st.permutations(range(1, 11))):
        minutes = data.draw(st.sampled_from([0.1, 0.2, 0.3, 9, 10.1, 10.2, 20, 20.1]))
        await newsroom.take(mail(number, minutes, *data.draw(people)), live=False)
        if data.draw(st.booleans()):
            for battle in await newsroom.battles.search(ALL):
                shown.setdefault(battle.public_id, set()).update(battle.killmail_ids)
        present = await newsroom.battles.search(ALL, shown=False)
        assert len({battle.public_id for battle in present}) == len(present)
        for battle in present:
            minute = f"{battle.start:%Y%m%d%H%M}"
            assert battle.public_id.startswith(f"BR-S30000001-{minute}")
            assert (await newsroom.battles.get(battle.public_id)).key == battle.key
        for public_id, seen in shown.items():
            assert seen <= set((await newsroom.battles.get(public_id)).killmail_ids)


async def test_quiet_battles_end_once(newsroom: Newsroom) -> None:
    heard: list[Battle] = []

    async def tell(_tx, events) -> None:
        heard.extend(event.battle for event in events)

    await newsroom.take(*fight(1, "AB", minutes=0), *fight(11, "CD", minutes=20))
    newsroom.clock.now = MIDNIGHT + timedelta(minutes=30, seconds=59)
    assert await newsroom.battles.end_quiet(tell) == 0
    newsroom.clock.advance(seconds=1)
    assert await newsroom.battles.end_quiet(tell) == 1
    assert [(b.killmail_ids, b.state) for b in heard] == [((1, 2), BattleState.ENDED)]
    assert await newsroom.battles.end_quiet(tell) == 0
    newsroom.clock.advance(hours=1)
    assert await newsroom.battles.end_quiet(tell) == 1
    states = {b.state for b in await newsroom.battles.search(ALL)}
    assert states == {BattleState.ENDED}


async def test_a_battle_that_could_not_be_told_of_does_not_end(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom

    async def tell(_tx, events) -> None:
        raise ZeroDivisionError

    await newsroom.take(*fight(1, "AB", minutes=0))
    newsroom.clock.advance(hours=1)
    with pytest.raises(ZeroDivisionError):
        await newsroom.battles.end_quiet(tell)
    [battle] = await newsroom.battles.search(ALL)
    assert battle.state is BattleState.OPEN


async def test_battles_whose_mails_are_pruned_are_frozen(newsroom: Newsroom) -> None:
    await newsroom.take(*fight(1, "AB", minutes=0), mail(9, 5, "C1", "D1", "D2"))
    before = await newsroom.battles.get("BR-S30000001-202111300000")
    newsroom.clock.advance(days=91)
    assert await newsroom.retention(prune_batch=1).prune() == 3
    frozen = await newsroom.battles.get(before.public_id)
    assert frozen.state is BattleState.FROZEN
    assert frozen.sides == before.sides
    assert frozen.killmail_ids == before.killmail_ids
    late = [mail(3, 2, "A3", "B1", "B2"), mail(10, 6, "C1", "D1", "D2")]
    for fresh in (True, False):
        assert await told(newsroom, *late) == [], "nothing can be told of them any more"
        assert (await newsroom.battles.get(before.public_id)).kills == 2, fresh
        newsroom.restart()
    await newsroom.battles.end_quiet(newsroom.pipeline.tell)
    [event] = await told(newsroom, mail(4, 3, "A4", "B1", "B2"))
    assert event.battle.killmail_ids == (3, 4), "what came later is a battle of its own"
    assert event.battle.public_id.endswith("202111300002")


async def test_a_battle_of_which_a_part_is_pruned_takes_nobody_in(newsroom: Newsroom) -> None:
    await newsroom.take(*fight(1, "AB", minutes=0))
    newsroom.clock.advance(days=10)
    await newsroom.take(arrival(mail(3, 2, "A3", "B1", "B2"), newsroom.clock()))
    newsroom.clock.advance(days=81)
    assert await newsroom.retention().prune() == 2
    newsroom.restart()
    assert await told(newsroom, mail(4, 3, "A4", "B1", "B2")) == []
    [battle] = await newsroom.battles.search(ALL)
    assert (battle.killmail_ids, battle.state) == ((1, 2, 3), BattleState.FROZEN)


@pytest.mark.parametrize("friend", ["A1", "B1"])
async def test_what_is_known_of_the_parties_is_asked_for_when_they_are_parted(
    small_newsroom: Newsroom, friend: str
) -> None:
    """P shot at both; its side is that of its friend. Asked of everybody, for the moment at which the battle began."""
    newsroom = small_newsroom
    asked: list[tuple[set[Organisation], datetime]] = []

    class Known:
        async def prior(self, tx, parties, start):
            asked.append((set(parties), start))
            return {(party("P1"), party(friend)): 1.0}

    newsroom.battles = BattleService(
        newsroom.database,
        ATLAS,
        load_killmails,
        settings=BattleSettings(),
        clock=newsroom.clock,
        acquaintances=Known(),
    )
    newsroom.pipeline = newsroom.make_pipeline()
    await newsroom.take(mail(1, 2, "A1", "B1", "P1"))
    [begun] = await told(newsroom, mail(2, 3, "B2", "A1", "P1"))
    [grown] = await told(newsroom, mail(3, 1, "npc", "A1", "P1", "C1"))
    [side] = [side for side in begun.battle.sides if party("P1") in organisations(side)]
    assert organisations(side) == {party("P1"), party(friend)}
    everybody = {party(name) for name in ("A1", "B1", "P1")}
    start = MIDNIGHT + timedelta(minutes=2)
    assert asked == [(everybody, start), (everybody | {party("C1")}, start - timedelta(minutes=1))]
    assert grown.battle.kills == 3


def organisations(side: Side) -> set[Organisation]:
    return {party.organisation for party in side.parties}


async def test_a_forgetful_memory_gives_the_same_battles(small_newsroom: Newsroom) -> None:
    """Nothing depends on what is remembered but speed."""
    newsroom = small_newsroom
    newsroom.battles = BattleService(
        newsroom.database,
        ATLAS,
        load_killmails,
        settings=BattleSettings(remembered_mails=0),
        clock=newsroom.clock,
    )
    newsroom.pipeline = newsroom.make_pipeline(consumers=[newsroom.battles])
    for number in range(1, 8):
        await newsroom.take(mail(number, number, f"A{number}", "B1", "B2", items=[(34, 1, 1)]))
    assert await members(newsroom) == [tuple(range(1, 8))]
    assert len((await dump(newsroom.database))["battles"]) == 1
