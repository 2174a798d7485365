"""Killmails go in and come out as they were; twice is once; details go after their time and nothing else does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.domain.errors import NotFound, UserError
from services.domain.heat import Coverage, Heat
from services.domain.ids import SystemId
from services.domain.isk import IskSum, Value, ValueSource
from services.domain.killmail import Attacker, Item, Killmail, Position, Victim
from services.feeds.wire import decode_killmail
from services.killmails.items import pack_items, unpack_items
from services.killmails.service import KillmailService, parse_killmail_id
from services.killmails.store import load_items, load_killmails, load_known, save_new
from services.storage.tables import participants
from tests.factories import MIDNIGHT, arrival, mail
from tests.services.newsroom import Newsroom, dump

FULL = Killmail(
    id=97_000_001,
    hash="ab" * 20,
    time=datetime(2021, 11, 30, 0, 26, 5, tzinfo=UTC),
    system_id=30_001_003,
    victim=Victim(
        character_id=2_112_000_001,
        corporation_id=98_000_001,
        alliance_id=99_000_001,
        faction_id=500_001,
        ship_type_id=11_567,
        damage_taken=81_204_333,
        position=Position(-1.5e12, 3.25, 4e11),
        items=(
            Item(type_id=34, flag=5, destroyed=7, dropped=0),
            Item(type_id=34, flag=5, destroyed=0, dropped=2**40),
            Item(type_id=35, flag=0, destroyed=1, copy=True),
        ),
    ),
    attackers=(
        Attacker(character_id=2_112_000_002, corporation_id=98_000_002, damage=-12),
        Attacker(faction_id=500_010, ship_type_id=670, weapon_type_id=3001, final_blow=True),
    ),
    value=Value(isk=9.04e10, source=ValueSource.ZKB, dropped=1.25e9),
    war_id=70_000,
    moon_id=40_000_001,
    location_id=1_035_466_617_946,
    npc=False,
    solo=None,
    awox=True,
    labels=("#:10+", "isk:10b+"),
)
BARE = replace(
    mail(5, 0, "a", "npc"), hash="", victim=Victim(corporation_id=98_000_097), attackers=()
)


async def test_every_field_comes_back(newsroom: Newsroom) -> None:
    guess = Value(isk=1.5, source=ValueSource.ESTIMATE, unpriced=3, dropped=0.0)
    estimate = replace(BARE, id=6, value=guess)
    await newsroom.take(FULL, BARE, estimate, live=False)
    service = KillmailService(newsroom.database)
    assert await service.get("97000001") == FULL
    assert await service.get("5") == BARE
    assert await service.get("6") == estimate
    assert (await service.get("5")).value.dropped is None, "unknown is not 0"
    async with newsroom.database.read() as tx:
        [bare] = await load_killmails(tx, [FULL.id, 404])
        assert bare == replace(FULL, victim=replace(FULL.victim, items=()))
        assert await load_items(tx, FULL.id) == FULL.victim.items
        assert await load_items(tx, BARE.id) == ()
        assert await load_items(tx, 404) is None
    assert [row[2:] for row in (await dump(newsroom.database))["item_sums"]] == [
        (34, 7, 2**40),
        (35, 1, 0),
    ]


async def test_what_was_saved_is_known(newsroom: Newsroom) -> None:
    mails = [arrival(mail(n, n, f"A{n}", "B1")) for n in range(1, 1500)]
    ids = {m.killmail.id for m in mails}
    async with newsroom.database.write() as tx:
        assert await load_known(tx, ids) == set()
        await save_new(tx, mails[700:])
        assert await load_known(tx, ids) == {m.killmail.id for m in mails[700:]}
        await save_new(tx, mails[:700])
        await save_new(tx, [])
        assert await load_known(tx, [*ids, 404]) == ids
        assert await tx.scalar(select(func.count()).select_from(participants)) == len(mails)
        found = await load_killmails(tx, [m.killmail.id for m in mails])
    assert found == [m.killmail for m in mails], "by time, then id"


items = st.builds(
    Item,
    type_id=st.integers(1, 2**31),
    flag=st.integers(-(2**31), 2**31),
    destroyed=st.integers(0, 2**62),
    dropped=st.integers(0, 2**62),
    copy=st.booleans(),
)


@given(st.lists(items, max_size=20).map(tuple))
def test_items_are_packed_without_loss(stacks: tuple[Item, ...]) -> None:
    assert unpack_items(pack_items(stacks)) == stacks


def test_items_take_little_room() -> None:
    assert len(pack_items([Item(type_id=2488, flag=27, destroyed=1)] * 100)) < 850
    assert pack_items([]) == b""
    assert unpack_items(None) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("134398778", 134398778),
        (" <https://zkillboard.com/kill/134398778/> ", 134398778),
        ("zkillboard.com/kill/134398778/?x=1#top", 134398778),
        ("https://esi.evetech.net/killmails/134398778/abcdef/", 134398778),
        ("https://eve-kill.com/kill/134398778", 134398778),
        ("https://esi.evetech.net/latest/killmails/134398778/abcdef/", 134398778),
    ],
)
def test_a_kill_is_known_by_its_id_or_a_link(text: str, expected: int) -> None:
    assert parse_killmail_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "-5",
        "12x",
        "1" * 19,
        "https://zkillboard.com/character/123/",
        "kill/",
        "https://example.com/kill/123/",
        "https://notzkillboard.com/kill/1",
        "https://example.com/zkillboard.com/kill/123/",
    ],
)
def test_what_is_no_kill_is_refused_in_words(text: str) -> None:
    with pytest.raises(UserError, match="zkillboard.com/kill"):
        parse_killmail_id(text)


async def test_heat_and_totals(newsroom: Newsroom) -> None:
    service = KillmailService(newsroom.database)
    empty = await service.totals()
    assert (empty.killmails, empty.last_kill_id, empty.last_received_at) == (0, None, None)
    priced = replace(
        mail(4, 5, "A4", "B1", system=7), value=Value(isk=2.0, source=ValueSource.ESTIMATE)
    )
    late = arrival(mail(5, 1, "A5", "B1", system=7), MIDNIGHT + timedelta(days=1))
    await newsroom.take(
        mail(1, 0, "A1", "B1", isk=5.0), mail(2, 5, "A2", "B1"), mail(3, 10, "A3", "B1"), priced
    )
    await newsroom.take(late)
    heat = await service.heat(MIDNIGHT, MIDNIGHT + timedelta(minutes=10))
    assert heat == {
        30_000_001: Heat(kills=2, isk=IskSum(isk=5.0, unpriced=1)),
        7: Heat(kills=2, isk=IskSum(isk=2.0, unpriced=1, estimated=1)),
    }
    some = [SystemId(7), SystemId(8)]
    soon = MIDNIGHT + timedelta(minutes=10)
    assert await service.heat(MIDNIGHT, soon, systems=some) == {7: heat[7]}
    known = await service.coverage(MIDNIGHT - timedelta(hours=1), MIDNIGHT + timedelta(minutes=30))
    assert known == Coverage(window=timedelta(minutes=90), stored=timedelta(minutes=10))
    later = await service.coverage(MIDNIGHT + timedelta(days=2), MIDNIGHT + timedelta(days=3))
    assert (later.is_nothing, later.is_whole) == (True, False)
    totals = await service.totals()
    assert (totals.killmails, totals.last_kill_id) == (5, 3)
    assert totals.last_received_at == MIDNIGHT + timedelta(days=1)
    with pytest.raises(NotFound, match="404"):
        await service.get("404")


async def test_details_go_so_long_after_the_import_and_the_rest_stays(newsroom: Newsroom) -> None:
    """An old mail that is imported today is kept as long as one of today."""
    old = replace(mail(1, 0, "A1", "B1", isk=5.0, items=[(34, 3, 4)]), time=MIDNIGHT)
    newsroom.clock.now = imported = MIDNIGHT + timedelta(days=400)
    for number, days in ((1, 0), (2, 10), (3, 10), (4, 10), (5, 20)):
        killmail = replace(old, id=number)
        await newsroom.take(arrival(killmail, imported + timedelta(days=days)), live=False)
    retention = newsroom.retention(prune_batch=2)
    newsroom.clock.now = imported + timedelta(days=90)
    assert await retention.prune() == 0
    newsroom.clock.advance(seconds=1)
    assert await retention.prune() == 1
    newsroom.clock.advance(days=10)
    assert await retention.prune() == 3
    assert await retention.prune() == 0
    service = KillmailService(newsroom.database)
    pruned, kept = await service.get("1"), await service.get("5")
    assert (pruned.attackers, pruned.victim.items) == ((), ())
    assert (pruned.value, pruned.victim.character_id) == (old.value, old.victim.character_id)
    assert kept == replace(old, id=5)
    before = await dump(newsroom.database)
    assert [row[2:] for row in before["item_sums"]] == [(34, 15, 20)]
    assert {row[0] for row in before["participants"]} == {5}
    newsroom.restart()
    assert (await newsroom.take(old, live=False)).stored == 0
    assert await dump(newsroom.database) == before, "importing a pruned mail again adds nothing"


async def test_pruning_goes_in_small_steps_that_stand_alone(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    await newsroom.take(*(mail(n, n, f"A{n}", "B1") for n in range(1, 8)))
    newsroom.clock.advance(days=91)
    steps: list[int] = []

    async def before(_tx: object, ids: list[int]) -> None:
        steps.append(len(ids))
        if len(steps) == 3:
            raise ZeroDivisionError

    retention = newsroom.retention(prune_batch=2)
    retention._before = before
    with pytest.raises(ZeroDivisionError):
        await retention.prune()
    assert steps == [2, 2, 2]
    assert len((await dump(newsroom.database))["participants"]) == 3, "two steps are done for good"
    assert await retention.prune() == 3


@pytest.mark.parametrize(
    "killmail",
    [
        pytest.param(replace(FULL, system_id=2**63 - 1), id="system"),
        pytest.param(replace(FULL, war_id=2**63 - 1), id="war"),
        pytest.param(replace(FULL, victim=replace(FULL.victim, ship_type_id=2**62)), id="hull"),
        pytest.param(replace(FULL, victim=replace(FULL.victim, faction_id=2**62)), id="faction"),
        pytest.param(replace(FULL, attackers=(Attacker(weapon_type_id=2**62),)), id="weapon"),
        pytest.param(
            replace(FULL, victim=replace(FULL.victim, items=(Item(type_id=2**62, flag=2**40),))),
            id="item",
        ),
        pytest.param(replace(FULL, labels=("a\nb", "ünï")), id="labels"),
    ],
)
async def test_what_the_wire_lets_through_the_tables_take(
    newsroom: Newsroom, killmail: Killmail
) -> None:
    """Else the feed would stumble over that mail for ever."""
    await newsroom.take(killmail, mail(2, 0, "A1", "B1"), live=False)
    found = await KillmailService(newsroom.database).get(str(killmail.id))
    assert replace(found, hash="", labels=()) == replace(killmail, hash="", labels=())


async def test_every_recorded_edge_case_is_stored_as_it_is(
    newsroom: Newsroom, recorded_data: Path
) -> None:
    folder = recorded_data / "killmails/edge_cases/corpus"
    mails = [decode_killmail(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    assert len(mails) == 106
    assert (await newsroom.take(*mails, live=False)).stored == 106
    service = KillmailService(newsroom.database)
    for killmail in mails:
        assert await service.get(str(killmail.id)) == killmail
