"""What channels are told: once, in time, and brought to its end."""

from datetime import timedelta

import pytest

from services.domain.alert import AlertKind
from services.domain.battle import BattleState
from services.domain.event import Batch, KillStored
from services.domain.ids import RoleId, UserId
from services.domain.isk import IskSum
from services.domain.killmail import Arrival, Killmail
from services.domain.message import (
    BattleCallMessage,
    BattleMessage,
    KillMessage,
    SummaryMessage,
)
from services.outbox.sender import Refused
from tests.factories import CHANNEL, GUILD, MIDNIGHT, OWNER, arrival, mail, region_of, request
from tests.fakes.channels import Fate
from tests.services.newsroom import Newsroom, channel, late

HERE, THERE = channel(CHANNEL), channel(CHANNEL + 1)
REGION = region_of(30_000_001)


def brawl(first: int, minutes: float, *, kills: int = 3, who: str = "AB") -> list[Killmail]:
    """Mails a minute apart that share their killers."""
    a, b = who
    return [
        mail(first + n, minutes + n, f"{a}{n + 1}", f"{b}1", f"{b}2", isk=1e6) for n in range(kills)
    ]


def bridge(number: int, minutes: float) -> Killmail:
    """Links a brawl of A and B with one of C and D."""
    return mail(number, minutes, "A9", "B1", "B2", "D1", "D2", isk=1e6)


async def battle_alert(newsroom: Newsroom, place: int = CHANNEL, **fields: object) -> None:
    await newsroom.alerts.add(
        request(AlertKind.BATTLES, channel_id=place, **{"min_kills": 2, **fields})
    )


class TestKills:
    async def test_one_post_a_channel_with_all_reasons_and_roles(self, newsroom: Newsroom) -> None:
        first = await newsroom.alerts.add(request(role_id=RoleId(51), min_isk=1e6))
        second = await newsroom.alerts.add(request(role_id=RoleId(52)))
        third = await newsroom.alerts.add(request(role_id=RoleId(51), region_id=REGION))
        await newsroom.alerts.add(request(region_id=region_of(31_000_000)))
        paused = await newsroom.alerts.add(request(min_isk=2e6, role_id=RoleId(53)))
        await newsroom.alerts.pause(GUILD, paused.id, by=OWNER)
        elsewhere = await newsroom.alerts.add(request(channel_id=CHANNEL + 1))
        await newsroom.take(mail(1, 0, "A1", "B1", isk=5e6))
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert isinstance(told, KillMessage)
        assert told.kill.id == 1
        assert [reason.alert_id for reason in told.reasons] == [first.id, second.id, third.id]
        assert told.ping == (51, 52)
        [other] = newsroom.channels.read(THERE)
        assert [reason.alert_id for reason in other.reasons] == [elsewhere.id]
        await newsroom.take(mail(1, 0, "A1", "B1", isk=5e6))
        await newsroom.drain(minutes=5)
        assert len(newsroom.channels.calls) == 2, "the same mail again says nothing"

    async def test_old_kills_call_nobody_and_very_old_ones_are_not_told(
        self, newsroom: Newsroom
    ) -> None:
        await newsroom.alerts.add(request(role_id=RoleId(51), cooldown_minutes=0))
        newsroom.clock.advance(hours=3)
        ages = {1: 0, 2: 15, 3: 15.1, 4: 180, 5: 180.1}
        mails = [mail(n, 180 - age, f"A{n}", f"B{n}") for n, age in ages.items()]
        await newsroom.take(*(arrival(m, newsroom.clock()) for m in mails))
        await newsroom.drain()
        told = {message.kill.id: message.ping for message in newsroom.channels.read(HERE)}
        assert told == {1: (51,), 2: (51,), 3: (), 4: ()}
        pings = {m.kill.id: m.ping_until for m in newsroom.channels.read(HERE)}
        assert pings[1] == MIDNIGHT + timedelta(hours=3, minutes=15)

    async def test_what_waited_too_long_is_not_posted_any_more(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request())
        newsroom.channels.plan(HERE, *[Fate.UNSENT] * 3)
        await newsroom.take(mail(1, 0, "A1", "B1"))
        for minutes in (10, 60, 100, 11):
            await newsroom.drain(minutes=minutes)
        assert await newsroom.states() == {"kill:1": "expired"}
        assert newsroom.channels.read(HERE) == []

    async def test_an_unknown_value_meets_no_floor(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request(min_isk=0.0))
        await newsroom.alerts.add(request(channel_id=CHANNEL + 1, min_isk=5.0))
        await newsroom.take(
            mail(1, 0, "A1", "B1"), mail(2, 0, "A2", "B2", isk=0.0), mail(3, 0, "A3", "B3", isk=5.0)
        )
        await newsroom.drain()
        assert [m.kill.id for m in newsroom.channels.read(HERE)] == [2, 3]
        assert [m.kill.id for m in newsroom.channels.read(THERE)] == [3]

    async def test_a_backfill_tells_nobody(self, small_newsroom: Newsroom) -> None:
        await small_newsroom.alerts.add(request())
        await battle_alert(small_newsroom)
        await small_newsroom.take(*brawl(1, 0), live=False)
        await small_newsroom.drain()
        assert small_newsroom.channels.calls == []
        assert not small_newsroom.bell.is_set()


class TestCatchingUp:
    """While the feed is behind, a channel gets one summary and not a flood."""

    async def test_one_summary_grows_survives_a_restart_and_ends(self, newsroom: Newsroom) -> None:
        first = await newsroom.alerts.add(request(role_id=RoleId(51)))
        second = await newsroom.alerts.add(request(min_isk=9e6))
        await newsroom.alerts.add(request(channel_id=CHANNEL + 1, min_isk=9e6))
        newsroom.clock.advance(hours=1)
        now = newsroom.clock()

        def behind(number: int, minutes: float, lag: float, isk: float | None) -> Arrival:
            killmail = mail(number, minutes, f"A{number}", f"B{number}", isk=isk)
            return arrival(killmail, now, lag=lag)

        await newsroom.take(behind(1, 10, 3000, 1e6))
        await newsroom.drain(seconds=2)
        await newsroom.take(behind(2, 5, 3300, None))
        await newsroom.drain(minutes=2)
        newsroom.restart()
        await newsroom.take(behind(3, 20, 2400, 2e7))
        await newsroom.drain(seconds=2)
        await newsroom.take(behind(4, 30, 301, 1e6))
        await newsroom.drain(minutes=2)
        [told] = newsroom.channels.read(HERE)
        assert isinstance(told, SummaryMessage)
        assert (told.kills, told.isk) == (4, IskSum(isk=2.2e7, unpriced=1))
        assert [kill.id for kill in told.top] == [3, 1, 4]
        assert told.systems == (), "no picture of what is already behind"
        assert told.lag_seconds == 3300
        assert told.since == MIDNIGHT + timedelta(minutes=5)
        assert told.until == MIDNIGHT + timedelta(minutes=30)
        assert [reason.alert_id for reason in told.reasons] == [first.id, second.id]
        [other] = newsroom.channels.read(THERE)
        assert (other.kills, other.isk) == (1, IskSum(isk=2e7))

        await newsroom.take(arrival(mail(5, 61, "A5", "B5"), newsroom.clock(), lag=300))
        await newsroom.drain()
        assert isinstance(newsroom.channels.read(HERE)[1], KillMessage), "current again: told alone"

        newsroom.clock.advance(hours=1)
        now = newsroom.clock()
        await newsroom.take(behind(6, 70, 900, None))
        await newsroom.drain()
        [again] = newsroom.channels.read(HERE)[2:]
        assert isinstance(again, SummaryMessage)
        assert again.kills == 1, "another outage, another summary"

    async def test_a_transaction_that_fails_leaves_no_trace_of_a_beginning_or_an_end(
        self, small_newsroom: Newsroom
    ) -> None:
        """What the publisher remembers must be what the table says."""
        newsroom = small_newsroom
        await newsroom.alerts.add(request())

        def behind(number: int, lag: float) -> Arrival:
            killmail = mail(number, 0, f"A{number}", f"B{number}")
            return arrival(killmail, newsroom.clock(), lag=lag)

        async def fail(number: int, lag: float) -> None:
            late = behind(number, lag)
            batch = Batch(arrivals=(late,), now=newsroom.clock(), live=True)
            with pytest.raises(ZeroDivisionError):
                async with newsroom.database.write() as tx:
                    await newsroom.publisher.publish(tx, [KillStored(arrival=late)], batch)
                    _ = 1 / 0

        await fail(1, 900)
        newsroom.clock.advance(seconds=1)
        await newsroom.take(behind(1, 900))
        newsroom.restart()
        newsroom.clock.advance(seconds=1)
        await newsroom.take(behind(2, 900))
        assert len(await newsroom.states()) == 1, "one outage, one summary"
        await fail(3, 0)
        await newsroom.take(behind(3, 0))
        newsroom.clock.advance(minutes=30)
        await newsroom.take(behind(4, 900))
        assert [k.split(":")[0] for k in await newsroom.states()] == [
            "catch-up",
            "kill",
            "catch-up",
        ]


class TestBattlesWhileBehind:
    async def test_what_is_new_goes_to_the_summary_what_stands_is_edited(
        self, newsroom: Newsroom
    ) -> None:
        await battle_alert(newsroom, min_kills=3)
        first, second = brawl(1, 0, kills=5), brawl(11, 0, kills=4, who="CD")
        newsroom.clock.advance(minutes=5)
        await newsroom.take(*first[:3])
        await newsroom.drain()
        newsroom.clock.advance(minutes=20)
        await newsroom.take(*(arrival(m, newsroom.clock(), lag=900) for m in [*first[3:], *second]))
        await newsroom.drain()
        standing, summary = newsroom.channels.read(HERE)
        assert standing.battle.kills == 5
        assert isinstance(summary, SummaryMessage)
        assert summary.kills == 0
        [line] = summary.battles
        assert line.kills == 4
        assert (await newsroom.battles.get(line.public_id)).kills == 4
        assert summary.lag_seconds == 900
        late_one = mail(20, 4, "C9", "D1", "D2", isk=1e6)
        await newsroom.take(arrival(late_one, newsroom.clock(), lag=900))
        await newsroom.drain(minutes=2)
        _, summary = newsroom.channels.read(HERE)
        assert [line.kills for line in summary.battles] == [5], "a newer state replaces the older"

    async def test_when_the_feed_is_current_again_a_battle_that_goes_on_is_posted(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await battle_alert(newsroom, min_kills=3)
        mails = brawl(1, 0, kills=4)
        newsroom.clock.advance(minutes=10)
        await newsroom.take(*(arrival(m, newsroom.clock(), lag=600) for m in mails[:3]))
        await newsroom.take(arrival(mails[3], newsroom.clock(), lag=3))
        await newsroom.drain()
        summary, battle = newsroom.channels.read(HERE)
        assert isinstance(summary, SummaryMessage)
        assert isinstance(battle, BattleMessage)
        assert battle.battle.kills == 4


class TestCalls:
    """Edits notify nobody, so a role whose alert matches later is called by a reply."""

    async def test_a_role_of_a_later_alert_is_called_once_by_a_reply(
        self, newsroom: Newsroom
    ) -> None:
        await battle_alert(newsroom, min_kills=2)
        await battle_alert(newsroom, min_kills=4, role_id=RoleId(51))
        await battle_alert(newsroom, min_kills=5, role_id=RoleId(51))
        newsroom.clock.advance(minutes=2)
        mails = brawl(1, 0, kills=6)
        await newsroom.take(*mails[:2])
        await newsroom.drain()
        for killmail in mails[2:]:
            await newsroom.take(arrival(killmail, newsroom.clock()))
            await newsroom.drain(minutes=1)
        await newsroom.drain(minutes=2)
        battle, call = newsroom.channels.read(HERE)
        assert isinstance(battle, BattleMessage)
        assert battle.battle.kills == 6
        assert battle.ping == (), "an edit that adds a mention would ring nowhere"
        assert isinstance(call, BattleCallMessage)
        assert call.ping == (51,)
        assert call.battle.kills == 4
        posts = newsroom.channels.calls_to(HERE, "post")
        assert [post.reply_to is not None for post in posts] == [False, True]

    async def test_before_the_first_post_went_out_its_own_mention_is_enough(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await battle_alert(newsroom, min_kills=2)
        await battle_alert(newsroom, min_kills=4, role_id=RoleId(51))
        newsroom.clock.advance(minutes=2)
        for killmail in brawl(1, 0, kills=5):
            await newsroom.take(arrival(killmail, newsroom.clock()))
        await newsroom.drain()
        [battle] = newsroom.channels.read(HERE)
        assert battle.ping == (51,)

    async def test_old_news_calls_nobody(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await battle_alert(newsroom, min_kills=2)
        await battle_alert(newsroom, min_kills=4, role_id=RoleId(51))
        mails = brawl(1, 0, kills=4)
        newsroom.clock.advance(minutes=2)
        await newsroom.take(*mails[:2])
        await newsroom.drain()
        newsroom.clock.advance(minutes=30)
        await newsroom.take(*(arrival(m, newsroom.clock()) for m in mails[2:]))
        await newsroom.drain()
        [battle] = newsroom.channels.read(HERE)
        assert battle.battle.kills == 4


class TestBattles:
    async def test_one_message_is_edited_as_it_grows_and_when_it_ends(
        self, newsroom: Newsroom
    ) -> None:
        channels = newsroom.channels
        await battle_alert(newsroom, min_kills=3, role_id=RoleId(51))
        await battle_alert(newsroom, CHANNEL + 1, min_isk=3.5e6)
        mails = brawl(1, 0, kills=5)
        newsroom.clock.advance(minutes=3)
        await newsroom.take(*mails[:2])
        await newsroom.drain()
        assert channels.calls == []
        await newsroom.take(mails[2])
        await newsroom.drain()
        [told] = channels.read(HERE)
        assert isinstance(told, BattleMessage)
        assert (told.battle.kills, told.ping) == (3, (51,))
        newsroom.restart()
        for killmail in mails[3:]:
            await newsroom.take(killmail)
            await newsroom.drain(minutes=2)
        [told] = channels.read(HERE)
        assert told.battle.kills == 5
        assert told.battle.state is BattleState.OPEN
        assert told.ping_until == MIDNIGHT + timedelta(minutes=2 + 15), (
            "of the moment it was posted"
        )
        assert [m.battle.kills for m in channels.read(THERE)] == [5]
        newsroom.clock.advance(minutes=40)
        assert await newsroom.battles.end_quiet(newsroom.pipeline.tell) == 1
        assert await newsroom.battles.end_quiet(newsroom.pipeline.tell) == 0
        await newsroom.drain()
        [told] = channels.read(HERE)
        assert told.battle.state is BattleState.ENDED
        assert len(channels.calls_to(HERE, "post")) == 1

    async def test_a_message_is_brought_to_its_end_though_its_alert_is_gone(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        alert = await newsroom.alerts.add(request(AlertKind.BATTLES, min_kills=2))
        mails = brawl(1, 0, kills=4)
        await newsroom.take(*mails[:2])
        await newsroom.drain()
        await newsroom.alerts.remove(GUILD, alert.id)
        await newsroom.take(mails[2])
        await newsroom.drain(minutes=5)
        [told] = newsroom.channels.read(HERE)
        assert told.battle.kills == 3
        assert [reason.alert_id for reason in told.reasons] == [alert.id]
        await newsroom.take(*brawl(100, 60))
        await newsroom.drain()
        assert len(newsroom.channels.read(HERE)) == 1, "but nothing new is posted"

    async def test_an_old_battle_is_not_posted_but_one_that_was_is_edited(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await battle_alert(newsroom)
        mails = brawl(1, 0, kills=4)
        await newsroom.take(*mails[:2])
        await newsroom.drain()
        newsroom.clock.advance(hours=5)
        await newsroom.take(*brawl(50, 60, who="EF"))
        await newsroom.take(late(mails[2], hours=5))
        await newsroom.take(mails[3], live=False)
        await newsroom.drain(minutes=1)
        [told] = newsroom.channels.read(HERE)
        assert told.battle.kills == 4, "late mails and backfills bring it up to date"
        assert len(await newsroom.states()) == 1, "no row is made only to expire"

    async def test_ids_on_cards_lead_to_their_battle_for_ever(self, newsroom: Newsroom) -> None:
        await battle_alert(newsroom)
        await newsroom.take(*brawl(10, 5))
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        await newsroom.take(mail(5, 2, "A8", "B1", "B2"))
        await newsroom.drain(minutes=5)
        [now_told] = newsroom.channels.read(HERE)
        assert now_told.battle.public_id != told.battle.public_id
        for shown in (told, now_told):
            assert (await newsroom.battles.get(shown.battle.public_id)).kills == 4


class TestMerging:
    """Two battles turn out to be one."""

    async def test_where_both_were_posted_one_goes_on_and_the_other_says_so(
        self, newsroom: Newsroom
    ) -> None:
        channels = newsroom.channels
        await battle_alert(newsroom)
        await newsroom.take(*brawl(1, 0), *brawl(11, 1, who="CD"))
        await newsroom.drain()
        ids = [message.battle.public_id for message in channels.read(HERE)]
        assert len(set(ids)) == 2
        await newsroom.take(bridge(30, 3))
        await newsroom.drain(minutes=2)
        one, other = channels.read(HERE)
        assert (one.battle.kills, one.merged_into) == (7, None)
        assert other.merged_into == one.battle.public_id == ids[0]
        assert other.ping == ()
        for public_id in ids:
            assert (await newsroom.battles.get(public_id)).kills == 7

        await newsroom.take(*brawl(101, 6, who="EF"))
        await newsroom.drain(minutes=2)
        assert [m.battle.kills for m in channels.read(HERE)][2:] == [3], (
            "a new battle, a new message"
        )

    async def test_where_only_the_one_taken_in_was_posted_its_message_goes_on(
        self, newsroom: Newsroom
    ) -> None:
        channels = newsroom.channels
        await battle_alert(newsroom, min_kills=3)
        await newsroom.take(*brawl(1, 0, kills=2), *brawl(11, 3, who="CD"))
        await newsroom.drain()
        [before] = channels.read(HERE)
        assert before.battle.start == MIDNIGHT + timedelta(minutes=3)
        await newsroom.take(bridge(30, 3))
        await newsroom.drain(minutes=2)
        [after] = channels.read(HERE)
        assert (after.battle.kills, after.merged_into) == (6, None)
        assert after.battle.start == MIDNIGHT
        await newsroom.take(mail(31, 4, "A7", "B1", "B2"))
        await newsroom.drain(minutes=2)
        [after] = channels.read(HERE)
        assert after.battle.kills == 7, "and grows under its new key"

    async def test_where_the_one_that_goes_on_was_deleted_by_hand(self, newsroom: Newsroom) -> None:
        channels = newsroom.channels
        await battle_alert(newsroom)
        mails = brawl(1, 0, kills=4)
        await newsroom.take(*mails[:3], *brawl(11, 1, who="CD"))
        await newsroom.drain()
        del channels.standing[min(channels.standing)]
        await newsroom.take(mails[3])
        await newsroom.drain(minutes=2)
        await newsroom.take(bridge(30, 3))
        await newsroom.drain(minutes=2)
        [told] = channels.read(HERE)
        assert (told.battle.kills, told.merged_into) == (8, None)

    async def test_one_that_was_never_sent_is_not_posted_only_to_say_that_it_is_gone(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await battle_alert(newsroom)
        await newsroom.take(*brawl(1, 0), *brawl(11, 1, who="CD"))
        await newsroom.take(bridge(30, 3))
        await newsroom.drain(minutes=2)
        [told] = newsroom.channels.read(HERE)
        assert (told.battle.kills, told.merged_into) == (7, None)


async def test_what_a_server_left_behind_wakes_when_the_bot_returns(newsroom: Newsroom) -> None:
    """Refused because the bot was gone, tried again because it is back."""
    await newsroom.alerts.add(request(created_by=UserId(1)))
    await battle_alert(newsroom)
    mails = brawl(1, 0, kills=5)
    await newsroom.take(*mails[:2])
    await newsroom.drain()
    gone = Refused(status=403, code=50001, text="Missing Access")
    newsroom.channels.plan(HERE, gone)
    await newsroom.guilds.on_left(GUILD)
    await newsroom.take(mails[2])
    await newsroom.drain(minutes=2)
    assert newsroom.channels.read(HERE)[-1].battle.kills == 2
    await newsroom.guilds.on_joined(GUILD)
    await newsroom.take(mails[3])
    await newsroom.drain(minutes=2)
    told = newsroom.channels.read(HERE)
    assert [m.kill.id for m in told if isinstance(m, KillMessage)] == [1, 2, 4]
    assert [m.battle.kills for m in told if isinstance(m, BattleMessage)] == [4]
