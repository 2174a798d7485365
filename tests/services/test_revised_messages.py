"""What channels are told when a killmail becomes better known: edits, rarely something new, never twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.alert import AlertKind
from services.domain.battle import BattleState
from services.domain.ids import KillmailId, RoleId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Killmail
from services.domain.message import BattleMessage, KillMessage, SummaryMessage
from tests.factories import CHANNEL, MIDNIGHT, arrival, mail, request
from tests.services.newsroom import Newsroom, channel, dump
from tests.services.test_publishing import battle_alert, brawl

HERE, THERE = channel(CHANNEL), channel(CHANNEL + 1)


def worth(killmail: Killmail, isk: float, source: ValueSource = ValueSource.ZKB) -> Killmail:
    return replace(killmail, value=Value(isk=isk, source=source))


def estimated(isk: float) -> Value:
    return Value(isk=isk, source=ValueSource.ESTIMATE)


def revised(newsroom: Newsroom, killmail: Killmail, *, lag: float = 1) -> Arrival:
    """A record of now; of a kill of this minute, of when the first one has come."""
    now = max(newsroom.clock(), killmail.time + timedelta(minutes=2))
    return replace(arrival(killmail, now, lag=lag), revised=True)


KILL = mail(1, 0, "A1", "B1", isk=5e6)


class TestKillCards:
    async def test_a_card_is_edited_with_its_reasons_and_nobody_is_called(
        self, newsroom: Newsroom
    ) -> None:
        first = await newsroom.alerts.add(request(role_id=RoleId(51)))
        await newsroom.alerts.add(request(role_id=RoleId(52), min_isk=1e9))
        await newsroom.alerts.add(request(channel_id=CHANNEL + 1))
        newsroom.clock.advance(minutes=1)
        await newsroom.take(KILL)
        await newsroom.drain()
        await newsroom.alerts.remove(first.guild_id, first.id)
        newsroom.restart()
        newsroom.bell.clear()
        await newsroom.take(revised(newsroom, worth(KILL, 2e9)))
        assert newsroom.bell.is_set()
        await newsroom.drain(minutes=2)
        for place in (HERE, THERE):
            [told] = newsroom.channels.read(place)
            assert isinstance(told, KillMessage)
            assert told.kill.value.isk == 2e9
            assert len(newsroom.channels.calls_to(place, "post")) == 1
        [told] = newsroom.channels.read(HERE)
        assert [reason.alert_id for reason in told.reasons] == [1, 2]
        assert told.ping == (51,), "an edit that adds a mention would ring nowhere"

    async def test_before_it_was_sent_it_simply_is_the_newer_one(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request(role_id=RoleId(51)))
        await newsroom.alerts.add(request(role_id=RoleId(52), min_isk=1e9))
        await newsroom.take(KILL)
        await newsroom.take(revised(newsroom, worth(KILL, 2e9)))
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert (told.kill.value.isk, told.ping) == (2e9, (51, 52))
        assert len(newsroom.channels.calls) == 1

    async def test_what_would_read_the_same_is_not_edited(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request())
        await newsroom.take(KILL)
        await newsroom.drain()
        [call] = newsroom.channels.calls
        unseen = replace(
            worth(KILL, 5.004e6), hash="ff" * 20, labels=("pvp", "tz:eu"), location_id=40_000_001
        )
        for again in (KILL, unseen, replace(unseen, labels=("pvp",))):
            await newsroom.take(revised(newsroom, again))
            await newsroom.drain(minutes=2)
        assert newsroom.channels.calls == [call]
        await newsroom.take(revised(newsroom, replace(unseen, labels=("ganked",))))
        await newsroom.drain(minutes=2)
        await newsroom.take(revised(newsroom, replace(unseen, location_id=50_000_001)))
        await newsroom.drain(minutes=2)
        told = [
            (c.message.kill.labels, c.message.kill.location_id) for c in newsroom.channels.calls[1:]
        ]
        assert told == [(("ganked",), 40_000_001), (("pvp", "tz:eu"), 50_000_001)]

    async def test_a_floor_that_is_met_at_last_posts_it_once(self, newsroom: Newsroom) -> None:
        await newsroom.alerts.add(request(min_isk=1e9, role_id=RoleId(51)))
        newsroom.clock.advance(minutes=10)
        await newsroom.take(KILL, mail(2, 0, "A2", "B2"))
        await newsroom.drain()
        assert newsroom.channels.calls == []
        for isk in (2e9, 3e9):
            await newsroom.take(revised(newsroom, worth(KILL, isk)))
            await newsroom.drain(minutes=2)
        newsroom.clock.advance(minutes=10)
        await newsroom.take(revised(newsroom, worth(mail(2, 0, "A2", "B2"), 4e9)))
        await newsroom.drain()
        told = newsroom.channels.read(HERE)
        assert [(m.kill.id, m.kill.value.isk, m.ping) for m in told] == [
            (1, 3e9, (51,)),
            (2, 4e9, ()),
        ], "after a quarter of an hour nobody is called"
        assert len(newsroom.channels.calls_to(HERE, "post")) == 2
        for message_id in list(newsroom.channels.standing):
            del newsroom.channels.standing[message_id]
        await newsroom.take(revised(newsroom, worth(KILL, 5e9)))
        await newsroom.drain(minutes=2)
        await newsroom.take(revised(newsroom, worth(KILL, 6e9)))
        await newsroom.drain(minutes=2)
        assert newsroom.channels.read(HERE) == [], "what was deleted by hand stays away"

    async def test_old_kills_are_edited_but_not_posted(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request(min_isk=4e6))
        await newsroom.alerts.add(request(min_isk=1e9, channel_id=CHANNEL + 1))
        await newsroom.take(KILL)
        await newsroom.drain()
        newsroom.clock.advance(hours=4)
        await newsroom.take(revised(newsroom, worth(KILL, 2e9)))
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert told.kill.value.isk == 2e9
        assert newsroom.channels.read(THERE) == []
        assert len((await dump(newsroom.database))["outbox"]) == 1, "no row is made only to expire"

    async def test_a_kill_that_was_passed_over_is_not_posted_for_being_better_known(
        self, small_newsroom: Newsroom
    ) -> None:
        """It was backfilled, or stands in a summary: who wanted it as it was has had it."""
        newsroom = small_newsroom
        await newsroom.alerts.add(request())
        await newsroom.take(KILL, live=False)
        await newsroom.take(revised(newsroom, worth(KILL, 2e9)))
        assert await newsroom.states() == {}

    async def test_a_backfill_that_knows_better_edits_and_posts_nothing(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request(min_isk=4e6))
        await newsroom.alerts.add(request(min_isk=1e9, channel_id=CHANNEL + 1))
        await newsroom.take(KILL)
        await newsroom.drain()
        await newsroom.take(revised(newsroom, worth(KILL, 2e9)), live=False)
        await newsroom.drain(minutes=2)
        [told] = newsroom.channels.read(HERE)
        assert told.kill.value.isk == 2e9
        assert newsroom.channels.read(THERE) == []

    async def test_new_estimates_edit_young_cards_alone(self, newsroom: Newsroom) -> None:
        await newsroom.alerts.add(request())
        await newsroom.alerts.add(request(min_isk=5e6, channel_id=CHANNEL + 1))
        await newsroom.take(
            worth(mail(1, 0, "A1", "B1"), 1e6, ValueSource.ESTIMATE),
            worth(mail(2, 60, "A2", "B2"), 1e6, ValueSource.ESTIMATE),
            mail(3, 60, "A3", "B3", isk=1e6),
        )
        await newsroom.drain(seconds=2)
        newsroom.clock.now = MIDNIGHT + timedelta(hours=3, minutes=30)
        newsroom.bell.clear()
        values = {KillmailId(n): estimated(9e6) for n in (1, 2, 3)}
        assert await newsroom.pipeline.revalue(values) == 2
        assert newsroom.bell.is_set()
        await newsroom.drain()
        told = {m.kill.id: m.kill.value.isk for m in newsroom.channels.read(HERE)}
        assert told == {1: 1e6, 2: 9e6, 3: 1e6}
        assert newsroom.channels.read(THERE) == [], "nothing new is told"
        newsroom.bell.clear()
        assert await newsroom.pipeline.revalue(values) == 0
        assert not newsroom.bell.is_set()


class TestBattleMessages:
    async def test_a_message_follows_its_sums(self, newsroom: Newsroom) -> None:
        await battle_alert(newsroom, role_id=RoleId(51))
        await battle_alert(newsroom, min_isk=1e9, role_id=RoleId(52))
        newsroom.clock.advance(minutes=3)
        mails = brawl(1, 0)
        await newsroom.take(*mails)
        await newsroom.drain()
        await newsroom.take(revised(newsroom, worth(mails[0], 1.001e6)))
        await newsroom.drain(minutes=2)
        assert len(newsroom.channels.calls) == 1, "3.00M reads as before"
        await newsroom.take(revised(newsroom, worth(mails[0], 2e9)))
        await newsroom.drain(minutes=2)
        battle, call = newsroom.channels.read(HERE)
        assert battle.battle.isk_destroyed.isk == 2.002e9
        assert [reason.alert_id for reason in battle.reasons] == [1, 2]
        assert (battle.ping, call.ping) == ((51,), (52,))

    async def test_a_floor_met_at_last(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await battle_alert(newsroom, min_isk=1e9)
        await battle_alert(newsroom, CHANNEL + 1, min_kills=2, min_isk=1e9)
        mails = brawl(1, 0)
        await newsroom.take(*mails)
        for isk in (2e9, 3e9):
            await newsroom.take(revised(newsroom, worth(mails[0], isk)))
        await newsroom.drain()
        for place in (HERE, THERE):
            assert [m.battle.isk_destroyed.isk for m in newsroom.channels.read(place)] == [3.002e9]
        newsroom.clock.advance(hours=4)
        await battle_alert(newsroom, CHANNEL + 2, min_isk=9e9)
        await newsroom.take(revised(newsroom, worth(mails[0], 9e9)))
        await newsroom.drain()
        assert newsroom.channels.read(channel(CHANNEL + 2)) == [], "too old to be news"
        assert newsroom.channels.read(HERE)[0].battle.isk_destroyed.isk == 9.002e9

    async def test_one_that_was_passed_over_is_not_posted_when_it_ends_or_is_revised(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await battle_alert(newsroom)
        mails = brawl(1, 0)
        await newsroom.take(*mails, live=False)
        await newsroom.take(revised(newsroom, worth(mails[0], 2e9)))
        newsroom.clock.advance(hours=1)
        assert await newsroom.battles.end_quiet(newsroom.pipeline.tell) == 1
        assert await newsroom.states() == {}

    async def test_new_estimates_edit_young_battles_alone(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await battle_alert(newsroom)
        old, young = brawl(1, 0), brawl(11, 60, who="CD")
        await newsroom.take(*(worth(m, 1e6, ValueSource.ESTIMATE) for m in (*old, *young)))
        newsroom.clock.now = MIDNIGHT + timedelta(minutes=90)
        await newsroom.drain()
        newsroom.clock.now = MIDNIGHT + timedelta(hours=3, minutes=30)
        values = {m.id: estimated(9e6) for m in (*old, *young)}
        assert await newsroom.pipeline.revalue(values) == 6
        await newsroom.drain()
        told = [m.battle.isk_destroyed.isk for m in newsroom.channels.read(HERE)]
        assert sorted(told) == [3e6, 2.7e7]
        assert all(isinstance(m, BattleMessage) for m in newsroom.channels.read(HERE))


class TestBehind:
    """Two cursors: what happens now and the backlog come in turns."""

    async def test_one_summary_while_kills_of_now_are_posted(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request())
        newsroom.clock.advance(hours=1)

        def kill(number: int, minutes: float, lag: float) -> Arrival:
            killmail = mail(number, minutes, f"A{number}", f"B{number}")
            return arrival(killmail, newsroom.clock(), lag=lag)

        async def take(late: Arrival, now: Arrival, *, behind: bool = True) -> None:
            await newsroom.take(late, behind=behind)
            newsroom.clock.advance(seconds=20)
            await newsroom.take(now, behind=behind)
            newsroom.clock.advance(seconds=20)

        await take(kill(1, 10, 3000), kill(101, 60, 3))
        newsroom.restart()
        await take(kill(2, 20, 2400), kill(102, 61, 3))
        await take(kill(3, 30, 1800), kill(103, 61, 3))
        keys = [key.split(":")[0] for key in await newsroom.states()]
        assert sorted(keys) == ["catch-up", "kill", "kill", "kill"]
        await newsroom.take(kill(4, 40, 2), behind=True)
        await newsroom.take(kill(5, 50, 500))
        await newsroom.drain()
        [summary] = [m for m in newsroom.channels.read(HERE) if isinstance(m, SummaryMessage)]
        assert summary.kills == 4
        await newsroom.take(kill(6, 61, 2))
        newsroom.clock.advance(hours=1)
        await newsroom.take(kill(7, 62, 900), behind=True)
        keys = [key.split(":")[0] for key in await newsroom.states()]
        assert keys.count("catch-up") == 2, (
            "the first batch that was neither late nor behind ended it"
        )

    async def test_a_backlog_in_which_nothing_is_late_is_no_news(
        self, small_newsroom: Newsroom
    ) -> None:
        await small_newsroom.alerts.add(request())
        await small_newsroom.take(KILL, behind=True)
        assert list(await small_newsroom.states()) == ["kill:1"]

    async def test_a_battle_of_now_is_posted_though_it_began_in_the_backlog(
        self, newsroom: Newsroom
    ) -> None:
        await battle_alert(newsroom, min_kills=4)
        newsroom.clock.now = MIDNIGHT + timedelta(minutes=20)
        over, going_on = brawl(1, 0, kills=4), brawl(11, 10, kills=6, who="CD")
        now = newsroom.clock()
        await newsroom.take(*(arrival(m, now, lag=3) for m in going_on[4:]), behind=True)
        newsroom.clock.advance(seconds=5)
        backlog = [*over, *going_on[:4]]
        await newsroom.take(*(arrival(m, newsroom.clock(), lag=600) for m in backlog), behind=True)
        newsroom.clock.advance(minutes=40)
        await newsroom.take(arrival(mail(99, 60, "X1", "Y1"), newsroom.clock(), lag=1))
        await newsroom.battles.end_quiet(newsroom.pipeline.tell)
        await newsroom.drain()
        summary, battle = sorted(newsroom.channels.read(HERE), key=lambda m: type(m).__name__)[::-1]
        assert isinstance(summary, SummaryMessage)
        assert isinstance(battle, BattleMessage)
        assert [line.kills for line in summary.battles] == [4], "over: in the summary only"
        assert battle.battle.killmail_ids == (11, 12, 13, 14, 15, 16)
        assert battle.battle.state is BattleState.ENDED

    async def test_a_revision_from_the_backlog_is_counted_one_of_now_is_posted(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request(min_isk=1e9))
        mails = [mail(n, 30, f"A{n}", f"B{n}", isk=1e6) for n in (1, 2, 3)]
        newsroom.clock.advance(hours=1)
        await newsroom.take(*(arrival(m, newsroom.clock(), lag=4000) for m in mails), behind=True)
        assert await newsroom.states() == {}, "below the floor"
        await newsroom.take(revised(newsroom, worth(mails[0], 2e9), lag=900), behind=True)
        await newsroom.take(revised(newsroom, worth(mails[1], 2e9), lag=2), behind=True)
        keys = [key.split(":")[0] for key in await newsroom.states()]
        assert keys == ["catch-up", "kill"]
        await newsroom.take(revised(newsroom, worth(mails[2], 2e9), lag=900))
        assert "kill:3" in await newsroom.states(), "nothing is behind any more"


async def test_matches_are_counted_once_a_kill_or_battle(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    await newsroom.alerts.add(request())
    await newsroom.alerts.add(request(min_isk=1e9))
    await battle_alert(newsroom)
    await battle_alert(newsroom, CHANNEL + 1, min_kills=4)
    mails = brawl(1, 0, kills=5)
    for killmail in mails:
        await newsroom.take(killmail)
    assert newsroom.publisher.matches == {AlertKind.KILLS: 5, AlertKind.BATTLES: 2}
    await newsroom.take(mails[0])
    await newsroom.take(revised(newsroom, worth(mails[0], 2e9)))
    assert newsroom.publisher.matches == {AlertKind.KILLS: 6, AlertKind.BATTLES: 2}

    class Broken:
        async def consume(self, tx: object, batch: object) -> list[object]:
            raise ZeroDivisionError

    newsroom.pipeline = newsroom.make_pipeline(consumers=[Broken()])
    with pytest.raises(ZeroDivisionError):
        await newsroom.take(mail(9, 9, "X1", "Y1"))
    assert newsroom.publisher.matches[AlertKind.KILLS] == 6


async def test_a_battle_that_grows_in_a_summary_is_met_once(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    await battle_alert(newsroom)
    newsroom.clock.advance(minutes=20)
    for killmail in brawl(1, 0, kills=4):
        await newsroom.take(arrival(killmail, newsroom.clock(), lag=900), behind=True)
    assert [key.split(":")[0] for key in await newsroom.states()] == ["catch-up"]
    assert newsroom.publisher.matches == {AlertKind.BATTLES: 1}
