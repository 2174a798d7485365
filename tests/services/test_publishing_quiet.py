"""Quiet hours: who is not called, what is held, and the digest that says it when they end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.alert import AlertKind, Outcome
from services.domain.filter import Condition, FilterField, Op
from services.domain.guild import GuildSettings
from services.domain.ids import RoleId
from services.domain.isk import IskSum
from services.domain.killmail import Arrival, Killmail
from services.domain.message import (
    BattleCallMessage,
    BattleMessage,
    KillMessage,
    SummaryCause,
    SummaryMessage,
)
from services.domain.quiet import QuietHours, QuietMode
from services.domain.trouble import Trouble
from services.guilds import store as guilds
from services.outbox.worker import OutboxWorker
from services.publishing.summaries import SYSTEMS
from tests.factories import CHANNEL, GUILD, MIDNIGHT, all_of, arrival, mail, request
from tests.fakes.watch import Watch
from tests.services.newsroom import Newsroom, channel
from tests.services.test_publishing import battle_alert, brawl
from tests.services.test_revised_messages import revised, worth

HERE, THERE = channel(CHANNEL), channel(CHANNEL + 1)
NIGHT = QuietHours(start=0, end=7 * 60, mode=QuietMode.POSTS)
HUSHED = replace(NIGHT, mode=QuietMode.PINGS)
NEVER = QuietHours(start=0, end=0, mode=QuietMode.POSTS)
SEVEN = MIDNIGHT + timedelta(hours=7)


async def be_quiet(
    newsroom: Newsroom, quiet: QuietHours | None = NIGHT, zone: str = "UTC", guild: int = GUILD
) -> None:
    """The server's quiet hours, from now on."""
    async with newsroom.database.write() as tx:
        await guilds.save_settings(tx, GuildSettings(guild_id=guild, time_zone=zone, quiet=quiet))
    newsroom.clock.advance(seconds=1)


def now(newsroom: Newsroom, number: int, *, isk: float | None = None, **fields) -> Arrival:
    """A kill of this moment."""
    minutes = (newsroom.clock() - MIDNIGHT).total_seconds() / 60
    killmail = mail(number, minutes, f"A{number}", f"B{number}", isk=isk, **fields)
    return arrival(killmail, newsroom.clock())


class TestDigest:
    async def test_one_digest_a_channel_says_when_they_end_what_was(
        self, newsroom: Newsroom
    ) -> None:
        await be_quiet(newsroom)
        first = await newsroom.alerts.add(request(role_id=RoleId(51)))
        second = await newsroom.alerts.add(request(min_isk=5.0))
        await newsroom.alerts.add(request(channel_id=CHANNEL + 1, min_isk=5.0))
        for number, isk in enumerate((1.0, 9.0, None, 5.0, 7.0), 1):
            await newsroom.take(now(newsroom, number, isk=isk, system=30_000_001 + number % 2))
            await newsroom.drain(minutes=30)
            if number == 3:
                newsroom.restart()
        assert newsroom.channels.calls == [], "nothing before they end"
        newsroom.clock.now = SEVEN - timedelta(seconds=1)
        await newsroom.drain()
        assert newsroom.channels.calls == []
        await newsroom.drain(seconds=1)
        [told] = newsroom.channels.read(HERE)
        assert isinstance(told, SummaryMessage)
        assert (told.cause, told.window) == (SummaryCause.QUIET, (MIDNIGHT, SEVEN))
        assert (told.kills, told.isk) == (5, IskSum(isk=22.0, unpriced=1))
        assert [kill.id for kill in told.top] == [2, 5, 4]
        assert dict(told.systems) == {30_000_002: 3, 30_000_001: 2}
        assert [reason.alert_id for reason in told.reasons] == [first.id, second.id]
        assert (told.since, told.until) == (
            MIDNIGHT + timedelta(seconds=1),
            MIDNIGHT + timedelta(hours=2, seconds=1),
        )
        [other] = newsroom.channels.read(THERE)
        assert (other.kills, [kill.id for kill in other.top]) == (3, [2, 5, 4])

        await newsroom.take(now(newsroom, 6))
        await newsroom.drain()
        assert isinstance(newsroom.channels.read(HERE)[1], KillMessage), "awake again"
        assert await newsroom.counted(first.id) == {
            Outcome.MATCHED: 6, Outcome.QUIET_POST: 5, Outcome.POSTED: 1, Outcome.CALLED: 1,
        }  # fmt: skip

    async def test_it_holds_up_nothing_and_is_not_late(self, newsroom: Newsroom) -> None:
        """Posts of a channel keep their order; what is put for later has no place in it yet."""
        await be_quiet(newsroom)
        await newsroom.alerts.add(request())
        watch = Watch()
        worker = OutboxWorker(
            newsroom.database,
            newsroom.channels,
            newsroom.notices,
            settings=newsroom.outbox_settings,
            clock=newsroom.clock,
            bell=newsroom.bell,
            watch=watch,
        )
        await newsroom.take(now(newsroom, 1))
        awake = await newsroom.alerts.add(request(min_isk=5.0, quiet=NEVER))
        await newsroom.take(now(newsroom, 2, isk=9.0))
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert told.kill.id == 2
        newsroom.clock.advance(hours=3)
        await worker.look_for_late()
        assert watch.open == {}
        await newsroom.drain()
        assert len(newsroom.channels.calls) == 1
        newsroom.clock.now = SEVEN + timedelta(minutes=11)
        await worker.look_for_late()
        assert set(watch.open) == {(Trouble.OUTBOX_LATE, "")}, "late from its own time on"
        await newsroom.drain()
        _, digest = newsroom.channels.read(HERE)
        assert digest.kills == 1
        assert await newsroom.counted(awake.id) == {Outcome.MATCHED: 1, Outcome.MERGED: 1}

    async def test_it_comes_at_its_time_though_the_quiet_hours_are_gone(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom)
        await newsroom.alerts.add(request())
        await newsroom.take(now(newsroom, 1))
        await be_quiet(newsroom, None)
        await newsroom.take(now(newsroom, 2))
        await newsroom.drain()
        assert [type(m) for m in newsroom.channels.read(HERE)] == [KillMessage]
        newsroom.clock.now = SEVEN
        await newsroom.drain()
        assert [m.kills for m in newsroom.channels.read(HERE)[1:]] == [1]

    async def test_when_they_are_prolonged_it_waits_with_what_comes_then(
        self, newsroom: Newsroom
    ) -> None:
        longer = replace(NIGHT, end=9 * 60)
        await be_quiet(newsroom)
        await newsroom.alerts.add(request())
        await newsroom.alerts.add(request(channel_id=CHANNEL + 1, min_isk=5.0, quiet=NIGHT))
        await newsroom.take(now(newsroom, 1, isk=9.0))
        await newsroom.alerts.add(request(channel_id=CHANNEL + 1))
        await be_quiet(newsroom, longer)
        await newsroom.take(now(newsroom, 2, isk=1.0))
        newsroom.clock.now = SEVEN
        await newsroom.drain()
        assert newsroom.channels.read(HERE) == []
        assert [m.kills for m in newsroom.channels.read(THERE)] == [1], "its own end now"
        newsroom.clock.now = SEVEN + timedelta(hours=2)
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert (told.kills, told.window) == (2, (MIDNIGHT, SEVEN + timedelta(hours=2)))
        assert [m.kills for m in newsroom.channels.read(THERE)] == [1, 1]

    async def test_it_comes_after_an_outage_that_was_longer_than_the_night(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom)
        await newsroom.alerts.add(request())
        await newsroom.take(now(newsroom, 1))
        newsroom.restart()
        newsroom.clock.now = SEVEN + timedelta(hours=23)
        await newsroom.drain()
        assert [m.kills for m in newsroom.channels.read(HERE)] == [1]

    async def test_each_night_has_its_own_and_the_clocks_may_change(
        self, small_newsroom: Newsroom
    ) -> None:
        """Berlin, the nights before and of 25 October 2026, when it is an hour longer."""
        newsroom = small_newsroom
        newsroom.clock.now = MIDNIGHT.replace(year=2026, month=10, day=23, hour=21, minute=30)
        await be_quiet(
            newsroom, QuietHours(start=1380, end=420, mode=QuietMode.POSTS), "Europe/Berlin"
        )
        await newsroom.alerts.add(request())
        for number in range(1, 10):
            await newsroom.take(now(newsroom, number))
            await newsroom.drain(hours=4)
        told = [m for m in newsroom.channels.read(HERE) if isinstance(m, SummaryMessage)]
        spans = [tuple(f"{moment:%d %H}" for moment in m.window or ()) for m in told]
        assert spans == [("23 21", "24 05"), ("24 21", "25 06")]
        assert [m.kills for m in told] == [2, 3]

    async def test_a_kill_that_comes_late_in_the_night_is_in_it_and_not_in_a_summary(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom)
        await newsroom.alerts.add(request())
        await newsroom.alerts.add(request(channel_id=CHANNEL + 1, quiet=NEVER))
        await newsroom.take(replace(now(newsroom, 1), published_at=MIDNIGHT - timedelta(hours=5)))
        kinds = [key.split(":")[0] for key in await newsroom.states()]
        assert kinds == ["quiet", "catch-up"]

    async def test_a_busy_night_stays_small(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom)
        dear = Condition(FilterField.ISK, (1e9,), Op.AT_LEAST)
        await newsroom.alerts.add(request(filter=all_of(dear)))
        kills = [now(newsroom, n, isk=n * 1e9, system=30_000_000 + n) for n in range(1, 401)]
        for first in range(0, 400, 100):
            await newsroom.take(*kills[first : first + 100])
        newsroom.clock.now = SEVEN
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert (told.kills, len(told.systems), len(told.top)) == (400, SYSTEMS, 3)
        assert [kill.id for kill in told.top] == [400, 399, 398]
        assert told.isk.isk == sum(range(401)) * 1e9

    async def test_what_is_revised_in_the_night_stays_in_the_digest(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom)
        alert = await newsroom.alerts.add(request(min_isk=5.0))
        cheap, dear = now(newsroom, 1, isk=1.0), now(newsroom, 2, isk=6.0)
        await newsroom.take(cheap, dear)
        newsroom.clock.advance(minutes=5)
        for known in (cheap, dear):
            await newsroom.take(revised(newsroom, worth(known.killmail, 9.0)))
        newsroom.clock.now = SEVEN
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert told.kills == 2, "one that is wanted only now is held as well, none twice"
        assert await newsroom.counted(alert.id) == {Outcome.MATCHED: 2, Outcome.QUIET_POST: 2}


class TestPings:
    async def test_posts_come_and_call_nobody(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom, HUSHED)
        alert = await newsroom.alerts.add(request(role_id=RoleId(51)))
        loud = await newsroom.alerts.add(request(min_isk=5.0, role_id=RoleId(52), quiet=NEVER))
        await newsroom.take(now(newsroom, 1), now(newsroom, 2, isk=9.0))
        await newsroom.drain()
        assert [(m.kill.id, m.ping) for m in newsroom.channels.read(HERE)] == [(1, ()), (2, (52,))]
        newsroom.clock.now = SEVEN
        await newsroom.take(now(newsroom, 3))
        await newsroom.drain()
        assert newsroom.channels.read(HERE)[2].ping == (51,)
        assert await newsroom.counted(alert.id) == {
            Outcome.MATCHED: 3, Outcome.POSTED: 3, Outcome.QUIET_PING: 2, Outcome.CALLED: 1,
        }  # fmt: skip
        assert (await newsroom.counted(loud.id))[Outcome.CALLED] == 1

    async def test_who_may_speak_speaks_for_all_and_only_its_own_are_called(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom)
        held = await newsroom.alerts.add(request(role_id=RoleId(51)))
        awake = await newsroom.alerts.add(request(min_isk=1.0, role_id=RoleId(52), quiet=NEVER))
        await newsroom.take(now(newsroom, 1, isk=9.0))
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert [reason.alert_id for reason in told.reasons] == [held.id, awake.id]
        assert told.ping == (52,)
        assert await newsroom.counted(held.id) == {
            Outcome.MATCHED: 1, Outcome.POSTED: 1, Outcome.QUIET_PING: 1,
        }  # fmt: skip


class TestBattles:
    async def test_one_that_is_over_by_then_is_a_line_of_the_digest(
        self, newsroom: Newsroom
    ) -> None:
        await be_quiet(newsroom)
        await battle_alert(newsroom, min_kills=3, role_id=RoleId(51))
        mails = brawl(1, 1, kills=5)
        newsroom.clock.advance(minutes=10)
        await newsroom.take(*mails[:3])
        await newsroom.take(*mails[3:])
        newsroom.clock.now = SEVEN
        assert await newsroom.battles.end_quiet(newsroom.pipeline.tell) == 1
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert isinstance(told, SummaryMessage)
        assert (told.cause, told.kills) == (SummaryCause.QUIET, 0)
        [line] = told.battles
        assert line.kills == 5
        assert (await newsroom.battles.get(line.public_id)).kills == 5
        assert await newsroom.counted(1) == {Outcome.MATCHED: 1, Outcome.QUIET_POST: 1}

    async def test_one_that_goes_on_is_posted_and_then_calls(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom)
        await battle_alert(newsroom, min_kills=3, role_id=RoleId(51))
        mails = brawl(1, 415, kills=9)
        for killmail in mails:
            newsroom.clock.now = killmail.time + timedelta(seconds=30)
            await newsroom.take(arrival(killmail, newsroom.clock()))
            await newsroom.drain()
        digest, battle = newsroom.channels.read(HERE)
        assert isinstance(digest, SummaryMessage)
        assert isinstance(battle, BattleMessage)
        assert (digest.battles[0].kills, battle.ping) == (5, (51,))

    async def test_hushed_they_are_posted_and_call_by_a_reply_when_it_is_over(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await be_quiet(newsroom, HUSHED)
        await battle_alert(newsroom, min_kills=3, role_id=RoleId(51))
        calls = []
        for killmail in brawl(1, 415, kills=9):
            newsroom.clock.now = killmail.time + timedelta(seconds=30)
            await newsroom.take(arrival(killmail, newsroom.clock()))
            await newsroom.drain()
            calls.append([type(m) for m in newsroom.channels.read(HERE)[1:]])
        assert calls[4] == []
        assert calls[5] == calls[8] == [BattleCallMessage]
        assert await newsroom.counted(1) == {
            Outcome.MATCHED: 1, Outcome.POSTED: 1, Outcome.QUIET_PING: 1, Outcome.CALLED: 1,
        }  # fmt: skip

    async def test_muted_says_nothing(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        alert = await newsroom.alerts.add(request(AlertKind.BATTLES, min_kills=2))
        until = newsroom.clock() + timedelta(hours=1)
        await newsroom.alerts.mute(GUILD, alert.id, until=until, by=alert.created_by)
        mails = brawl(1, 0)
        await newsroom.take(*mails)
        await newsroom.drain(minutes=59)
        assert newsroom.channels.calls == []
        assert await newsroom.counted(alert.id) == {Outcome.MATCHED: 1, Outcome.MUTED: 1}
        newsroom.clock.advance(minutes=1)
        await newsroom.take(arrival(mail(9, 3, "A9", "B1", "B2"), newsroom.clock()))
        await newsroom.drain()
        assert [m.battle.kills for m in newsroom.channels.read(HERE)] == [4]


@pytest.mark.parametrize("muted", [True, False])
async def test_mute_counts_and_ends_by_itself(small_newsroom: Newsroom, muted: bool) -> None:
    newsroom = small_newsroom
    alert = await newsroom.alerts.add(request())
    other = await newsroom.alerts.add(request(min_isk=5.0))
    if muted:
        until = newsroom.clock() + timedelta(hours=1)
        await newsroom.alerts.mute(GUILD, alert.id, until=until, by=alert.created_by)
    mails: list[Killmail | Arrival] = [now(newsroom, 1, isk=1.0), now(newsroom, 2, isk=9.0)]
    await newsroom.take(*mails)
    newsroom.clock.advance(hours=1)
    await newsroom.take(now(newsroom, 3))
    await newsroom.drain()
    told = {m.kill.id: [r.alert_id for r in m.reasons] for m in newsroom.channels.read(HERE)}
    if muted:
        assert told == {2: [other.id], 3: [alert.id]}
        assert await newsroom.counted(alert.id) == {
            Outcome.MATCHED: 3, Outcome.MUTED: 2, Outcome.POSTED: 1,
        }  # fmt: skip
        assert (await newsroom.counted(other.id))[Outcome.POSTED] == 1
    else:
        assert told == {1: [alert.id], 2: [alert.id, other.id], 3: [alert.id]}
        assert (await newsroom.counted(other.id))[Outcome.MERGED] == 1
