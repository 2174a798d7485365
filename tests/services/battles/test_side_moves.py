"""Sides put right by hand: for one server, through everything that may become of a battle, and in its messages."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from services.battles.service import BattleService
from services.battles.settings import BattleSettings
from services.domain.alert import AlertKind
from services.domain.battle import Battle, BattleSearch, SideMove
from services.domain.errors import NotFound, UserError
from services.domain.ids import GuildId, KillmailId, UserId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Killmail, Organisation
from services.domain.message import BattleMessage
from services.killmails.store import load_killmails
from services.storage.database import Transaction
from services.storage.turns import BATTLES, take_turn
from tests.factories import CHANNEL, GUILD, MIDNIGHT, OWNER, arrival, mail, party, request
from tests.services.newsroom import ATLAS, Newsroom, channel

A, B, C, D = (party(name) for name in ("A1", "B1", "C1", "D1"))
OTHER = GuildId(8)
MEMBER = UserId(2000)


def brawl(first: int = 1, minutes: float = 0) -> list[Killmail]:
    """B and C shoot A, who shoots back at B."""
    return [
        mail(first, minutes, "A1", "B1", "B2", "C1", isk=1e6),
        mail(first + 1, minutes + 1, "A2", "B1", "B2", "C1", isk=1e6),
        mail(first + 2, minutes + 2, "B1", "A2", "A4", "A5", isk=5e6),
        mail(first + 3, minutes + 3, "A3", "B2", "B3", "C1", isk=1e6),
    ]


def sides(battle: Battle) -> list[list[Organisation]]:
    return [sorted(p.organisation for p in side.parties) for side in battle.sides]


def moved(battle: Battle) -> set[Organisation]:
    return {p.organisation for side in battle.sides for p in side.parties if p.moved}


async def fought(room: Newsroom, *mails: Killmail) -> Battle:
    await room.take(*(mails or brawl()))
    return (await room.battles.search(BattleSearch()))[0]


async def test_a_party_is_moved_for_one_server_alone(newsroom: Newsroom) -> None:
    battle = await fought(newsroom)
    assert sides(battle) == [[A], [B, C]]
    seen = await newsroom.sides.move(GUILD, battle.public_id, C, A, by=MEMBER)
    assert sides(seen) == [[A, C], [B]]
    assert moved(seen) == {C}
    assert [(s.kills, s.losses, s.isk_lost.isk) for s in seen.sides] == [(1, 3, 3e6), (3, 1, 5e6)]
    assert seen.public_id == battle.public_id
    newsroom.restart()
    assert await newsroom.sides.seen_by(battle, GUILD) == seen
    for guild_id in (OTHER, None):
        assert await newsroom.sides.seen_by(battle, guild_id) == battle
    assert await newsroom.battles.get(battle.public_id) == battle
    assert await newsroom.sides.moves_of(GUILD, battle.key) == (
        SideMove(party=C, beside=A, by=MEMBER, at=newsroom.clock()),
    )
    async with newsroom.database.read() as tx:
        told = await newsroom.sides.seen(tx, battle, [OTHER, GUILD])
        assert await newsroom.sides.seen(tx, battle, [OTHER]) == {}
    assert told == {GUILD: seen}


async def test_the_latest_move_of_a_party_counts_and_all_can_be_taken_back(
    newsroom: Newsroom,
) -> None:
    """They are laid one over the other in their order, be they made in one instant."""
    battle = await fought(newsroom)
    move = newsroom.sides.move
    await move(GUILD, battle.public_id, C, A, by=MEMBER)
    alone = await move(GUILD, battle.public_id.lower(), C, None, by=OWNER)
    assert sides(alone) == [[A], [B], [C]]
    followed = await move(GUILD, battle.public_id, B, C, by=MEMBER)
    assert sides(followed) == [[A], [B, C]]
    assert sides(await newsroom.sides.seen_by(battle, GUILD)) == [[A], [B, C]]
    again = await move(GUILD, battle.public_id, C, A, by=MEMBER)
    assert sides(again) == [[A, C], [B]]
    kept = await newsroom.sides.moves_of(GUILD, battle.key)
    assert [(m.party, m.beside, m.by) for m in kept] == [(B, None, MEMBER), (C, A, MEMBER)]
    await move(OTHER, battle.public_id, C, None, by=OWNER)
    assert await newsroom.sides.reset(GUILD, battle.public_id) == battle
    assert await newsroom.sides.seen_by(battle, GUILD) == battle
    assert moved(await newsroom.sides.seen_by(battle, OTHER)) == {C}
    async with newsroom.database.write() as tx:
        await newsroom.sides.forget_guild(tx, OTHER)
    assert await newsroom.sides.moves_of(OTHER, battle.key) == ()


async def test_who_was_put_on_a_side_stays_when_another_one_leaves_it(
    small_newsroom: Newsroom,
) -> None:
    """C joined A, and D joined them both: D was put beside A, whichever of the two was named."""
    room = small_newsroom
    battle = await fought(room, *brawl(), mail(9, 4, "A6", "B1", "B2", "D1"))
    assert sides(battle) == [[A], [B, C, D]]
    move = room.sides.move
    await move(GUILD, battle.public_id, C, A, by=MEMBER)
    assert sides(await move(GUILD, battle.public_id, D, C, by=MEMBER)) == [[A, C, D], [B]]
    assert sides(await move(GUILD, battle.public_id, C, B, by=MEMBER)) == [[A, D], [B, C]]
    kept = await room.sides.moves_of(GUILD, battle.key)
    assert [(m.party, m.beside) for m in kept] == [(D, A), (C, B)]
    await move(GUILD, battle.public_id, C, None, by=MEMBER)
    await move(GUILD, battle.public_id, D, C, by=MEMBER)
    last = await move(GUILD, battle.public_id, C, A, by=MEMBER)
    assert await room.sides.seen_by(battle, GUILD) == last, "what is answered is what is kept"


async def test_who_moves_again_drags_nobody_along(small_newsroom: Newsroom) -> None:
    """A was put beside C, which had left its side, and stays when C goes home."""
    room = small_newsroom
    battle = await fought(room, *brawl(), mail(9, 4, "A6", "B1", "B2", "D1"))
    move = room.sides.move
    await move(GUILD, battle.public_id, C, None, by=MEMBER)
    assert sides(await move(GUILD, battle.public_id, A, C, by=OWNER)) == [[A, C], [B, D]]
    home = await move(GUILD, battle.public_id, C, B, by=MEMBER)
    assert sides(home) == [[A], [B, C, D]]
    assert await room.sides.seen_by(battle, GUILD) == home, "what is answered is what is kept"
    kept = await room.sides.moves_of(GUILD, battle.key)
    assert [(m.party, m.beside, m.by) for m in kept] == [(A, None, OWNER), (C, B, MEMBER)]


async def test_moves_stay_while_the_battle_grows_and_is_taken_in(newsroom: Newsroom) -> None:
    await newsroom.take(*brawl(1, 0))
    await newsroom.take(*brawl(11, 25))
    second, first = await newsroom.battles.search(BattleSearch())
    for battle in (first, second):
        await newsroom.sides.move(GUILD, battle.public_id, C, A, by=MEMBER)
    await newsroom.sides.reset(GUILD, first.public_id)
    await newsroom.take(mail(30, 14, "A9", "B1", "B2"))
    [whole] = await newsroom.battles.search(BattleSearch())
    assert (whole.key, whole.kills) == (first.key, 9)
    assert sides(await newsroom.sides.seen_by(whole, GUILD)) == [[A, C], [B]]
    await newsroom.take(mail(31, 29, "D1", "B1", "B2", "C1"))
    [grown] = await newsroom.battles.search(BattleSearch())
    assert sides(await newsroom.sides.seen_by(grown, GUILD)) == [[A, C, D], [B]]


async def test_what_cannot_be_moved_is_said_and_changes_nothing(
    small_newsroom: Newsroom,
) -> None:
    room = small_newsroom
    battle = await fought(room)
    move = room.sides.move
    for party_, beside in ((D, A), (A, D), (A, A)):
        with pytest.raises(UserError, match="party"):
            await move(GUILD, battle.public_id, party_, beside, by=MEMBER)
    for asking in (move(GUILD, "BR-X", A, B, by=MEMBER), room.sides.reset(GUILD, "BR-X")):
        with pytest.raises(NotFound, match="battle list"):
            await asking
    await move(GUILD, battle.public_id, C, A, by=MEMBER)
    room.clock.advance(days=91)
    await room.retention().prune()
    with pytest.raises(UserError, match="no longer kept"):
        await move(GUILD, battle.public_id, B, A, by=MEMBER)
    kept = await room.battles.get(battle.public_id)
    assert await room.sides.seen_by(kept, GUILD) == kept
    assert sides(kept) == [[A], [B, C]]
    assert len(await room.sides.moves_of(GUILD, battle.key)) == 1


async def test_mails_in_memory_are_not_read_again_until_somebody_revises_one(
    small_newsroom: Newsroom,
) -> None:
    """What the sides of a server are counted from while kills come in."""
    room, mails = small_newsroom, brawl()
    read: list[KillmailId] = []

    async def load(tx: Transaction, ids: Collection[KillmailId]) -> list[Killmail]:
        read.extend(ids)
        return await load_killmails(tx, ids)

    battles = BattleService(room.database, ATLAS, load, settings=BattleSettings(), clock=room.clock)
    room.pipeline = room.make_pipeline(consumers=[battles])
    await room.take(*mails)

    async def kept() -> list[Killmail]:
        async with room.database.write() as tx:
            await take_turn(tx, BATTLES)
            return sorted(await battles.load_mails(tx, [m.id for m in mails]), key=lambda m: m.id)

    assert [m.value for m in await kept()] == [m.value for m in mails]
    assert read == []
    dearer = replace(mails[0], value=Value(isk=9e6, source=ValueSource.ZKB))
    other = Newsroom(room.database, clock=room.clock)
    await other.take(replace(arrival(dearer), revised=True))
    assert (await kept())[0].value.isk == 9e6
    assert len(read) == 4


async def test_messages_of_the_server_are_edited_and_no_others(small_newsroom: Newsroom) -> None:
    room = small_newsroom
    here, there = channel(CHANNEL), channel(CHANNEL + 1)
    for guild_id, place in ((GUILD, CHANNEL), (OTHER, CHANNEL + 1)):
        wanted = request(AlertKind.BATTLES, min_kills=4, guild_id=guild_id, channel_id=place)
        await room.alerts.add(wanted)
    room.clock.now = MIDNIGHT + timedelta(minutes=5)
    battle = await fought(room)
    await room.drain()

    def read(place):
        [message] = room.channels.read(place)
        assert isinstance(message, BattleMessage)
        return sides(message.battle)

    assert read(here) == read(there) == [[A], [B, C]]
    room.bell.clear()
    await room.sides.move(GUILD, battle.public_id, C, A, by=MEMBER)
    assert room.bell.is_set()
    room.clock.advance(days=2)
    await room.drain()
    assert (read(here), read(there)) == ([[A, C], [B]], [[A], [B, C]])
    await room.sides.reset(GUILD, battle.public_id)
    await room.drain(minutes=2)
    assert read(here) == [[A], [B, C]]
    assert [call.what for call in room.channels.calls_to(here)] == ["post", "edit", "edit"]
    assert [call.what for call in room.channels.calls_to(there)] == ["post"]
