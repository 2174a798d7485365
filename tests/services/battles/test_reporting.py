"""All that is told of one battle."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.battles import aside
from services.battles.reporting import KEPT_FOR, KEPT_REPORTS, ReportService, report_of
from services.battles.summary import summarise
from services.domain.battle import Battle, BattleSearch, BattleState
from services.domain.battle_report import BattleReport, PilotDeeds
from services.domain.errors import NotFound
from services.domain.ids import BattleKey, GuildId, TypeId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Attacker, Killmail
from services.domain.space import HullClass
from services.killmails.store import load_victims
from tests.factories import FRIGATE, GUILD, MIDNIGHT, OWNER, POD, mail, party, who
from tests.services.newsroom import ATLAS, Newsroom

A, B = party("A1"), party("B1")
CRUISER = TypeId(621)


def shot(killmail: Killmail, *deeds: tuple[str, int, TypeId | None]) -> Killmail:
    """The mail with other attackers: pilot, damage, hull; the first one dealt the final blow."""
    attackers = tuple(
        Attacker(**who(name), damage=damage, ship_type_id=hull, final_blow=not number)
        for number, (name, damage, hull) in enumerate(deeds)
    )
    return replace(killmail, attackers=attackers)


MAILS = [
    shot(mail(1, 0, "A1", isk=2e6), ("B1", 90, FRIGATE), ("B2", 10, None), ("npc", 500, None)),
    shot(mail(2, 1, "A2"), ("B2", 100, FRIGATE), ("B1", -7, CRUISER), ("A3", 5, None)),
    replace(
        shot(mail(3, 2, "B1", hull=POD, isk=7e6), ("A1", 50, FRIGATE), ("A2", 60, FRIGATE)),
        value=Value(isk=7e6, source=ValueSource.ESTIMATE),
    ),
    shot(mail(4, 2, "npc", isk=9e6, hull=None), ("B1", 1, None), ("B2", 2, None)),
]


@pytest.fixture
def battle() -> Battle:
    found = summarise(
        MAILS, key=BattleKey(1), public_id="BR-A", state=BattleState.ENDED, atlas=ATLAS
    )
    assert [[p.organisation for p in side.parties] for side in found.sides] == [[A], [B]]
    return found


def told(battle: Battle, mails: list[Killmail] = MAILS) -> BattleReport:
    return report_of(battle, mails, ATLAS, detailed=True)


def test_every_kill_stands_on_the_time_line(battle: Battle) -> None:
    report = told(battle)
    assert [(m.side, m.isk, m.estimated, m.hull_class) for m in report.moments] == [
        (0, 2e6, False, HullClass.FRIGATE),
        (0, None, False, HullClass.FRIGATE),
        (1, 7e6, True, HullClass.POD),
        (None, 9e6, False, HullClass.FRIGATE),
    ]
    assert [m.time for m in report.moments] == [
        MIDNIGHT + timedelta(minutes=n) for n in (0, 1, 2, 2)
    ]
    assert report.moments[3].ship_type_id is None


def test_losses_are_told_dearest_first_and_what_nobody_knows_last(battle: Battle) -> None:
    losses = told(battle).losses
    assert [loss.killmail_id for loss in losses] == [4, 3, 1, 2]
    assert (losses[0].organisation, losses[0].character_id) == (None, None)
    assert (losses[1].organisation, losses[1].ship_type_id) == (B, POD)
    assert losses[3].value.isk is None
    worthless = replace(MAILS[2], value=Value(isk=0.0, source=ValueSource.ZKB))
    ranked = told(battle, [*MAILS[:2], worthless]).losses
    assert [loss.killmail_id for loss in ranked] == [1, 3, 2]


def test_what_pilots_did_is_added_up(battle: Battle) -> None:
    """NPCs are nobody, a shot at a friend is no kill, damage below 0 is none, an unnamed hull counts for no hull."""
    pilots = told(battle).pilots

    def deeds(name: str, side: int, hull: TypeId | None, *counts: int) -> PilotDeeds:
        damage, final_blows, kills = counts
        return PilotDeeds(
            character_id=who(name)["character_id"],
            organisation=party(name),
            side=side,
            ship_type_id=hull,
            damage=damage,
            final_blows=final_blows,
            kills=kills,
        )

    assert pilots == (
        deeds("B2", 1, FRIGATE, 112, 1, 3),
        deeds("B1", 1, FRIGATE, 91, 2, 3),
        deeds("A2", 0, FRIGATE, 60, 0, 1),
        deeds("A1", 0, FRIGATE, 50, 1, 1),
        deeds("A3", 0, None, 5, 0, 0),
    )


def test_pilots_of_equal_damage_are_ranked_by_final_blows_then_kills(battle: Battle) -> None:
    mails = [
        shot(mail(1, 0, "A1"), ("B2", 5, None), ("B1", 5, None)),
        shot(mail(2, 1, "A2"), ("npc", 0, None), ("B3", 5, None)),
        shot(mail(3, 2, "A3"), ("npc", 0, None), ("B3", 0, None)),
    ]
    ranked = [pilot.character_id for pilot in told(battle, mails).pilots]
    assert ranked == [who(name)["character_id"] for name in ("B2", "B3", "B1")]


def test_the_order_of_the_mails_does_not_matter(battle: Battle) -> None:
    assert told(battle, MAILS[::-1]) == told(battle)


async def test_the_report_is_read_from_what_is_stored_and_as_the_server_sees_it(
    newsroom: Newsroom,
) -> None:
    await newsroom.take(*MAILS)
    [battle] = await newsroom.battles.search(BattleSearch())
    report = await newsroom.reports.report(battle.public_id.lower())
    assert report == told(battle)
    seen = await newsroom.sides.move(GUILD, battle.public_id, A, B, by=OWNER)
    assert (await newsroom.reports.report(battle.public_id, guild_id=GUILD)).battle == seen
    assert {
        m.side for m in (await newsroom.reports.report(battle.public_id, guild_id=GUILD)).moments
    } == {
        0,
        None,
    }
    with pytest.raises(NotFound):
        await newsroom.reports.report("BR-X")


async def test_who_shot_is_not_told_in_part(small_newsroom: Newsroom) -> None:
    """Victims and values stay when the attackers of some mails are gone."""
    room = small_newsroom
    await room.take(*MAILS)
    [battle] = await room.battles.search(BattleSearch())
    whole = await room.reports.report(battle.public_id)
    room.clock.now = MIDNIGHT + timedelta(days=90, minutes=2, seconds=30)
    assert await room.retention().prune() == 2
    report = await room.reports.report(battle.public_id)
    assert (report.detailed, report.pilots) == (False, ())
    assert report.battle == replace(battle, state=BattleState.FROZEN)
    assert (report.moments, report.losses) == (whole.moments, whole.losses)


async def test_a_report_is_kept_for_a_minute_while_nothing_changes(
    small_newsroom: Newsroom,
) -> None:
    """Its pages are looked at one by one. Whatever is seen in the battle makes a new one at once."""
    room = small_newsroom
    await room.take(*MAILS)
    [battle] = await room.battles.search(BattleSearch())

    async def read(guild_id: GuildId | None = None) -> BattleReport:
        return await room.reports.report(battle.public_id, guild_id=guild_id)

    first = await read()
    assert await read(GUILD) is first, "nobody moved anybody there"
    await room.sides.move(GUILD, battle.public_id, A, None, by=OWNER)
    await room.sides.move(GUILD, battle.public_id, A, B, by=OWNER)
    moved = await read(GUILD)
    assert len(moved.battle.sides) == 1
    assert (await read(GUILD) is moved, await read() is first) == (True, True)
    await room.take(mail(9, 3, "A9", "B1", "B2"))
    assert len((await read()).losses) == len(first.losses) + 1
    grown = await read()
    room.clock.advance(seconds=KEPT_FOR.total_seconds())
    again = await read()
    assert again is not grown
    assert again == grown
    for number in range(KEPT_REPORTS):
        await room.take(*(mail(20 + 2 * number + n, 60 + n, "C1", "B1", "B2") for n in (0, 1)))
        latest = (await room.battles.search(BattleSearch()))[0]
        await room.reports.report(latest.public_id)
    assert await read() is not again, "the oldest goes"


async def test_losses_are_told_without_asking_who_shot(small_newsroom: Newsroom) -> None:
    room = small_newsroom
    await room.take(*MAILS)
    [battle] = await room.battles.search(BattleSearch())

    async def nobody_asks(*_: Any) -> Any:
        raise AssertionError

    service = ReportService(
        room.database,
        room.battles,
        room.sides,
        nobody_asks,
        ATLAS,
        clock=room.clock,
        load_victims=load_victims,
    )
    found, losses = await service.losses(battle.public_id)
    report = await room.reports.report(battle.public_id)
    assert (found, losses) == (battle, report.losses)
    assert await room.reports.losses(battle.public_id) == (battle, report.losses)
    seen = await room.sides.move(GUILD, battle.public_id, A, B, by=OWNER)
    assert await room.reports.losses(battle.public_id, guild_id=GUILD) == (seen, report.losses)
    with pytest.raises(NotFound):
        await service.losses("BR-X")


async def test_a_large_fight_is_counted_in_a_thread(
    small_newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Be it that a kill comes in, that somebody moves a party, or that the report is asked for."""
    room, counted = small_newsroom, set()
    loop = threading.get_ident()

    def hull_class(type_id: TypeId | None) -> HullClass:
        counted.add(threading.get_ident() == loop)
        return ATLAS.hull_class(type_id)

    room.atlas = replace(ATLAS, hull_class=hull_class)
    room.restart()
    await room.take(*MAILS[:2])
    assert counted == {True}, "a small one is done sooner than handed over"
    monkeypatch.setattr(aside, "MANY_ATTACKERS", 9)

    async def where() -> set[bool]:
        found = set(counted)
        counted.clear()
        return found

    await where()
    await room.take(*MAILS[2:])
    assert await where() == {False}
    [battle] = await room.battles.search(BattleSearch())
    await room.sides.move(GUILD, battle.public_id, A, B, by=OWNER)
    assert await where() == {False}
    await room.reports.report(battle.public_id, guild_id=GUILD)
    assert await where() == {False}
