"""Why an alert is silent, and what people say of its kills."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.alert import AlertState, CardStyle, Outcome
from services.domain.errors import NotFound, UserError
from services.domain.ids import KillmailId, RoleId, UserId
from services.domain.killmail import Arrival
from services.domain.message import Handling, KillMessage, Verdict
from services.domain.quiet import QuietMode
from services.feeds.items import FeedStatus
from services.outbox.sender import Refused
from services.outbox.service import OutboxService
from tests.factories import CHANNEL, GUILD, MIDNIGHT, OWNER, mail, request
from tests.services.newsroom import Newsroom, channel, late
from tests.services.test_publishing import battle_alert, brawl
from tests.services.test_publishing_limits import limited
from tests.services.test_publishing_quiet import NEVER, be_quiet, now
from tests.services.test_revised_messages import revised, worth

HERE = channel(CHANNEL)
ANA, VEX = UserId(11), UserId(12)
FEED = FeedStatus(
    sequence=5,
    caught_up=False,
    lag_seconds=900.0,
    paused_until=None,
    last_error="HTTP 503",
    last_success_at=None,
    requests=3,
    gap=None,
    failing_since=MIDNIGHT,
    backlog=7,
)


class TestWhy:
    async def test_a_fresh_alert(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        alert = await newsroom.alerts.add(request())
        why = await newsroom.report.why(GUILD, alert.id)
        assert (why.alert, why.now) == (alert, newsroom.clock())
        assert (why.day, why.week, why.seen_day, why.seen_week) == ({}, {}, 0, 0)
        assert (why.last_match_at, why.last_post_at, why.failures) == (None, None, ())
        assert (why.waiting, why.waiting_since, why.held, why.digest_at) == (0, None, 0, None)
        assert (why.quiet, why.muted_until, why.blocked_since, why.feed) == (None,) * 4
        assert (why.posts, why.posts_limit, why.sending_held) == (0, 60, False)
        with pytest.raises(NotFound):
            await newsroom.report.why(GUILD + 1, alert.id)

    async def test_counters_of_the_day_and_the_week(self, newsroom: Newsroom) -> None:
        alert = await newsroom.alerts.add(request(role_id=RoleId(5)))
        other = await newsroom.alerts.add(request(min_isk=5.0))
        await newsroom.take(now(newsroom, 1, isk=9.0))
        newsroom.clock.advance(days=2)
        await newsroom.take(
            now(newsroom, 2, isk=1.0), late(mail(3, 0, "A3", "B3", isk=9.0), days=2)
        )
        matched = newsroom.clock()
        newsroom.clock.advance(hours=5)
        why = await newsroom.report.why(GUILD, alert.id)
        assert why.day == {
            Outcome.MATCHED: 2, Outcome.POSTED: 1, Outcome.CALLED: 1, Outcome.TOO_OLD: 1,
        }  # fmt: skip
        assert why.week == {
            Outcome.MATCHED: 3, Outcome.POSTED: 2, Outcome.CALLED: 2, Outcome.TOO_OLD: 1,
        }  # fmt: skip
        assert (why.seen_day, why.seen_week) == (2, 3)
        assert (why.last_match_at, why.last_post_at) == (matched, matched)
        assert (await newsroom.report.why(GUILD, other.id)).last_post_at == MIDNIGHT
        assert why.posts == 0, "of this hour"
        since = newsroom.clock() - timedelta(days=1)
        assert await newsroom.report.counted([alert.id, other.id], since=since) == {
            alert.id: why.day, other.id: {Outcome.MATCHED: 1, Outcome.TOO_OLD: 1},
        }  # fmt: skip
        newsroom.clock.advance(days=7)
        why = await newsroom.report.why(GUILD, alert.id)
        assert (why.week, why.last_match_at, why.last_post_at) == ({}, None, None)

    async def test_what_failed_and_what_waits(self, newsroom: Newsroom) -> None:
        alert = await newsroom.alerts.add(request())
        other = await newsroom.alerts.add(request(min_isk=100.0))
        refused = Refused(status=400, code=50035, text="Invalid Form Body")
        gone = Refused(status=404, code=10008, text="Unknown Message")
        newsroom.channels.plan(HERE, refused)
        await newsroom.take(now(newsroom, 1))
        await newsroom.drain()
        await newsroom.take(now(newsroom, 2, isk=1.0))
        await newsroom.drain()
        newsroom.channels.plan(HERE, gone)
        await newsroom.take(revised(newsroom, worth(mail(2, 0, "A2", "B2"), 2.0)))
        await newsroom.drain(minutes=5)
        newsroom.channels.plan(HERE, Refused(status=403, code=50001, text="Missing Access"))
        await newsroom.take(now(newsroom, 3))
        await newsroom.drain()
        blocked = newsroom.clock()
        newsroom.clock.advance(minutes=10)
        why = await newsroom.report.why(GUILD, alert.id)
        assert why.failed == 2
        assert [(f.at, f.reason.split(" (")[0]) for f in why.failures] == [
            (MIDNIGHT, "deleted in Discord"), (MIDNIGHT, "Discord refuses the message"),
        ]  # fmt: skip
        assert (why.waiting, why.waiting_since) == (1, blocked)
        assert (why.blocked_since, why.blocked_reason) == (
            blocked,
            "the bot may not see the channel",
        )
        assert why.alert.state is AlertState.BLOCKED
        assert why.posts == 3
        silent = await newsroom.report.why(GUILD, other.id)
        assert (silent.failed, silent.waiting) == (0, 0), "none of that was for this one"
        newsroom.clock.advance(days=8)
        assert (await newsroom.report.why(GUILD, alert.id)).failed == 0

    async def test_quiet_muted_held_and_behind(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom)
        alert = await newsroom.alerts.add(request())
        awake = await newsroom.alerts.add(request(min_isk=1e9, quiet=NEVER))
        await battle_alert(newsroom)
        newsroom.feed = FEED
        newsroom.clock.advance(minutes=10)
        await newsroom.take(*brawl(1, 5))
        await OutboxService(newsroom.database, clock=newsroom.clock, ring=newsroom.bell.set).hold()
        until = newsroom.clock() + timedelta(hours=1)
        await newsroom.alerts.mute(GUILD, alert.id, until=until, by=OWNER)
        why = await newsroom.report.why(GUILD, alert.id)
        assert why.quiet is not None
        assert (why.quiet.mode, why.quiet.until) == (QuietMode.POSTS, MIDNIGHT.replace(hour=7))
        assert (why.held, why.digest_at) == (4, MIDNIGHT.replace(hour=7)), "three kills, one battle"
        assert (why.waiting, why.muted_until, why.sending_held) == (0, until, True)
        assert why.feed is not None
        assert (why.feed.lag_seconds, why.feed.backlog, why.feed.fault) == (900.0, 7, "HTTP 503")
        assert (why.feed.failing_since, why.feed.catching_up_since) == (MIDNIGHT, None)
        other = await newsroom.report.why(GUILD, awake.id)
        assert (other.quiet, other.held, other.digest_at) == (None, 0, None)
        newsroom.clock.advance(hours=1)
        behind = newsroom.clock()
        await newsroom.take(late(mail(9, 60, "X1", "Y1"), minutes=11), published=False)
        await newsroom.take(now_late(newsroom))
        why = await newsroom.report.why(GUILD, alert.id)
        assert why.muted_until is None, "over"
        assert why.feed is not None
        assert why.feed.catching_up_since == behind

    async def test_the_use_of_the_limit(self, small_newsroom: Newsroom) -> None:
        limited(small_newsroom, 2)
        alert = await small_newsroom.alerts.add(request())
        await small_newsroom.take(*(now(small_newsroom, n) for n in range(1, 5)))
        why = await small_newsroom.report.why(GUILD, alert.id)
        assert (why.posts, why.posts_limit, why.day[Outcome.CAPPED]) == (2, 2, 2)


def now_late(newsroom: Newsroom) -> Arrival:
    return replace(now(newsroom, 50), published_at=newsroom.clock() - timedelta(minutes=20))


async def with_a_post(newsroom: Newsroom) -> Newsroom:
    """Two alerts wanted kill 1."""
    await newsroom.alerts.add(request(style=CardStyle.WATCH))
    await newsroom.alerts.add(request(min_isk=1.0))
    await newsroom.take(now(newsroom, 1, isk=5.0))
    await newsroom.drain()
    newsroom.bell.clear()
    return newsroom


class TestHandling:
    @pytest.fixture
    async def posted(self, small_newsroom: Newsroom) -> Newsroom:
        return await with_a_post(small_newsroom)

    async def say(self, newsroom: Newsroom, verdict: Verdict, by: UserId, **where) -> KillMessage:
        place = {"guild_id": GUILD, "channel_id": CHANNEL, "killmail_id": KillmailId(1), **where}
        return await newsroom.report.handle(
            place["guild_id"], place["channel_id"], place["killmail_id"], verdict=verdict, by=by
        )

    async def test_it_stands_on_the_message_at_once_and_is_counted(self, posted: Newsroom) -> None:
        posted.clock.advance(seconds=3)
        first = Handling(verdict=Verdict.ACKNOWLEDGED, by=ANA, at=posted.clock())
        told = await self.say(posted, Verdict.ACKNOWLEDGED, ANA)
        assert told.handling == (first,)
        assert posted.bell.is_set()
        await posted.drain()
        [message] = posted.channels.read(HERE)
        assert message == told
        posted.clock.advance(seconds=3)
        assert await self.say(posted, Verdict.ACKNOWLEDGED, ANA) == told, "said already"
        posted.restart()
        await self.say(posted, Verdict.ACKNOWLEDGED, VEX)
        told = await self.say(posted, Verdict.FALSE_ALARM, ANA)
        await posted.drain()
        assert [(h.verdict, h.by) for h in told.handling] == [
            (Verdict.ACKNOWLEDGED, ANA), (Verdict.ACKNOWLEDGED, VEX), (Verdict.FALSE_ALARM, ANA),
        ]  # fmt: skip
        assert posted.channels.read(HERE) == [told]
        assert len(posted.channels.calls_to(HERE, "edit")) == 2
        for alert in (1, 2):
            counted = await posted.counted(alert)
            assert (counted[Outcome.ACKNOWLEDGED], counted[Outcome.FALSE_ALARM]) == (1, 1), (
                "messages, not people"
            )

    async def test_who_takes_it_back_is_heard_and_counted_once(self, posted: Newsroom) -> None:
        for verdict in (Verdict.FALSE_ALARM, Verdict.RESOLVED, Verdict.FALSE_ALARM):
            posted.clock.advance(seconds=3)
            told = await self.say(posted, verdict, ANA)
        await posted.drain()
        assert [h.verdict for h in told.handling] == [Verdict.RESOLVED, Verdict.FALSE_ALARM]
        assert told.handling[-1].at == posted.clock()
        assert posted.channels.read(HERE) == [told]
        counted = await posted.counted(1)
        assert (counted[Outcome.RESOLVED], counted[Outcome.FALSE_ALARM]) == (1, 1)

    async def test_it_does_not_wait_for_an_edit_that_does_and_outlives_it(
        self, posted: Newsroom
    ) -> None:
        posted.clock.advance(seconds=2)
        await posted.take(revised(posted, worth(mail(1, 0, "A1", "B1"), 9e9)))
        told = await self.say(posted, Verdict.RESOLVED, ANA)
        await posted.drain()
        assert posted.channels.read(HERE) == [told]
        assert told.kill.value.isk == 9e9
        await posted.take(revised(posted, worth(mail(1, 0, "A1", "B1"), 3e9)))
        await posted.drain(minutes=2)
        [message] = posted.channels.read(HERE)
        assert (message.kill.value.isk, message.handling) == (3e9, told.handling)

    async def test_many_at_once_lose_none(self, newsroom: Newsroom) -> None:
        """And the kill is revised meanwhile."""
        posted = await with_a_post(newsroom)
        await asyncio.gather(
            *(self.say(posted, Verdict.RESOLVED, UserId(n)) for n in range(20, 28)),
            *(
                posted.take(revised(posted, worth(mail(1, 0, "A1", "B1"), isk)))
                for isk in (2e9, 3e9, 4e9)
            ),
        )
        told = await self.say(posted, Verdict.RESOLVED, ANA)
        assert {handling.by for handling in told.handling} == {*range(20, 28), ANA}
        assert (await posted.counted(1))[Outcome.RESOLVED] == 1

    async def test_what_is_not_known_any_more(self, posted: Newsroom) -> None:
        for where in (
            {"killmail_id": KillmailId(2)}, {"channel_id": CHANNEL + 1}, {"guild_id": GUILD + 1},
        ):  # fmt: skip
            with pytest.raises(UserError, match="do not remember"):
                await self.say(posted, Verdict.RESOLVED, ANA, **where)
        assert not posted.bell.is_set()
        assert Outcome.RESOLVED not in await posted.counted(1)
