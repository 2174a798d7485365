"""What is stored follows the better record, to the last row; what says nothing new writes nothing."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

from sqlalchemy import event

from services.domain.ids import KillmailId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Killmail
from services.killmails.rows import item_sum_rows
from services.killmails.service import KillmailService
from services.storage.database import Database
from tests.factories import MIDNIGHT, mail
from tests.services.newsroom import Newsroom, dump, empty, late

FIRST = mail(1, 0, "A1", "B1", "B2", items=[(34, 5, 0), (35, 2, 1)])
OTHER = mail(2, 1, "A2", "B1", items=[(34, 1, 1)])


def published(killmail: Killmail, minute: float, *, revised: bool = False) -> Arrival:
    moment = MIDNIGHT + timedelta(minutes=minute)
    return Arrival(killmail=killmail, received_at=moment, published_at=moment, revised=revised)


def priced_by_zkb(killmail: Killmail, isk: float) -> Killmail:
    return replace(
        killmail,
        value=Value(isk=isk, source=ValueSource.ZKB),
        npc=False,
        solo=True,
        awox=False,
        labels=("pvp", "solo"),
        location_id=40_000_001,
    )


def estimated(isk: float) -> Value:
    return Value(isk=isk, source=ValueSource.ESTIMATE)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is asked of the database."""
    seen: list[str] = []

    def count(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = database._writer.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", count)


async def get(newsroom: Newsroom, killmail_id: int) -> Killmail:
    return await KillmailService(newsroom.database).get(str(killmail_id))


async def test_zkillboards_word_comes_to_what_an_archive_brought(newsroom: Newsroom) -> None:
    def guess(killmail: Killmail) -> Killmail:
        known = killmail.value.isk is not None
        return killmail if known else replace(killmail, value=estimated(7.0))

    newsroom.pipeline = newsroom.make_pipeline(price=guess)
    await newsroom.take(FIRST, OTHER, live=False, published=False)
    assert (await get(newsroom, 1)).value == estimated(7.0)
    before = await dump(newsroom.database)
    better = priced_by_zkb(FIRST, 5e6)
    taken = await newsroom.take(published(better, 2))
    assert (taken.stored, taken.known, taken.revised) == (0, 0, 1)
    assert await get(newsroom, 1) == better
    assert await get(newsroom, 2) == replace(OTHER, value=estimated(7.0))
    after = await dump(newsroom.database)
    for table in ("participants", "item_sums"):
        assert after[table] == before[table]
    arrived = {row[0]: row[3] for row in before["killmails"]}
    assert {row[0]: row[3] for row in after["killmails"]} == arrived, "retention counts from then"


async def test_what_says_nothing_better_writes_nothing(newsroom: Newsroom) -> None:
    better = priced_by_zkb(FIRST, 5e6)
    await newsroom.take(FIRST)
    await newsroom.take(published(better, 2, revised=True))
    before = await dump(newsroom.database)
    worse = [
        published(better, 2),
        published(better, 2, revised=True),
        published(replace(better, value=Value(isk=4e6, source=ValueSource.ZKB)), 1, revised=True),
        published(replace(FIRST, attackers=()), 9),
        Arrival(killmail=replace(FIRST, attackers=()), received_at=MIDNIGHT),
    ]
    with statements(newsroom.database) as seen:
        for again, live in product(worse, (True, False)):
            taken = await newsroom.take(again, live=live)
            assert (taken.stored, taken.known, taken.revised, taken.rejected) == (0, 1, 0, 0)
    assert not [s for s in seen if s.split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert await dump(newsroom.database) == before


async def test_repeating_an_archive_asks_only_what_is_known(small_newsroom: Newsroom) -> None:
    mails = [mail(n, n, f"A{n}", "B1", items=[(34, 1, 1)]) for n in range(1, 400)]
    bare = [Arrival(killmail=m, received_at=MIDNIGHT) for m in mails]
    priced: list[KillmailId] = []

    def price(killmail: Killmail) -> Killmail:
        priced.append(killmail.id)
        return killmail

    small_newsroom.pipeline = small_newsroom.make_pipeline(price=price)
    await small_newsroom.take(*bare, live=False)
    priced.clear()
    with statements(small_newsroom.database) as seen:
        assert (await small_newsroom.take(*bare, live=False)).known == len(bare)
    assert len(seen) == 2, "BEGIN, and the ids"
    assert priced == []


async def test_a_newer_publication_of_the_same_is_remembered(small_newsroom: Newsroom) -> None:
    """Else an older one that says something else would pass for newer."""
    newsroom = small_newsroom
    first, between = priced_by_zkb(FIRST, 5.0), priced_by_zkb(FIRST, 6.0)
    await newsroom.take(published(first, 1))
    assert (await newsroom.take(published(first, 9))).revised == 0
    assert (await newsroom.take(published(between, 5, revised=True))).revised == 0
    assert await get(newsroom, 1) == first


async def test_a_revision_of_what_dropped_is_stored(newsroom: Newsroom) -> None:
    first = priced_by_zkb(FIRST, 5e6)
    await newsroom.take(published(first, 1))
    for minute, dropped in ((2, 1e6), (3, 2e6), (4, 0.0), (5, None)):
        again = replace(first, value=replace(first.value, dropped=dropped))
        assert (await newsroom.take(published(again, minute, revised=True))).revised == 1
        assert await get(newsroom, 1) == again


async def test_a_revision_changes_people_items_and_sums_by_their_difference(
    newsroom: Newsroom,
) -> None:
    await newsroom.take(FIRST, OTHER)
    changed = replace(
        mail(1, 0, "A7", "B2", "C1", "C2", isk=9.0, items=[(34, 6, 2), (36, 1, 0)]), war_id=5
    )
    assert (await newsroom.take(published(changed, 9, revised=True))).revised == 1
    assert await get(newsroom, 1) == changed
    tables = await dump(newsroom.database)
    assert [row[2:] for row in tables["item_sums"]] == [(34, 7, 3), (36, 1, 0)], "nothing of 35"
    assert [row[:2] for row in tables["participants"]] == [(1, 0), (1, 1), (1, 2), (2, 0)]
    fewer = replace(changed, attackers=changed.attackers[:1])
    await newsroom.take(published(fewer, 10, revised=True))
    assert (await get(newsroom, 1)).attackers == fewer.attackers


def test_empty_stacks_have_no_sums() -> None:
    """They would stay or go with whatever else is revised there."""
    carried = mail(1, 0, "A1", "B1", items=[(34, 1, 0), (36, 0, 0), (35, 0, 2)])
    assert [row[2:] for row in item_sum_rows([carried])] == [(34, 1, 0), (35, 0, 2)]


async def test_a_kill_that_moves_is_not_believed(newsroom: Newsroom) -> None:
    await newsroom.take(published(FIRST, 1))
    elsewhere = replace(priced_by_zkb(FIRST, 5.0), system_id=30_000_002)
    later = replace(priced_by_zkb(FIRST, 5.0), time=MIDNIGHT + timedelta(hours=1))
    for _ in range(2):
        taken = await newsroom.take(
            published(elsewhere, 9, revised=True), published(later, 9), published(OTHER, 2)
        )
        assert (taken.revised, taken.rejected) == (0, 2)
    assert await get(newsroom, 1) == FIRST
    kept = (await dump(newsroom.database))["quarantine"]
    assert len(kept) == 2, "each once"
    assert {row[1] for row in kept} == {"revision"}
    assert {row[3].split(",")[0] for row in kept} == {
        "the kill was in system 30000001",
        "the kill was at 2021-11-30T00:00:00+00:00",
    }
    assert (newsroom.pipeline.tally.rejected, newsroom.pipeline.tally.known) == (4, 1)


async def test_what_was_pruned_gets_its_value_and_no_details(newsroom: Newsroom) -> None:
    await newsroom.take(FIRST)
    newsroom.clock.now = MIDNIGHT + timedelta(days=100)
    assert await newsroom.retention().prune() == 1
    sums = (await dump(newsroom.database))["item_sums"]
    newsroom.restart()
    better = priced_by_zkb(mail(1, 0, "A1", "C1", items=[(34, 9, 9)]), 5e6)
    await newsroom.take(published(better, 2, revised=True))
    stored = await get(newsroom, 1)
    assert stored == replace(better, attackers=(), victim=replace(better.victim, items=()))
    tables = await dump(newsroom.database)
    assert tables["item_sums"] == sums
    assert tables["participants"] == []
    assert [row[25:27] for row in tables["killmails"]] == [(None, True)]


async def test_new_estimates(newsroom: Newsroom) -> None:
    own = replace(OTHER, value=estimated(3.0))
    zkb, none = priced_by_zkb(mail(3, 2, "A3", "B1"), 5.0), mail(4, 3, "A4", "B4")
    await newsroom.take(FIRST, own, zkb, none, live=False)
    new = {1: estimated(10.0), 2: estimated(3.0), 3: estimated(1.0), 404: estimated(1.0)}
    assert await newsroom.pipeline.revalue({KillmailId(n): v for n, v in new.items()}) == 1
    values = {n: (await get(newsroom, n)).value for n in (1, 2, 3, 4)}
    poorer = replace(estimated(3.0), unpriced=2)
    assert await newsroom.pipeline.revalue({KillmailId(2): poorer}) == 1
    assert (await get(newsroom, 2)).value == poorer
    parted = replace(poorer, dropped=1.0)
    assert await newsroom.pipeline.revalue({KillmailId(2): parted}) == 1
    assert (await get(newsroom, 2)).value == parted
    assert values == {1: estimated(10.0), 2: own.value, 3: zkb.value, 4: none.value}
    assert (await get(newsroom, 1)).victim.items == FIRST.victim.items
    assert await newsroom.pipeline.revalue({}) == 0
    with statements(newsroom.database) as seen:
        assert await newsroom.pipeline.revalue({KillmailId(1): estimated(10.0)}) == 0
    assert not [s for s in seen if s.startswith("UPDATE")]


def every_record(killmail: Killmail, dice: random.Random) -> list[Arrival]:
    """How a kill may come: from an archive, from a feed without values, from zKillboard, revised, revised again."""
    others = [mail(killmail.id, 0, "A8", "B1", "C1", items=[(35, 1, 0)]), FIRST, OTHER]
    again = replace(dice.choice(others), id=killmail.id, time=killmail.time)
    valued = priced_by_zkb(killmail, 1e6)
    return [
        Arrival(killmail=killmail, received_at=MIDNIGHT),
        published(killmail, 20),
        published(valued, 3),
        published(valued, 3),
        published(priced_by_zkb(again, 2e6), 5, revised=True),
        published(priced_by_zkb(again, 3e6), 7, revised=True),
    ]


async def test_in_whatever_order_they_come_the_same_rows_are_stored(newsroom: Newsroom) -> None:
    dice = random.Random(3)
    carried = [(34, 2, 1), (35, 0, 3), (36, 0, 0)]
    mails = [mail(n, n, f"A{n}", "B1", "B2", items=carried) for n in range(1, 9)]
    records = {m.id: every_record(m, dice) for m in mails}
    best = [arrivals[-1] for arrivals in records.values()]
    wanted = {m.killmail.id: m.killmail for m in best}
    sums: set[str] = set()
    for turn in range(6):
        await empty(newsroom.database)
        newsroom.restart()
        arriving = [a for arrivals in records.values() for a in arrivals]
        dice.shuffle(arriving)
        for some in parts(arriving, size=dice.choice([1, 4, 100])):
            await newsroom.take(*some, live=turn % 2 == 0)
        assert {n: await get(newsroom, n) for n in wanted} == wanted
        tables = await dump(newsroom.database)
        sums.add(repr((tables["item_sums"], tables["participants"])))
        assert {row[27] for row in tables["killmails"]} == {MIDNIGHT + timedelta(minutes=7)}
    assert len(sums) == 1


def parts(arrivals: Sequence[Arrival], *, size: int) -> list[Sequence[Arrival]]:
    return [arrivals[at : at + size] for at in range(0, len(arrivals), size)]


async def test_a_mail_three_days_late_is_revised_like_any_other(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    newsroom.clock.advance(days=3)
    await newsroom.take(late(FIRST, hours=72))
    better = replace(late(priced_by_zkb(FIRST, 5e6), hours=73), revised=True)
    assert (await newsroom.take(better)).revised == 1
    assert (await get(newsroom, 1)).value.isk == 5e6
    assert await newsroom.states() == {}
