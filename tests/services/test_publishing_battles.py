"""A battle's message: edited in its pace, muted where somebody wants that, and read as its server sees the sides."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from services.domain.alert import AlertKind, Outcome, Updates
from services.domain.battle import Battle, BattleSearch, BattleState
from services.domain.errors import UserError
from services.domain.ids import GuildId, RoleId, TypeId, UserId
from services.domain.killmail import Organisation
from services.domain.message import BattleCallMessage, BattleMessage, Mute
from services.publishing.reading import reads_the_same
from tests.factories import CHANNEL, GUILD, MIDNIGHT, OWNER, arrival, mail, party, request
from tests.services.newsroom import SPACING, Newsroom, channel
from tests.services.test_publishing import battle_alert, brawl, bridge

HERE, THERE = channel(CHANNEL), channel(CHANNEL + 1)
OTHERS = GuildId(GUILD + 1)
ASTRAHUS = TypeId(35832)


async def test_edits_are_a_minute_apart_and_the_last_says_how_it_ended(
    small_newsroom: Newsroom,
) -> None:
    """A kill every five seconds for four minutes; the worker looks after each."""
    newsroom = small_newsroom
    await battle_alert(newsroom, min_kills=3)
    for number in range(48):
        killmail = mail(number + 1, number / 12, f"A{number + 1}", "B1", "B2", isk=1e6)
        newsroom.clock.now = killmail.time + timedelta(seconds=1)
        await newsroom.take(arrival(killmail, newsroom.clock()))
        await newsroom.drain()
    await newsroom.drain(minutes=1)
    newsroom.clock.advance(minutes=31)
    await newsroom.battles.end_quiet(newsroom.pipeline.tell)
    await newsroom.drain()
    post, *edits = newsroom.channels.calls_to(HERE)
    moments = [call.at for call in (post, *edits)]
    assert min(b - a for a, b in pairwise(moments)) >= SPACING
    told = [(call.message.battle.kills, call.message.battle.state) for call in (post, *edits)]
    assert told == [
        *((kills, BattleState.OPEN) for kills in (3, 15, 27, 39, 48)), (48, BattleState.ENDED),
    ]  # fmt: skip


async def test_a_call_that_was_not_sent_is_made_for_the_fight_that_goes_on(
    small_newsroom: Newsroom,
) -> None:
    """The post that would have called is withdrawn: its battle is part of one that stands in the channel."""
    newsroom = small_newsroom
    await battle_alert(newsroom, min_kills=2)
    await battle_alert(newsroom, min_kills=3, role_id=RoleId(51))
    newsroom.clock.advance(minutes=4)
    await newsroom.take(*brawl(1, 0, kills=2))
    await newsroom.drain()
    await newsroom.take(*brawl(11, 1, who="CD"))
    assert (await newsroom.states())["battle:2"] == "pending"
    await newsroom.take(bridge(30, 3))
    await newsroom.drain(minutes=2)
    whole, call = newsroom.channels.read(HERE)
    assert (whole.battle.kills, whole.ping) == (6, ())
    assert isinstance(call, BattleCallMessage)
    assert call.ping == (51,)


class TestMuted:
    async def press(self, newsroom: Newsroom, public_id: str, **where: int) -> bool:
        place = {"guild_id": GUILD, "channel_id": CHANNEL, **where}
        return await newsroom.report.mute_battle(
            place["guild_id"], place["channel_id"], public_id, by=OWNER
        )

    async def posted(self, newsroom: Newsroom) -> str:
        """Two kills stand in both channels; from the fourth on a role is called in the first one."""
        await battle_alert(newsroom, min_kills=2)
        await battle_alert(newsroom, min_kills=4, role_id=RoleId(51))
        await battle_alert(newsroom, THERE.id, min_kills=2)
        newsroom.clock.advance(minutes=2)
        await newsroom.take(*brawl(1, 0, kills=2))
        await newsroom.drain()
        [posted] = await newsroom.battles.search(BattleSearch())
        return posted.public_id

    async def test_nobody_is_called_and_edits_go_on_until_it_is_pressed_again(
        self, newsroom: Newsroom
    ) -> None:
        public_id = await self.posted(newsroom)
        newsroom.bell.clear()
        newsroom.clock.advance(seconds=5)
        assert await self.press(newsroom, public_id.lower())
        mark = Mute(by=OWNER, at=newsroom.clock())
        assert newsroom.bell.is_set()
        await newsroom.drain()
        assert [m.muted for m in newsroom.channels.read(HERE)] == [mark], "seen at once"
        assert [m.muted for m in newsroom.channels.read(THERE)] == [None]
        newsroom.restart()
        await newsroom.take(*brawl(1, 0, kills=5)[2:])
        await newsroom.drain(minutes=2)
        [told] = newsroom.channels.read(HERE)
        assert (told.battle.kills, told.muted, told.ping) == (5, mark, ())
        assert await newsroom.counted(2) == {
            Outcome.MATCHED: 1, Outcome.MERGED: 1, Outcome.MUTED_PING: 1,
        }  # fmt: skip

        assert not await self.press(newsroom, public_id)
        await newsroom.take(arrival(mail(9, 4, "A9", "B1", "B2"), newsroom.clock()))
        await newsroom.drain(minutes=2)
        told, call = newsroom.channels.read(HERE)
        assert (told.battle.kills, told.muted) == (6, None)
        assert isinstance(call, BattleCallMessage)
        assert call.ping == (51,), "it is still news, and it is not muted any more"
        assert told.counted.kills == 6, "the call told how large it is: doublings count from there"

    async def test_what_was_still_to_be_said_is_taken_back_and_a_call_may_be_made_later(
        self, newsroom: Newsroom
    ) -> None:
        public_id = await self.posted(newsroom)
        await battle_alert(newsroom, min_kills=3, updates=Updates.REPLIES)
        await battle_alert(newsroom, THERE.id, min_kills=4, role_id=RoleId(51))
        fallen = mail(8, 3, "A8", "B1", "B2", hull=ASTRAHUS, isk=1e9)
        await newsroom.take(*brawl(1, 0, kills=4)[2:], fallen)
        assert [key for key, state in (await newsroom.states()).items() if state == "pending"] == [
            "battle:1", "battle:1:call:51", "battle:1:milestone:structure:8",
        ]  # fmt: skip
        before = await newsroom.counted(2)
        assert before == {Outcome.MATCHED: 1, Outcome.MERGED: 1, Outcome.CALLED: 1}
        assert await self.press(newsroom, public_id)
        await newsroom.drain(minutes=1)
        assert [type(told) for told in newsroom.channels.read(HERE)] == [BattleMessage]
        assert [type(told) for told in newsroom.channels.read(THERE)] == [
            BattleMessage, BattleCallMessage,
        ]  # fmt: skip
        after = {Outcome.MATCHED: 1, Outcome.MERGED: 1, Outcome.MUTED_PING: 1}
        assert await newsroom.counted(2) == after
        assert await newsroom.counted(5) == before, "of the other channel"

        assert not await self.press(newsroom, public_id)
        await newsroom.take(arrival(mail(9, 4, "A9", "B1", "B2"), newsroom.clock()))
        await newsroom.drain(minutes=2)
        told, call = newsroom.channels.read(HERE)
        assert (told.battle.kills, call.ping) == (6, (51,))
        assert await newsroom.counted(2) == {**after, Outcome.CALLED: 1}

    @pytest.mark.parametrize("muted", [0, 1])
    async def test_of_two_that_become_one_either_is_enough(
        self, small_newsroom: Newsroom, muted: int
    ) -> None:
        """A call that one of them had still to send is not made."""
        newsroom = small_newsroom
        await battle_alert(newsroom)
        await battle_alert(newsroom, min_kills=4, role_id=RoleId(51))
        newsroom.clock.advance(minutes=4)
        await newsroom.take(*brawl(1, 0), *brawl(11, 1, who="CD"))
        await newsroom.drain()
        ids = [message.battle.public_id for message in newsroom.channels.read(HERE)]
        await self.press(newsroom, ids[muted])
        first, a, b = (21, "C", "D") if muted == 0 else (22, "A", "B")
        await newsroom.take(mail(first, 3, f"{a}7", f"{b}1", f"{b}2"))
        assert (await newsroom.counted(2))[Outcome.CALLED] == 1
        await newsroom.take(bridge(30, 3))
        await newsroom.drain(minutes=2)
        one, other = newsroom.channels.read(HERE)
        assert (one.battle.kills, one.merged_into, other.merged_into) == (8, None, ids[0])
        assert Outcome.CALLED not in await newsroom.counted(2)
        assert one.muted == Mute(by=OWNER, at=MIDNIGHT + timedelta(minutes=4))
        assert not await self.press(newsroom, ids[1]), "either id leads to it"

    async def test_what_is_not_known(self, small_newsroom: Newsroom) -> None:
        public_id = await self.posted(small_newsroom)
        small_newsroom.bell.clear()
        for wrong, where in (
            ("BR-nothing", {}), (public_id, {"channel_id": CHANNEL + 2}), (public_id, {"guild_id": OTHERS}),
        ):  # fmt: skip
            with pytest.raises(UserError, match="do not remember"):
                await self.press(small_newsroom, wrong, **where)
        assert not small_newsroom.bell.is_set()


def side_of(battle: Battle, organisation: Organisation) -> tuple[set[Organisation], bool]:
    """Who stands on its side, and whether a server put it there."""
    for side in battle.sides:
        for one in side.parties:
            if one.organisation == organisation:
                return {other.organisation for other in side.parties}, one.moved
    raise AssertionError


async def test_each_server_reads_the_sides_as_it_put_them(newsroom: Newsroom) -> None:
    await battle_alert(newsroom)
    await newsroom.alerts.add(
        request(AlertKind.BATTLES, guild_id=OTHERS, channel_id=THERE.id, min_kills=2)
    )
    newsroom.clock.advance(minutes=4)
    mails = [mail(n, n / 2, f"A{n}", "B1", "B2", "C1") for n in range(1, 5)]
    await newsroom.take(*mails[:3])
    await newsroom.drain()
    [before] = newsroom.channels.read(HERE)
    assert side_of(before.battle, party("C1")) == ({party("B1"), party("C1")}, False)
    await newsroom.sides.move(
        GUILD, before.battle.public_id, party("C1"), party("A1"), by=UserId(5)
    )
    newsroom.restart()
    for kills in (3, 4):
        await newsroom.drain(minutes=2)
        [here], [there] = newsroom.channels.read(HERE), newsroom.channels.read(THERE)
        for told in (here, there):
            assert isinstance(told, BattleMessage)
            assert told.battle.kills == kills
        assert side_of(here.battle, party("C1")) == ({party("A1"), party("C1")}, True)
        assert side_of(there.battle, party("C1")) == ({party("B1"), party("C1")}, False)
        await newsroom.take(*mails[3:])
    assert len(newsroom.channels.calls_to(THERE)) == 2, "nothing changed there by the move"


async def test_what_nobody_could_see_is_no_edit(small_newsroom: Newsroom) -> None:
    await battle_alert(small_newsroom)
    await small_newsroom.take(*brawl(1, 0))
    await small_newsroom.drain()
    [told] = small_newsroom.channels.read(HERE)
    [side, *others] = told.battle.sides
    [loss, *_] = told.battle.top_losses

    def read(*, whole: float, own: float, isk: float) -> BattleMessage:
        parties = tuple(replace(one, certainty=own) for one in side.parties)
        value = replace(loss.value, isk=isk)
        battle = replace(
            told.battle,
            certainty=whole,
            sides=(replace(side, parties=parties), *others),
            top_losses=(replace(loss, value=value),),
        )
        return replace(told, battle=battle)

    known = read(whole=0.911, own=0.501, isk=1.231e9)
    assert reads_the_same(known, read(whole=0.914, own=0.499, isk=1.234e9))
    assert reads_the_same(known, replace(known, counted=None))
    for other in ({"whole": 0.92}, {"own": 0.4}, {"isk": 1.25e9}):
        changed = {"whole": 0.911, "own": 0.501, "isk": 1.231e9} | other
        assert not reads_the_same(known, read(**changed))
    assert not reads_the_same(known, replace(known, muted=Mute(by=OWNER, at=MIDNIGHT)))
